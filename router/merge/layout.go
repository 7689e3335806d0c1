package merge

import (
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// layout says how rows are encoded and which of their columns are shown. The
// columns are the first stream's.
type layout struct {
	columns []mysql.Column
	shown   int
	binary  bool
}

func newLayout(streams []Stream, hidden int, binary bool) (*layout, error) {
	if len(streams) == 0 {
		return nil, mismatch("there is none")
	}
	l := &layout{columns: slices.Clone(streams[0].Columns()), binary: binary}
	if l.shown = len(l.columns) - hidden; l.shown < 1 || hidden < 0 {
		return nil, mismatch("%d columns, %d of them hidden", len(l.columns), hidden)
	}
	for _, s := range streams[1:] {
		if err := l.fits(s.Columns()); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// fits checks that rows with these columns can stand beside the first
// stream's. Text says itself what it is; binary values must be of one type, but
// for how wide integers are.
func (l *layout) fits(columns []mysql.Column) error {
	if len(columns) != len(l.columns) {
		return mismatch("%d and %d columns", len(l.columns), len(columns))
	}
	if !l.binary {
		return nil
	}
	for i := range columns {
		a, b := &l.columns[i], &columns[i]
		alike := a.Type == b.Type || isBytes(a.Type) && isBytes(b.Type) || isInt(a.Type) && isInt(b.Type)
		if !alike || isInt(a.Type) && a.Unsigned() != b.Unsigned() {
			return mismatch("column %s is of type %d and of type %d", a.Name, a.Type, b.Type)
		}
	}
	return nil
}

// index finds a column of the plan in the rows.
func (l *layout) index(ref plan.ColumnRef) (int, error) {
	i, end := ref.Index, l.shown
	if ref.Hidden {
		i, end = i+l.shown, len(l.columns)
	}
	if ref.Index < 0 || i >= end {
		return 0, mismatch("there is no column %v", ref)
	}
	return i, nil
}

// decode appends the cells of a row to dst; they point into the payload.
func (l *layout) decode(dst []mysql.Cell, payload []byte) ([]mysql.Cell, error) {
	if l.binary {
		return mysql.DecodeBinaryRow(dst, payload, l.columns)
	}
	return mysql.DecodeTextRow(dst, payload, len(l.columns))
}

// encode appends the payload of a row of the shown columns to dst.
func (l *layout) encode(dst []byte, cells []mysql.Cell) []byte {
	if l.binary {
		return mysql.AppendBinaryRow(dst, l.columns[:l.shown], cells[:l.shown])
	}
	return mysql.AppendTextRow(dst, cells[:l.shown])
}

func isInt(t mysql.FieldType) bool {
	switch t {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeLong, mysql.TypeInt24, mysql.TypeLongLong, mysql.TypeYear:
		return true
	default:
		return false
	}
}

// isBytes reports whether values of the type are length-encoded strings in a
// binary row.
func isBytes(t mysql.FieldType) bool {
	switch t {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeLong, mysql.TypeInt24, mysql.TypeLongLong, mysql.TypeYear,
		mysql.TypeFloat, mysql.TypeDouble, mysql.TypeDate, mysql.TypeNewDate, mysql.TypeDatetime,
		mysql.TypeTimestamp, mysql.TypeTime, mysql.TypeNull:
		return false
	default:
		return true
	}
}
