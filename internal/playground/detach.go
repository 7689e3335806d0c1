package playground

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/shardway/shardway/topology"
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
		return alreadyRuns(dir)
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
			return printed.failure()
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

// follower copies what is appended to a file, but for the error that a program
// ends with.
type follower struct {
	from   io.ReaderAt
	to     io.Writer
	offset int64
	// rest begins with an error, or is a line that is not yet complete.
	rest string
}

// errorMark and hintMark begin the lines that the command line ends with when
// something went wrong.
const (
	errorMark = "error: "
	hintMark  = "hint: "
)

func (f *follower) copy() {
	var text strings.Builder
	n, _ := io.Copy(&text, io.NewSectionReader(f.from, f.offset, 1<<40))
	f.offset += n
	f.rest += text.String()
	for !strings.HasPrefix(f.rest, errorMark) {
		line, rest, whole := strings.Cut(f.rest, "\n")
		if !whole {
			return
		}
		fmt.Fprintln(f.to, line)
		f.rest = rest
	}
}

// failure returns the error that the program ended with.
func (f *follower) failure() error {
	f.copy()
	text := strings.TrimSpace(strings.TrimPrefix(f.rest, errorMark))
	if text == "" {
		text = "the playground ended at once"
	}
	message, hint, _ := strings.Cut(text, "\n"+hintMark)
	return &topology.Refused{Code: topology.CodeUnavailable, Message: message, Hint: hint}
}
