package mysql

// OK is an OK packet, or the OK with header 0xfe that ends the rows of a result
// where both ends deprecate EOF.
type OK struct {
	AffectedRows uint64
	InsertID     uint64
	Status       Status
	Warnings     uint16
	Info         string
	// Track is the raw session state that a backend reports, a slice of the
	// parsed payload; empty unless CapSessionTrack was agreed.
	Track []byte
}

// Append appends the payload of an OK packet to dst, without session state.
func (k *OK) Append(dst []byte) []byte { return k.append(dst, headerOK) }

// AppendEnd appends the OK that ends rows in DEPRECATE_EOF framing.
func (k *OK) AppendEnd(dst []byte) []byte { return k.append(dst, headerEOF) }

func (k *OK) append(dst []byte, header byte) []byte {
	dst = append(dst, header)
	dst = AppendUint(dst, k.AffectedRows)
	dst = AppendUint(dst, k.InsertID)
	dst = appendUint16(dst, uint16(k.Status&^StatusSessionStateChanged))
	dst = appendUint16(dst, k.Warnings)
	if k.Info != "" {
		dst = AppendString(dst, k.Info)
	}
	return dst
}

// ParseOK parses the payload of an OK packet (header 0x00 or 0xfe). Track
// points into p.
func ParseOK(p []byte, caps Capability) (OK, error) {
	w, err := parseOK(p)
	if err != nil {
		return OK{}, err
	}
	return w.decode(p, caps)
}

// okWire is the fixed part of an OK packet and where its parts lie.
type okWire struct {
	affected, insertID uint64
	status             Status
	warnings           uint16
	statusAt           int // offset of the status
	tailAt             int // offset of what follows the warnings
}

func parseOK(p []byte) (okWire, error) {
	if len(p) == 0 || (p[0] != headerOK && p[0] != headerEOF) {
		return okWire{}, malformed("OK packet")
	}
	c := cursor{p: p[1:]}
	var w okWire
	w.affected = c.lenenc()
	w.insertID = c.lenenc()
	w.statusAt = len(p) - len(c.p)
	w.status = Status(c.uint16())
	w.warnings = c.uint16()
	w.tailAt = len(p) - len(c.p)
	if c.bad {
		return okWire{}, malformed("OK packet")
	}
	return w, nil
}

// decode reads the info and the session state behind the fixed part.
func (w okWire) decode(p []byte, caps Capability) (OK, error) {
	k := OK{AffectedRows: w.affected, InsertID: w.insertID, Status: w.status, Warnings: w.warnings}
	info, track, _, err := w.tail(p, caps)
	if err != nil {
		return OK{}, err
	}
	k.Info, k.Track = string(info), track
	return k, nil
}

// tail splits what follows the warnings into info and session state, and says
// how long the payload would be without the state. A server sends the info
// length-encoded whether or not session tracking was agreed.
func (w okWire) tail(p []byte, caps Capability) (info, track []byte, infoEnd int, err error) {
	c := cursor{p: p[w.tailAt:]}
	if len(c.p) == 0 {
		return nil, nil, w.tailAt, nil
	}
	info = c.lenencBytes()
	infoEnd = w.tailAt
	if len(info) > 0 {
		infoEnd = len(p) - len(c.p)
	}
	if caps.Has(CapSessionTrack) && w.status.Has(StatusSessionStateChanged) && len(c.p) > 0 {
		track = c.lenencBytes()
	}
	if c.bad {
		return nil, nil, 0, malformed("OK packet")
	}
	return info, track, infoEnd, nil
}
