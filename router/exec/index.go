package exec

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// insertion is an INSERT whose rows have been placed.
type insertion struct {
	rows   int
	ids    *autoValues
	groups []string
	texts  [][]byte
}

// sendIndexed is sendRows of a table whose unique keys are kept by index tables:
// these get their rows first, in the same transaction, so that of two sessions
// that insert one value the second waits for the first and is then told 1062.
func (s *Session) sendIndexed(ctx context.Context, op *plan.Insert, st *Statement, in *insertion) (sums []mysql.Summary, err error) {
	if len(op.Index) == 0 {
		return s.sendRows(ctx, op, in.groups, in.texts)
	}
	if op.FixClock {
		defer s.fixClock()()
	}
	err = s.atomically(ctx, func() error {
		for i := range op.Index {
			texts, err := s.indexRows(op, &op.Index[i], st, in)
			if err != nil {
				return err
			}
			if err := s.writeIndex(ctx, texts, op.Index[i].Name); err != nil {
				return err
			}
		}
		sums, err = s.writeGroups(ctx, in.groups, in.texts, nil, op.FixClock)
		return err
	})
	return sums, err
}

// indexRows writes the statements that put the rows of an INSERT into an index
// table, by group.
func (s *Session) indexRows(op *plan.Insert, x *plan.InsertIndex, st *Statement, in *insertion) (groupTexts, error) {
	texts := groupTexts{}
	for row := range in.rows {
		group, item, null, err := s.indexItem(op, x, st, row, in.ids)
		if err != nil {
			return nil, err
		}
		if !null {
			texts.add(group, x.Head, item)
		}
	}
	return texts, nil
}

// indexItem is a row's row of an index table, and the group that it goes to. null:
// a column of the key is NULL, so that there is none.
func (s *Session) indexItem(op *plan.Insert, x *plan.InsertIndex, st *Statement, row int, ids *autoValues) (group, item string, null bool, err error) {
	vals, null, err := s.indexKey(op, x, st, row, ids)
	if err != nil || null {
		return "", "", null, err
	}
	switch canon, outcome := x.Key.Columns.Store(nil, vals); {
	case outcome == shardkey.Stored:
		group = op.Keyspace.ShardFor(shardkey.Of(canon)).Group
	case outcome == shardkey.Invalid && s.strictMode() && !op.Ignore:
		group = op.Keyspace.Shards[0].Group // MySQL refuses the row with its own error
	default:
		return "", "", false, notSupported("INSERT into %s: what MySQL would store in the unique key %s for this value is not known; write it in the column's own form", op.Table.Name, x.Name)
	}
	text := []byte("(")
	for i, column := range x.Columns {
		if i > 0 {
			text = append(text, ", "...)
		}
		if id := ids.of(row); column == op.Auto && id != 0 {
			text = strconv.AppendUint(text, id, 10)
			continue
		}
		v, index := op.At(row, column)
		if text, err = v.AppendSQL(text, st.Args, index, s.appendFact); err != nil {
			return "", "", false, mysql.NewError(mysql.ErWrongArguments, "%v", err)
		}
	}
	return group, string(append(text, ')')), false, nil
}

// strictMode reports whether MySQL refuses a value that a column cannot take.
func (s *Session) strictMode() bool {
	mode, set := s.settings.Value("sql_mode")
	return !set || strings.Contains(mode, "STRICT_")
}

// indexKey is a key's value in a row; null: a column of it is NULL.
func (s *Session) indexKey(op *plan.Insert, x *plan.InsertIndex, st *Statement, row int, ids *autoValues) (vals []shardkey.Value, null bool, err error) {
	for i, column := range x.Columns[:len(x.Key.Columns)] {
		if column < 0 {
			return nil, true, nil
		}
		if id := ids.of(row); column == op.Auto && id != 0 {
			vals = append(vals, shardkey.Value{Kind: shardkey.Int, Bytes: strconv.AppendUint(nil, id, 10)})
			continue
		}
		v, index := op.At(row, column)
		value := shardkey.Value{Kind: shardkey.Null}
		if !v.Null && !v.Default {
			value = v.Operand.Value(st.Args, index)
		}
		switch {
		case value.Kind != shardkey.Null:
		case x.NotNull[i] && (op.Ignore || !s.strictMode()):
			return nil, false, notSupported("INSERT into %s: what MySQL stores for NULL in column %s without a strict sql_mode is not known; give a value", op.Table.Name, x.Key.Columns[i].Name)
		default:
			return nil, true, nil
		}
		value.Bytes = append([]byte(nil), value.Bytes...)
		vals = append(vals, value)
	}
	return vals, false, nil
}

// groupTexts are statements of several rows or keys, by group.
type groupTexts map[string]*groupText

type groupText struct {
	text  []byte
	items int
}

func (g groupTexts) add(group, head, item string) {
	t := g[group]
	if t == nil {
		t = &groupText{text: []byte(head)}
		g[group] = t
	} else {
		t.text = append(t.text, ", "...)
	}
	t.text = append(t.text, item...)
	t.items++
}

// groups are the groups in their order.
func (g groupTexts) groups() []string { return slices.Sorted(maps.Keys(g)) }

// writeIndex runs statements on an index table, and makes an error about a
// duplicate one about the key that clients know.
func (s *Session) writeIndex(ctx context.Context, texts groupTexts, name string) error {
	if len(texts) == 0 {
		return nil
	}
	var groups []string
	var each [][]byte
	for _, group := range texts.groups() {
		groups, each = append(groups, group), append(each, texts[group].text)
	}
	heard := s.heard
	_, err := s.writeGroups(ctx, groups, each, nil, false)
	s.heard = heard // the table itself warns of the same
	return declared(err, name)
}

// declared gives error 1062 of an index table the name of the key that it keeps.
func declared(err error, name string) error {
	var my *mysql.Error
	if !errors.As(err, &my) || my.Code != mysql.ErDupEntry {
		return err
	}
	const before = " for key '"
	at := strings.LastIndex(my.Message, before)
	if at < 0 {
		return err
	}
	return mysql.NewError(mysql.ErDupEntry, "%s", my.Message[:at]+before+name+"'")
}
