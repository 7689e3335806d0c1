package mysql

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// boundUnacknowledged bounds how long sent bytes may stay unacknowledged (RFC 5482).
func boundUnacknowledged(_, _ string, c syscall.RawConn) error {
	var set error
	err := c.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(vanishedMax.Milliseconds()))
	})
	return errors.Join(err, set)
}
