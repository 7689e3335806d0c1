package exec

import (
	"context"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// insert places the rows of an INSERT or REPLACE one by one and sends each
// group its own.
func (s *Session) insert(ctx context.Context, op *plan.Insert, st *Statement) error {
	rows := op.RowCount(st.Args)
	ids, err := s.autoValues(ctx, op, st, rows)
	if err != nil {
		return err
	}
	groups, texts, counts, err := s.placeRows(op, st, rows, &ids)
	if err != nil {
		return err
	}
	sums, err := s.sendRows(ctx, op, groups, texts)
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
	last := s.ledger.LastInsertID
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
	if err := s.answerOK(&total, insertInfo(sums, counts, op.Copies)); err != nil {
		return err
	}
	s.ledger.LastInsertID = last // which a value of the client's own is not
	return nil
}

// sendRows runs the groups' statements: one group takes its own as any other
// statement, several all or nothing.
func (s *Session) sendRows(ctx context.Context, op *plan.Insert, groups []string, texts [][]byte) ([]mysql.Summary, error) {
	if len(groups) > 1 {
		return s.writeGroups(ctx, groups, texts, nil, op.FixClock)
	}
	l, err := s.acquire(ctx, groups[0], plan.AccessWrite, &Statement{})
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	p := &part{l: l}
	l.b.Instance().CountWrite()
	if err = l.b.WriteCommand(mysql.ComQuery, texts[0]); err == nil {
		err = l.b.Flush()
	}
	if err == nil {
		err = s.readPart(p)
	}
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessWrite, &Statement{}, true)
		return nil, err
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

// placeRows writes each group's statement: the head, its rows, the tail; counts
// says how many rows those are.
func (s *Session) placeRows(op *plan.Insert, st *Statement, rows int, ids *autoValues) (groups []string, texts [][]byte, counts []int, err error) {
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
			groups, texts, counts = append(groups, group), append(texts, append([]byte(nil), head...)), append(counts, 0)
		} else {
			texts[at] = append(texts[at], ", "...)
		}
		counts[at]++
		texts[at], err = s.appendRow(texts[at], op, st, row, ids)
		return err
	}
	for row := range rows {
		targets, err := s.rowGroups(op, st, row, ids)
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
	return groups, texts, counts, nil
}

// rowGroups says where a row is stored.
func (s *Session) rowGroups(op *plan.Insert, st *Statement, row int, ids *autoValues) ([]string, error) {
	if op.Copies {
		return op.Keyspace.Groups(), nil
	}
	var vals [8]shardkey.Value
	for i, column := range op.Key {
		if column == op.Auto && ids.of(row) != 0 {
			vals[i] = shardkey.Value{Kind: shardkey.Int, Bytes: strconv.AppendUint(nil, ids.of(row), 10)}
			continue
		}
		v, index := op.At(row, column)
		switch {
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
		return []string{op.Keyspace.ShardFor(shardkey.Of(canon)).Group}, nil
	case shardkey.Invalid:
		if mode, set := s.settings.Value("sql_mode"); !ignores(op) && (!set || strings.Contains(mode, "STRICT_")) {
			return []string{op.Keyspace.Shards[0].Group}, nil // MySQL refuses the row with its own error
		}
		return nil, notSupported("INSERT into %s: what MySQL would store in the shard key under IGNORE or without a strict sql_mode is not known; give a value that the column takes as it is", op.Table.Name)
	case shardkey.Unsure:
	}
	return nil, notSupported("INSERT into %s: what MySQL would store in the shard key for this value is not known; write it in the column's own form", op.Table.Name)
}

// ignores reports whether the statement is INSERT IGNORE, which stores what the
// strict sql_mode refuses in another form.
func ignores(op *plan.Insert) bool {
	if len(op.Head.Parts) == 0 {
		return false
	}
	verb, _, _ := strings.Cut(op.Head.Parts[0], "INTO")
	return strings.Contains(verb, "IGNORE")
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
