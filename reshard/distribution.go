package reshard

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

// planDistribution says what a distribution will be: each group gets a hidden table
// beside the one that there is, which serves until the two change names.
func (m *Mover) planDistribution(ctx context.Context, snap *topology.Snapshot, k *topology.Keyspace, wanted topology.Declaration) (*topology.Move, error) {
	if len(k.Groups()) == 1 {
		return nil, &topology.Refused{
			Code: topology.CodeInvalid, Message: fmt.Sprintf("keyspace %s is on one group, so no row of %s has to move", k.Name, wanted.Table),
			Hint: fmt.Sprintf("'shardway table distribute %s.%s' declares it", k.Name, wanted.Table),
		}
	}
	if err := k.Distributable(wanted.Table); err != nil {
		return nil, err
	}
	wanted.Keyspace, wanted.Kind, wanted.IndexID, wanted.Filled = k.Name, topology.KindSharded, indexID(), true
	c := change{Distributor: &Distributor{Store: m.opts.Store, Servers: primaries{m}}, wanted: wanted, keyspace: k}
	if err := c.readSchema(ctx); err != nil {
		return nil, err
	}
	if keys := slices.Concat(c.schema.ForeignKeys, c.schema.ReferencedBy); len(keys) > 0 {
		f := keys[0]
		return nil, &topology.Refused{
			Code:    topology.CodeUnsupported,
			Message: fmt.Sprintf("foreign key %s of %s.%s references %s.%s, and would stay with the old rows", f.Name, f.ChildKeyspace, f.Child, f.ParentKeyspace, f.Parent),
			Hint:    "drop foreign keys from and to the table before it is distributed, and make those that its shard key allows again afterwards",
		}
	}
	sharded, _, err := snap.Declare(wanted, c.schema)
	if err != nil {
		return nil, err
	}
	move := &topology.Move{
		ID: moveID(), Kind: topology.MoveDistribute, Phase: topology.MoveCopying, From: k.Shards, To: k.Shards,
		Table: &topology.TableMove{Single: topology.Table{Name: wanted.Table, Kind: topology.KindSingle}, Sharded: sharded},
	}
	return move.With("begun", now()), nil
}

// primaries opens connections for a Distributor.
type primaries struct{ mover *Mover }

// Primary see Servers.
func (p primaries) Primary(ctx context.Context, group string) (*sql.Conn, error) {
	return p.mover.servers.Primary(ctx, p.mover.opts.Source.Current(), group)
}

// checkDistribution asks the servers whether the table can be distributed.
func (m *Mover) checkDistribution(ctx context.Context, k *topology.Keyspace) error {
	table, home := k.Move.Table.Sharded.Name, k.ShardFor(0).Group
	err := m.onPrimary(ctx, home, func(ctx context.Context, conn *sql.Conn) error {
		// CREATE TABLE … LIKE gives CHECK constraints names of its own.
		found, err := strings2(ctx, conn, `SELECT constraint_name, '' FROM information_schema.table_constraints
			WHERE table_schema = ? AND table_name = ? AND constraint_type = 'CHECK' AND constraint_name NOT RLIKE CONCAT('^', table_name, '_chk_[0-9]+$')`, k.Name, table)
		if err != nil || len(found) == 0 {
			return err
		}
		return &topology.Refused{
			Code: topology.CodeUnsupported, Message: fmt.Sprintf("CHECK constraint %s of table %s.%s would get another name", found[0][0], k.Name, table),
			Hint: "drop it, add it again without a name, and distribute the table then",
		}
	})
	if err != nil {
		return err
	}
	for _, group := range k.Groups() {
		err := m.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error {
			if err := namesAreFree(ctx, conn, k); err != nil || group == home {
				return err
			}
			var rows bool
			if err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s.%s)", quote(k.Name), quote(table))).Scan(&rows); err != nil || !rows {
				return err
			}
			return &topology.Refused{
				Code: topology.CodeInvalid, Message: fmt.Sprintf("group %s has rows of table %s.%s, which is not sharded: they are on %s", group, k.Name, table, home),
				Hint: "somebody has written them beside Shardway; look at them, and delete them there",
			}
		})
		if err != nil {
			return err
		}
	}
	for _, spec := range specs(k, 0, nil) {
		if err := flow.Check(ctx, spec, m); err != nil {
			return err
		}
	}
	return nil
}

