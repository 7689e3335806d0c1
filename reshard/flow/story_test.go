package flow

import (
	"errors"
	"testing"
)

// The story of a split: rows are copied while they change in every way, and at
// the end each target has what the source has for it.
func TestCopyAndApplyWhileEverythingChanges(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(3000)
	w.options.ChunkBytes = 16 << 10
	writers := w.write(4, 3000)
	r := w.start()
	r.copied()
	n := writers.done.Load()
	r.until("more changes", func() bool { return writers.done.Load() > n+500 })
	writers.stop()
	r.drain()
	w.equal()
	if err := r.stop(); !errors.Is(err, errTestOver) {
		t.Error(err)
	}
}
