package exec

import (
	"context"
	"errors"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// ShowDiagnostics answers SHOW WARNINGS and SHOW ERRORS: from the connection
// that the last statement ran on, which was kept if it had any to tell, or
// from the ledger. sql is what the client sent; errors leaves warnings out.
func (s *Session) ShowDiagnostics(_ context.Context, sql string, errors, count bool) error {
	if l := s.held; l != nil {
		err := l.b.WriteQuery(sql)
		if err == nil {
			err = l.b.Flush()
		}
		if err == nil && s.Binary {
			var res *mysql.Result
			if res, err = l.b.ReadResult(mysql.DefaultResultBytes); err == nil {
				return s.answer(res.Columns, res.Rows)
			}
		} else if err == nil {
			_, err = mysql.Relay(s.client, l.b.Conn, mysql.RelayOptions{})
		}
		if !l.kept && unanswered(err) {
			s.broke(l, err) // nothing else was on it
			return mysql.NewError(mysql.ErUnknown, "%s: the warnings are lost with the connection: %v", l.where(), err)
		}
		if err != nil {
			s.broke(l, err)
			return brokeServer(l.where(), err, false)
		}
		return nil
	}
	var rows [][]mysql.Cell
	for _, d := range s.ledger.Diagnostics {
		if !errors || d.Level == "Error" {
			rows = append(rows, []mysql.Cell{{Data: []byte(d.Level)}, {Data: []byte(d.Code)}, {Data: []byte(d.Message)}})
		}
	}
	if !count {
		return s.answer(diagnosticColumns(), rows)
	}
	name := "@@session.warning_count"
	if errors {
		name = "@@session.error_count"
	}
	column := mysql.Column{Name: name, Type: mysql.TypeLongLong, Charset: mysql.CollationBinary, Length: 21, Flags: mysql.FlagUnsigned | mysql.FlagBinary}
	return s.answer([]mysql.Column{column}, [][]mysql.Cell{{{Data: strconv.AppendInt(nil, int64(len(rows)), 10)}}})
}

// unanswered reports whether a server was lost before a byte of its answer had
// gone to the client.
func unanswered(err error) bool {
	var side *mysql.SideError
	return err != nil && (!errors.As(err, &side) || side.Side == mysql.BackendSide && side.Forwarded == 0)
}

// diagnosticColumns are those of SHOW WARNINGS.
func diagnosticColumns() []mysql.Column {
	text := mysql.Column{Type: mysql.TypeVarString, Charset: mysql.DefaultCollation, Flags: mysql.FlagNotNull, Decimals: 31}
	level, message := text, text
	level.Name, level.Length = "Level", 28
	message.Name, message.Length = "Message", 2048
	code := mysql.Column{
		Name: "Code", Type: mysql.TypeLong, Charset: mysql.CollationBinary, Length: 5,
		Flags: mysql.FlagNotNull | mysql.FlagUnsigned | mysql.FlagBinary,
	}
	return []mysql.Column{level, code, message}
}

// hear fetches what a connection's last statement warned of before other
// statements make it forget: the client may ask for it.
func (s *Session) hear(l *lease, sum *mysql.Summary) error {
	if sum.Warnings == 0 {
		return nil
	}
	res, err := s.query(l, "SHOW WARNINGS")
	if err != nil {
		return err
	}
	for i := range res.Rows {
		s.heard = append(s.heard, Diagnostic{Level: res.Value(i, 0), Code: res.Value(i, 1), Message: res.Value(i, 2)})
	}
	return nil
}

// once leaves out what several statements have said that are one to the client:
// that something in its text is deprecated, and what copies of a row have said
// alike, which sum has once. What is deprecated in a prepared statement MySQL has
// said when it was prepared.
func (s *Session) once(sum *mysql.Summary, copies bool, st *Statement) {
	seen := map[Diagnostic]bool{}
	kept := s.heard[:0]
	for _, d := range s.heard {
		old := d.Code == "1287"
		if seen[d] && (copies || old) || old && st.Prepared != nil {
			if !copies || !seen[d] {
				sum.Warnings--
			}
			seen[d] = true
			continue
		}
		seen[d] = true
		kept = append(kept, d)
	}
	s.heard = kept
}

// Answer writes a result of the proxy's own whose columns are text.
func (s *Session) Answer(names []string, rows [][]mysql.Cell) error {
	columns := make([]mysql.Column, len(names))
	for i, name := range names {
		columns[i] = mysql.Column{Name: name, Type: mysql.TypeVarString, Charset: mysql.DefaultCollation, Length: 4096, Flags: mysql.FlagNotNull, Decimals: 31}
	}
	if err := s.answer(columns, rows); err != nil {
		return err
	}
	s.ledger.RowCount, s.ledger.FoundRows = -1, int64(len(rows))
	return nil
}

func (s *Session) answer(columns []mysql.Column, rows [][]mysql.Cell) error {
	if err := mysql.WriteResult(s.client, s.Status(), columns, rows, s.Binary); err != nil {
		return &FatalError{Err: err}
	}
	return nil
}

// FieldList answers COM_FIELD_LIST.
func (s *Session) FieldList(ctx context.Context, ks *topology.Keyspace, table string) error {
	l, err := s.borrow(ctx, ks.ShardFor(0).Group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return err
	}
	if err = l.b.WriteCommand(mysql.ComFieldList, append([]byte(table), 0)); err == nil {
		err = l.b.Flush()
	}
	if err == nil {
		err = l.drain()
	}
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessLock, &Statement{}, false)
		return err
	}
	if _, err := mysql.Relay(s.client, l.b.Conn, mysql.RelayOptions{RowsOnly: true}); err != nil {
		_, err = s.failedOn(l, err, plan.AccessLock, &Statement{}, true)
		return err
	}
	s.giveBack(l)
	return nil
}
