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

// A table moves by itself: from one group to all of the keyspace (a distribution), or
// to another keyspace. Each group of the side that takes it gets a hidden table; at the
// switch the tables of both sides change names, see swap.

// planDistribution says what a distribution will be.
func (m *Mover) planDistribution(ctx context.Context, snap *topology.Snapshot, k *topology.Keyspace, wanted topology.Declaration) (*topology.Move, error) {
	if len(k.Groups()) == 1 {
		return nil, &topology.Refused{
			Code: topology.CodeInvalid, Message: fmt.Sprintf("keyspace %s is on one group, so no row of %s has to move", k.Name, wanted.Table),
			Hint: fmt.Sprintf("'shardway table distribute %s.%s' declares it", k.Name, wanted.Table),
		}
	}
	wanted.Keyspace, wanted.Kind = k.Name, topology.KindSharded
	return m.planTable(ctx, snap, k, k, wanted, topology.Move{Kind: topology.MoveDistribute, Table: &topology.TableMove{}})
}

// planTableMove says what a move of a table to another keyspace will be.
func (m *Mover) planTableMove(ctx context.Context, snap *topology.Snapshot, k *topology.Keyspace, w Wanted) (*topology.Move, error) {
	into := snap.Serving(w.To)
	switch {
	case into == nil:
		return nil, &topology.Refused{Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no keyspace %q", w.To), Hint: "'shardway keyspace create' makes one"}
	case into == k:
		return nil, &topology.Refused{
			Code: topology.CodeInvalid, Message: fmt.Sprintf("table %s.%s is in keyspace %s already", k.Name, w.Table.Table, w.To), Hint: "name another keyspace with --to",
		}
	}
	wanted := w.Table
	wanted.Keyspace, wanted.Kind = into.Name, topology.KindSingle
	if len(wanted.ShardKey) > 0 {
		wanted.Kind = topology.KindSharded
	}
	return m.planTable(ctx, snap, k, into, wanted, topology.Move{Kind: topology.MoveTable, Table: &topology.TableMove{Keyspace: into.Name}})
}

// planTable completes the record of a table's move from k to another keyspace, or the
// same.
func (m *Mover) planTable(ctx context.Context, snap *topology.Snapshot, k, into *topology.Keyspace, wanted topology.Declaration, move topology.Move) (*topology.Move, error) {
	if err := k.Movable(wanted.Table); err != nil {
		return nil, err
	}
	wanted.IndexID, wanted.Filled = indexID(), true
	c := change{Distributor: &Distributor{Store: m.opts.Store, Servers: primaries{m}}, wanted: wanted, keyspace: k}
	if err := c.readSchema(ctx); err != nil {
		return nil, err
	}
	if keys := slices.Concat(c.schema.ForeignKeys, c.schema.ReferencedBy); len(keys) > 0 {
		f := keys[0]
		return nil, &topology.Refused{
			Code:    topology.CodeUnsupported,
			Message: fmt.Sprintf("foreign key %s of %s.%s references %s.%s, and would stay with the old rows", f.Name, f.ChildKeyspace, f.Child, f.ParentKeyspace, f.Parent),
			Hint:    "drop foreign keys from and to the table before it moves, and make those that its shard key allows again afterwards",
		}
	}
	declared, _, err := snap.Declare(wanted, c.schema)
	if err != nil {
		return nil, err
	}
	move.ID, move.Phase, move.From, move.To = moveID(), topology.MoveCopying, k.Shards, into.Shards
	move.Table.Old, move.Table.New = topology.Table{Name: wanted.Table, Kind: topology.KindSingle}, declared
	return move.With("begun", now()), nil
}

// tableSide is a table's move as one of its sides sees it.
type tableSide struct {
	keyspace string
	// table is its name while the side serves, aside the hidden one.
	table, aside string
	shards       []topology.Shard
}

func oldSide(k *topology.Keyspace) tableSide {
	return tableSide{keyspace: k.Name, table: k.Move.Table.Old.Name, aside: k.Move.HiddenOld(), shards: k.Move.From}
}

func newSide(k *topology.Keyspace) tableSide {
	return tableSide{keyspace: k.NewHome(), table: k.Move.Table.New.Name, aside: k.Move.HiddenNew(), shards: k.Move.To}
}

func (s *tableSide) on(group string) bool { return len(rangesOn(s.shards, group)) > 0 }

// home is the group of all rows that have no shard key.
func (s *tableSide) home() string { return s.shards[0].Group }

func (s *tableSide) serving() string { return quote(s.keyspace) + "." + quote(s.table) }
func (s *tableSide) hidden() string  { return quote(s.keyspace) + "." + quote(s.aside) }

// primaries opens connections for a Distributor.
type primaries struct{ mover *Mover }

// Primary see Servers.
func (p primaries) Primary(ctx context.Context, group string) (*sql.Conn, error) {
	return p.mover.servers.Primary(ctx, p.mover.opts.Source.Current(), group)
}

// checkTableMove asks the servers whether the table can move.
func (m *Mover) checkTableMove(ctx context.Context, k *topology.Keyspace) error {
	from, to := oldSide(k), newSide(k)
	err := m.onPrimary(ctx, from.home(), func(ctx context.Context, conn *sql.Conn) error {
		if k.Move.Kind == topology.MoveTable {
			return unmentioned(ctx, conn, &from)
		}
		return checksUnnamed(ctx, conn, &from)
	})
	if err != nil {
		return err
	}
	for _, group := range topology.GroupsOf(from.shards) {
		if group == from.home() {
			continue
		}
		err := m.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error {
			var rows bool
			if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+from.serving()+")").Scan(&rows); err != nil || !rows {
				return err
			}
			return &topology.Refused{
				Code: topology.CodeInvalid, Message: fmt.Sprintf("group %s has rows of table %s.%s, which is not sharded: they are on %s", group, k.Name, from.table, from.home()),
				Hint: "somebody has written them beside Shardway; look at them, and delete them there",
			}
		})
		if err != nil {
			return err
		}
	}
	for _, group := range topology.GroupsOf(to.shards) {
		err := m.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error { return namesAreFree(ctx, conn, k) })
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

