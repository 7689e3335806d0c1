package mysql

// file answers a file request: it forwards the request to the client and the
// client's packets, up to an empty one, to the backend.
func (r *relay) file() error {
	if r.opts.Capture || !r.opts.LocalFiles || !r.client.caps.Has(CapLocalFiles) {
		return r.refuseFile()
	}
	if err := r.forward(); err != nil {
		return err
	}
	c, b := r.client, r.backend
	c.shrink()
	c.seq = b.seq + r.shift
	continued := false
	for {
		if err := c.fill(packetHeaderLen); err != nil {
			return r.clientBroke("read file", err)
		}
		h := c.buf[c.r:]
		n := frameLen(h)
		if h[3] != c.seq {
			return r.clientBroke("read file", NewError(ErNetPacketsOutOfOrder, "Got packets out of order"))
		}
		c.seq++
		h[3] -= r.shift
		b.seq++
		if err := r.pump(packetHeaderLen + n); err != nil {
			return err
		}
		if n == 0 && !continued {
			return nil
		}
		continued = n == maxFrame
	}
}

// pump writes the next n bytes from the client to the backend as they come.
func (r *relay) pump(n int) error {
	c := r.client
	for {
		m := min(n, c.w-c.r)
		if err := r.backend.writeThrough(c.buf[c.r : c.r+m]); err != nil {
			return &SideError{Side: BackendSide, Op: "write file", Err: err, Forwarded: r.sum.Bytes}
		}
		c.r += m
		if n -= m; n == 0 {
			return nil
		}
		if err := c.fill(1); err != nil {
			return r.clientBroke("read file", err)
		}
	}
}

func (r *relay) clientBroke(op string, err error) error {
	r.client.broken = true
	return &SideError{Side: ClientSide, Op: op, Err: err, Forwarded: r.sum.Bytes}
}

// refuseFile sends the backend an empty file and drops its answer: the client
// gets error 3948 instead.
func (r *relay) refuseFile() error {
	b := r.backend
	r.from = b.r
	if err := b.writeThrough([]byte{0, 0, 0, b.seq}); err != nil {
		return &SideError{Side: BackendSide, Op: "write file", Err: err, Forwarded: r.sum.Bytes}
	}
	b.seq++
	r.refused, r.opts.Capture = true, true
	return nil
}
