package admin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/topology"
)

// NewKeyspace is a keyspace to be created.
type NewKeyspace struct {
	Name string `json:"name"`
	// Groups and Shards are as in topology.NewKeyspace.
	Groups []string `json:"groups,omitempty"`
	Shards int      `json:"shards,omitempty"`
	// Undeclared says what undeclared tables become: single or sharded (by
	// their primary key).
	Undeclared topology.Kind `json:"undeclared,omitempty"`
	// Charset and Collation of its schemas; the servers' own when empty.
	Charset   string `json:"charset,omitempty"`
	Collation string `json:"collation,omitempty"`
}

// KeyspaceInfo is a keyspace as shown.
type KeyspaceInfo struct {
	Name       string        `json:"name"`
	Undeclared topology.Kind `json:"undeclared"`
	Shards     []ShardInfo   `json:"shards"`
	Tables     int           `json:"declared_tables"`
	Dropping   bool          `json:"dropping,omitempty"`
	// Balancing says in one line how its reads are shared; empty if as ever.
	Balancing string `json:"balancing,omitempty"`
	// Moving says what is happening to its shards, "split, following" say; empty
	// if nothing is.
	Moving string `json:"moving,omitempty"`
}

// ShardInfo is a shard as shown.
type ShardInfo struct {
	Name     string         `json:"name"`
	Keyspace string         `json:"keyspace"`
	Range    topology.Range `json:"range"`
	Group    string         `json:"group"`
	// Primary is the id of the instance that takes its writes.
	Primary string `json:"primary"`
}

func keyspaceInfo(snap *topology.Snapshot, k *topology.Keyspace) KeyspaceInfo {
	info := KeyspaceInfo{Name: k.Name, Undeclared: k.Undeclared, Tables: len(k.Tables), Dropping: k.Dropping, Shards: []ShardInfo{}}
	if m := k.Move; m != nil {
		info.Moving = fmt.Sprintf("%s, %s", m.Kind, m.Phase)
		if m.Stopped != "" {
			info.Moving += ", stopped"
		}
	}
	if k.Balancing != (topology.Balancing{}) {
		info.Balancing = describeBalancing(k.Balancing)
	}
	for _, shard := range k.Shards {
		info.Shards = append(info.Shards, ShardInfo{
			Name: topology.ShardName(k.Name, shard.Range), Keyspace: k.Name, Range: shard.Range,
			Group: shard.Group, Primary: snap.Groups[shard.Group].Primary,
		})
	}
	return info
}

func (s *Server) listKeyspaces(c call, _ nothing) ([]KeyspaceInfo, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	list := make([]KeyspaceInfo, 0, len(snap.Keyspaces))
	for _, k := range sortedValues(snap.Keyspaces) {
		list = append(list, keyspaceInfo(snap, k))
	}
	return list, nil
}

func (s *Server) listShards(c call, _ nothing) ([]ShardInfo, error) {
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	only := c.request.URL.Query().Get("keyspace")
	if only != "" && snap.Keyspaces[only] == nil {
		return nil, noKeyspace(only)
	}
	list := []ShardInfo{}
	for _, k := range sortedValues(snap.Keyspaces) {
		if only == "" || only == k.Name {
			list = append(list, keyspaceInfo(snap, k).Shards...)
		}
	}
	return list, nil
}

func noKeyspace(name string) error {
	return &topology.Refused{
		Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no keyspace %q", name),
		Hint: "'shardway keyspace list' shows what there is",
	}
}

// createKeyspace makes the schemas first and the record last: until the record
// is there nobody is served, and whoever repeats a creation that stopped half
// way finds empty schemas and goes on.
func (s *Server) createKeyspace(c call, n NewKeyspace) (Change, error) {
	wanted := topology.NewKeyspace{Name: n.Name, Groups: n.Groups, Shards: n.Shards, Undeclared: n.Undeclared}
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return Change{}, err
	}
	planned, err := snap.PlanKeyspace(wanted)
	if err != nil {
		return Change{}, err
	}
	statement, err := createSchema(n)
	if err != nil {
		return Change{}, err
	}
	var steps []string
	for _, group := range planned.Groups() {
		if err := s.refuseFilledSchema(c, group, n.Name); err != nil {
			return Change{}, err
		}
		steps = append(steps, fmt.Sprintf("make schema %s on group %s", n.Name, group))
	}
	for _, shard := range planned.Shards {
		steps = append(steps, fmt.Sprintf("shard %s on group %s", topology.ShardName(n.Name, shard.Range), shard.Group))
	}
	if !c.dryRun {
		for _, group := range planned.Groups() {
			if err := s.execOnPrimary(c, group, statement); err != nil {
				return Change{}, err
			}
		}
	}
	return s.change(c, func(d *topology.Draft) error {
		made, err := d.CreateKeyspace(wanted)
		if err == nil && !slices.Equal(made.Shards, planned.Shards) {
			err = &topology.Refused{
				Code: topology.CodeInUse, Message: "the groups or the placement have changed meanwhile", Hint: "try again",
			}
		}
		return err
	}, steps...)
}

