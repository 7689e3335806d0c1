package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"

	"golang.org/x/sys/unix"
)

// dial goes there in a thread of its own, which ends with its goroutine: it is
// not given back to the runtime.
func (machine) dial(ctx context.Context, pid int, addr string) (net.Conn, error) {
	type answer struct {
		conn net.Conn
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		runtime.LockOSThread()
		var a answer
		if a.err = enter(pid); a.err == nil {
			var d net.Dialer
			a.conn, a.err = d.DialContext(ctx, "tcp", addr)
		}
		answered <- a
	}()
	a := <-answered
	return a.conn, a.err
}

// enter moves this thread to a process's network namespace.
func enter(pid int) error {
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("network of process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("network of process %d: %w", pid, err)
	}
	return nil
}

func (machine) size(folder string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, fmt.Errorf("%s: %w", folder, err)
	}
	return int64(s.Blocks) * s.Bsize, nil //nolint:gosec // a file system's size
}

// What ioctl_fs of linux/fs.h calls FIFREEZE and FITHAW.
const (
	fsFreeze = 0xC0045877
	fsThaw   = 0xC0045878
)

func (machine) freeze(folder string) error { return fileSystem(folder, fsFreeze) }

func (machine) thaw(folder string) error {
	if err := fileSystem(folder, fsThaw); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

func fileSystem(folder string, request uint) error {
	fd, err := unix.Open(folder, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	defer unix.Close(fd)
	if err := unix.IoctlSetInt(fd, request, 0); err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	return nil
}
