package router

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// fault is what happens to the connection on which a marked command passes.
type fault struct {
	// marker is in the command's text.
	marker string
	// answer is how many bytes of the answer get through, once the server has
	// answered; -1 cuts the connection before the server sees the command.
	answer int
	// then is called when it has happened, nil for nothing.
	then func()
}

const beforeSend = -1

// wire is a TCP proxy between the pool and a server, on which faults are armed.
type wire struct {
	l      net.Listener
	target string
	wg     sync.WaitGroup

	mu    sync.Mutex
	armed *fault
	conns map[net.Conn]bool
	// gone: no connection passes any more.
	gone bool
}

// cutAll ends every connection and lets no other pass.
func (w *wire) cutAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	for c := range w.conns {
		_ = c.Close()
	}
}

func (w *wire) dead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

func newWire(t testing.TB, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{l: l, target: target, conns: map[net.Conn]bool{}}
	w.wg.Go(w.accept)
	t.Cleanup(func() {
		_ = l.Close()
		w.mu.Lock()
		for c := range w.conns {
			_ = c.Close()
		}
		w.mu.Unlock()
		w.wg.Wait()
	})
	return w
}

func (w *wire) port() int { return w.l.Addr().(*net.TCPAddr).Port }

func (w *wire) arm(f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = &f
}

// fired reports whether the armed fault has happened.
func (w *wire) fired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.armed == nil
}

// take returns the armed fault if the bytes are what it waits for.
func (w *wire) take(p []byte) *fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.armed
	if f == nil || !bytes.Contains(p, []byte(f.marker)) {
		return nil
	}
	w.armed = nil
	return f
}

func (w *wire) accept() {
	for {
		near, err := w.l.Accept()
		if err != nil {
			return
		}
		if w.dead() {
			_ = near.Close()
			continue
		}
		far, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		w.mu.Lock()
		if w.gone {
			_, _ = near.Close(), far.Close()
		}
		w.conns[near], w.conns[far] = true, true
		w.mu.Unlock()
		cut := make(chan fault, 1)
		w.wg.Go(func() { w.up(near, far, cut) })
		w.wg.Go(func() { w.down(near, far, cut) })
	}
}

// up carries commands to the server.
func (w *wire) up(near, far net.Conn, cut chan<- fault) {
	defer near.Close()
	defer far.Close()
	p := make([]byte, 64<<10)
	for {
		n, err := near.Read(p)
		if err != nil {
			return
		}
		f := w.take(p[:n])
		if f != nil && f.answer == beforeSend {
			if f.then != nil {
				f.then()
			}
			return
		}
		if f != nil {
			cut <- *f
		}
		if _, err := far.Write(p[:n]); err != nil {
			return
		}
	}
}

// down carries answers back, up to where they are cut.
func (w *wire) down(near, far net.Conn, cut <-chan fault) {
	defer near.Close()
	defer far.Close()
	p := make([]byte, 64<<10)
	for {
		n, err := far.Read(p)
		if err != nil {
			return
		}
		select {
		case f := <-cut:
			_, _ = near.Write(p[:min(n, f.answer)])
			if f.then != nil {
				f.then()
			}
			return
		default:
		}
		if _, err := near.Write(p[:n]); err != nil {
			return
		}
	}
}
