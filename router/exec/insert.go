package exec

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// insert places the rows of an INSERT or REPLACE one by one and sends each
// group its own.
func (s *Session) insert(ctx context.Context, op *plan.Insert, st *Statement) error {
	rows := op.RowCount(st.Args)
	if op.Computes() {
		return s.insertAsked(ctx, op, st, rows)
	}
	ids, err := s.autoValues(ctx, op, st, rows, false)
	if err != nil {
		return err
	}
	groups, texts, placed, err := s.placeRows(ctx, op, st, rows, &ids)
	if err != nil {
		return err
	}
	if op.Meeting != nil {
		return s.insertMeeting(ctx, op, st, &insertion{rows: rows, ids: &ids, groups: groups, texts: texts})
	}
	if !op.Copies && len(op.Index) == 0 {
		s.rowsAt = placed
		defer func() { s.rowsAt = nil }()
	}
	sums, err := s.sendIndexed(ctx, op, st, &insertion{rows: rows, ids: &ids, groups: groups, texts: texts})
	if rows == 1 && len(op.Index) == 0 && !op.Copies && rewords(st, err) {
		sums, err = s.sendBoundRow(ctx, op, st, groups[0], &ids)
	}
	if err != nil {
		return err
	}
	total := mysql.Summary{}
	for i := range sums {
		if op.Copies && i > 0 {
			continue
		}
		total.AffectedRows += sums[i].AffectedRows
		total.Warnings += sums[i].Warnings
		total.InsertID = sums[i].InsertID
	}
	last := s.insertedID(op, st, rows, &ids, &total)
	if err := s.answerOK(&total, insertInfo(sums, placed, op.Copies)); err != nil {
		return err
	}
	s.ledger.LastInsertID = last // which a value of the client's own is not
	return nil
}

// insertAsked is an INSERT of which some values are asked for first.
func (s *Session) insertAsked(ctx context.Context, op *plan.Insert, st *Statement, rows int) error {
	if op.Judged {
		if err := s.mayRead(ctx, st); err != nil {
			return err
		}
	}
	defer s.fixClock()()
	var run *insertRun
	err := s.atomically(ctx, func() error {
		own := *st
		if err := s.askValues(ctx, op, &own, rows); err != nil {
			return err
		}
		head, tail, err := s.aroundRows(op, st)
		if err != nil {
			return err
		}
		run = &insertRun{s: s, op: op, st: &own, rows: rows, head: head, tail: tail}
		return run.all(ctx)
	})
	if err != nil {
		return err
	}
	s.once(&run.done.sum, op.Copies, st)
	info := ""
	if rows > 1 {
		info = fmt.Sprintf("Records: %d  Duplicates: %d  Warnings: %d", run.records, run.duplicates, run.done.sum.Warnings)
	}
	total := run.done.sum
	total.InsertID = run.stored
	last := s.insertedID(op, st, rows, &run.ids, &total)
	if err := s.answerOK(&total, info); err != nil {
		return err
	}
	s.ledger.LastInsertID = last // which a value of the client's own is not
	return nil
}

// insertedID says what LAST_INSERT_ID is after an INSERT, and puts into total
// what its OK packet says.
func (s *Session) insertedID(op *plan.Insert, st *Statement, rows int, ids *autoValues, total *mysql.Summary) (last uint64) {
	last = s.ledger.LastInsertID
	switch {
	case op.Auto < 0:
		if total.InsertID != 0 {
			last = total.InsertID
		}
	case rows == 1: // the server says what it stored
		if total.InsertID != 0 && (total.InsertID == ids.first || st.Flags.Has(parser.LastInsertID)) {
			last = total.InsertID
		}
	case total.AffectedRows == 0:
		total.InsertID = 0
	case ids.generated > 0:
		total.InsertID, last = ids.first, ids.first
	default:
		total.InsertID = ids.last
	}
	return last
}

// sendRows runs the groups' statements: one group takes its own as any other
// statement, several all or nothing.
func (s *Session) sendRows(ctx context.Context, op *plan.Insert, groups []string, texts [][]byte) ([]mysql.Summary, error) {
	if len(groups) > 1 && op.Copies {
		return s.writeCopies(ctx, groups, texts, nil, op.FixClock)
	}
	if len(groups) > 1 {
		return s.writeGroups(ctx, groups, texts, nil, op.FixClock)
	}
	for {
		sums, err := s.sendRowsTo(ctx, groups[0], texts[0], nil)
		if !errors.Is(err, errFenced) {
			return sums, err
		}
	}
}

