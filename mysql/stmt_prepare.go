package mysql

import "encoding/binary"

// Prepared is the answer to COM_STMT_PREPARE. It can be kept and given to other
// clients: it says nothing of the connection that it came from but the ID.
type Prepared struct {
	ID       uint32
	Params   [][]byte // payloads of the parameters' definitions
	Columns  [][]byte // payloads of the columns' definitions
	Warnings uint16
}

// UntypedPrepared is the answer to COM_STMT_PREPARE of a statement without columns
// whose parameters may be anything.
func UntypedPrepared(params int) *Prepared {
	p := &Prepared{}
	for range params {
		p.Params = append(p.Params, (&Column{Name: "?", Type: TypeVarString, Charset: CollationBinary, Flags: FlagBinary}).Append(nil))
	}
	return p
}

// ReadPrepared reads the response to the oldest unanswered COM_STMT_PREPARE.
// An ERR packet is returned as *Error.
func (c *Conn) ReadPrepared() (*Prepared, error) {
	c.BeginResponse()
	p, err := c.ReadPacket()
	if err != nil {
		return nil, err
	}
	if len(p) > 0 && p[0] == headerERR {
		e, err := ParseError(p)
		if err != nil {
			return nil, c.garbled("ERR packet")
		}
		c.EndResponse()
		return nil, e
	}
	if len(p) < 12 || p[0] != headerOK {
		return nil, c.garbled("prepare response")
	}
	le := binary.LittleEndian
	s := &Prepared{ID: le.Uint32(p[1:]), Warnings: le.Uint16(p[10:])}
	columns, params := int(le.Uint16(p[5:])), int(le.Uint16(p[7:]))
	if s.Params, err = c.readDefinitions(params); err != nil {
		return nil, err
	}
	if s.Columns, err = c.readDefinitions(columns); err != nil {
		return nil, err
	}
	c.EndResponse()
	return s, nil
}

func (c *Conn) readDefinitions(n int) ([][]byte, error) {
	if n == 0 {
		return nil, nil
	}
	defs := make([][]byte, 0, n)
	for range n {
		p, err := c.ReadPacket()
		if err != nil {
			return nil, err
		}
		defs = append(defs, append([]byte(nil), p...))
	}
	if c.DeprecateEOF() {
		return defs, nil
	}
	p, err := c.ReadPacket()
	if err != nil {
		return nil, err
	}
	if !IsEOF(p) {
		return nil, c.garbled("prepare response")
	}
	return defs, nil
}

// WritePrepared buffers the answer to COM_STMT_PREPARE, with id in place of the
// backend's.
func (c *Conn) WritePrepared(s *Prepared, id uint32, status Status) error {
	start := c.begin()
	c.out = append(c.out, headerOK)
	c.out = appendUint32(c.out, id)
	c.out = appendUint16(c.out, uint16(len(s.Columns)))
	c.out = appendUint16(c.out, uint16(len(s.Params)))
	c.out = append(c.out, 0)
	c.out = appendUint16(c.out, s.Warnings)
	if err := c.finish(start); err != nil {
		return err
	}
	for _, defs := range [][][]byte{s.Params, s.Columns} {
		for _, p := range defs {
			if err := c.WritePacket(p); err != nil {
				return err
			}
		}
		if len(defs) > 0 && !c.DeprecateEOF() {
			if err := c.writeEOF(0, status); err != nil {
				return err
			}
		}
	}
	return nil
}
