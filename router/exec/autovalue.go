package exec

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// autoValues are the values of the sequence-fed column of one INSERT.
type autoValues struct {
	// values holds, for each row, the generated value, or 0 if the client gave one.
	values    []uint64
	first     uint64 // the first generated one
	generated int
	last      uint64 // the client's own, of the last row that had one
	// own holds the client's own values by row; seen the group of each of them
	// that the sequence had passed before, "" if no row has it.
	own  map[int]uint64
	seen map[uint64]string
}

func (a *autoValues) of(row int) uint64 {
	if row < len(a.values) {
		return a.values[row]
	}
	return 0
}

// autoValues takes values from the sequence for the rows that give none, all
// of them in a row, and moves it past those that the client gave. selected: a
// SELECT gives the rows.
func (s *Session) autoValues(ctx context.Context, op *plan.Insert, st *Statement, rows int, selected bool) (autoValues, error) {
	var a autoValues
	if op.Auto < 0 {
		return a, nil
	}
	a.values, a.own = make([]uint64, rows), map[int]uint64{}
	for row := range rows {
		value, given, err := s.ownValue(op, st, row)
		switch {
		case err != nil:
			return a, err
		case !given:
			a.generated++
			a.values[row] = 1
		case value > 0:
			a.own[row], a.last = value, value
		}
	}
	if len(a.own) > 0 {
		if err := s.moveSequence(ctx, op, &a); err != nil {
			return a, err
		}
	}
	if a.generated == 0 {
		return a, nil
	}
	n := uint64(a.generated)
	if selected {
		n = reserved(n)
	}
	first, err := s.env.Sequences.Next(ctx, sequenceOf(op.Keyspace, op.Table), n)
	if err != nil {
		return a, mysql.NewError(mysql.ErUnknown, "%s.%s: no values for column %s: %v", op.Keyspace.Name, op.Table.Name, op.Table.Sequence, err)
	}
	a.first = first
	for row := range a.values {
		if a.values[row] != 0 {
			a.values[row] = first
			first++
		}
	}
	return a, nil
}

// reservedMax bounds the values that MySQL reserves at a time (handler.h,
// AUTO_INC_DEFAULT_NB_MAX).
const reservedMax = 1<<16 - 1

// reserved is how many values MySQL takes for n rows of a SELECT, whose number it
// does not know before: 1, 2, 4 and so on, until they are enough. What is left
// over is nobody's.
func reserved(n uint64) uint64 {
	total := uint64(0)
	for size := uint64(1); total < n; size = min(2*size, reservedMax) {
		total += size
	}
	return total
}

// ownValue reads the value that the client gives a row. NULL, DEFAULT and,
// unless sql_mode has NO_AUTO_VALUE_ON_ZERO, 0 ask for a generated one.
func (s *Session) ownValue(op *plan.Insert, st *Statement, row int) (value uint64, given bool, err error) {
	if op.AutoAdded {
		return 0, false, nil
	}
	v, index := op.At(row, op.Auto)
	if v.Null || v.Default {
		return 0, false, nil
	}
	if !v.Literal && v.Computed == 0 {
		return 0, false, notSupported("INSERT into %s: the AUTO_INCREMENT column %s must be given as a literal, a parameter, NULL or DEFAULT, not as an expression", op.Table.Name, op.Table.Sequence)
	}
	operand := shardkey.Value{}
	if v.Computed > 0 {
		operand = st.computedValue(v, row)
	} else {
		operand = v.Operand.Value(st.Args, index)
	}
	text := strings.TrimSpace(string(operand.Bytes))
	switch operand.Kind {
	case shardkey.Null:
		return 0, false, nil
	case shardkey.Int, shardkey.String:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n <= 0 {
			mode, _ := s.settings.Value("sql_mode")
			return 0, n < 0 || strings.Contains(mode, "NO_AUTO_VALUE_ON_ZERO"), nil
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err == nil {
			return n, true, nil
		}
	default: // the rest is no integer
	}
	return 0, false, notSupported("INSERT into %s: the value %q of the AUTO_INCREMENT column %s is not an integer", op.Table.Name, text, op.Table.Sequence)
}

// moveSequence moves the sequence past the client's own values. Ones that it
// had passed before may exist on another shard, where a unique key without the
// shard key does not see them: then every group is asked (safety rule 23).
func (s *Session) moveSequence(ctx context.Context, op *plan.Insert, a *autoValues) error {
	top := uint64(0)
	for _, v := range a.own {
		top = max(top, v)
	}
	free, err := s.env.Sequences.MovePast(ctx, sequenceOf(op.Keyspace, op.Table), top)
	if err != nil {
		return mysql.NewError(mysql.ErUnknown, "%s.%s: the sequence of column %s cannot be moved past %d: %v", op.Keyspace.Name, op.Table.Name, op.Table.Sequence, top, err)
	}
	if !op.AutoUnsafe {
		return nil
	}
	var passed []string
	for _, v := range a.own {
		if v < free {
			passed = append(passed, strconv.FormatUint(v, 10))
		}
	}
	if len(passed) == 0 {
		return nil
	}
	a.seen, err = s.find(ctx, op, passed)
	for _, v := range passed {
		if n, _ := strconv.ParseUint(v, 10, 64); a.seen != nil && a.seen[n] == "" {
			a.seen[n] = nowhere
		}
	}
	return err
}

// nowhere stands for a value that the sequence has passed and no row has.
const nowhere = "-"

// find asks every group which of the values its rows have.
func (s *Session) find(ctx context.Context, op *plan.Insert, values []string) (map[uint64]string, error) {
	column := quoteName(op.Table.Sequence)
	sql := fmt.Sprintf("SELECT %s FROM %s.%s WHERE %s IN (%s) FOR SHARE", column, quoteName(op.Keyspace.Name), quoteName(op.Table.Name), column, strings.Join(values, ", "))
	seen := map[uint64]string{}
	for _, group := range op.Keyspace.Groups() {
		l, err := s.acquire(ctx, group, plan.AccessLock, &Statement{})
		if err != nil {
			_, err = s.notSent(err, &Statement{Level: LevelPrimary})
			return nil, err
		}
		res, err := s.query(l, sql)
		if err != nil {
			_, err = s.failedOn(l, err, plan.AccessLock, &Statement{}, true)
			return nil, err
		}
		s.giveBack(l)
		for i := range res.Rows {
			if n, err := strconv.ParseUint(res.Value(i, 0), 10, 64); err == nil {
				seen[n] = group
			}
		}
	}
	return seen, nil
}

// checkOwn judges a value of the client's own that the sequence has passed: it
// may be stored where the row that has it lives, so that MySQL sees both.
func (a *autoValues) checkOwn(op *plan.Insert, row int, group string) error {
	v, own := a.own[row]
	home, passed := a.seen[v]
	switch {
	case !own || !passed || home == group:
		return nil
	case home == nowhere:
		return notSupported("INSERT into %s: %s = %d is a value that the sequence has already passed and no row has; another client may be about to get it. Leave the column out, or use a value above every other", op.Table.Name, op.Table.Sequence, v)
	default:
		return mysql.NewError(mysql.ErDupEntry, "Duplicate entry '%d' for key '%s.PRIMARY'", v, op.Table.Name)
	}
}
