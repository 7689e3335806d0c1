package binlog

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
)

// faultProxy passes connections on to a server, and breaks the large ones after
// so many bytes, a few times.
type faultProxy struct {
	listener net.Listener
	server   string
	work     sync.WaitGroup

	mu     sync.Mutex
	after  int64 // bytes from the server
	breaks int   // how many are left
	broken int
}

func newFaultProxy(t *testing.T, server string, after int64, breaks int) *faultProxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &faultProxy{listener: listener, server: server, after: after, breaks: breaks}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.work.Wait()
	})
	return p
}

func (p *faultProxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		shut := func() {
			_ = client.Close()
			_ = server.Close()
		}
		p.work.Go(func() {
			defer shut()
			_, _ = io.Copy(server, client)
		})
		p.work.Go(func() {
			defer shut()
			p.toClient(client, server)
		})
	}
}

func (p *faultProxy) toClient(client io.Writer, server io.Reader) {
	p.mu.Lock()
	after, faulty := p.after, p.breaks > 0
	p.mu.Unlock()
	if !faulty {
		_, _ = io.Copy(client, server)
		return
	}
	if n, _ := io.CopyN(client, server, after); n == after {
		p.mu.Lock()
		p.breaks--
		p.broken++
		p.after += 7777
		p.mu.Unlock()
	}
}

// A transaction that was cut in half comes again, whole and once, and branches
// that were held before the cut are delivered after it.
func TestCutInTheMiddleOfATransaction(t *testing.T) {
	s, db, _ := own(t)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT, b VARCHAR(3000))")
	start := executed(t, db)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"XA START 'cut'", "INSERT INTO t VALUES (1000, 'branch')", "XA END 'cut'", "XA PREPARE 'cut'",
	} {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatal(q, err)
		}
	}
	_ = conn.Close()
	testkit.Exec(t, db,
		"INSERT INTO t VALUES (2000, 'first')",
		"INSERT INTO t (a, b) WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < 300) SELECT i, REPEAT('x', 3000) FROM n",
		"INSERT INTO t VALUES (3000, 'last')", "XA COMMIT 'cut'")
	end := executed(t, db)
	proxy := newFaultProxy(t, s.Addr(), 200_000, 3)
	o := options(s)
	o.Addr = proxy.listener.Addr().String()
	stream := NewStream(o, start)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var sizes []int
	var keys []any
	err = stream.Run(ctx, func(tx *Transaction) error {
		n := 0
		if err := tx.Changes(func(c Change) error {
			n++
			if n == 1 {
				keys = append(keys, c.After[0])
			}
			return nil
		}); err != nil {
			return err
		}
		sizes = append(sizes, n)
		seen := stream.Position()
		for _, id := range tx.GTIDs {
			seen = seen.Add(id)
		}
		if seen.Contains(end) {
			return errEnd
		}
		return nil
	})
	if !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
	if len(sizes) != 4 || sizes[0] != 1 || sizes[1] != 300 || sizes[2] != 1 || sizes[3] != 1 || keys[3] != int64(1000) {
		t.Errorf("transactions of %v rows that begin with %v", sizes, keys)
	}
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if proxy.broken != 3 {
		t.Errorf("%d connections were cut", proxy.broken)
	}
}