// checksUnnamed refuses what CREATE TABLE … LIKE would give another name.
func checksUnnamed(ctx context.Context, conn *sql.Conn, of *tableSide) error {
	found, err := strings2(ctx, conn, `SELECT constraint_name, '' FROM information_schema.table_constraints
		WHERE table_schema = ? AND table_name = ? AND constraint_type = 'CHECK' AND constraint_name NOT RLIKE CONCAT('^', table_name, '_chk_[0-9]+$')`, of.keyspace, of.table)
	if err != nil || len(found) == 0 {
		return err
	}
	return &topology.Refused{
		Code: topology.CodeUnsupported, Message: fmt.Sprintf("CHECK constraint %s of table %s.%s would get another name", found[0][0], of.keyspace, of.table),
		Hint: "drop it, add it again without a name, and distribute the table then",
	}
}

// unmentioned refuses to take a table away from what MySQL runs by itself in its
// keyspace: it would not find the table any more.
func unmentioned(ctx context.Context, conn *sql.Conn, of *tableSide) error {
	word := `\b\Q` + of.table + `\E\b`
	found, err := strings2(ctx, conn, `SELECT 'view', view_name FROM information_schema.view_table_usage WHERE table_schema = ? AND table_name = ?
		UNION ALL SELECT LOWER(routine_type), routine_name FROM information_schema.routines WHERE routine_schema = ? AND REGEXP_LIKE(routine_definition, ?)
		UNION ALL SELECT 'trigger', trigger_name FROM information_schema.triggers WHERE trigger_schema = ? AND event_object_table <> ? AND REGEXP_LIKE(action_statement, ?)
		UNION ALL SELECT 'event', event_name FROM information_schema.events WHERE event_schema = ? AND REGEXP_LIKE(event_definition, ?)`,
		of.keyspace, of.table, of.keyspace, word, of.keyspace, of.table, word, of.keyspace, word)
	if err != nil || len(found) == 0 {
		return err
	}
	return &topology.Refused{
		Code:    topology.CodeUnsupported,
		Message: fmt.Sprintf("table %s.%s is named by %s, which MySQL would not find it for in another keyspace", of.keyspace, of.table, namedObjects(found)),
		Hint:    "drop these, or have them do without the table, and move it then",
	}
}

// namesAreFree refuses a table's move if a table that it makes is there: one that was
// left over, since no two declarations share a name, or one of somebody's in the
// keyspace that takes it.
func namesAreFree(ctx context.Context, conn *sql.Conn, k *topology.Keyspace) error {
	to := newSide(k)
	taken := func(name, hint string) error {
		there, err := exists(ctx, conn, to.keyspace, name)
		if err != nil || !there {
			return err
		}
		return &topology.Refused{Code: topology.CodeExists, Message: fmt.Sprintf("there is a table %s.%s already", to.keyspace, name), Hint: hint}
	}
	if k.Move.Kind == topology.MoveTable {
		if err := taken(to.table, "drop it or rename it, and move the other one then"); err != nil {
			return err
		}
	}
	for i := range k.Move.Table.New.Unique {
		if err := taken(k.Move.Table.New.Unique[i].Index, "try again: each try has names of its own"); err != nil {
			return err
		}
	}
	return nil
}

