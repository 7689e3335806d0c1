package exec

import (
	"context"
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// maintain has every group carry out ANALYZE, CHECK, OPTIMIZE or REPAIR TABLE at
// the same time, and answers with the rows of all of them.
func (s *Session) maintain(ctx context.Context, op *plan.Maintenance, st *Statement) error {
	if err := s.Commit(); err != nil { // as MySQL does first
		return err
	}
	var leases []*lease
	for _, group := range op.Keyspace.Groups() {
		l, err := s.alone(ctx, group)
		if err == nil {
			leases = append(leases, l)
			if err = l.b.WriteCommand(mysql.ComQuery, st.SQL); err == nil {
				err = l.b.Flush()
			}
			if err == nil {
				continue
			}
			s.broke(l, err)
			leases = leases[:len(leases)-1]
			err = brokeServer(l.where(), err, false)
		} else {
			_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		}
		for _, l := range leases {
			s.cut(l, nil)
		}
		return err
	}
	results := make([]*mysql.Result, len(leases))
	var failed error
	for i, l := range leases {
		err := l.drain()
		if err == nil {
			results[i], err = l.b.ReadResult(mysql.DefaultResultBytes)
		}
		if err == nil {
			s.giveBack(l)
			continue
		}
		if _, err = s.failedOn(l, err, plan.AccessWrite, &Statement{}, true); failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return failed
	}
	rows := maintained(op.Keyspace.Groups(), results)
	if err := s.answer(results[0].Columns, rows); err != nil {
		return err
	}
	s.note(plan.AccessWrite, &mysql.Summary{Columns: len(results[0].Columns), Rows: uint64(len(rows))})
	return nil
}

// The columns of a row: the table, the operation, the kind of message, and it.
const (
	maintainedKind = 2
	maintainedText = 3
)

// maintained puts the rows of groups together, table by table in the order of the
// first. What all groups say of a table is there once; what only some say names
// the group. A table is OK if it is so on every group.
func maintained(groups []string, results []*mysql.Result) (rows [][]mysql.Cell) {
	var tables []string
	for _, r := range results {
		for i := range r.Rows {
			if name := r.Value(i, 0); !slices.Contains(tables, name) {
				tables = append(tables, name)
			}
		}
	}
	for _, table := range tables {
		rows = append(rows, maintainedTable(table, groups, results)...)
	}
	return rows
}

func maintainedTable(table string, groups []string, results []*mysql.Result) (rows [][]mysql.Cell) {
	type line struct{ op, kind, text string }
	said := map[line][]int{}
	var lines []line
	for g, r := range results {
		for i := range r.Rows {
			if r.Value(i, 0) != table {
				continue
			}
			l := line{r.Value(i, 1), r.Value(i, maintainedKind), r.Value(i, maintainedText)}
			if len(said[l]) == 0 {
				lines = append(lines, l)
			}
			if !slices.Contains(said[l], g) {
				said[l] = append(said[l], g)
			}
		}
	}
	fine := func(l line) bool { return l.kind == "status" && len(said[l]) < len(results) && l.text == "OK" }
	slices.SortStableFunc(lines, func(a, b line) int { // a table's status comes last
		return order(a.kind == "status") - order(b.kind == "status")
	})
	for _, l := range lines {
		text := l.text
		if len(said[l]) < len(results) {
			if fine(l) && slices.ContainsFunc(lines, func(o line) bool { return o.kind == "status" && o != l }) {
				continue
			}
			names := ""
			for _, g := range said[l] {
				names += groups[g] + ": "
			}
			text = names + text
		}
		rows = append(rows, []mysql.Cell{{Data: []byte(table)}, {Data: []byte(l.op)}, {Data: []byte(l.kind)}, {Data: []byte(text)}})
	}
	return rows
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}
