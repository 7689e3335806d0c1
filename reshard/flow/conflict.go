package flow

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/shardway/shardway/shardkey"
)

// conflicts hashes the values that a row has in its unique keys, the identity
// first. Rows that MySQL could hold for equal under any of them have a hash in
// common; more may, which costs speed alone.
func (d *decoder) conflicts(m *mapping, row []any) []uint64 {
	all := make([]uint64, 0, 1+len(m.uniques))
	all = append(all, d.hash(m, -1, m.identity, row))
	for i, ix := range m.uniques {
		if !hasNull(m, ix, row) {
			all = append(all, d.hash(m, i, ix.columns, row))
		}
	}
	return all
}

// hasNull reports whether a unique key does not bind a row, as one part is NULL.
func hasNull(m *mapping, ix index, row []any) bool {
	for _, at := range ix.columns {
		if m.at[at] >= 0 && row[m.at[at]] == nil {
			return true
		}
	}
	return false
}

// hash leaves out what is not known to be equal exactly when MySQL says so; of
// a key with parts that are not columns, everything.
func (d *decoder) hash(m *mapping, key int, columns []int, row []any) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:], uint32(m.table.at))
	binary.LittleEndian.PutUint32(head[4:], uint32(key+1))
	_, _ = h.Write(head[:])
	var room [64]byte
	for _, at := range columns {
		value := room[:0]
		if m.at[at] >= 0 {
			value = m.columns[at].comparable(value, row[m.at[at]])
		}
		binary.LittleEndian.PutUint64(head[:], uint64(len(value)))
		_, _ = h.Write(head[:])
		_, _ = h.Write(value)
	}
	return h.Sum64()
}

// comparable appends bytes that are equal for equal values; nothing if such are
// not known, as for text under most collations.
func (c *shapeColumn) comparable(dst []byte, value any) []byte {
	switch c.form {
	case formNumber, formBits, formQuoted:
		text, err := c.appendLiteral(dst, value)
		if err != nil {
			return dst
		}
		return text
	case formBinary:
		if v, ok := value.([]byte); ok {
			return append(dst, v...)
		}
	case formText:
		key := shardkey.Key{{Name: c.name, Type: c.kind, Collation: c.collation}}
		if canonical, ok := key.Stored(dst, []any{value}); ok {
			return canonical
		}
	case formFloat, formJSON:
	}
	return dst
}
