// Package relay passes connections on and can be cut, as a cable can be pulled.
//
// A Relay owns the goroutines of its connections; Close waits for them.
package relay

import (
	"context"
	"net"
	"sync"
)

// Dial makes a connection to where a relay leads.
type Dial func(ctx context.Context) (net.Conn, error)

// To dials an address.
func To(addr string) Dial {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
}

// Relay passes connections on until it is cut: then those that are open stay
// open and nothing gets through.
type Relay struct {
	listener net.Listener
	dial     Dial
	// alive ends when the relay is closed.
	alive context.Context
	end   context.CancelFunc

	mu   sync.Mutex
	open map[net.Conn]bool
	// passing is closed while all goes through, and another one while it does not.
	passing chan struct{}
	wait    sync.WaitGroup
}

// New listens on a port of this machine's loopback.
func New(dial Dial) (*Relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{listener: listener, dial: dial, open: map[net.Conn]bool{}, passing: make(chan struct{})}
	r.alive, r.end = context.WithCancel(context.Background())
	close(r.passing)
	r.wait.Go(r.accept)
	return r, nil
}

// Addr is where it listens, host:port.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

func (r *Relay) accept() {
	for {
		from, err := r.listener.Accept()
		if err != nil {
			return
		}
		if !r.keep(from) {
			return
		}
		r.wait.Go(func() { r.serve(from) })
	}
}

// keep remembers a connection, so that close can end it; false if it has.
func (r *Relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.alive.Done():
		_ = c.Close()
		return false
	default:
		r.open[c] = true
		return true
	}
}

func (r *Relay) drop(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	_ = c.Close()
}

func (r *Relay) serve(from net.Conn) {
	defer r.drop(from)
	if !r.pass() {
		return
	}
	to, err := r.dial(r.alive)
	if err != nil || !r.keep(to) {
		return
	}
	defer r.drop(to)
	var both sync.WaitGroup
	both.Go(func() { r.copy(to, from) })
	both.Go(func() { r.copy(from, to) })
	both.Wait()
}

// copy passes bytes on, those of one read at a time, and ends both sides when
// one has ended.
func (r *Relay) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !r.pass() {
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass waits until things get through; false if the relay was closed.
func (r *Relay) pass() bool {
	r.mu.Lock()
	passing := r.passing
	r.mu.Unlock()
	select {
	case <-passing:
		return true
	case <-r.alive.Done():
		return false
	}
}

// Cut lets nothing through until Heal.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.passing:
		r.passing = make(chan struct{})
	default:
	}
}

// Heal lets everything through again, what was sent meanwhile too.
func (r *Relay) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.passing:
	default:
		close(r.passing)
	}
}

// Close ends all connections.
func (r *Relay) Close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.end()
	for c := range r.open {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.wait.Wait()
}
