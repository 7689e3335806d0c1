package playground

import (
	"errors"
	"os"
	"testing"

	"github.com/shardway/shardway/topology"
)

func TestOnePlaygroundPerFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := holder(dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("nobody ever ran it: %v", err)
	}
	held, err := takeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeLock(dir); !isRefused(err, topology.CodeInUse) {
		t.Errorf("a second one: %v", err)
	}
	if pid, err := holder(dir); err != nil || pid != os.Getpid() {
		t.Errorf("holder is %d, %v; want %d", pid, err, os.Getpid())
	}
	held.release()
	if _, err := holder(dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("released, yet %v", err)
	}
	if err := Stop(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("stop of none: %v", err)
	}
	if _, err := Status(t.Context(), dir); !errors.Is(err, ErrNotRunning) {
		t.Errorf("status of none: %v", err)
	}
}
