package merge

import (
	"encoding/binary"

	"github.com/shardway/shardway/mysql"
)

// appendTemporal makes a key of a date or time by way of its binary form, which
// both encodings have.
func (k *key) appendTemporal(dst []byte, cell mysql.Cell) ([]byte, error) {
	wire := cell.Data
	if !k.l.binary {
		var scratch [16]byte
		// The first byte is the length.
		v, err := mysql.TextToBinary(scratch[:0], &k.l.columns[k.column], cell.Data)
		if err != nil {
			return nil, err
		}
		wire = v[1:]
	}
	var ok bool
	if k.form == formTime {
		dst, ok = appendTimeKey(dst, wire)
	} else {
		dst, ok = appendDateKey(dst, wire)
	}
	if !ok {
		return nil, malformed("date or time in a row")
	}
	return dst, nil
}

// appendDateKey orders dates: year, month, day, hour, minute, second,
// microseconds. What the binary form leaves out is zero.
func appendDateKey(dst, wire []byte) ([]byte, bool) {
	switch len(wire) {
	case 0, 4, 7, 11:
	default:
		return nil, false
	}
	var v [11]byte
	copy(v[:], wire)
	v[0], v[1] = v[1], v[0]
	v[7], v[8], v[9], v[10] = v[10], v[9], v[8], v[7]
	return append(dst, v[:]...), true
}

// appendTimeKey orders times, negative ones first, as microseconds.
func appendTimeKey(dst, wire []byte) ([]byte, bool) {
	var v [12]byte
	switch len(wire) {
	case 0, 8, 12:
		copy(v[:], wire)
	default:
		return nil, false
	}
	days := uint64(binary.LittleEndian.Uint32(v[1:]))
	seconds := ((days*24+uint64(v[5]))*60+uint64(v[6]))*60 + uint64(v[7])
	micros := seconds*1e6 + uint64(binary.LittleEndian.Uint32(v[8:]))
	negative := v[0] != 0 && micros != 0
	if negative {
		micros = -micros
	}
	return appendIntKey(dst, micros, negative), true
}
