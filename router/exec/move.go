package exec

import (
	"context"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// moving is a row on its way to another group.
type moving struct {
	row           int
	key, from, to string
}

// move updates rows whose shard key changes: where they are if their group
// stays, else by inserting them at their new place and deleting them at the old.
func (c *keyedChange) move(ctx context.Context) error {
	var all []moving
	old, crossing := map[string]bool{}, false
	leaving := false
	for row := range c.rows.n {
		key, from, err := c.locate(row)
		if err != nil {
			return err
		}
		if key == "" {
			continue
		}
		to, err := c.newHome(row)
		if err != nil {
			return err
		}
		all = append(all, moving{row: row, key: key, from: from, to: to})
		leaving = leaving || from != to
		old[c.values(c.change.Move.Old, row)] = true
	}
	if !leaving {
		return c.inPlace(ctx, all)
	}
	if err := c.mayMove(ctx); err != nil {
		return err
	}
	for i := range all {
		crossing = crossing || old[c.values(c.change.Move.Key, all[i].row)]
	}
	if err := c.passSequence(ctx, all); err != nil {
		return err
	}
	return c.moveAll(ctx, all, crossing)
}

func (c *keyedChange) inPlace(ctx context.Context, all []moving) error {
	for _, m := range all {
		if err := c.update(ctx, m.row, m.key, m.from); err != nil {
			return err
		}
	}
	return c.flush(ctx)
}

// moveAll moves the rows. If new keys are among the old ones, MySQL, which goes
// row by row, says whether two rows meet: then one row is moved after the other.
func (c *keyedChange) moveAll(ctx context.Context, all []moving, crossing bool) error {
	deletes := newBatch(c.s)
	end := func() error {
		if err := c.flush(ctx); err != nil {
			return err
		}
		return deletes.flush(ctx, func([]mysql.Summary, []int) {})
	}
	for _, m := range all {
		if m.from == m.to {
			if err := c.update(ctx, m.row, m.key, m.from); err != nil {
				return err
			}
		} else {
			row, err := c.newRow(m.row)
			if err != nil {
				return err
			}
			c.batch.add(m.to, c.change.Move.Insert, row, "")
			deletes.add(m.from, c.change.Move.Delete, m.key, ")")
			c.done.matched++
			c.done.changed++
		}
		if crossing || c.batch.full() {
			if err := end(); err != nil {
				return err
			}
		}
	}
	return end()
}

// newHome is the group of a row's new shard key.
func (c *keyedChange) newHome(row int) (string, error) {
	ks, table := c.change.Keyspace, c.change.Table
	vals := make([]shardkey.Value, len(c.change.Move.Key))
	for i, column := range c.change.Move.Key {
		vals[i] = c.rows.Value(column, row)
	}
	canon, outcome := table.ShardKey.Store(nil, vals)
	switch {
	case outcome == shardkey.Stored:
		return ks.ShardFor(shardkey.Of(canon)).Group, nil
	case outcome == shardkey.Invalid && c.s.strict():
		return c.home(row) // MySQL refuses the row with its own error
	default:
		return "", notSupported("UPDATE of %s: what MySQL would store in the shard key for a new value is not known; write it in the column's own form", table.Name)
	}
}

// values are columns of a row as one text.
func (c *keyedChange) values(columns []int, row int) string {
	var text []byte
	for _, column := range columns {
		text = append(c.rows.AppendOneSQL(text, column, row), 0)
	}
	return string(text)
}

// newRow is a moved row as it is inserted.
func (c *keyedChange) newRow(row int) (string, error) {
	text := []byte{'('}
	for i, value := range c.change.Move.Values {
		if i > 0 {
			text = append(text, ", "...)
		}
		switch value {
		case plan.ValueDefault:
			text = append(text, "DEFAULT"...)
		case plan.ValueNow:
			text = append(text, c.change.Move.Now[i]...)
		default:
			text = c.rows.AppendOneSQL(text, value, row)
		}
	}
	return string(append(text, ')')), c.rows.err
}

// passSequence moves the sequence past new values of a shard key that it feeds.
func (c *keyedChange) passSequence(ctx context.Context, all []moving) error {
	table, ks, top := c.change.Table, c.change.Keyspace, uint64(0)
	for i, k := range table.ShardKey {
		if k.Name != table.Sequence {
			continue
		}
		for _, m := range all {
			if v := c.rows.Value(c.change.Move.Key[i], m.row); v.Kind == shardkey.Int {
				if n, err := strconv.ParseUint(string(v.Bytes), 10, 64); err == nil {
					top = max(top, n)
				}
			}
		}
	}
	if top == 0 {
		return nil
	}
	if _, err := c.s.env.Sequences.MovePast(ctx, sequenceOf(ks, table), top); err != nil {
		return mysql.NewError(mysql.ErUnknown, "%s.%s: the sequence of column %s cannot be moved past %d: %v", ks.Name, table.Name, table.Sequence, top, err)
	}
	return nil
}

// mayMove refuses to move rows that other things hang on: a trigger would see a
// DELETE and an INSERT instead of an UPDATE, a foreign key rows of its table vanish.
func (c *keyedChange) mayMove(ctx context.Context) error {
	ks, table := c.change.Keyspace, c.change.Table
	schema := string(mysql.AppendQuoted(nil, []byte(ks.Name), c.s.LiteralMode()))
	name := string(mysql.AppendQuoted(nil, []byte(table.Name), c.s.LiteralMode()))
	sql := "SELECT 'trigger', trigger_name FROM information_schema.triggers WHERE event_object_schema = " + schema + " AND event_object_table = " + name +
		" UNION ALL SELECT 'foreign key', constraint_name FROM information_schema.referential_constraints WHERE unique_constraint_schema = " + schema + " AND referenced_table_name = " + name
	res, err := c.s.askOn(ctx, ks.ShardFor(0).Group, c.s.settings, sql)
	if err != nil {
		return err
	}
	if len(res.Rows) > 0 {
		return notSupported("UPDATE of the shard key of %s would move rows to another shard, which the %s %s does not allow; delete the rows and insert them anew", table.Name, res.Value(0, 0), res.Value(0, 1))
	}
	return nil
}
