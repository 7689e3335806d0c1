package exec

import (
	"context"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// indexedRow is a row whose keys index tables keep: what names it, and for each
// key its token and literals of the index table's columns.
type indexedRow struct {
	group, name string
	keys        []indexedKey
}

// indexedKey is one key of a row. null: a column of it is NULL.
type indexedKey struct {
	null     bool
	token    uint64
	literals []string
}

// indexed carries out an UPDATE or DELETE whose rows have rows in index tables.
func (s *Session) indexed(ctx context.Context, op *plan.Indexed, st *Statement) error {
	r := op.Change
	placed, err := r.Target.Groups(nil, st.Args)
	switch {
	case err != nil:
		return notSupported("this statement is not supported: %v", err)
	case len(placed.Groups) > 1 && r.Scatter == nil:
		return notSupported("this statement needs rows of %d shards and cannot be answered from them: %s", len(placed.Groups), r.Refusal)
	case s.limited():
		return notSupported("sql_select_limit is not supported in %s of %s, because a unique key of the table is kept over all shards; set it to DEFAULT", op.Verb, op.Table.Name)
	}
	b, err := s.bind(r.One, st)
	if err != nil {
		return err
	}
	texts := make([][]byte, len(placed.Groups))
	for i := range texts {
		texts[i] = append([]byte(nil), b.text...)
	}
	defer s.fixClock()()
	var sums []mysql.Summary
	err = s.atomically(ctx, func() error {
		old, err := s.readIndexed(ctx, op, placed.Groups, st)
		if err != nil {
			return err
		}
		if sums, err = s.writeGroups(ctx, placed.Groups, texts, b.params, false); err != nil {
			return err
		}
		if matched(op, sums) != int64(len(old)) {
			// Another transaction's row has come between: below REPEATABLE READ
			// nothing locks the place where it was not yet.
			return errDeadlock()
		}
		if op.Verb == "DELETE" {
			return s.unindex(ctx, op, old)
		}
		changed, err := s.readChanged(ctx, op, old)
		if err != nil {
			return err
		}
		return s.reindex(ctx, op, old, changed)
	})
	if err != nil {
		return err
	}
	return s.answerWrite(sums, false)
}

// matched is the number of rows that the statement was about.
func matched(op *plan.Indexed, sums []mysql.Summary) (n int64) {
	for i := range sums {
		if op.Verb == "DELETE" {
			n += int64(sums[i].AffectedRows)
		} else if _, numbers := splitInfo(sums[i].Info); len(numbers) > 0 {
			n += numbers[0]
		}
	}
	return n
}

// readIndexed reads the rows that the statement is about to change, and locks them.
func (s *Session) readIndexed(ctx context.Context, op *plan.Indexed, groups []string, st *Statement) ([]indexedRow, error) {
	text, err := s.fill(op.Read, st)
	if err != nil {
		return nil, err
	}
	sql := string(text)
	var rows []indexedRow
	for _, group := range groups {
		if rows, err = s.readRows(ctx, op, group, sql, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// indexBatch is the number of rows that one statement of the proxy's own names.
const indexBatch = 500

// readChanged reads the rows again, in the order in which they were read first.
func (s *Session) readChanged(ctx context.Context, op *plan.Indexed, old []indexedRow) ([]indexedRow, error) {
	columns := make([]string, len(op.RowColumns))
	for i, c := range op.RowColumns {
		columns[i] = quoteName(c)
	}
	read := map[string]indexedRow{}
	for start := 0; start < len(old); {
		group, end := old[start].group, start
		var names []string
		for end < len(old) && old[end].group == group && end-start < indexBatch {
			names = append(names, old[end].name)
			end++
		}
		sql := op.Again + "(" + strings.Join(columns, ", ") + ") IN (" + strings.Join(names, ", ") + ") FOR UPDATE"
		rows, err := s.readRows(ctx, op, group, sql, nil)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			read[row.group+"\x00"+row.name] = row
		}
		start = end
	}
	changed := make([]indexedRow, len(old))
	for i := range old {
		row, found := read[old[i].group+"\x00"+old[i].name]
		if !found {
			return nil, notSupported("UPDATE of %s changes what its rows are told apart by, which is not supported, because a unique key of the table is kept over all shards; delete the rows and insert them anew", op.Table.Name)
		}
		changed[i] = row
	}
	return changed, nil
}

// readRows runs a SELECT of rows and their keys on one group.
func (s *Session) readRows(ctx context.Context, op *plan.Indexed, group, sql string, rows []indexedRow) ([]indexedRow, error) {
	l, err := s.acquire(ctx, group, plan.AccessWrite, &Statement{})
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	res, err := s.query(l, sql)
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessWrite, &Statement{}, true)
		return nil, err
	}
	s.giveBack(l)
	if len(rows)+len(res.Rows) > s.collectMax() {
		return nil, mysql.NewError(mysql.ErCapacityExceeded, "the statement changes more than %d rows that have rows in index tables; run it in parts, key range by key range", s.collectMax())
	}
	for i := range res.Rows {
		row, err := indexedRowOf(op, group, res, i)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// collectMax is the number of rows that a statement may keep in memory.
func (s *Session) collectMax() int { return int(s.env.Limits.Merge.Rows) }

func indexedRowOf(op *plan.Indexed, group string, res *mysql.Result, i int) (indexedRow, error) {
	row := indexedRow{group: group}
	at := len(op.Row)
	if at > 0 {
		names := make([]string, at)
		for j := range at {
			names[j] = res.Value(i, j)
		}
		row.name = "(" + strings.Join(names, ", ") + ")"
	}
	for k := range op.Keys {
		key := indexedKey{null: res.Value(i, at) == ""}
		for j := range op.Keys[k].Columns {
			key.literals = append(key.literals, res.Value(i, at+1+j))
			key.null = key.null || key.literals[j] == "" // no literal is empty: it is NULL
		}
		if !key.null {
			var err error
			if key.token, err = strconv.ParseUint(res.Value(i, at), 10, 64); err != nil {
				return row, mysql.NewError(mysql.ErUnknown, "the token of a row of %s is %q, which is no number", op.Table.Name, res.Value(i, at))
			}
		}
		row.keys = append(row.keys, key)
		at += 1 + op.Keys[k].Columns
	}
	return row, nil
}

// unindex deletes the rows' rows of the index tables.
func (s *Session) unindex(ctx context.Context, op *plan.Indexed, rows []indexedRow) error {
	for k := range op.Keys {
		if err := s.indexBatches(ctx, op, k, rows, true); err != nil {
			return err
		}
	}
	return nil
}

// reindex takes the index tables from the old rows to the changed ones. A row
// that takes the value of another row of the statement would, in MySQL, meet it
// or not depending on the order in which rows are changed.
func (s *Session) reindex(ctx context.Context, op *plan.Indexed, old, changed []indexedRow) error {
	for k := range op.Keys {
		was := map[uint64]int{}
		for i := range old {
			if key := &old[i].keys[k]; !key.null {
				was[key.token] = i
			}
		}
		var gone, come []indexedRow
		for i := range changed {
			a, b := &old[i].keys[k], &changed[i].keys[k]
			if strings.Join(a.literals, ",") == strings.Join(b.literals, ",") {
				continue
			}
			if other, taken := was[b.token]; taken && !b.null && other != i {
				return notSupported("UPDATE that gives rows of %s values of the unique key %s which other rows of the same statement have is not supported: whether they meet depends on the order in which MySQL changes them; change them one after the other", op.Table.Name, op.Keys[k].Name)
			}
			gone, come = append(gone, old[i]), append(come, changed[i])
		}
		if err := s.indexBatches(ctx, op, k, gone, true); err != nil {
			return err
		}
		if err := s.indexBatches(ctx, op, k, come, false); err != nil {
			return err
		}
	}
	return nil
}

// indexBatches deletes the rows' rows of an index table, or inserts them, on the
// groups where these are.
func (s *Session) indexBatches(ctx context.Context, op *plan.Indexed, k int, rows []indexedRow, deletes bool) error {
	x := &op.Keys[k]
	head, columns := x.Insert, x.Columns
	if deletes {
		head, columns = x.Delete+"(", x.Width
	}
	texts, n := groupTexts{}, 0
	flush := func() error {
		for _, t := range texts {
			if deletes {
				t.text = append(t.text, ')')
			}
		}
		err := s.writeIndex(ctx, texts, x.Name)
		texts, n = groupTexts{}, 0
		return err
	}
	for i := range rows {
		key := &rows[i].keys[k]
		if key.null {
			continue
		}
		item := strings.Join(key.literals[:columns], ", ")
		if !deletes || columns > 1 {
			item = "(" + item + ")"
		}
		texts.add(op.Keyspace.ShardFor(shardkey.Token(key.token)).Group, head, item)
		if n++; n == indexBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
