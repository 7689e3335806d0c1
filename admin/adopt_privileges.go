package admin

import (
	"fmt"
	"maps"
	"slices"

	"github.com/shardway/shardway/topology"
)

// role is what one of Shardway's grants asks for in MySQL's privileges, and
// what more it brings along, the lesser ones' included.
type role struct {
	grant topology.Grant
	needs []string
	adds  []string
}

// roles are the grants, from least to most. A user gets the greatest whose
// needs it has all of: nobody may do more than before.
func roles() []role {
	return []role{
		{topology.GrantRead, []string{"SELECT"}, []string{"SHOW VIEW", "SHOW DATABASES"}},
		{topology.GrantWrite, []string{"INSERT", "UPDATE", "DELETE"}, []string{"CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE"}},
		{topology.GrantDDL, []string{"CREATE", "ALTER", "DROP", "INDEX"}, []string{"REFERENCES", "CREATE VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT"}},
		{topology.GrantAdmin, []string{
			"REFERENCES", "CREATE VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT",
			"CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "SHOW VIEW",
		}, nil},
	}
}

// mapPrivileges turns an account's privileges into grants by keyspace, and
// names those that have no equal.
func mapPrivileges(a mysqlAccount, all []mysqlPrivilege, schemas []string) (map[string]topology.Grant, []string) {
	by := make(map[string]map[string]bool) // keyspace, or AllKeyspaces, to privileges
	add := func(keyspace, privilege string) {
		if by[keyspace] == nil {
			by[keyspace] = make(map[string]bool)
		}
		by[keyspace][privilege] = true
	}
	var notes []string
	small := make(map[string][]string)
	for _, p := range all {
		if p.user != a.user || p.host != a.host || p.name == "USAGE" {
			continue
		}
		if p.object != "" {
			what := p.schema + "." + p.object
			small[what] = append(small[what], p.name)
			continue
		}
		if p.schema == "" || p.schema == "%" {
			add(topology.AllKeyspaces, p.name)
			continue
		}
		for _, schema := range schemas {
			if matches(p.schema, schema) {
				add(schema, p.name)
			}
		}
	}
	grants := make(map[string]topology.Grant)
	for _, keyspace := range slices.Sorted(maps.Keys(by)) {
		grant, left := greatestRole(by[keyspace], by[topology.AllKeyspaces])
		if grant != topology.GrantNone {
			grants[keyspace] = grant
		}
		if len(left) > 0 {
			notes = append(notes, fmt.Sprintf("no equal on %s: %s", where(keyspace), named(left)))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(small)) {
		notes = append(notes, fmt.Sprintf("no equal on %s: %s (roles are per keyspace)", what, named(small[what])))
	}
	return grants, notes
}

func where(keyspace string) string {
	if keyspace == topology.AllKeyspaces {
		return "*.*"
	}
	return keyspace + ".*"
}

// greatestRole finds the greatest grant whose needs are all met, by what is
// granted there and everywhere, and what of the former it does not cover.
func greatestRole(here, everywhere map[string]bool) (topology.Grant, []string) {
	grant := topology.GrantNone
	covered := make(map[string]bool)
	for _, r := range roles() {
		if slices.ContainsFunc(r.needs, func(p string) bool { return !here[p] && !everywhere[p] }) {
			break
		}
		grant = r.grant
		for _, p := range append(r.needs, r.adds...) {
			covered[p] = true
		}
	}
	var left []string
	for _, p := range slices.Sorted(maps.Keys(here)) {
		if !covered[p] {
			left = append(left, p)
		}
	}
	return grant, left
}

// matches reports whether a schema is meant by the pattern that a privilege
// names: _ is any character and % any text, unless escaped.
func matches(pattern, schema string) bool {
	if pattern == "" {
		return schema == ""
	}
	switch c := pattern[0]; {
	case c == '%':
		return matches(pattern[1:], schema) || schema != "" && matches(pattern, schema[1:])
	case schema == "":
		return false
	case c == '\\' && len(pattern) > 1:
		return pattern[1] == schema[0] && matches(pattern[2:], schema[1:])
	default:
		return (c == '_' || c == schema[0]) && matches(pattern[1:], schema[1:])
	}
}
