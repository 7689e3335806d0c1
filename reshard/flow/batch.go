package flow

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
)

const (
	// laneOps is about how many rows a lane changes in one transaction.
	laneOps = 500
	// keysMax is how many identities one statement deletes.
	keysMax = 500
	// again is how often a transaction is tried that met a lock.
	again = 10
)

// batch is what one transaction on a target executes.
type batch struct {
	statements []string
	load       *loading
	careful    []*careful
	// chunk is set if these are its rows: its state is stored with them.
	chunk *chunk
}

// coalesce makes statements of items' ops. Of several changes of a row the last
// counts: rows that go first, then rows as they are at the end. Since rows
// replace what they collide with, their order does not matter: at the end of
// the items the source had them all at once. Identities that MySQL holds for
// equal but are written differently are different here; of those all but one
// go, before that one is written.
func (t *target) coalesce(items []*item) *batch {
	type place struct {
		table int
		key   string
	}
	last := map[place]*op{}
	var order []place
	for _, i := range items {
		for n := range i.ops {
			o := &i.ops[n]
			p := place{o.table, o.key}
			if _, ok := last[p]; !ok {
				order = append(order, p)
			}
			last[p] = o
		}
	}
	ops := make([]*op, len(order))
	for i, p := range order {
		ops[i] = last[p]
	}
	return t.batch(ops)
}

// batch makes statements of ops of different rows.
func (t *target) batch(ops []*op) *batch {
	b := &batch{}
	parts := map[int]*careful{}
	rest := ops[:0:0]
	for _, o := range ops {
		if table := t.tables[o.table]; !t.isCareful(table) {
			rest = append(rest, o)
		} else if c := parts[o.table]; c != nil {
			c.ops = append(c.ops, o)
		} else {
			parts[o.table] = &careful{table: table, ops: []*op{o}}
			b.careful = append(b.careful, parts[o.table])
		}
	}
	w := statementWriter{}
	for _, o := range rest {
		if o.row == "" {
			k := &t.tables[o.table].rowKey
			w.add(t.tables[o.table].delete, o.key, k.between, k.behind, keysMax)
		}
	}
	w.flush()
	for _, o := range rest {
		if o.row != "" {
			w.add(t.tables[o.table].replace, o.row, ",", "", 0)
		}
	}
	w.flush()
	b.statements = w.all
	return b
}

// statementWriter gathers what belongs to the same statement.
type statementWriter struct {
	all   []string
	heads []string
	open  map[string]*openStatement
}

type openStatement struct {
	text strings.Builder
	tail string
	n    int
}

// add appends an element to the statement that begins with head.
func (w *statementWriter) add(head, element, between, tail string, elementsMax int) {
	if w.open == nil {
		w.open = map[string]*openStatement{}
	}
	s := w.open[head]
	if s == nil {
		s = &openStatement{tail: tail}
		w.open[head] = s
		w.heads = append(w.heads, head)
	}
	if s.n == 0 {
		s.text.WriteString(head)
	} else {
		s.text.WriteString(between)
	}
	s.text.WriteString(element)
	if s.n++; s.n == elementsMax || s.text.Len() >= statementBytes {
		w.close(s)
	}
}

func (w *statementWriter) close(s *openStatement) {
	if s.n > 0 {
		s.text.WriteString(s.tail)
		w.all = append(w.all, s.text.String())
		s.text, s.n = strings.Builder{}, 0
	}
}

// flush ends all statements.
func (w *statementWriter) flush() {
	for _, head := range w.heads {
		w.close(w.open[head])
	}
	w.heads, w.open = nil, nil
}

// transaction executes a batch on a lane, together with the position: what the
// target has executed before the round, and what the lane executes now. If
// another flow has taken over, nothing is written.
func (t *target) transaction(ctx context.Context, lane int, gtids mysql.GTIDSet, b *batch) error {
	executed := t.applied.Union(gtids).String()
	for n := 0; ; n++ {
		err := t.try(ctx, t.conns[lane], lane, executed, b)
		if n < again && isLocked(err) {
			if err := sleep(ctx, time.Duration(1+n)*lockPause); err != nil {
				return err
			}
			continue
		}
		return err
	}
}

const lockPause = 10 * time.Millisecond

// isLocked reports whether a transaction met a lock and may be tried again.
func isLocked(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && (e.Number == mysql.ErLockDeadlock || e.Number == mysql.ErLockWaitTimeout)
}

func (t *target) try(ctx context.Context, conn *sql.Conn, lane int, executed string, b *batch) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := t.owned(ctx, tx, lane, executed); err != nil {
		return err
	}
	parked := ""
	if b != nil {
		if err := execAll(ctx, tx, b.statements); err != nil {
			return err
		}
		if b.load != nil {
			if err := t.load(ctx, tx, lane, b.load); err != nil {
				return err
			}
		}
		for _, c := range b.careful {
			some, err := t.write(ctx, tx, c)
			if err != nil {
				return err
			}
			parked = cmp.Or(parked, some)
		}
		if b.chunk != nil {
			if err := t.setSegment(ctx, tx, b.chunk.id(), b.chunk.number, &b.chunk.after); err != nil {
				return err
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if parked != "" {
		t.note.waits(parked)
		t.setParked(true)
	}
	return nil
}

// owned stores a lane's position, if the flow is still the one that may write.
func (t *target) owned(ctx context.Context, tx *sql.Tx, lane int, executed string) error {
	result, err := tx.ExecContext(ctx, "UPDATE _shardway.reshard_position SET executed = ? WHERE job = ? AND source = ? AND lane = ? AND owner = ?",
		executed, t.job, t.source, lane, t.owner)
	if err != nil {
		return err
	}
	if found, err := result.RowsAffected(); err != nil || found != 1 {
		return errors.Join(err, errTakenOver(t.spec.Group))
	}
	return nil
}

func errTakenOver(group string) error {
	return stop("look at the job again: whoever took over goes on with it", "another flow of this job writes to group %s now", group)
}
