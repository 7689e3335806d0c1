//go:build unix

package router

import (
	"net"
	"syscall"
)

// gone reports whether the peer has closed its end and everything that it sent
// before has been read. It reads nothing and does not wait.
func gone(nc net.Conn) bool {
	s, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	closed := false
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		closed = n == 0 && err == nil
	})
	return err == nil && closed
}
