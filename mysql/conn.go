package mysql

import (
	"net"
	"time"
)

// Bounds of a Conn, unless ConnOptions says otherwise.
const (
	DefaultReadBuffer = 16 << 10 // bytes, the size while idle
	DefaultMaxPacket  = 64 << 20 // bytes, MySQL's own default max_allowed_packet
	preAuthMaxPacket  = 64 << 10 // bytes, before the peer has authenticated
	keptBuffer        = 64 << 10 // bytes, larger buffers are given back when drained
	flushAt           = 16 << 10 // bytes of buffered packets that cause a write
)

// ConnOptions sets a Conn's bounds; zero values mean the defaults.
type ConnOptions struct {
	ReadBuffer int // bytes
	MaxPacket  int // bytes of one packet, assembled from its frames
	// Capabilities are the agreed ones; they decide the framing of results.
	Capabilities Capability
}

// Conn is a stream of packets over a network connection, with one buffer each
// way. Writes are buffered until Flush, or until so many bytes are buffered
// that they are written without waiting.
//
// Towards a backend, commands may be pipelined: every command written is
// remembered until its response is begun, and each response counts its packets
// from its own start.
type Conn struct {
	nc        net.Conn
	caps      Capability
	idleSize  int
	maxPacket int

	// Unread bytes are buf[r:w].
	buf  []byte
	r, w int
	// frame is the last packet read, with its header, if it was one frame in buf.
	frame []byte
	// long is the last packet read if it was not; nil otherwise.
	long []byte

	out []byte
	// seq is the sequence number of the next packet in either direction.
	seq uint8
	// expect holds, for each command written whose response has not begun, the
	// sequence number that the response starts with.
	expect []uint8
	// open is set while a response has begun and not ended.
	open bool
	// broken is set by the first failed read or write; the stream is then lost.
	broken bool
}

// NewConn takes nc over.
func NewConn(nc net.Conn, o ConnOptions) *Conn {
	if o.ReadBuffer <= 0 {
		o.ReadBuffer = DefaultReadBuffer
	}
	if o.MaxPacket <= 0 {
		o.MaxPacket = DefaultMaxPacket
	}
	return &Conn{
		nc: nc, caps: o.Capabilities, idleSize: o.ReadBuffer, maxPacket: o.MaxPacket,
		buf: make([]byte, o.ReadBuffer),
	}
}

// Capabilities returns what both ends agreed on.
func (c *Conn) Capabilities() Capability { return c.caps }

// DeprecateEOF reports the framing of results on this connection.
func (c *Conn) DeprecateEOF() bool { return c.caps.Has(CapDeprecateEOF) }

// SetMaxPacket changes the bound on one packet.
func (c *Conn) SetMaxPacket(n int) { c.maxPacket = n }

// SetDeadline bounds all reads and writes; the zero time means none. It may be
// called from another goroutine to interrupt one that waits.
func (c *Conn) SetDeadline(t time.Time) error { return c.nc.SetDeadline(t) }

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// LocalAddr is this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// Close closes the network connection without a word to the peer.
func (c *Conn) Close() error { return c.nc.Close() }

// Buffered returns the number of bytes that were read and not yet consumed.
func (c *Conn) Buffered() int { return c.w - c.r }

// Outstanding returns the number of commands whose response has not ended.
func (c *Conn) Outstanding() int {
	n := len(c.expect)
	if c.open {
		n++
	}
	return n
}

// Clean reports whether the protocol state is provably clean: nothing failed,
// every command was answered to the end and no byte is left in a buffer.
func (c *Conn) Clean() bool {
	return !c.broken && c.Outstanding() == 0 && c.r == c.w && len(c.out) == 0
}

// Broken reports whether a read or a write has failed.
func (c *Conn) Broken() bool { return c.broken }
