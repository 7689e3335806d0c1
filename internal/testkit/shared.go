package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/shardway/shardway/internal/embedetcd"
	"github.com/shardway/shardway/internal/mysqld"
)

// shared is the one thing in the project that a whole process shares: a test
// binary's servers, which would be too slow to start for each test.
var shared pool

// folderPrefix begins the name of a test binary's folder; its pid follows.
const folderPrefix = "shardway-test-"

// memory is where Linux has a file system in memory.
const memory = "/dev/shm"

// pool owns the shared servers of this process.
type pool struct {
	mu      sync.Mutex
	dir     string
	binary  mysqld.Binary
	servers map[string]*MySQL
	etcd    *embedetcd.Server
	// closers end what else is shared, last first.
	closers []func() error

	// othersMu guards others, what further packages share. It is taken before mu.
	othersMu sync.Mutex
	others   map[any]any
}

// folder returns this process's folder and makes it at the first call. The
// caller holds mu.
func (p *pool) folder() (string, error) {
	if p.dir != "" {
		return p.dir, nil
	}
	removeLeftovers()
	dir, err := os.MkdirTemp(place(), fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return "", fmt.Errorf("test folder: %w", err)
	}
	p.dir = dir
	return dir, nil
}

// place is the folder for the servers' data: in memory, if there is room, no
// test waits for a slow disk, and the processors do not write to one.
func place() string {
	if roomy(memory) {
		return memory
	}
	return os.TempDir()
}

// removeLeftovers removes the folders of test binaries that were killed.
func removeLeftovers() {
	var folders []string
	for _, place := range []string{os.TempDir(), memory} {
		found, _ := filepath.Glob(filepath.Join(place, folderPrefix+"*"))
		folders = append(folders, found...)
	}
	for _, folder := range folders {
		text, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folderPrefix), "-")
		pid, err := strconv.Atoi(text)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(folder)
		}
	}
}

// OnClose has Main call f after the tests, before the servers stop; what was
// given last is called first.
func OnClose(f func() error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.closers = append(shared.closers, f)
}

// Share returns what start made at the first call with this key; further kinds
// of things are shared by a test binary this way. The key's type should be the
// caller's own.
func Share[T any](key any, start func() T) T {
	shared.othersMu.Lock()
	defer shared.othersMu.Unlock()
	if value, ok := shared.others[key].(T); ok {
		return value
	}
	value := start()
	if shared.others == nil {
		shared.others = make(map[any]any)
	}
	shared.others[key] = value
	return value
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for i := len(p.closers) - 1; i >= 0; i-- {
		errs = append(errs, p.closers[i]())
	}
	for _, s := range p.servers {
		// Nobody needs the data any more.
		s.Process.Kill()
	}
	if p.etcd != nil {
		p.etcd.Close()
	}
	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}
	return errors.Join(errs...)
}

// Dir returns a folder that lasts as long as the test binary and is removed
// after it; unlike t.TempDir it has a short path.
func Dir(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	dir, err := shared.folder()
	if err != nil {
		t.Fatal(err)
	}
	dir, err = os.MkdirTemp(dir, "d")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
