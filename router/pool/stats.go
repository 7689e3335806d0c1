package pool

import "sync/atomic"

// counters are one server's, over the life of this process.
type counters struct {
	reads, writes, errors, dials atomic.Int64
	sessions                     atomic.Int64
}

// Settle notes that a session reads from this server from now on, Unsettle
// that it no longer does; Choose spreads sessions by it.
func (i *Instance) Settle() { i.counters.sessions.Add(1) }

// Unsettle undoes Settle.
func (i *Instance) Unsettle() { i.counters.sessions.Add(-1) }

// CountRead and CountWrite count statements that the server served.
func (i *Instance) CountRead() { i.counters.reads.Add(1) }

// CountWrite counts a statement that may write.
func (i *Instance) CountWrite() { i.counters.writes.Add(1) }

// Stats is one server's figures at one moment.
type Stats struct {
	ID, Group, Zone, Addr string
	Primary               bool
	Progress              *Progress
	Reads, Writes, Errors int64 // since the process began
	Dials                 int64
	Sessions              int64 // settled now
	Outstanding           int   // connections lent now
	Idle                  int   // connections kept now
	Waiting               int64 // for a connection, now
}

// Stats returns the figures of all servers, in order of id.
func (c *Cluster) Stats() []Stats {
	var list []Stats
	for _, i := range c.Instances() {
		g := i.group.Load()
		i.mu.Lock()
		idle := len(i.idle)
		i.mu.Unlock()
		list = append(list, Stats{
			ID: i.target.id, Group: i.target.group, Zone: i.target.zone, Addr: i.Addr(),
			Primary: g != nil && g.primary == i, Progress: i.Progress(),
			Reads: i.counters.reads.Load(), Writes: i.counters.writes.Load(), Errors: i.counters.errors.Load(),
			Dials: i.counters.dials.Load(), Sessions: i.counters.sessions.Load(),
			Outstanding: len(i.slots), Idle: idle, Waiting: i.waiters.Load(),
		})
	}
	return list
}
