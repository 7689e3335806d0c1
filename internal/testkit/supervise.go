package testkit

import (
	"context"
	"testing"

	"github.com/shardway/shardway/internal/mysqld"
)

// Supervise starts the server again each time it asks for that or crashes, as
// systemd does and CLONE needs, until the test ends.
func (m *MySQL) Supervise(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-m.Process.Done():
			case <-ctx.Done():
				return
			}
			if m.Process.Crashed() || m.Process.ExitCode() == mysqld.ExitFailure {
				t.Logf("the server on port %d crashed: %s", m.Port, m.Process.How())
			} else if m.Process.ExitCode() != mysqld.ExitRestart {
				return
			}
			again, err := mysqld.Start(ctx, m.Options)
			if err != nil {
				t.Errorf("start the server on port %d again: %v", m.Port, err)
				return
			}
			m.Process = again
		}
	}()
	t.Cleanup(func() { cancel(); <-done; m.Process.Kill() })
}
