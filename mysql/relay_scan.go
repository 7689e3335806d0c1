package mysql

// scan looks at the packets in the backend's buffer until they run out or the
// response ends. Rows and column definitions are skipped by their length; a
// packet that must be parsed is waited for until it is whole.
func (r *relay) scan() error {
	b := r.backend
	for {
		if r.skip > 0 && !r.skipBytes() {
			return nil
		}
		if r.state >= relayFile || b.w-b.r < packetHeaderLen {
			return nil
		}
		h := b.buf[b.r:b.w]
		n := frameLen(h)
		if h[3] != b.seq {
			return NewError(ErNetPacketsOutOfOrder, "packet %d came, %d was due", h[3], b.seq)
		}
		if r.continued {
			r.passFrame(h, n)
			continue
		}
		if n == 0 {
			return malformed("empty packet in an answer")
		}
		if len(h) <= packetHeaderLen {
			return nil
		}
		if !r.mustParse(h[packetHeaderLen], n) {
			r.count()
			r.passFrame(h, n)
			continue
		}
		if n > terminalMax {
			return malformed("answer: its status packet is too large")
		}
		if r.stuck = packetHeaderLen + n; len(h) < r.stuck {
			return nil
		}
		r.stuck = 0
		if err := r.parse(n); err != nil {
			return err
		}
	}
}

// skipBytes passes over the rest of a frame and reports whether it ended.
func (r *relay) skipBytes() bool {
	b := r.backend
	n := min(r.skip, b.w-b.r)
	b.r += n
	r.skip -= n
	return r.skip == 0
}

// passFrame passes over a frame that is only copied.
func (r *relay) passFrame(h []byte, n int) {
	b := r.backend
	h[3] += r.shift
	b.seq++
	b.r += packetHeaderLen
	r.skip = n
	r.continued = n == maxFrame
}

// mustParse says whether a packet that begins with first is more than a row or
// a column definition in the present state.
func (r *relay) mustParse(first byte, n int) bool {
	switch r.state {
	case relayColumns:
		return first == headerERR
	case relayRows:
		if first == headerERR {
			return true
		}
		if r.deprecateEOF {
			return first == headerEOF && n < maxFrame
		}
		return first == headerEOF && n < 9
	case relayFirst, relayMeta, relayFile, relayDone:
	}
	return true
}

// count notes a packet that is passed over.
func (r *relay) count() {
	if r.state == relayRows {
		r.sum.Rows++
		return
	}
	r.columns--
	if r.columns == 0 {
		r.state = relayMeta
		if r.deprecateEOF {
			r.state = relayRows
		}
	}
}

// parse handles a whole packet of one frame at the front of the unread bytes.
func (r *relay) parse(n int) error {
	b := r.backend
	h := b.buf[b.r : b.r+packetHeaderLen+n]
	p := h[packetHeaderLen:]
	start := b.r
	h[3] += r.shift
	b.seq++
	b.r += packetHeaderLen + n
	switch first := p[0]; {
	case first == headerERR:
		return r.parseERR(p, start)
	case r.state == relayFirst && first == headerOK:
		return r.parseOK(p, start)
	case r.state == relayFirst && first == headerLocalInfile:
		r.state = relayFile
		return nil
	case r.state == relayFirst:
		return r.parseColumnCount(p)
	case first == headerEOF && len(p) == 5:
		return r.parseEOF(p)
	case first == headerEOF && r.deprecateEOF && r.state == relayRows:
		return r.parseOK(p, start)
	}
	return malformed("answer")
}

func (r *relay) parseColumnCount(p []byte) error {
	c := cursor{p: p}
	r.columns = c.lenenc()
	if c.bad || len(c.p) != 0 || r.columns == 0 || r.columns > 1<<16 {
		return malformed("column count")
	}
	r.sum.Columns = int(r.columns)
	r.state = relayColumns
	return nil
}

func (r *relay) parseERR(p []byte, start int) error {
	e, err := ParseError(p)
	if err != nil {
		return err
	}
	r.sum.Err = e
	if (r.opts.HoldError || r.opts.HoldFence && e.Fenced()) && r.state == relayFirst && r.sum.Bytes == 0 && r.from == start {
		r.from = r.backend.r
	}
	r.state = relayDone
	return nil
}
