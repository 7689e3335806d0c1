package merge

import (
	"errors"
	"io"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// fake is a stream of rows that are there already. Its row is overwritten by
// the next, as a connection's buffer is.
type fake struct {
	columns []mysql.Column
	rows    [][]byte
	// err comes in place of io.EOF.
	err   error
	calls int
	buf   []byte
}

func (f *fake) Columns() []mysql.Column { return f.columns }

func (f *fake) Next() ([]byte, error) {
	f.calls++
	for i := range f.buf {
		f.buf[i] = 0xee
	}
	if len(f.rows) == 0 {
		if f.err != nil {
			return nil, f.err
		}
		return nil, io.EOF
	}
	f.buf = append(f.buf[:0], f.rows[0]...)
	f.rows = f.rows[1:]
	return f.buf, nil
}

// Columns of the usual types.
var (
	bigint  = mysql.Column{Name: "n", Type: mysql.TypeLongLong, Charset: mysql.CollationBinary}
	ubigint = mysql.Column{Name: "u", Type: mysql.TypeLongLong, Flags: mysql.FlagUnsigned}
	varchar = mysql.Column{Name: "s", Type: mysql.TypeVarString, Charset: mysql.DefaultCollation}
	weights = mysql.Column{Name: "w", Type: mysql.TypeBlob, Charset: mysql.CollationBinary}
	double  = mysql.Column{Name: "f", Type: mysql.TypeDouble, Decimals: 31}
	dec2    = mysql.Column{Name: "d", Type: mysql.TypeNewDecimal, Decimals: 2}
	dec6    = mysql.Column{Name: "a", Type: mysql.TypeNewDecimal, Decimals: 6}
	clock   = mysql.Column{Name: "t", Type: mysql.TypeTime, Decimals: 6}
	stamp   = mysql.Column{Name: "m", Type: mysql.TypeDatetime, Decimals: 6}
	day     = mysql.Column{Name: "y", Type: mysql.TypeDate}
)

// null is NULL in a table of texts.
const null = "\x00NULL"

// encodeRow makes a row's payload of texts.
func encodeRow(t testing.TB, columns []mysql.Column, binary bool, texts ...string) []byte {
	t.Helper()
	cells := make([]mysql.Cell, len(texts))
	for i, text := range texts {
		cells[i] = mysql.Cell{Data: []byte(text), Null: text == null}
	}
	if !binary {
		return mysql.AppendTextRow(nil, cells)
	}
	p, err := mysql.AppendBinaryRowFromText(nil, columns, cells)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fakeOf(t testing.TB, columns []mysql.Column, binary bool, rows ...[]string) *fake {
	t.Helper()
	f := &fake{columns: columns}
	for _, r := range rows {
		f.rows = append(f.rows, encodeRow(t, columns, binary, r...))
	}
	return f
}

// all reads a merger to its end.
func all(t testing.TB, m *Merger, binary bool) ([][]string, error) {
	t.Helper()
	var rows [][]string
	for {
		p, err := m.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, decodeRow(t, m.Columns(), binary, p))
	}
}

func decodeRow(t testing.TB, columns []mysql.Column, binary bool, p []byte) []string {
	t.Helper()
	l := layout{columns: columns, shown: len(columns), binary: binary}
	cells, err := l.decode(nil, p)
	if err != nil {
		t.Fatalf("%x: %v", p, err)
	}
	row := make([]string, len(cells))
	for i, c := range cells {
		if c.Null {
			row[i] = null
			continue
		}
		text, err := l.text(nil, i, c)
		if err != nil {
			t.Fatal(err)
		}
		row[i] = string(text)
	}
	return row
}

func shown(i int) plan.ColumnRef  { return plan.ColumnRef{Index: i} }
func hidden(i int) plan.ColumnRef { return plan.ColumnRef{Index: i, Hidden: true} }
func by(i int) plan.KeyRef        { return plan.KeyRef{Column: shown(i)} }

func limit(offset, count uint64) *plan.Limit {
	return &plan.Limit{Offset: plan.LimitNumber{Slot: -1, Value: offset}, Count: plan.LimitNumber{Slot: -1, Value: count}}
}

func constant(kind shardkey.Kind, text string) plan.Operand {
	return plan.Operand{Slot: -1, Const: shardkey.Value{Kind: kind, Bytes: []byte(text)}}
}

// bothEncodings runs a test for text and for binary rows.
func bothEncodings(t *testing.T, test func(t *testing.T, binary bool)) {
	t.Helper()
	t.Run("text", func(t *testing.T) { test(t, false) })
	t.Run("binary", func(t *testing.T) { test(t, true) })
}
