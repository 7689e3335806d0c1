package integration

import (
	"context"
	"sync"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// A running group gets a third replica, loses its first, and has the new one
// drained and rebuilt, while clients write and read: none sees an error.
func TestInstancesComeAndGoUnderLoad(t *testing.T) {
	c := cluster.New(t, cluster.Shape{Groups: 1, Replicas: 1, Spares: 1})
	c.Servers["s1"].Supervise(t)
	ks := c.Keyspace(t, cluster.Keyspace{})
	session(t, c, ks).must(t, "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)")
	w := gather(t, c, ks, 8)
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	t.Cleanup(func() { cancel(); readers.Wait() })
	for range 2 {
		readers.Go(func() {
			again(ctx, readPause, func() {
				var n int
				if err := w.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM t").Scan(&n); err != nil && ctx.Err() == nil {
					t.Errorf("a reader was told %v", err)
				}
			})
		})
	}
	w.more(t)
	ended := func(id string) func() bool {
		return func() bool {
			i := c.Topology(t).Instances[id]
			return i == nil || i.Job == nil
		}
	}
	reads := func(id string) uint64 {
		status, err := c.Admin.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range status.Groups {
			for _, i := range g.Instances {
				if i.ID == id {
					return i.Reads
				}
			}
		}
		return 0
	}
	step := func(what string, change admin.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		t.Logf("%s: %q, warnings %q", what, change.Steps, change.Warnings)
	}

	change, err := c.Admin.JoinInstance(t.Context(), "s1", admin.Join{Group: "g1"}, false)
	step("join", change, err)
	until(t, "the spare is a replica", ended("s1"))
	if err := c.AwaitHealthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "clients read there", func() bool {
		session(t, c, ks).must(t, "SELECT COUNT(*) FROM t") // sessions stay where they read before
		return reads("s1") > 0
	})
	w.more(t)

	change, err = c.Admin.DrainInstance(t.Context(), "s1", admin.Drain{}, false)
	step("drain", change, err)
	was := reads("s1") // every proxy knew before the call returned
	w.more(t)
	if n := reads("s1"); n > was {
		t.Errorf("%d reads on a drained replica", n-was)
	}

	change, err = c.Admin.RebuildInstance(t.Context(), "s1", false)
	step("rebuild", change, err)
	until(t, "it is rebuilt", ended("s1"))
	change, err = c.Admin.DrainInstance(t.Context(), "s1", admin.Drain{Off: true}, false)
	step("let clients read", change, err)
	if err := c.AwaitHealthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "both acknowledge", func() bool { return len(c.Topology(t).Groups["g1"].Ackers) == 2 })

	change, err = c.Admin.RemoveInstance(t.Context(), "g1-2", false)
	step("remove", change, err)
	until(t, "it is gone", func() bool { return c.Topology(t).Instances["g1-2"] == nil })
	w.more(t)
	cancel()
	readers.Wait()
	w.settle(t)
	for _, f := range w.failed {
		t.Errorf("a client was told %v", f.err)
	}
	t.Logf("%d writes acknowledged", len(w.told))
}