// nameIsFree refuses to change sides while the table of the one that begins to serve
// could not get its name: somebody has made another one of that name meanwhile.
func (t *task) nameIsFree(ctx context.Context, k *topology.Keyspace) error {
	begins := newSide(k)
	if k.Move.Switched {
		begins = oldSide(k)
	}
	for _, group := range topology.GroupsOf(begins.shards) {
		err := t.mover.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error {
			there, err := exists(ctx, conn, begins.keyspace, begins.table)
			if err == nil && there {
				err = fmt.Errorf("there is a table %s.%s already", begins.keyspace, begins.table)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func describeTableMove(k *topology.Keyspace) []string {
	to := newSide(k)
	table, declared := k.Name+"."+k.Move.Table.Old.Name, k.Move.Table.New
	copied := fmt.Sprintf("copy the rows of %s to hidden tables on %s, and follow what changes; clients notice nothing", table, strings.Join(topology.GroupsOf(to.shards), ", "))
	if declared.Kind == topology.KindSingle {
		copied = fmt.Sprintf("copy the rows of %s to a hidden table on %s, and follow what changes; clients notice nothing", table, to.home())
	}
	steps := []string{copied}
	if spread(to.shards) {
		steps = append(steps, describeFilled(&declared)...)
	}
	steps = append(steps, "compare all rows")
	if k.Move.Kind == topology.MoveTable {
		return append(steps, fmt.Sprintf("then 'shardway reshard switch %s' has clients use %s.%s, also those that name it %s, and 'reverse' the old one again, until 'complete'",
			k.Name, to.keyspace, to.table, table))
	}
	return append(steps, fmt.Sprintf("then 'shardway reshard switch %s' has clients use these, and 'reverse' the one table again, until 'complete'", k.Name))
}

func spread(shards []topology.Shard) bool { return len(topology.GroupsOf(shards)) > 1 }

// tableSpecs are the flows of a table's move: from the table's group to hidden tables
// of the side that takes it, or from those to a hidden table on that one.
func tableSpecs(k *topology.Keyspace, turn int) []flow.Spec {
	m, from, to := k.Move, oldSide(k), newSide(k)
	of := func(source string, side, other tableSide) flow.Spec {
		s := flow.Spec{Job: fmt.Sprintf("%s-%d", m.ID, turn), Source: source, Schema: side.keyspace, IntoSchema: other.keyspace}
		s.Tables = []flow.Table{{Name: side.table, Into: other.aside, Kind: m.Table.New.Kind, Key: m.Table.New.ShardKey}}
		if turn%2 == 0 && spread(to.shards) {
			s.Tables = append(s.Tables, filled(&m.Table.New)...)
		}
		if turn > 0 && turn == m.Turns {
			s.Start = m.Starts[source]
		}
		return s
	}
	if turn%2 == 0 {
		s := of(from.home(), from, to)
		for _, group := range topology.GroupsOf(to.shards) {
			s.Targets = append(s.Targets, flow.Target{Group: group, Ranges: rangesOn(to.shards, group), Owns: rangesOn(to.shards, group)})
		}
		return []flow.Spec{s}
	}
	var list []flow.Spec
	for _, group := range topology.GroupsOf(to.shards) {
		if m.Table.New.Kind == topology.KindSingle && group != to.home() {
			continue // it has no row
		}
		s := of(group, to, from)
		s.Targets = []flow.Target{{Group: from.home(), Ranges: rangesOn(to.shards, group), Owns: []topology.Range{{}}}}
		list = append(list, s)
	}
	return list
}

// makeHidden makes the tables that the rows are copied to. Replicas have them, too,
// when it returns: to a flow that begins to read from one of them before that, it
// would be a statement that may change the table.
func (t *task) makeHidden(ctx context.Context, k *topology.Keyspace) error {
	from, to := oldSide(k), newSide(k)
	define := "CREATE TABLE IF NOT EXISTS " + to.hidden() + " LIKE " + from.serving()
	if k.Move.Kind == topology.MoveTable {
		var err error
		if define, err = t.definitionOf(ctx, &from, &to); err != nil {
			return err
		}
	}
	for _, group := range topology.GroupsOf(to.shards) {
		var executed string
		err := t.mover.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error {
			if err := prepareSession(ctx, conn, to.keyspace); err != nil {
				return err
			}
			if err := makeMissing(ctx, conn, to.keyspace, to.aside, define); err != nil {
				return err
			}
			if spread(to.shards) {
				if err := makeIndexes(ctx, conn, to.keyspace, &k.Move.Table.New); err != nil {
					return err
				}
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

// definitionOf is the statement that makes the hidden table of a side as the other
// side's table is.
func (t *task) definitionOf(ctx context.Context, from, to *tableSide) (text string, err error) {
	err = t.mover.onPrimary(ctx, from.home(), func(ctx context.Context, conn *sql.Conn) error {
		if err := definitionsInFull(ctx, conn); err != nil {
			return err
		}
		d, err := define(ctx, conn, from.keyspace, "TABLE", from.table)
		text = strings.Replace(d.text, "CREATE TABLE "+quote(from.table), "CREATE TABLE IF NOT EXISTS "+to.hidden(), 1)
		return err
	})
	return text, err
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
func dropHidden(ctx context.Context, conn *sql.Conn, k *topology.Keyspace, group string) error {
	side, names := oldSide(k), []string{k.Move.HiddenOld()}
	if !k.Move.Switched {
		side, names = newSide(k), []string{k.Move.HiddenNew()}
		for i := range k.Move.Table.New.Unique {
			names = append(names, k.Move.Table.New.Unique[i].Index)
		}
	}
	if !side.on(group) {
		return nil
	}
	for _, name := range names {
		if err := execute(ctx, conn, "DROP TABLE IF EXISTS "+quote(side.keyspace)+"."+quote(name)); err != nil {
			return err
		}
	}
	return nil
}
