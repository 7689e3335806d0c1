package exec

import (
	"context"
	"fmt"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
)

// fed carries out an INSERT or REPLACE whose rows a SELECT gives. Reading and
// writing are one transaction, and what is read stays locked until its end.
func (s *Session) fed(ctx context.Context, op *plan.Fed, st *Statement) error {
	if op.Judged {
		if err := s.mayRead(ctx, st); err != nil {
			return err
		}
	}
	if err := s.mayWrite(); err != nil {
		return err
	}
	defer s.fixClock()()
	var run *insertRun
	err := s.atomically(ctx, func() error {
		rows, err := s.collect(ctx, op.Read, st, s.collectLimits())
		if err != nil {
			return err
		}
		if err := s.strictly(op.Insert.Ignore); err != nil {
			return err
		}
		if run, err = s.feeding(op, st, rows); err != nil {
			return err
		}
		return run.all(ctx)
	})
	if err != nil {
		return err
	}
	run.done.sum.Warnings += run.warned
	s.once(&run.done.sum, op.Insert.Copies, st)
	info := fmt.Sprintf("Records: %d  Duplicates: %d  Warnings: %d", run.records, run.duplicates, run.done.sum.Warnings)
	return run.answer(info)
}

// feeding makes the run of an INSERT of collected rows.
func (s *Session) feeding(op *plan.Fed, st *Statement, rows *rowSet) (*insertRun, error) {
	if len(rows.Columns) != op.Insert.Width+op.Besides {
		return nil, mysql.NewError(mysql.ErWrongValueCount, "Column count doesn't match value count at row 1")
	}
	for _, stored := range op.Stored {
		if err := storable(&rows.Columns[stored.Read], stored); err != nil {
			return nil, err
		}
	}
	around := *op.Insert
	if op.Besides > 0 {
		around.Tail = &plan.Template{Parts: []string{""}} // each row has one of its own
	}
	head, tail, err := s.aroundRows(&around, st)
	if err != nil {
		return nil, err
	}
	own := *st
	own.Args = newRowArgs(rows)
	own.Flags = st.Flags &^ parser.LastInsertID
	run := &insertRun{s: s, op: op.Insert, st: &own, rows: rows.Len(), selected: true, head: head, tail: tail, warned: rows.Warnings}
	if op.Besides > 0 {
		run.tailOf = func(row int) (string, error) {
			args := own.Args.(*rowArgs)
			read := func(dst []byte, column int) []byte { return args.AppendOneSQL(dst, column, row) }
			text, err := op.Insert.Tail.AppendRow(nil, st.Args, read, s.appendFact)
			return string(text), err
		}
	}
	return run, nil
}

// aroundRows are the texts before and after the rows.
func (s *Session) aroundRows(op *plan.Insert, st *Statement) (head, tail string, err error) {
	h, err := op.Head.Append(nil, st.Args, s.appendFact)
	if err != nil {
		return "", "", mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	t, err := op.Tail.Append(nil, st.Args, s.appendFact)
	if err != nil {
		return "", "", mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	return string(h), string(t), nil
}

// insertRun is an INSERT of many rows in one transaction, in several statements
// for each group.
type insertRun struct {
	s    *Session
	op   *plan.Insert
	st   *Statement
	rows int
	// selected: a SELECT gives the rows.
	selected   bool
	head, tail string
	// tailOf is a row's own tail; nil if all have the same.
	tailOf func(row int) (string, error)
	ids    autoValues
	done   writeTally
	// warned counts the warnings that reading the rows gave.
	warned uint16
	// records and duplicates are what the info of an INSERT counts.
	records, duplicates int64
	// generated is the first number that a server gave a row, stored the last.
	generated, stored uint64
}

// all places and sends the rows.
func (r *insertRun) all(ctx context.Context) error {
	var err error
	if r.ids, err = r.s.autoValues(ctx, r.op, r.st, r.rows, r.selected); err != nil {
		return err
	}
	for i := range r.op.Index {
		texts, err := r.s.indexRows(r.op, &r.op.Index[i], r.st, &insertion{rows: r.rows, ids: &r.ids})
		if err != nil {
			return err
		}
		if err := r.s.writeIndex(ctx, texts, r.op.Index[i].Name); err != nil {
			return err
		}
	}
	b := newBatch(r.s)
	for row := range r.rows {
		groups, err := r.s.rowGroups(ctx, r.op, r.st, row, &r.ids)
		if err != nil {
			return err
		}
		text, err := r.s.appendRow(nil, r.op, r.st, row, &r.ids)
		if err != nil {
			return err
		}
		tail := r.tail
		if r.tailOf != nil {
			if tail, err = r.tailOf(row); err != nil {
				return mysql.NewError(mysql.ErWrongArguments, "%v", err)
			}
		}
		for _, g := range groups {
			if err := r.ids.checkOwn(r.op, row, g); err != nil {
				return err
			}
			b.add(g, r.head, string(text), tail)
		}
		if b.full() {
			if err := r.send(ctx, b); err != nil {
				return err
			}
		}
	}
	r.records = int64(r.rows)
	return r.send(ctx, b)
}

func (r *insertRun) send(ctx context.Context, b *batch) error {
	b.copies = r.op.Copies
	return b.flush(ctx, func(sums []mysql.Summary, rows []int) {
		r.done.add(sums, r.op.Copies)
		for i := range sums {
			if r.op.Copies && i > 0 {
				break
			}
			r.duplicates += duplicatesOf(&sums[i], rows[i])
			r.stored = sums[i].InsertID
			if r.generated == 0 {
				r.generated = sums[i].InsertID
			}
		}
	})
}

// duplicatesOf is how many rows of a statement met others, which a group that
// was given one row does not say itself.
func duplicatesOf(sum *mysql.Summary, rows int) int64 {
	_, numbers := splitInfo(sum.Info)
	switch {
	case len(numbers) == 3:
		return numbers[1]
	case rows == 1 && sum.AffectedRows > 1:
		return int64(sum.AffectedRows) - 1
	case rows == 1 && sum.AffectedRows == 0 && sum.Warnings > 0:
		return 1
	default:
		return 0
	}
}

// answer tells the client what was inserted, and which numbers rows got.
func (r *insertRun) answer(info string) error {
	total, last := r.done.sum, r.s.ledger.LastInsertID
	switch {
	case r.op.Auto < 0:
		if total.InsertID = r.generated; total.InsertID != 0 {
			last = total.InsertID
		}
	case total.AffectedRows == 0:
		total.InsertID = 0
	case r.ids.generated > 0:
		total.InsertID, last = r.ids.first, r.ids.first
	default:
		total.InsertID = r.ids.last
	}
	if err := r.s.answerOK(&total, info); err != nil {
		return err
	}
	r.s.ledger.LastInsertID = last // which a value of the client's own is not
	return nil
}
