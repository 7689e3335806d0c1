package mysql

import "encoding/binary"

// parseOK takes the answer's values from an OK packet, tells the client the
// status that the options ask for, and cuts session state out that the client
// has not agreed to see.
func (r *relay) parseOK(p []byte, start int) error {
	w, err := parseOK(p)
	if err != nil {
		return err
	}
	r.sum.Status, r.sum.Warnings = w.status, w.warnings
	if r.state == relayFirst {
		r.sum.Columns = 0
	}
	if p[0] == headerOK {
		r.sum.AffectedRows, r.sum.InsertID = w.affected, w.insertID
	}
	if w.status.Has(StatusSessionStateChanged) && r.backend.caps.Has(CapSessionTrack) {
		_, track, infoEnd, err := w.tail(p, r.backend.caps)
		if err != nil {
			return err
		}
		if err := r.sum.takeTrack(track); err != nil {
			return err
		}
		if !r.opts.Capture && !r.client.caps.Has(CapSessionTrack) {
			r.cut(start, infoEnd)
		}
	}
	binary.LittleEndian.PutUint16(p[w.statusAt:], uint16(r.clientStatus(w.status)))
	r.ended(w.status)
	return nil
}

func (r *relay) clientStatus(s Status) Status {
	s = s&^r.opts.ClearStatus | r.opts.SetStatus
	if r.opts.Capture || r.client.caps.Has(CapSessionTrack) {
		return s
	}
	return s &^ StatusSessionStateChanged
}

// cut shortens the packet that starts at start, and was just passed over, to a
// payload of n bytes. What follows it in the buffer moves up.
func (r *relay) cut(start, n int) {
	b := r.backend
	h := b.buf[start:]
	h[0], h[1], h[2] = byte(n), byte(n>>8), byte(n>>16)
	end := start + packetHeaderLen + n
	b.w = end + copy(b.buf[end:], b.buf[b.r:b.w])
	b.r = end
}

// takeTrack notes GTIDs and schema from session state.
func (s *Summary) takeTrack(track []byte) error {
	c := cursor{p: track}
	for len(c.p) > 0 && !c.bad {
		kind := StateKind(c.uint8())
		d := cursor{p: c.lenencBytes()}
		switch kind {
		case StateGTIDs:
			d.uint8() // the encoding; 0 is the only one there is
			s.GTID = string(d.lenencBytes())
		case StateSchema:
			s.Schema, s.SchemaChanged = string(d.lenencBytes()), true
		case StateSystemVariables, StateChanged, StateTransactionTraits, StateTransaction:
		}
		c.bad = c.bad || d.bad
	}
	if c.bad {
		return malformed("session state")
	}
	return nil
}

// parseEOF handles an EOF packet: behind the columns, or behind the rows.
func (r *relay) parseEOF(p []byte) error {
	e, err := ParseEOF(p)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint16(p[3:], uint16(r.clientStatus(e.Status)))
	if r.state == relayMeta && !e.Status.Has(StatusCursorExists) {
		r.state = relayRows
		return nil
	}
	r.sum.Status, r.sum.Warnings = e.Status, e.Warnings
	r.ended(e.Status)
	return nil
}

// ended goes on to the next result, if there is one.
func (r *relay) ended(s Status) {
	r.state = relayDone
	if s.Has(StatusMoreResults) && !r.opts.RowsOnly {
		r.state = relayFirst
	}
}
