package mysql

// greeting is the first packet of a server (Protocol::HandshakeV10).
type greeting struct {
	version      string
	connectionID uint32
	nonce        [nonceLen]byte
	caps         Capability
	status       Status
}

// nonceLen is the length of the random bytes that a client's proof covers.
const nonceLen = 20

func (g *greeting) append(dst []byte) []byte {
	dst = append(dst, 10)
	dst = append(append(dst, g.version...), 0)
	dst = appendUint32(dst, g.connectionID)
	dst = append(append(dst, g.nonce[:8]...), 0)
	dst = appendUint16(dst, uint16(g.caps))
	dst = append(dst, byte(DefaultCollation))
	dst = appendUint16(dst, uint16(g.status))
	dst = appendUint16(dst, uint16(g.caps>>16))
	dst = append(dst, nonceLen+1)
	dst = append(dst, make([]byte, 10)...)
	dst = append(append(dst, g.nonce[8:]...), 0)
	return append(append(dst, DefaultAuthPlugin...), 0)
}