// sendRowsTo is one try on one group. errFenced: it may be sent once more, and is
// held before it is. params are bound to the ? of the text, if it has any.
func (s *Session) sendRowsTo(ctx context.Context, group string, text []byte, params []mysql.Param) ([]mysql.Summary, error) {
	l, err := s.acquire(ctx, group, plan.AccessWrite, &Statement{})
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	p := &part{l: l}
	l.b.Instance().CountWrite()
	p.text, p.params = text, params
	if err = s.sendPart(p); err == nil {
		err = s.readPart(p)
	}
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessWrite, &Statement{}, true)
		return nil, err
	}
	if p.sum.Err != nil && s.unsent(l, p.sum.Err) {
		return nil, errFenced
	}
	if p.sum.Err != nil {
		s.settle(l, plan.AccessWrite, &p.sum)
		return nil, p.sum.Err
	}
	s.afterPrimary(l, &p.sum)
	if p.sum.Warnings > 0 {
		s.hold(l)
	} else {
		s.giveBack(l)
	}
	return []mysql.Summary{p.sum}, nil
}

// placeRows writes each group's statement: the head, its rows, the tail; placed
// says which rows those are.
func (s *Session) placeRows(ctx context.Context, op *plan.Insert, st *Statement, rows int, ids *autoValues) (groups []string, texts [][]byte, placed [][]int, err error) {
	head, err := op.Head.Append(nil, st.Args, s.appendFact)
	if err != nil {
		return nil, nil, nil, mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	place := func(group string, row int) error {
		at := -1
		for i, g := range groups {
			if g == group {
				at = i
			}
		}
		if at < 0 {
			at = len(groups)
			groups, texts, placed = append(groups, group), append(texts, append([]byte(nil), head...)), append(placed, nil)
		} else {
			texts[at] = append(texts[at], ", "...)
		}
		placed[at] = append(placed[at], row)
		texts[at], err = s.appendRow(texts[at], op, st, row, ids)
		return err
	}
	for row := range rows {
		targets, err := s.rowGroups(ctx, op, st, row, ids)
		if err != nil {
			return nil, nil, nil, err
		}
		for _, group := range targets {
			if err := ids.checkOwn(op, row, group); err != nil {
				return nil, nil, nil, err
			}
			if err := place(group, row); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	tail, err := op.Tail.Append(nil, st.Args, s.appendFact)
	if err != nil {
		return nil, nil, nil, mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	for i := range texts {
		texts[i] = append(texts[i], tail...)
	}
	return groups, texts, placed, nil
}

// rowGroups says where a row is stored.
func (s *Session) rowGroups(ctx context.Context, op *plan.Insert, st *Statement, row int, ids *autoValues) ([]string, error) {
	if op.Copies {
		return op.Keyspace.Groups(), nil
	}
	if len(op.Key) == 0 {
		return []string{op.Keyspace.ShardFor(0).Group}, nil
	}
	var vals [8]shardkey.Value
	for i, column := range op.Key {
		if column == op.Auto && ids.of(row) != 0 {
			vals[i] = shardkey.Value{Kind: shardkey.Int, Bytes: strconv.AppendUint(nil, ids.of(row), 10)}
			continue
		}
		v, index := op.At(row, column)
		switch {
		case v.Computed > 0:
			vals[i] = st.computedValue(v, row)
		case v.Null:
			vals[i] = shardkey.Value{Kind: shardkey.Null}
		case v.Literal:
			value := v.Operand.Value(st.Args, index)
			value.Bytes = append([]byte(nil), value.Bytes...)
			vals[i] = value
		default:
			return nil, notSupported("INSERT into %s: the shard key column %s must be given as a literal or parameter, not as an expression or DEFAULT; compute the value first", op.Table.Name, op.Table.ShardKey[i].Name)
		}
	}
	var buf [128]byte
	canon, outcome := op.Table.ShardKey.Store(buf[:0], vals[:len(op.Key)])
	switch outcome {
	case shardkey.Stored:
		token := shardkey.Of(canon)
		if s.sampled() {
			s.env.Heat.Count(op.Keyspace.Name, token, vals[0].Bytes, sampleEvery, now())
		}
		return []string{op.Keyspace.ShardFor(token).Group}, nil
	case shardkey.Invalid:
		if !op.Ignore && s.strict() {
			return []string{op.Keyspace.Shards[0].Group}, nil // MySQL refuses the row with its own error
		}
	case shardkey.Unsure:
	}
	return s.askStored(ctx, op, st, row, ids)
}

func (s *Session) appendRow(dst []byte, op *plan.Insert, st *Statement, row int, ids *autoValues) ([]byte, error) {
	dst = append(dst, '(')
	for column := range op.Width {
		if column > 0 {
			dst = append(dst, ", "...)
		}
		if id := ids.of(row); column == op.Auto && id != 0 {
			dst = strconv.AppendUint(dst, id, 10)
			continue
		}
		v, index := op.At(row, column)
		if v.Computed > 0 {
			dst = st.computed[row].AppendOneSQL(dst, v.Computed-1, 0)
			continue
		}
		var err error
		if dst, err = v.AppendSQL(dst, st.Args, index, s.appendFact); err != nil {
			return nil, mysql.NewError(mysql.ErWrongArguments, "%v", err)
		}
	}
	if op.AutoAdded {
		if op.Width > 0 {
			dst = append(dst, ", "...)
		}
		dst = strconv.AppendUint(dst, ids.of(row), 10)
	}
	return append(dst, ')'), nil
}
