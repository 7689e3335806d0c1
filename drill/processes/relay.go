package processes

import (
	"net"
	"sync"
)

// relay passes connections on to an address until it is cut: then those that
// are open stay open and nothing gets through, as when a cable is pulled.
type relay struct {
	listener net.Listener
	to       string

	mu   sync.Mutex
	open map[net.Conn]bool
	// passing is closed while all goes through, and another one while it does not.
	passing chan struct{}
	closed  chan struct{}
	wait    sync.WaitGroup
}

func newRelay(to string) (*relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: listener, to: to, open: map[net.Conn]bool{}, passing: make(chan struct{}), closed: make(chan struct{})}
	close(r.passing)
	r.wait.Go(r.accept)
	return r, nil
}

func (r *relay) addr() string { return r.listener.Addr().String() }

func (r *relay) accept() {
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
func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.closed:
		_ = c.Close()
		return false
	default:
		r.open[c] = true
		return true
	}
}

func (r *relay) drop(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	_ = c.Close()
}

func (r *relay) serve(from net.Conn) {
	defer r.drop(from)
	if !r.pass() {
		return
	}
	to, err := net.Dial("tcp", r.to)
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
func (r *relay) copy(to, from net.Conn) {
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
func (r *relay) pass() bool {
	r.mu.Lock()
	passing := r.passing
	r.mu.Unlock()
	select {
	case <-passing:
		return true
	case <-r.closed:
		return false
	}
}

func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.passing:
		r.passing = make(chan struct{})
	default:
	}
}

func (r *relay) heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.passing:
	default:
		close(r.passing)
	}
}

func (r *relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	close(r.closed)
	for c := range r.open {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.wait.Wait()
}
