package child_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/shardway/shardway/internal/child"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEndIsNoticed(t *testing.T) {
	p, err := child.Start(exec.Command("sh", "-c", "exit 7"))
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if p.ExitCode() != 7 {
		t.Errorf("exit code %d, want 7", p.ExitCode())
	}
}

// A process that aborts has crashed; one that ends, or is killed, has not.
func TestACrashIsToldFromAnEnd(t *testing.T) {
	for script, crashed := range map[string]bool{"kill -ABRT $$": true, "exit 2": false, "kill -KILL $$": false, "kill -TERM $$": false} {
		p, err := child.Start(exec.Command("sh", "-c", script))
		if err != nil {
			t.Fatal(err)
		}
		if <-p.Done(); p.Crashed() != crashed {
			t.Errorf("%s: crashed %t (%s)", script, p.Crashed(), p.How())
		}
	}
}

func TestStop(t *testing.T) {
	p, err := child.Start(exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.ExitCode() != -1 {
		t.Errorf("exit code %d, want -1 for a signal", p.ExitCode())
	}
	p.Kill() // of what has ended: nothing happens
}

func TestStopKillsWhatDoesNotStop(t *testing.T) {
	cmd := exec.Command("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); err == nil {
		t.Error("it is said to have stopped")
	}
	<-p.Done()
}

func TestMissingProgram(t *testing.T) {
	if _, err := child.Start(exec.Command("/nonexistent/program")); err == nil {
		t.Error("it is said to have started")
	}
}