// createSchema is the statement that makes one schema of a keyspace.
func createSchema(n NewKeyspace) (string, error) {
	statement := "CREATE DATABASE IF NOT EXISTS " + quote(n.Name)
	for _, part := range []struct{ clause, name string }{{" CHARACTER SET ", n.Charset}, {" COLLATE ", n.Collation}} {
		if part.name == "" {
			continue
		}
		if strings.Trim(strings.ToLower(part.name), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return "", &topology.Refused{
				Code: topology.CodeInvalid, Message: fmt.Sprintf("%q is no character set or collation", part.name),
			}
		}
		statement += part.clause + part.name
	}
	return statement, nil
}

// refuseFilledSchema refuses a schema of the keyspace's name with tables in
// it: they are not this keyspace's, or are left from one that was not dropped
// to the end.
func (s *Server) refuseFilledSchema(c call, group, name string) error {
	conn, err := s.opts.Servers.Primary(c, group)
	if err != nil {
		return err
	}
	defer conn.Close()
	var tables int
	const query = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?"
	if err := conn.QueryRowContext(c, query, name).Scan(&tables); err != nil {
		return fmt.Errorf("group %s: %w", group, err)
	}
	if tables == 0 {
		return nil
	}
	return &topology.Refused{
		Code:    topology.CodeExists,
		Message: fmt.Sprintf("group %s already has a schema %s with %d tables that belongs to no keyspace", group, name, tables),
		Hint:    "choose another name, or look at that schema and drop it there yourself",
	}
}

func (s *Server) execOnPrimary(c call, group, statement string) error {
	conn, err := s.opts.Servers.Primary(c, group)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(c, statement); err != nil {
		return fmt.Errorf("group %s: %s: %w", group, statement, err)
	}
	return nil
}

// dropKeyspace first makes the keyspace serve nobody, then drops the schemas,
// and forgets it last: if that stops half way, repeating it goes on.
func (s *Server) dropKeyspace(c call, _ nothing) (Change, error) {
	name := c.name("keyspace")
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return Change{}, err
	}
	k := snap.Keyspaces[name]
	if k == nil {
		return Change{}, noKeyspace(name)
	}
	steps := []string{fmt.Sprintf("stop serving keyspace %s", name)}
	for _, group := range k.Groups() {
		steps = append(steps, fmt.Sprintf("drop schema %s on group %s, with all its rows", name, group))
	}
	steps = append(steps, "forget the keyspace")
	if c.dryRun {
		return Change{DryRun: true, Steps: steps}, nil
	}
	marked, err := s.opts.Store.Update(c, func(d *topology.Draft) error { return d.BeginDrop(name) })
	if err != nil {
		return Change{}, err
	}
	var warnings []string
	if err := s.opts.Proxies.Known(c, marked.Version); err != nil {
		warnings = append(warnings, "some proxy may have served it to the end: "+err.Error())
	}
	for _, group := range marked.Keyspaces[name].Groups() {
		if err := s.execOnPrimary(c, group, "DROP DATABASE IF EXISTS "+quote(name)); err != nil {
			return Change{}, fmt.Errorf("keyspace %s serves nobody any more but is not dropped; repeat the drop: %w", name, err)
		}
	}
	if err := s.opts.Jobs.Dropped(c, name); err != nil {
		return Change{}, err
	}
	done, err := s.change(c, func(d *topology.Draft) error { return d.DropKeyspace(name) }, steps...)
	done.Warnings = warnings
	return done, err
}

// quote writes a name as MySQL quotes it.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
