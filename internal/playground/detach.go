package playground

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Detach runs program with args, a playground command without --detach, in the
// background and returns when that playground, in dir, is ready. What it prints
// goes to a file in dir, and to out until then. When ctx ends first it is stopped.
func Detach(ctx context.Context, dir, program string, args []string, out io.Writer) error {
	dir, err := folder(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if _, err := holder(dir); err == nil {
		return fmt.Errorf("a playground already runs in %s", dir)
	}
	log, err := os.OpenFile(filepath.Join(dir, "playground.log"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	// What a killed playground left behind says nothing about this one.
	if err := os.Remove(statePath(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: it outlives this terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	// When the playground is ready this process ends and stops waiting.
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	printed := follower{from: log, to: out}
	for {
		select {
		case <-ended:
			printed.copy()
			return errors.New("the playground did not start, see above")
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			<-ended
			printed.copy()
			return nil
		case <-time.After(pollInterval):
		}
		printed.copy()
		if s, err := readState(dir); err == nil && s.Ready {
			// What it says at the end is written before the state is.
			printed.copy()
			return nil
		}
	}
}

// follower copies what is appended to a file.
type follower struct {
	from   io.ReaderAt
	to     io.Writer
	offset int64
}

func (f *follower) copy() {
	n, _ := io.Copy(f.to, io.NewSectionReader(f.from, f.offset, 1<<40))
	f.offset += n
}