// namesAreFree refuses a distribution whose index tables have the names of tables that
// are there: of ones that were left over, since no two declarations share a name.
func namesAreFree(ctx context.Context, conn *sql.Conn, k *topology.Keyspace) error {
	sharded := &k.Move.Table.Sharded
	for i := range sharded.Unique {
		there, err := exists(ctx, conn, k.Name, sharded.Unique[i].Index)
		if err != nil {
			return err
		}
		if there {
			return &topology.Refused{
				Code: topology.CodeExists, Message: fmt.Sprintf("there is a table %s.%s already", k.Name, sharded.Unique[i].Index),
				Hint: "try again: each try has names of its own",
			}
		}
	}
	return nil
}

func describeDistribution(k *topology.Keyspace) []string {
	table := k.Name + "." + k.Move.Table.Sharded.Name
	steps := []string{fmt.Sprintf("copy the rows of %s to hidden tables on %s, and follow what changes; clients notice nothing", table, strings.Join(k.Groups(), ", "))}
	steps = append(steps, describeFilled(&k.Move.Table.Sharded)...)
	return append(steps, "compare all rows",
		fmt.Sprintf("then 'shardway reshard switch %s' has clients use these, and 'reverse' the one table again, until 'complete'", k.Name))
}

// tableSpecs are the flows of a distribution: from the table's group to hidden tables
// on all of them, or from all to a hidden table on that one.
func tableSpecs(k *topology.Keyspace, turn int) []flow.Spec {
	m, home := k.Move, k.ShardFor(0).Group
	of := func(source string, into string) flow.Spec {
		s := flow.Spec{Job: fmt.Sprintf("%s-%d", m.ID, turn), Source: source, Schema: k.Name}
		s.Tables = []flow.Table{{Name: m.Table.Sharded.Name, Into: into, Kind: topology.KindSharded, Key: m.Table.Sharded.ShardKey}}
		if turn%2 == 0 {
			s.Tables = append(s.Tables, filled(&m.Table.Sharded)...)
		}
		if turn > 0 && turn == m.Turns {
			s.Start = m.Starts[source]
		}
		return s
	}
	if turn%2 == 0 {
		s := of(home, m.HiddenSharded())
		for _, group := range k.Groups() {
			s.Targets = append(s.Targets, flow.Target{Group: group, Ranges: rangesOn(k.Shards, group), Owns: rangesOn(k.Shards, group)})
		}
		return []flow.Spec{s}
	}
	var list []flow.Spec
	for _, group := range k.Groups() {
		s := of(group, m.HiddenSingle())
		s.Targets = []flow.Target{{Group: home, Ranges: rangesOn(k.Shards, group), Owns: []topology.Range{{}}}}
		list = append(list, s)
	}
	return list
}

// makeHidden makes the tables that the rows are copied to. Replicas have them, too,
// when it returns: to a flow that begins to read from one of them before that, it
// would be a statement that may change the table.
func (t *task) makeHidden(ctx context.Context, k *topology.Keyspace) error {
	for _, group := range k.Groups() {
		var executed string
		err := t.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn, keyspace string) error {
			table := &k.Move.Table.Sharded
			err := makeMissing(ctx, conn, keyspace, k.Move.HiddenSharded(), fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s.%s LIKE %s.%s",
				quote(keyspace), quote(k.Move.HiddenSharded()), quote(keyspace), quote(table.Name)))
			if err != nil {
				return err
			}
			if err := makeIndexes(ctx, conn, keyspace, table); err != nil {
				return err
			}
			return conn.QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_executed").Scan(&executed)
		})
		if err != nil {
			return err
		}
		for _, replica := range t.mover.replicas(group) {
			if !t.mover.replicates(ctx, replica) {
				continue // nobody begins to read there
			}
			if err := t.awaitReplica(ctx, replica, executed); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *task) awaitReplica(ctx context.Context, replica *topology.Instance, executed string) error {
	conn, err := t.mover.servers.Conn(ctx, replica)
	if err != nil {
		return err
	}
	defer discard(conn)
	if err := awaitExecuted(ctx, conn, executed); err != nil {
		return fmt.Errorf("replica %s does not have the new table yet: %w", replica.ID, err)
	}
	return nil
}

// dropHidden drops the hidden table of a group, and index tables that are not used.
func dropHidden(ctx context.Context, conn *sql.Conn, k *topology.Keyspace) error {
	hidden := []string{k.Move.HiddenSingle()}
	if !k.Move.Switched {
		hidden[0] = k.Move.HiddenSharded()
		for i := range k.Move.Table.Sharded.Unique {
			hidden = append(hidden, k.Move.Table.Sharded.Unique[i].Index)
		}
	}
	for _, name := range hidden {
		if err := execute(ctx, conn, "DROP TABLE IF EXISTS "+quote(k.Name)+"."+quote(name)); err != nil {
			return err
		}
	}
	return nil
}
