package topology

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSource(t *testing.T) {
	source := NewSource()
	if snap := source.Current(); snap.Version != 0 || snap.Groups == nil {
		t.Fatalf("%+v", snap)
	}
	at := func(version int64) *Snapshot { return &Snapshot{Version: version} }
	changed := source.Changed()
	waited := make(chan *Snapshot)
	go func() {
		snap, err := source.WaitFor(t.Context(), 6)
		if err != nil {
			t.Error(err)
		}
		waited <- snap
	}()
	if !source.Publish(at(5)) || source.Publish(at(5)) || source.Publish(at(4)) {
		t.Error("versions do not grow")
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was told")
	}
	select {
	case <-source.Changed():
		t.Error("told of nothing")
	default:
	}
	source.Publish(at(6))
	if snap := <-waited; snap.Version != 6 {
		t.Error(snap.Version)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.WaitFor(ctx, 7); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSourceStaleness(t *testing.T) {
	source := NewSource()
	if _, stale := source.StaleSince(); stale {
		t.Error("stale from the start")
	}
	first := time.Unix(100, 0)
	source.MarkStale(first)
	source.MarkStale(time.Unix(200, 0))
	if since, stale := source.StaleSince(); !stale || !since.Equal(first) {
		t.Error(since, stale)
	}
	source.MarkFresh()
	if _, stale := source.StaleSince(); stale {
		t.Error("still stale")
	}
}
