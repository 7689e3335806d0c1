package mysql

import "encoding/binary"

// EOF is the packet that ends column definitions and rows where the ends did
// not agree to deprecate it.
type EOF struct {
	Warnings uint16
	Status   Status
}

// Append appends the payload of an EOF packet to dst.
func (e EOF) Append(dst []byte) []byte {
	dst = append(dst, headerEOF)
	dst = appendUint16(dst, e.Warnings)
	return appendUint16(dst, uint16(e.Status&^StatusSessionStateChanged))
}

// IsEOF reports whether p is an EOF packet, not a row that begins with 0xfe.
func IsEOF(p []byte) bool { return len(p) == 5 && p[0] == headerEOF }

// ParseEOF parses the payload of an EOF packet.
func ParseEOF(p []byte) (EOF, error) {
	if !IsEOF(p) {
		return EOF{}, malformed("EOF packet")
	}
	return EOF{
		Warnings: binary.LittleEndian.Uint16(p[1:]),
		Status:   Status(binary.LittleEndian.Uint16(p[3:])),
	}, nil
}
