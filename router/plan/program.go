package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// Definer is the account that views and stored programs run as, whatever their
// text says: clients' users live in the topology, and the proxies' own accounts
// come and go.
const Definer = "`shardway_definer`@`%`"

// BuildProgram plans a statement that makes, changes or drops a view or a
// stored program, of which only the head is understood. in.Stmt is not looked at.
func BuildProgram(in Input, p *parser.Program) (*Plan, error) {
	b := &builder{in: in, snapshot: in.Snapshot, needs: map[string]topology.Grant{}, seen: map[*ast.TableName]bool{}}
	op, err := b.defineProgram(p)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Op: op}
	for ks, grant := range b.needs {
		plan.Needs = append(plan.Needs, Need{Keyspace: ks, Grant: grant})
	}
	sortNeeds(plan.Needs)
	return plan, nil
}

func (b *builder) defineProgram(p *parser.Program) (Op, error) {
	name := p.Name.Schema
	if name == "" {
		name = b.in.Keyspace
	}
	switch {
	case name == "":
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	case systemSchema(name):
		return nil, &Refusal{Code: codeTableDenied, Message: "command denied: the schema " + name + " is each server's own"}
	}
	ks, err := b.keyspace(name)
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantDDL)
	if err := b.programNames(ks, p); err != nil {
		return nil, err
	}
	op := &Definition{Keyspace: ks, Verb: p.Verb + " " + p.Kind, Tolerant: p.Tolerant, Text: p.WithDefiner(Definer)}
	kind := p.Kind
	if kind == "VIEW" {
		kind = "TABLE" // SHOW CREATE TABLE shows both
	}
	op.Objects = []topology.JobObject{{Kind: kind, Name: p.Name.Name}}
	if !spread(ks) || p.Verb == "DROP" {
		return op, nil
	}
	switch p.Kind {
	case "TRIGGER":
		err = b.triggerAllowed(ks, p.Table.Name, &Routine{Kind: p.Kind, Name: p.Name.Name, Body: string(p.Body), Mode: b.in.Mode, Before: p.Before})
	case "EVENT":
		err = b.eventAllowed(ks, p)
	default: // views are read by the planner, routines are judged when they are used
	}
	return op, err
}

// programNames refuses what names another keyspace's tables, which need not be
// on the same groups; a view may read those that are on its only group.
func (b *builder) programNames(ks *topology.Keyspace, p *parser.Program) error {
	for _, ref := range parser.References(p.Body, b.in.Mode) {
		if ref.Schema == "" || ref.Schema == ks.Name {
			continue
		}
		if systemSchema(ref.Schema) && p.Kind == "VIEW" && !spread(ks) && !strings.EqualFold(ref.Schema, "mysql") && !strings.EqualFold(ref.Schema, "sys") {
			b.need(topology.AllKeyspaces, topology.GrantAdmin) // the view would show every keyspace's names
			continue
		}
		other := b.snapshot.Keyspaces[ref.Schema]
		if other == nil && !systemSchema(ref.Schema) {
			continue // a table's column
		}
		if p.Kind == "VIEW" && other != nil && !spread(ks) && !spread(other) && other.Shards[0].Group == ks.Shards[0].Group {
			b.need(other.Name, topology.GrantRead)
			continue
		}
		return notSupported("a %s of keyspace %s that names %s is not supported: what is in %s need not be on the same groups; name tables of one keyspace",
			strings.ToLower(p.Kind), ks.Name, ref.Schema, ref.Schema)
	}
	return nil
}
