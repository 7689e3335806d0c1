package integration

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// loss is what a wire loses when it sees the text that it waits for.
type loss int

const (
	nothing loss = iota
	// theRequest that has the text does not arrive, nor does anything after it.
	theRequest
	// theAnswer to it does not, nor does any other.
	theAnswer
)

// wire is a way to a server that loses one request or its answer, and what comes
// after it. Connections stay open until the wire is mended.
type wire struct {
	listener net.Listener
	to       string
	all      sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
	// text is what it waits for in order to lose something; sprung is closed
	// when it was seen, and since then that is lost.
	text   []byte
	loses  loss
	sprung chan struct{}
	lost   loss
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, to: to, open: make(map[net.Conn]bool)}
	w.all.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			w.all.Go(func() { w.serve(from) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		w.mend()
		w.all.Wait()
	})
	return w
}

func (w *wire) addr() string { return w.listener.Addr().String() }

// trap has the wire lose something of the first request with the text.
func (w *wire) trap(text string, what loss) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text, w.loses, w.sprung = []byte(text), what, make(chan struct{})
	return w.sprung
}

// mend cuts what is open; new connections lose nothing.
func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loses, w.lost = nothing, nothing
	for c := range w.open {
		_ = c.Close()
	}
}

func (w *wire) serve(from net.Conn) {
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = from.Close()
		return
	}
	w.mu.Lock()
	w.open[from], w.open[to] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { w.pass(to, from, w.arrives()) })
	both.Go(func() { w.pass(from, to, func([]byte) bool { return w.answers() }) })
	both.Wait()
	w.mu.Lock()
	delete(w.open, from)
	delete(w.open, to)
	w.mu.Unlock()
}

// pass passes on what arrives, and ends both sides when one has ended.
func (w *wire) pass(to, from net.Conn, arrives func([]byte) bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && arrives(buffer[:n]) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// arrives looks for the text in one connection's requests, which come in pieces.
func (w *wire) arrives() func([]byte) bool {
	var seen []byte
	return func(piece []byte) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		seen = append(seen, piece...)
		if w.loses != nothing && bytes.Contains(seen, w.text) {
			w.lost, w.loses = w.loses, nothing
			close(w.sprung)
		}
		seen = append([]byte(nil), seen[max(0, len(seen)-len(w.text)):]...)
		return w.lost != theRequest
	}
}

func (w *wire) answers() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost == nothing
}
