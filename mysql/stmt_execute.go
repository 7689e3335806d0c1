package mysql

import "encoding/binary"

// ParamType is the type under which a client binds a parameter.
type ParamType struct {
	Type     FieldType
	Unsigned bool
}

// Param is one bound parameter. Value is its bytes on the wire without a
// length, or the whole of what COM_STMT_SEND_LONG_DATA sent.
type Param struct {
	ParamType
	Null  bool
	Value []byte
}

// Execute is a parsed COM_STMT_EXECUTE.
type Execute struct {
	StmtID uint32
	// Flags is the cursor type; 0 is none.
	Flags byte
	// Rebound says that the packet carried types. They hold for later executes
	// of the statement that carry none.
	Rebound bool
	Params  []Param
}

// StmtID returns the statement that a COM_STMT_EXECUTE, CLOSE, RESET, FETCH or
// SEND_LONG_DATA payload names.
func StmtID(payload []byte) (uint32, bool) {
	if len(payload) < 5 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(payload[1:]), true
}

// SetStmtID changes the statement that such a payload names, in place.
func SetStmtID(payload []byte, id uint32) {
	if len(payload) >= 5 {
		binary.LittleEndian.PutUint32(payload[1:], id)
	}
}

// maxParams is MySQL's bound on a statement's parameters.
const maxParams = 65535

// ParseExecute parses the payload of a COM_STMT_EXECUTE for a statement with n
// parameters. types are the ones bound by an execute before (they are used if
// this one carries none), long the values sent by COM_STMT_SEND_LONG_DATA, nil
// where none was; either may be shorter than n. Values point into p and long.
func ParseExecute(p []byte, n int, types []ParamType, long [][]byte) (*Execute, error) {
	c := cursor{p: p}
	if Command(c.uint8()) != ComStmtExecute || n < 0 || n > maxParams {
		return nil, malformed("execute")
	}
	x := &Execute{StmtID: c.uint32(), Flags: c.uint8()}
	c.uint32() // the iteration count, always 1
	if n == 0 || c.bad {
		return x, executeError(c.bad)
	}
	nulls := c.bytes((n + 7) / 8)
	x.Rebound = c.uint8() == 1
	if c.bad {
		return nil, malformed("execute")
	}
	x.Params = make([]Param, n)
	if x.Rebound {
		for i := range x.Params {
			x.Params[i].Type = FieldType(c.uint8())
			x.Params[i].Unsigned = c.uint8()&0x80 != 0
		}
	} else {
		if len(types) < n {
			return nil, malformed("execute: its parameters have no types")
		}
		for i := range x.Params {
			x.Params[i].ParamType = types[i]
		}
	}
	for i := range x.Params {
		v := &x.Params[i]
		switch {
		case i < len(long) && long[i] != nil:
			v.Value = long[i]
			if !v.Type.lenenc() {
				v.Type = TypeBlob // the server, too, takes long data for a string
			}
		case nulls[i/8]&(1<<(i%8)) != 0 || v.Type == TypeNull:
			v.Null = true
		default:
			v.Value = c.binaryValue(v.Type)
		}
	}
	return x, executeError(c.bad)
}

func executeError(bad bool) error {
	if bad {
		return malformed("execute")
	}
	return nil
}

// Types returns the types of the parameters, to be kept for the next execute.
func (x *Execute) Types() []ParamType {
	types := make([]ParamType, len(x.Params))
	for i := range x.Params {
		types[i] = x.Params[i].ParamType
	}
	return types
}

// Append appends the payload of the COM_STMT_EXECUTE to dst, types included, so
// that it stands alone. Long data goes in as ordinary values.
func (x *Execute) Append(dst []byte) []byte {
	dst = append(dst, byte(ComStmtExecute))
	dst = appendUint32(dst, x.StmtID)
	dst = append(dst, x.Flags, 1, 0, 0, 0)
	if len(x.Params) == 0 {
		return dst
	}
	nulls := len(dst)
	for range (len(x.Params) + 7) / 8 {
		dst = append(dst, 0)
	}
	dst = append(dst, 1)
	for i := range x.Params {
		var unsigned byte
		if x.Params[i].Unsigned {
			unsigned = 0x80
		}
		dst = append(dst, byte(x.Params[i].Type), unsigned)
	}
	for i := range x.Params {
		if x.Params[i].Null {
			dst[nulls+i/8] |= 1 << (i % 8)
			continue
		}
		dst = appendBinaryValue(dst, x.Params[i].Type, x.Params[i].Value)
	}
	return dst
}

// LongData is a parsed COM_STMT_SEND_LONG_DATA; Data points into the payload.
type LongData struct {
	StmtID uint32
	Param  int
	Data   []byte
}

// ParseLongData parses the payload of a COM_STMT_SEND_LONG_DATA.
func ParseLongData(p []byte) (LongData, error) {
	if len(p) < 7 || Command(p[0]) != ComStmtSendLongData {
		return LongData{}, malformed("long data")
	}
	return LongData{
		StmtID: binary.LittleEndian.Uint32(p[1:]),
		Param:  int(binary.LittleEndian.Uint16(p[5:])),
		Data:   p[7:],
	}, nil
}
