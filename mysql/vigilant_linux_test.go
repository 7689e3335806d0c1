package mysql

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// A server that vanishes without a word is noticed in time.
func TestAConnectionNoticesThatItsServerHasVanished(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := vigilant().DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]struct{ level, option, want int }{
		"unacknowledged": {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 25_000},
		"probes":         {unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		"idle":           {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 10},
		"interval":       {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 5},
		"count":          {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
	} {
		var got int
		var failed error
		if err := raw.Control(func(fd uintptr) { got, failed = unix.GetsockoptInt(int(fd), o.level, o.option) }); err != nil || failed != nil || got != o.want {
			t.Errorf("%s is %d, not %d: %v, %v", name, got, o.want, err, failed)
		}
	}
}
