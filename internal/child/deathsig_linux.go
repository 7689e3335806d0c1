package child

import "syscall"

// processAttributes put a process in a process group of its own, so that a
// terminal's Ctrl-C reaches its owner alone, and have the kernel kill it when
// the thread that started it ends.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
