package mysql

// Bounds of Relay.
const (
	relayHold      = 4 << 10  // bytes of an unfinished answer kept back for more to join them
	relayBufferMax = 64 << 10 // bytes, what the read buffer of a backend grows to while it streams
	terminalMax    = 1 << 20  // bytes of an OK or ERR packet, which must fit the buffer
)

// RelayOptions says what Relay does besides copying.
type RelayOptions struct {
	// SetStatus and ClearStatus change the status that the client is told.
	SetStatus, ClearStatus Status
	// Capture reads the response without forwarding anything of it; the client
	// may be nil. For control statements that the proxy itself sends.
	Capture bool
	// HoldError does not forward an ERR that is the first packet of the
	// response: the caller finds it in Summary.Err and answers itself.
	HoldError bool
	// HoldFence is HoldError for errors by which a server says that it takes no
	// statements or no writes: see Error.Fenced.
	HoldFence bool
	// RowsOnly is for COM_STMT_FETCH and COM_FIELD_LIST, whose responses are
	// packets up to an EOF without a header of their own.
	RowsOnly bool
	// LocalFiles lets LOAD DATA LOCAL ask the client for its file. Without it
	// the backend gets an empty file and the client error 3948.
	LocalFiles bool
}

// Relay copies the whole response to one command from backend to client: OK,
// ERR, one or several results, or the exchange of LOAD DATA LOCAL. Both
// connections must use the same framing (CapDeprecateEOF). A response that
// arrived in one read leaves in one write, nothing is copied in between; a
// longer one streams through the backend's read buffer.
//
// An ERR packet is not an error of Relay: it is in the Summary. An error is a
// *SideError. What is buffered for the client goes out ahead of the answer.
func Relay(client, backend *Conn, opts RelayOptions) (Summary, error) {
	backend.BeginResponse()
	r := relay{client: client, backend: backend, opts: opts, deprecateEOF: backend.DeprecateEOF()}
	r.from = backend.r
	r.sum.Boundary = true
	if opts.RowsOnly {
		r.state = relayRows
	}
	if !opts.Capture {
		r.shift = client.seq - backend.seq
	}
	err := r.run()
	if r.sum.Bytes > 0 && !r.refused {
		client.seq = backend.seq + r.shift
	}
	if err != nil {
		return r.sum, err
	}
	backend.EndResponse()
	if backend.r == backend.w {
		backend.r, backend.w = 0, 0
	}
	return r.sum, nil
}

// relayState is what the next packet of a response may be.
type relayState uint8

const (
	relayFirst   relayState = iota // OK, ERR, a file request or a column count
	relayColumns                   // a column definition
	relayMeta                      // the EOF behind the column definitions
	relayRows                      // a row, or what ends the rows
	relayFile                      // not a packet: the backend waits for the client's file
	relayDone
)

// relay is one response on its way. Of the backend's buffer, buf[from:r] has
// been looked at and waits to be forwarded, buf[r:w] has not been looked at.
type relay struct {
	client, backend *Conn
	opts            RelayOptions
	sum             Summary
	deprecateEOF    bool
	state           relayState
	columns         uint64 // column definitions still to come
	from            int
	skip            int   // bytes of the present frame that have not arrived
	continued       bool  // the next frame continues the packet before it
	shift           uint8 // added to every sequence number
	refused         bool  // the file request was refused on the client's behalf
	stuck           int   // bytes that the next packet needs in the buffer at once
}

func (r *relay) run() error {
	for {
		if err := r.scan(); err != nil {
			return r.backendBroke("parse answer", err)
		}
		switch r.state {
		case relayDone:
			return r.end()
		case relayFile:
			if err := r.file(); err != nil {
				return err
			}
			r.state = relayFirst
			continue
		case relayFirst, relayColumns, relayMeta, relayRows:
		}
		if err := r.more(); err != nil {
			return err
		}
	}
}

// end forwards what is left, or tells the client that its file was refused.
func (r *relay) end() error {
	if !r.refused {
		return r.forward()
	}
	r.from = r.backend.r
	r.sum.Err = NewError(ErClientLocalFilesOff,
		"Loading local data is disabled; this must be enabled on both the client and server sides")
	if r.client == nil || r.opts.HoldError {
		return nil
	}
	err := r.client.WriteError(r.sum.Err)
	r.sum.Bytes += int64(len(r.client.out))
	if err == nil {
		err = r.client.Flush()
	}
	if err != nil {
		return r.clientBroke("write answer", err)
	}
	return nil
}

// more waits for further bytes. What was looked at goes to the client first if
// it is much, or if the buffer has no room.
func (r *relay) more() error {
	b := r.backend
	full := b.w == len(b.buf)
	if full || b.r-r.from >= relayHold {
		if err := r.forward(); err != nil {
			return err
		}
		if full && len(b.buf) < relayBufferMax {
			b.grow(4 * len(b.buf))
		}
		r.rewind()
	}
	if err := b.readMore(); err != nil {
		return r.backendBroke("read answer", err)
	}
	return nil
}

// rewind moves the unread bytes, at most a part of a header or of an OK packet,
// to the front of the buffer, and makes room for all of that packet.
func (r *relay) rewind() {
	b := r.backend
	b.compact()
	r.from = 0
	if r.stuck > len(b.buf) {
		b.grow(r.stuck)
	}
}

// forward writes what was looked at to the client.
func (r *relay) forward() error {
	b := r.backend
	n := b.r - r.from
	if n == 0 {
		return nil
	}
	if !r.opts.Capture {
		if err := r.client.flushWith(b.buf[r.from:b.r]); err != nil {
			return &SideError{Side: ClientSide, Op: "write answer", Err: err, Forwarded: r.sum.Bytes}
		}
		r.sum.Bytes += int64(n)
		r.sum.Boundary = r.skip == 0 && !r.continued
	}
	r.from = b.r
	return nil
}

// backendBroke reports a lost backend. If the client has seen a part of the
// answer already, it also gets what came last, so that its sequence numbers
// and Summary.Boundary say where it stands.
func (r *relay) backendBroke(op string, cause error) error {
	r.backend.broken = true
	if r.sum.Bytes > 0 {
		if err := r.forward(); err != nil {
			return err
		}
	}
	return &SideError{Side: BackendSide, Op: op, Err: cause, Forwarded: r.sum.Bytes}
}
