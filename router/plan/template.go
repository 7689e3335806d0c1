package plan

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// Args are the literals of a text statement or the parameters of a prepared
// one. Slots count the ? of the statement's shape from 0; a slot that stands
// for a whole IN list has several values.
type Args interface {
	// Len is the number of values in a slot.
	Len(slot int) int
	// Value is the i-th value of a slot, as a shard key is compared with it.
	// It is valid until the next call.
	Value(slot, i int) shardkey.Value
	// AppendSQL appends a slot's values, separated by commas, as SQL text
	// that means exactly what the client wrote or bound.
	AppendSQL(dst []byte, slot int) []byte
	// AppendOneSQL appends the i-th value of a slot alone.
	AppendOneSQL(dst []byte, slot, i int) []byte
}

// HoleKind says what fills a hole of a Template.
type HoleKind uint8

// The kinds of holes.
const (
	// HoleSlot is filled with a slot of the statement.
	HoleSlot HoleKind = iota
	// HoleLimitSum is LIMIT's count plus its offset: what each of several
	// shards must return so that the merge can skip and cut.
	HoleLimitSum
	// HoleConnectionID and those after it are facts of the session that no
	// backend connection knows.
	HoleConnectionID
	HoleUser
	HoleCurrentUser
	HoleLastInsertID
	HoleFoundRows
	HoleRowCount
	// HoleSchemas lists the schemas that the user may see; HoleTables is
	// information_schema.TABLES confined to them, with the numbers of all shards.
	HoleSchemas
	HoleTables
	// HoleRows stands for all rows of a folded INSERT.
	HoleRows
	// HoleRead is a value that a SELECT has given for the row in hand; Slot is its
	// position there.
	HoleRead
	// holeRows marks where the rows of an INSERT, or the keys of chosen rows, stand.
	holeRows
	// holeNumber stands for a number, as text spells it, until a tree is printed.
	holeNumber
)

// Hole is one place in a Template.
type Hole struct {
	Kind HoleKind
	// Slot is the statement's slot for HoleSlot.
	Slot int
	// Limit is set for HoleLimitSum.
	Limit *Limit
	// Row is set for HoleRows: a row whose slots have a value for each row.
	Row *Template
	// text is set for holeNumber.
	text string
}

// Template is SQL text with holes: part, hole, part, …, part.
type Template struct {
	Parts []string
	Holes []Hole
}

// Append fills the template. Session holes are written by fill.
func (t *Template) Append(dst []byte, args Args, fill func(dst []byte, kind HoleKind) []byte) ([]byte, error) {
	return t.AppendRow(dst, args, nil, fill)
}

// AppendRow is Append with the values of a row that was read before.
func (t *Template) AppendRow(dst []byte, args Args, read func(dst []byte, column int) []byte, fill func(dst []byte, kind HoleKind) []byte) ([]byte, error) {
	for i, part := range t.Parts {
		dst = append(dst, part...)
		if i == len(t.Holes) {
			break
		}
		switch h := t.Holes[i]; h.Kind {
		case HoleSlot:
			dst = args.AppendSQL(dst, h.Slot)
		case HoleLimitSum:
			offset, count, err := h.Limit.Resolve(args)
			if err != nil {
				return nil, err
			}
			dst = strconv.AppendUint(dst, saturatingAdd(offset, count), 10)
		case HoleRows:
			dst = h.Row.appendRows(dst, args)
		case HoleRead:
			if read == nil {
				return nil, errNoRow
			}
			dst = read(dst, h.Slot)
		default:
			dst = fill(dst, h.Kind)
		}
	}
	return dst, nil
}

// appendRows writes the rows that the template, a row of slots, stands for.
func (t *Template) appendRows(dst []byte, args Args) []byte {
	if len(t.Holes) == 0 {
		return append(append(append(dst, '('), t.Parts[0]...), ')')
	}
	for row := range args.Len(t.Holes[0].Slot) {
		if row > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, '(')
		for i, part := range t.Parts {
			dst = append(dst, part...)
			if i < len(t.Holes) {
				dst = args.AppendOneSQL(dst, t.Holes[i].Slot, row)
			}
		}
		dst = append(dst, ')')
	}
	return dst
}

// String prints the template, a slot as ?1 for the first.
func (t *Template) String() string {
	var b strings.Builder
	for i, part := range t.Parts {
		b.WriteString(part)
		if i == len(t.Holes) {
			break
		}
		switch h := t.Holes[i]; h.Kind {
		case HoleSlot:
			b.WriteString(slotName(h.Slot))
		case HoleRows:
			b.WriteString("(" + h.Row.String() + "), …")
		case HoleRead:
			b.WriteString(readName(h.Slot))
		case HoleLimitSum:
			b.WriteString(h.Limit.sum())
		default:
			b.WriteString(h.Kind.String())
		}
	}
	return b.String()
}

// String names the session fact that fills a hole.
func (k HoleKind) String() string {
	switch k {
	case HoleSlot:
		return "slot"
	case HoleLimitSum:
		return "limit"
	case HoleConnectionID:
		return ":connection_id"
	case HoleUser:
		return ":user"
	case HoleCurrentUser:
		return ":current_user"
	case HoleLastInsertID:
		return ":last_insert_id"
	case HoleFoundRows:
		return ":found_rows"
	case HoleRowCount:
		return ":row_count"
	case HoleSchemas:
		return ":schemas"
	case HoleTables:
		return ":tables"
	case HoleRows:
		return "rows"
	case HoleRead:
		return "read"
	default:
		return "hole" + strconv.Itoa(int(k))
	}
}

// ReadsRow reports whether the template has values of a row that is read before.
func (t *Template) ReadsRow() bool {
	return slices.ContainsFunc(t.Holes, func(h Hole) bool { return h.Kind == HoleRead })
}

var errNoRow = errors.New("a value that is read first is not known yet")

// readName is how a column of a row that is read before is printed: $1 for the first.
func readName(column int) string { return "$" + strconv.Itoa(column+1) }
