package containers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// host is the machine that the containers run on.
type host interface {
	// able says what keeps drills from being carried out here.
	able() error
	// run carries a command out and returns what it prints.
	run(ctx context.Context, input, name string, args ...string) (string, error)
	signal(pid int, sig syscall.Signal) error
	// runs reports whether a process is still that of its container.
	runs(p process) bool
	// dial connects to an address in a process's network namespace, which has
	// the devices.
	dial(ctx context.Context, pid int, addr string) (net.Conn, error)
	devices(pid int) ([]string, error)
	disk
}

// disk is what is done to a file system.
type disk interface {
	// size is that of the file system that a folder is on, in bytes.
	size(folder string) (int64, error)
	// fill makes a file that takes all the room there is; remove removes it, if
	// it is there.
	fill(ctx context.Context, path string) error
	remove(path string) error
	// freeze has whoever writes to the file system that a folder is on wait until
	// thaw, which does nothing if it is not frozen.
	freeze(folder string) error
	thaw(folder string) error
}

// machine is this one.
type machine struct{}

func (machine) able() error {
	if os.Geteuid() != 0 {
		return refused("run it as root", "containers' networks are cut from outside, which root alone can do")
	}
	for _, name := range []string{"docker", "nsenter", "iptables", "iptables-restore", "tc"} {
		if _, err := exec.LookPath(name); err != nil {
			return refused("install it: nsenter is in util-linux, tc in iproute2", "there is no %s on this machine: %v", name, err)
		}
	}
	return nil
}

func (machine) run(ctx context.Context, input, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

func (machine) signal(pid int, sig syscall.Signal) error { return syscall.Kill(pid, sig) }

// runs looks at the process's control group, which has the container's name.
func (machine) runs(p process) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "cgroup"))
	return err == nil && strings.Contains(string(text), p.container)
}

func (machine) devices(pid int) ([]string, error) {
	file, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "net", "dev"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, _, device := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if device && name != "lo" {
			all = append(all, name)
		}
	}
	return all, nil
}

// fill writes large pieces until none fits, then ever smaller ones.
func (machine) fill(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	for piece := make([]byte, 1<<20); len(piece) > 0 && ctx.Err() == nil; {
		_, err := file.Write(piece)
		if err == nil {
			err = file.Sync()
		}
		switch {
		case errors.Is(err, syscall.ENOSPC):
			piece = piece[:len(piece)/2]
		case err != nil:
			return err
		}
	}
	return context.Cause(ctx)
}

func (machine) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
