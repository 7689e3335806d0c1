package mysql

import "encoding/binary"

// AppendUint appends a length-encoded integer.
func AppendUint(dst []byte, n uint64) []byte {
	switch {
	case n < 251:
		return append(dst, byte(n))
	case n < 1<<16:
		return append(dst, 0xfc, byte(n), byte(n>>8))
	case n < 1<<24:
		return append(dst, 0xfd, byte(n), byte(n>>8), byte(n>>16))
	}
	return binary.LittleEndian.AppendUint64(append(dst, 0xfe), n)
}

// AppendString appends a length-encoded string.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(AppendUint(dst, uint64(len(s))), s...)
}

func appendUint16(dst []byte, n uint16) []byte { return binary.LittleEndian.AppendUint16(dst, n) }
func appendUint32(dst []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(dst, n) }

// cursor reads a payload from front to back. The first read past its end sets
// bad, and everything read from then on is zero: parsers check once, at the end.
type cursor struct {
	p   []byte
	bad bool
}

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.p) {
		c.bad, c.p = true, nil
		return nil
	}
	b := c.p[:n:n]
	c.p = c.p[n:]
	return b
}

func (c *cursor) uint8() byte {
	if len(c.p) == 0 {
		c.bad = true
		return 0
	}
	b := c.p[0]
	c.p = c.p[1:]
	return b
}

func (c *cursor) uint16() uint16 {
	b := c.bytes(2)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint16(b)
}

func (c *cursor) uint32() uint32 {
	b := c.bytes(4)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func (c *cursor) uint64() uint64 {
	b := c.bytes(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

// lenenc reads a length-encoded integer; the markers of NULL (0xfb) and of an
// ERR packet (0xff) are not integers.
func (c *cursor) lenenc() uint64 {
	switch first := c.uint8(); first {
	case 0xfc:
		return uint64(c.uint16())
	case 0xfd:
		b := c.bytes(3)
		if b == nil {
			return 0
		}
		return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16
	case 0xfe:
		return c.uint64()
	case 0xfb, 0xff:
		c.bad, c.p = true, nil
		return 0
	default:
		return uint64(first)
	}
}

// lenencBytes reads a length-encoded string without copying it.
func (c *cursor) lenencBytes() []byte {
	n := c.lenenc()
	if n > uint64(len(c.p)) {
		c.bad, c.p = true, nil
		return nil
	}
	return c.bytes(int(n))
}

// nul reads up to a NUL byte, or to the end where lax clients leave it out.
func (c *cursor) nul() []byte {
	for i, b := range c.p {
		if b == 0 {
			s := c.p[:i:i]
			c.p = c.p[i+1:]
			return s
		}
	}
	s := c.p
	c.p = nil
	return s
}

// MalformedError says which kind of packet could not be parsed.
type MalformedError struct{ What string }

// Error names the packet.
func (e *MalformedError) Error() string { return "malformed " + e.What }

func malformed(what string) error { return &MalformedError{What: what} }
