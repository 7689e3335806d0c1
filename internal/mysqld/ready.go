package mysqld

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// pollInterval is how often a starting server is asked whether it is up.
const pollInterval = 20 * time.Millisecond

// errExited means that the process ended before it was up.
var errExited = errors.New("it exited")

// waitReady returns when the server greets on its socket, or an error when ctx
// or the process ends first.
func waitReady(ctx context.Context, socket string, done <-chan struct{}) error {
	for {
		if Greets(ctx, socket) {
			return nil
		}
		select {
		case <-done:
			return errExited
		case <-ctx.Done():
			return fmt.Errorf("it was not up in time: %w", ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}

// Greets reports whether a server sends its greeting. The kernel accepts
// connections long before the server does, hence the bytes are awaited; the
// socket is used because hosts that hang up like this get blocked over TCP.
func Greets(ctx context.Context, socket string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var head [5]byte // three bytes of length, a sequence number, the protocol's version
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return false
	}
	return head[4] == 10
}
