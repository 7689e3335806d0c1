package relay

import (
	"io"
	"net"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// While it is cut a relay lets nothing through, neither on open connections nor
// on new ones, and ends none of them; what was sent meanwhile arrives after that.
func TestARelayIsCutAndHealed(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	arrived := make(chan byte, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				b := make([]byte, 1)
				for {
					if _, err := conn.Read(b); err != nil {
						return
					}
					arrived <- b[0]
					if _, err := conn.Write(b); err != nil {
						return
					}
				}
			}()
		}
	}()
	r, err := New(To(server.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", r.Addr())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	send := func(c net.Conn, b byte) {
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(c net.Conn, want byte) {
		b := make([]byte, 1)
		if _, err := io.ReadFull(c, b); err != nil || b[0] != want {
			t.Fatalf("%q, %v; want %q", b, err, want)
		}
	}
	old := dial()
	defer old.Close()
	send(old, 'a')
	hear(old, 'a')
	<-arrived
	r.Cut()
	fresh := dial()
	defer fresh.Close()
	send(old, 'b')
	send(fresh, 'c')
	// A third way in shows that time has passed for the others, too.
	direct, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	for range 3 {
		send(direct, 'd')
		hear(direct, 'd')
		if b := <-arrived; b != 'd' {
			t.Fatalf("%q has got through", b)
		}
	}
	r.Heal()
	hear(old, 'b')
	hear(fresh, 'c')
	r.Close()
	_ = direct.Close()
	_ = server.Close()
	<-done
}
