package mysql

import "strings"

// handshakeResponse is a client's first packet, or, without a user, its request
// to go on in TLS.
type handshakeResponse struct {
	caps       Capability // as sent, not yet agreed
	collation  uint16
	sslRequest bool
	user       string
	proof      []byte
	database   string
	plugin     string
	attributes map[string]string
}

const (
	sslRequestLen = 32 // bytes: the fixed part of a handshake response
	maxNameLen    = 255
	maxAttributes = 128
)

// parseHandshakeResponse parses a Protocol::HandshakeResponse41 or
// Protocol::SSLRequest. offered is what the greeting offered: fields of
// features that were not offered are not there.
func parseHandshakeResponse(p []byte, offered Capability) (*handshakeResponse, error) {
	c := cursor{p: p}
	r := &handshakeResponse{caps: Capability(c.uint32())}
	c.uint32() // the client's bound on packets
	r.collation = uint16(c.uint8())
	c.bytes(23)
	if c.bad || !r.caps.Has(CapProtocol41) {
		return nil, badHandshake()
	}
	if len(p) == sslRequestLen {
		r.sslRequest = r.caps.Has(CapSSL)
		return r, badHandshakeIf(!r.sslRequest)
	}
	caps := r.caps & offered
	r.user = string(c.nul())
	switch {
	case caps.Has(CapPluginAuthLenencData):
		r.proof = c.lenencBytes()
	case caps.Has(CapSecureConnection):
		r.proof = c.bytes(int(c.uint8()))
	default:
		r.proof = c.nul()
	}
	if caps.Has(CapConnectWithDB) {
		r.database = string(c.nul())
	}
	if caps.Has(CapPluginAuth) {
		r.plugin = string(c.nul())
	}
	if caps.Has(CapConnectAttrs) && len(c.p) > 0 {
		r.attributes = parseAttributes(c.lenencBytes())
	}
	return r, badHandshakeIf(c.bad || len(r.user) > maxNameLen || len(r.database) > maxNameLen)
}

// parseAttributes reads pairs of strings. They are only information: what is
// garbled or too much is left out.
func parseAttributes(p []byte) map[string]string {
	attributes := make(map[string]string)
	c := cursor{p: p}
	for len(c.p) > 0 && len(attributes) < maxAttributes {
		name, value := c.lenencBytes(), c.lenencBytes()
		if c.bad {
			break
		}
		attributes[strings.ToValidUTF8(string(name), "?")] = strings.ToValidUTF8(string(value), "?")
	}
	return attributes
}

func badHandshake() error { return NewError(ErHandshake, "Bad handshake") }

func badHandshakeIf(bad bool) error {
	if bad {
		return badHandshake()
	}
	return nil
}
