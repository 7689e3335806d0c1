package merge

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// form is how the values of a column compare.
type form uint8

const (
	formBytes form = iota
	formWeight
	formInt
	formDouble
	formDecimal
	formDate
	formTime
)

// formOf is the form that values of a type have without a weight.
func formOf(t mysql.FieldType) form {
	switch t {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeLong, mysql.TypeInt24, mysql.TypeLongLong, mysql.TypeYear:
		return formInt
	case mysql.TypeFloat, mysql.TypeDouble:
		return formDouble
	case mysql.TypeDecimal, mysql.TypeNewDecimal:
		return formDecimal
	case mysql.TypeDate, mysql.TypeNewDate, mysql.TypeDatetime, mysql.TypeTimestamp:
		return formDate
	case mysql.TypeTime:
		return formTime
	default:
		return formBytes
	}
}

// key makes one column of rows comparable.
type key struct {
	l      *layout
	form   form
	column int
	// weight is the column of the weights for formWeight, pad the weight of a
	// space if the collation pads.
	weight int
	pad    []byte
	desc   bool
}

// keys make rows comparable: append gives bytes whose order is the rows' order
// and which are equal if the rows are equal.
type keys []key

func (l *layout) key(ref plan.KeyRef, desc bool) (key, error) {
	k := key{l: l, desc: desc, pad: ref.Pad}
	var err error
	if k.column, err = l.index(ref.Column); err != nil {
		return key{}, err
	}
	column := &l.columns[k.column]
	switch column.Type {
	case mysql.TypeJSON, mysql.TypeGeometry, mysql.TypeVector:
		return key{}, &UnsupportedError{What: "comparing the values of " + column.Name}
	case mysql.TypeBit:
		return k, nil
	default:
	}
	// Weights of numbers and times are there for some expressions; the type
	// says more.
	k.form = formOf(column.Type)
	if k.form == formBytes && ref.HasWeight {
		k.form = formWeight
		k.weight, err = l.index(ref.Weight)
	}
	return k, err
}

func (l *layout) keys(refs []plan.KeyRef) (keys, error) {
	ks := make(keys, 0, len(refs))
	for _, ref := range refs {
		k, err := l.key(ref, false)
		if err != nil {
			return nil, err
		}
		ks = append(ks, k)
	}
	return ks, nil
}

func (l *layout) orderKeys(order []plan.OrderKey) (keys, error) {
	ks := make(keys, 0, len(order))
	for _, o := range order {
		k, err := l.key(o.KeyRef, o.Desc)
		if err != nil {
			return nil, err
		}
		ks = append(ks, k)
	}
	return ks, nil
}

// The first byte of a key: NULL comes before everything.
const (
	keyNull  = 0
	keyValue = 1
)

func (ks keys) append(dst []byte, cells []mysql.Cell) ([]byte, error) {
	var err error
	for i := range ks {
		k := &ks[i]
		start := len(dst)
		if cells[k.column].Null {
			dst = append(dst, keyNull)
		} else if dst, err = k.append(append(dst, keyValue), cells); err != nil {
			return nil, err
		}
		if k.desc {
			for j := start; j < len(dst); j++ {
				dst[j] = ^dst[j]
			}
		}
	}
	return dst, nil
}

func (k *key) append(dst []byte, cells []mysql.Cell) ([]byte, error) {
	cell := cells[k.column]
	switch k.form {
	case formWeight:
		return k.appendWeight(dst, cell, cells[k.weight])
	case formInt:
		n, negative, err := k.l.integer(k.column, cell)
		return appendIntKey(dst, n, negative), err
	case formDouble:
		f, err := k.l.double(k.column, cell)
		return appendDoubleKey(dst, f), err
	case formDecimal:
		d, ok := parseDecimal(cell.Data)
		if !ok {
			return nil, malformed("decimal in a row")
		}
		return appendDecimalKey(dst, d), nil
	case formDate, formTime:
		return k.appendTemporal(dst, cell)
	case formBytes:
	}
	return appendBytesKey(dst, cell.Data), nil
}

func (k *key) appendWeight(dst []byte, cell, weight mysql.Cell) ([]byte, error) {
	switch {
	case !weight.Null && len(k.pad) > 0:
		return appendPaddedKey(dst, weight.Data, k.pad), nil
	case !weight.Null:
		return appendBytesKey(dst, weight.Data), nil
	case k.l.columns[k.column].Charset == mysql.CollationBinary:
		return appendBytesKey(dst, cell.Data), nil
	default:
		// MySQL gives no weight for a value larger than max_allowed_packet.
		return nil, &UnsupportedError{What: "comparing a value of " + k.l.columns[k.column].Name + " without a weight"}
	}
}
