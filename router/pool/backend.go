package pool

import (
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
}

// Instance is the server that the connection leads to.
func (b *Backend) Instance() *Instance { return b.instance }

// Release gives the connection back. One whose protocol state is not provably
// clean, or whose server left the topology, is destroyed instead.
func (b *Backend) Release() {
	i := b.instance
	if !b.Clean() || !i.keep(b) {
		b.Destroy()
		return
	}
	<-i.slots
}

// Destroy closes the connection.
func (b *Backend) Destroy() {
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
	if i.removed {
		return false
	}
	b.lent, b.idleFrom = false, now
	i.lent--
	i.idle = append(i.idle, b)
	return true
}
