//go:build !linux

package child

import "syscall"

// processAttributes put a process in a process group of its own, so that a
// terminal's Ctrl-C reaches its owner alone. Only Linux can also end it with
// its parent.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
