package pool

import (
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/mysql"
)

// SessionState is what the connection's session on the server is set to. It is
// kept by whoever holds the connection, so that the next holder sends only
// what differs. The zero value is a session as it comes from the login.
type SessionState struct {
	// Schema is the current schema.
	Schema string
	// Settings is a fingerprint of all session variables that were set.
	Settings string
	// Prepared maps the text of a statement to its id on this connection.
	Prepared map[string]uint32
}

// Backend is a connection on loan.
type Backend struct {
	*mysql.Backend
	State    SessionState
	instance *Instance
	lent     bool
	idleFrom time.Time
	// epoch is the instance's when it was opened.
	epoch uint64
	// gate is set while the connection counts as open on a group's primary; swings
	// is the gate's when it came in.
	gate   *gate
	swings uint64
	// deposed: its server was the primary and is no longer; it has been closed.
	deposed atomic.Bool
}

// Instance is the server that the connection leads to.
func (b *Backend) Instance() *Instance { return b.instance }

// Deposed reports whether the connection was cut because its server is no longer
// the group's primary.
func (b *Backend) Deposed() bool { return b.deposed.Load() }

// Outheld reports whether the group's primary was held back while the connection
// counted as open there, or is now: a fence may have ended its session even if
// the operation was given up then and everything is as it was.
func (b *Backend) Outheld() bool { return b.gate != nil && b.gate.swung(b) }

// Rest says that nothing is open on the connection, though it is kept: it does
// not count as open on a primary any more, and nothing may begin on it.
func (b *Backend) Rest() {
	if b.gate != nil {
		b.gate.leave(b)
		b.gate = nil
	}
}

// Release gives the connection back. One whose protocol state is not provably
// clean, or whose server left the topology, is destroyed instead.
func (b *Backend) Release() {
	b.Rest()
	i := b.instance
	if !b.Clean() || !i.keep(b) {
		b.Destroy()
		return
	}
	<-i.slots
}

// Destroy closes the connection.
func (b *Backend) Destroy() {
	b.Rest()
	i := b.instance
	i.mu.Lock()
	if !b.lent {
		i.mu.Unlock()
		panic("pool: a connection was given back twice")
	}
	b.lent = false
	i.lent--
	i.mu.Unlock()
	_ = b.Conn.Close()
	<-i.slots
}

// keep puts the connection among the idle ones.
func (i *Instance) keep(b *Backend) bool {
	now := time.Now()
	i.mu.Lock()
	defer i.mu.Unlock()
	if !b.lent {
		panic("pool: a connection was given back twice")
	}
	if i.removed || b.epoch != i.epoch {
		return false
	}
	b.lent, b.idleFrom = false, now
	i.lent--
	i.idle = append(i.idle, b)
	return true
}
