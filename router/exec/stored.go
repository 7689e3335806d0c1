package exec

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// storedTable is the temporary table in which MySQL is asked what it stores.
const storedTable = "`_shardway_stored`"

// askStored finds the group of a row whose shard key MySQL converts in a way
// that is not known here: a temporary table with those columns is given the
// values, under the session's own sql_mode, and gives the token back.
func (s *Session) askStored(ctx context.Context, op *plan.Insert, st *Statement, row int, ids *autoValues) ([]string, error) {
	values, err := s.keyText(op, st, row, ids)
	if err != nil {
		return nil, err
	}
	group := op.Keyspace.ShardFor(0).Group
	l, err := s.primary(ctx, group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	s.running.add(l)
	token, err := s.storedToken(l, op, values)
	if rewords(st, err) {
		err = s.reworded(l, op, st, row, ids, err)
	}
	if err != nil {
		s.discard(l) // the table goes with it
		if my := (*mysql.Error)(nil); errors.As(err, &my) && !op.Ignore {
			return nil, my
		}
		return nil, notSupported("INSERT into %s: what MySQL would store in the shard key for this value is not known (%v); write it in the column's own form", op.Table.Name, err)
	}
	s.giveBack(l)
	return []string{op.Keyspace.ShardFor(token).Group}, nil
}

// keyText writes the values of a row's shard key.
func (s *Session) keyText(op *plan.Insert, st *Statement, row int, ids *autoValues) (string, error) {
	var text []byte
	for i, column := range op.Key {
		if i > 0 {
			text = append(text, ", "...)
		}
		if id := ids.of(row); column == op.Auto && id != 0 {
			text = strconv.AppendUint(text, id, 10)
			continue
		}
		v, index := op.At(row, column)
		if v.Computed > 0 {
			text = st.computed[row].AppendOneSQL(text, v.Computed-1, 0)
			continue
		}
		var err error
		if text, err = v.AppendSQL(text, st.Args, index, s.appendFact); err != nil {
			return "", mysql.NewError(mysql.ErWrongArguments, "%v", err)
		}
	}
	return string(text), nil
}

// storing is the INSERT of a shard key's values into the temporary table.
func storing(op *plan.Insert, values string) string {
	names := make([]string, len(op.Table.ShardKey))
	for i, k := range op.Table.ShardKey {
		names[i] = quoteName(k.Name)
	}
	verb := "INSERT INTO "
	if op.Ignore {
		verb = "INSERT IGNORE INTO "
	}
	return verb + quoteName(op.Keyspace.Name) + "." + storedTable + " (" + strings.Join(names, ", ") + ") VALUES (" + values + ")"
}

func (s *Session) storedToken(l *lease, op *plan.Insert, values string) (shardkey.Token, error) {
	table := quoteName(op.Keyspace.Name) + "." + storedTable
	columns := make([]string, len(op.Table.ShardKey))
	for i, k := range op.Table.ShardKey {
		columns[i] = quoteName(k.Name) + " " + k.Type
		if k.Collation != "" {
			columns[i] += " COLLATE " + k.Collation
		}
		columns[i] += " NOT NULL"
	}
	for _, sql := range []string{"CREATE TEMPORARY TABLE " + table + " (" + strings.Join(columns, ", ") + ")", storing(op, values)} {
		if _, err := s.query(l, sql); err != nil {
			return 0, err
		}
	}
	res, err := s.query(l, "SELECT "+op.Table.ShardKey.SQL("")+" FROM "+table)
	if err != nil {
		return 0, err
	}
	token, err := strconv.ParseUint(res.Value(0, 0), 10, 64)
	if err != nil {
		return 0, err
	}
	_, err = s.query(l, "DROP TEMPORARY TABLE "+table)
	return shardkey.Token(token), err
}
