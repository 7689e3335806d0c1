//go:build unix

package mysql

import (
	"errors"
	"net"
	"syscall"
)

// Alive looks whether the peer of an idle connection is still there and silent,
// without waiting. A closed connection, and one on which the peer has said
// something unasked, is not alive.
func (c *Conn) Alive() bool {
	if c.broken || c.r != c.w {
		return false
	}
	nc := c.nc
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn()
	}
	s, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	alive := false
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		alive = errors.Is(err, syscall.EAGAIN)
	})
	return err == nil && alive
}
