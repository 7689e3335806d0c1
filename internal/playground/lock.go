package playground

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/shardway/shardway/topology"
)

// ErrNotRunning: no playground runs in the folder.
var ErrNotRunning = errors.New("no playground runs")

// lock is held by the process that runs a folder's playground, and ends with
// it at the latest. The file holds its process id.
type lock struct{ file *os.File }

func lockPath(dir string) string { return filepath.Join(dir, "lock") }

func takeLock(dir string) (*lock, error) {
	f, err := os.OpenFile(lockPath(dir), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, alreadyRuns(dir)
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := f.Truncate(0); err != nil {
		_ = f.Close()
		return nil, err
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0); err != nil {
		_ = f.Close()
		return nil, err
	}
	return &lock{file: f}, nil
}

func alreadyRuns(dir string) error {
	return &topology.Refused{
		Code: topology.CodeInUse, Message: "a playground already runs in " + dir,
		Hint: "'shardway playground stop' ends it; or use another --dir and --port",
	}
}

func notRunning(dir string) error { return fmt.Errorf("%w in %s", ErrNotRunning, dir) }

func (l *lock) release() { _ = l.file.Close() }

// holder returns the id of the process that runs dir's playground, or
// ErrNotRunning.
func holder(dir string) (int, error) {
	f, err := os.Open(lockPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, notRunning(dir)
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		return 0, notRunning(dir)
	}
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return 0, err
	}
	text, err := os.ReadFile(lockPath(dir))
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return 0, fmt.Errorf("%s is being started", dir)
	}
	return pid, nil
}
