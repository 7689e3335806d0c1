package etcd

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shardway/shardway/topology"
)

func follow(t *testing.T, store *Store, copyPath string) *topology.Source {
	t.Helper()
	source := topology.NewSource()
	background(t, func(ctx context.Context) { store.Follow(ctx, source, copyPath) })
	return source
}

func waitFor(t *testing.T, source *topology.Source, version int64) *topology.Snapshot {
	t.Helper()
	snap, err := source.WaitFor(patience(t), version)
	if err != nil {
		stale, _ := source.StaleSince()
		t.Fatalf("version %d has not come (there is %d, stale since %v): %v", version, source.Current().Version, stale, err)
	}
	return snap
}

// waitStale polls: staleness has no channel of its own.
func waitStale(t *testing.T, source *topology.Source, wanted bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ctx := patience(t); ; {
		if _, stale := source.StaleSince(); stale == wanted {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("stale never became %v", wanted)
		}
	}
}

func bump(d *topology.Draft) error { return d.BumpSchema("shop") }

func TestFollowSeesChanges(t *testing.T) {
	server := startServer(t)
	store := server.store()
	source := follow(t, server.store(), "")
	waitFor(t, source, 1)
	made := must(t, store, oneGroup)
	if snap := waitFor(t, source, made.Version); snap.Version != made.Version || snap.Keyspaces["shop"] == nil {
		t.Errorf("%+v", snap)
	}
	dropped := must(t, store, func(d *topology.Draft) error { return d.DropKeyspace("shop") })
	if snap := waitFor(t, source, dropped.Version); len(snap.Keyspaces) != 0 {
		t.Errorf("%+v", snap)
	}
}

func TestFollowSurvivesRestartAndCompaction(t *testing.T) {
	server := startServer(t)
	store := server.store()
	made := must(t, store, oneGroup)
	source := follow(t, server.store(), "")
	waitFor(t, source, made.Version)
	server.stop()
	waitStale(t, source, true)
	if source.Current().Version != made.Version {
		t.Errorf("the last good snapshot is gone")
	}
	// What happens while the watcher is away is compacted before it is back:
	// its port answers only afterwards.
	away := server.client
	server.client = freeURL(t)
	server.start()
	writer := server.store()
	for range 3 {
		made = must(t, writer, bump)
	}
	if _, err := writer.client.Compact(patience(t), made.Version); err != nil {
		t.Fatal(err)
	}
	server.stop()
	server.client = away
	server.start()
	if snap := waitFor(t, source, made.Version); snap.Keyspaces["shop"].SchemaVersion != 3 {
		t.Errorf("%+v", snap.Keyspaces["shop"])
	}
	waitStale(t, source, false)
	made = must(t, server.store(), bump)
	waitFor(t, source, made.Version)
}

func TestFollowKeepsTheLastGoodSnapshot(t *testing.T) {
	server := startServer(t)
	store := server.store()
	made := must(t, store, oneGroup)
	source := follow(t, server.store(), "")
	waitFor(t, source, made.Version)
	key := store.key(topologyFolder + "keyspaces/shop")
	good, err := store.client.Get(patience(t), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.client.Put(patience(t), key, `{"name":"shop","undeclared":"single"}`); err != nil {
		t.Fatal(err)
	}
	waitStale(t, source, true)
	if source.Current().Version != made.Version {
		t.Errorf("an invalid topology was published")
	}
	if _, err := store.Update(patience(t), bump); err == nil {
		t.Errorf("an invalid topology was written to")
	}
	if _, err := store.client.Put(patience(t), key, string(good.Kvs[0].Value)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, source, made.Version+1)
	waitStale(t, source, false)
}

func TestStartFromTheCopyOnDisk(t *testing.T) {
	server := startServer(t)
	path := filepath.Join(t.TempDir(), "topology.json")
	made := must(t, server.store(), oneGroup)
	t.Run("written", func(t *testing.T) {
		waitFor(t, follow(t, server.store(), path), made.Version)
	})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	server.stop()
	source := follow(t, server.store(), path)
	snap := waitFor(t, source, made.Version)
	if snap.Keyspaces["shop"] == nil || snap.Accounts["g1"].Password.Reveal() != "s3cret" {
		t.Errorf("%+v", snap)
	}
	if since, stale := source.StaleSince(); !stale || time.Since(since) > time.Hour {
		t.Errorf("stale %v since %v", stale, since)
	}
	server.start()
	waitStale(t, source, false)
	made = must(t, server.store(), bump)
	waitFor(t, source, made.Version)
}

func TestABadCopyIsNotUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "topology.json")
	if _, _, err := ReadCopy(path); err == nil {
		t.Error("no file, no error")
	}
	for _, content := range []string{"", "{", `{"version":3,"records":{"groups/g1":{"id":"g2"}}}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadCopy(path); err == nil {
			t.Errorf("%q was read", content)
		}
	}
	snap, err := topology.Decode(3, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCopy(filepath.Join(t.TempDir(), "nowhere", "f"), snap); err == nil {
		t.Error("written into no folder")
	}
	if err := WriteCopy(path, snap); err != nil {
		t.Fatal(err)
	}
	if read, _, err := ReadCopy(path); err != nil || read.Version != 3 {
		t.Errorf("%+v, %v", read, err)
	}
	left, err := filepath.Glob(path + ".new-*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
