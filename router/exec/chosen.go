package exec

import (
	"context"
	"errors"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// chosen carries out an UPDATE or DELETE whose rows a SELECT chooses first. All
// of it is one transaction: the rows are locked from the SELECT on.
func (s *Session) chosen(ctx context.Context, op *plan.Chosen, st *Statement) error {
	if op.Judged {
		if err := s.mayRead(ctx, st); err != nil {
			return err
		}
	}
	if err := s.mayWrite(); err != nil {
		return err
	}
	defer s.fixClock()()
	var done writeTally
	err := s.atomically(ctx, func() error {
		rows, err := s.collect(ctx, op.Read, st, s.collectLimits())
		if err != nil {
			return err
		}
		if err := s.strictly(op.Ignore); err != nil {
			return err
		}
		done = writeTally{}
		done.sum.Warnings = rows.Warnings
		for i := range op.Changes {
			change := &keyedChange{s: s, op: op, change: &op.Changes[i], st: st, rows: newRowArgs(rows), batch: newBatch(s), done: &done}
			if err := change.run(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.once(&done.sum, false, st)
	return s.answerOK(&done.sum, done.info(op.Verb))
}

// mayWrite refuses a write in a transaction that is read only before its rows
// are looked for: there may be none, and MySQL refuses it all the same.
func (s *Session) mayWrite() error {
	if s.tx != nil && s.opensReadOnly() {
		return mysql.NewError(erReadOnlyTransaction, "Cannot execute statement in a READ ONLY transaction.")
	}
	return nil
}

// erReadOnlyTransaction is ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION.
const erReadOnlyTransaction = 1792

// mayRead has MySQL judge a statement that reads the table that it changes. A
// prepared one has been judged when it was prepared.
func (s *Session) mayRead(ctx context.Context, st *Statement) error {
	if st.Prepared != nil {
		return nil
	}
	fine := mysql.NewError(mysql.ErNotSupportedYet, "MySQL takes it")
	if err := s.AskSyntax(ctx, "", st.SQL, fine); !errors.Is(err, fine) {
		return err
	}
	return nil
}

// collectLimits are those of a write.
func (s *Session) collectLimits() collectLimits {
	return collectLimits{Rows: int(s.env.Limits.Merge.Rows), Bytes: int(s.env.Limits.Merge.Bytes)}
}

// keyedChange is the changing of one table's chosen rows.
type keyedChange struct {
	s      *Session
	op     *plan.Chosen
	change *plan.KeyedChange
	st     *Statement
	rows   *rowArgs
	batch  *batch
	done   *writeTally
	// seen are the keys of rows that have had their turn, with their groups.
	seen map[string]bool
}

func (c *keyedChange) run(ctx context.Context) error {
	if err := c.storable(); err != nil {
		return err
	}
	if c.op.Joined {
		c.seen = map[string]bool{}
	}
	if c.change.Move != nil {
		return c.move(ctx)
	}
	for row := range c.rows.n {
		key, group, err := c.locate(row)
		if err != nil || key == "" {
			if err != nil {
				return err
			}
			continue
		}
		if err := c.update(ctx, row, key, group); err != nil {
			return err
		}
	}
	return c.flush(ctx)
}

// storable refuses values whose literal would be stored otherwise than the value.
func (c *keyedChange) storable() error {
	for _, stored := range c.change.Stored {
		if err := storable(&c.rows.set.Columns[stored.Read], stored); err != nil {
			return err
		}
	}
	return nil
}

// locate returns a row's key as SQL and its group, which is empty if every
// group has the row. The key is empty if there is no row, or it has had its turn.
func (c *keyedChange) locate(row int) (key, group string, err error) {
	var text []byte
	for i, column := range c.change.Key {
		if c.rows.cell(column, row).Null {
			return "", "", c.rows.err
		}
		if i > 0 {
			text = append(text, ", "...)
		}
		text = c.rows.AppendOneSQL(text, column, row)
	}
	if len(c.change.Key) > 1 {
		text = append(append([]byte("("), text...), ')')
	}
	if group, err = c.home(row); err != nil {
		return "", "", err
	}
	key = string(text)
	if c.seen != nil {
		if c.seen[group+"\x00"+key] {
			return "", "", nil
		}
		c.seen[group+"\x00"+key] = true
	}
	return key, group, nil
}

// home is the group that a row lives on, empty if every group has it.
func (c *keyedChange) home(row int) (string, error) {
	ks := c.change.Keyspace
	switch {
	case c.change.Copies:
		return "", nil
	case c.change.Token < 0:
		return ks.ShardFor(0).Group, nil
	}
	text := c.rows.AppendOneSQL(nil, c.change.Token, row)
	token, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return "", mysql.NewError(mysql.ErUnknown, "the token of a row of %s is %q, which is no number", c.change.Table.Name, text)
	}
	return ks.ShardFor(shardkey.Token(token)).Group, nil
}

// update has one row's shard update or delete it where it is.
func (c *keyedChange) update(ctx context.Context, row int, key, group string) error {
	read := func(dst []byte, column int) []byte { return c.rows.AppendOneSQL(dst, column, row) }
	head, err := c.change.Head.AppendRow(nil, c.st.Args, read, c.s.appendFact)
	if err != nil {
		return mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	tail, err := c.change.Tail.Append(nil, c.st.Args, c.s.appendFact)
	if err != nil {
		return mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	groups := []string{group}
	if c.change.Copies {
		groups = c.change.Keyspace.Groups()
	}
	for _, g := range groups {
		c.batch.add(g, string(head), key, string(tail))
	}
	if c.batch.full() {
		return c.flush(ctx)
	}
	return nil
}

func (c *keyedChange) flush(ctx context.Context) error {
	c.batch.copies = c.change.Copies
	return c.batch.flush(ctx, func(sums []mysql.Summary, _ []int) { c.done.add(sums, c.change.Copies) })
}
