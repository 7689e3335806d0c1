package etcd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// followPause is how long Follow waits before it starts again after a failure.
const followPause = 200 * time.Millisecond

// startPatience is how long Follow waits for etcd at the start when there is a
// copy on disk to begin with instead.
const startPatience = 2 * time.Second

// errMissed: the watch is behind what etcd says is there.
var errMissed = errors.New("the watch missed a change")

// Follow keeps source at the stored topology until ctx ends. It survives etcd
// going away and coming back, a lost leader and compaction: then it lists
// anew. While etcd is away, or what is stored there is invalid, the last good
// snapshot stays and source says that it is stale.
//
// With copyPath, every snapshot is also kept in that file, and if etcd does
// not answer at the start, the file's snapshot is what source begins with.
func (s *Store) Follow(ctx context.Context, source *topology.Source, copyPath string) {
	f := follower{store: s, source: source, copyPath: copyPath}
	for ctx.Err() == nil {
		err := f.run(ctx)
		if ctx.Err() != nil {
			return
		}
		source.MarkStale(f.heardOrNow())
		if !f.complained {
			s.opts.Log.Warn("topology is no longer followed, trying again", "err", err)
			f.complained = true
		}
		f.begin()
		select {
		case <-time.After(followPause):
		case <-ctx.Done():
		}
	}
}

// follower is the state of one Follow.
type follower struct {
	store      *Store
	source     *topology.Source
	copyPath   string
	state      *state
	heard      time.Time // when etcd last answered
	complained bool
	rejected   int64 // the version that was complained about as invalid
}

func (f *follower) heardOrNow() time.Time {
	if f.heard.IsZero() {
		return time.Now()
	}
	return f.heard
}

// begin publishes the copy on disk if nothing has been published yet.
func (f *follower) begin() {
	if f.copyPath == "" || f.source.Current().Version > 0 {
		return
	}
	snap, written, err := ReadCopy(f.copyPath)
	if err != nil {
		f.store.opts.Log.Warn("no copy of the topology to start from", "err", err)
		return
	}
	f.source.MarkFresh()
	f.source.MarkStale(written)
	if f.source.Publish(snap) {
		f.store.opts.Log.Warn("etcd does not answer; started from the copy on disk",
			"path", f.copyPath, "version", snap.Version)
	}
}

// run lists the topology and watches it until something breaks.
func (f *follower) run(ctx context.Context) error {
	if err := f.list(ctx); err != nil {
		return err
	}
	watchCtx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	watch := f.store.client.Watch(watchCtx, f.store.key(topologyFolder),
		clientv3.WithPrefix(), clientv3.WithRev(f.state.revision+1))
	probe := time.NewTicker(f.store.opts.ProbeInterval)
	defer probe.Stop()
	for {
		select {
		case answer, open := <-watch:
			if !open {
				return errors.New("the watch ended")
			}
			// Compaction, too, ends here: run lists anew.
			if err := answer.Err(); err != nil {
				return err
			}
			f.apply(answer)
		case <-probe.C:
			if err := f.probe(ctx, watch); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// list reads the whole topology.
func (f *follower) list(ctx context.Context) error {
	if f.copyPath != "" && f.source.Current().Version == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, startPatience)
		defer cancel()
	}
	asked := time.Now()
	st, err := f.store.read(ctx)
	if err != nil {
		return err
	}
	f.state = st
	f.publish()
	if f.rejected == 0 {
		f.source.Confirm(asked)
	}
	return nil
}

func (f *follower) apply(answer clientv3.WatchResponse) {
	for _, event := range answer.Events {
		key := strings.TrimPrefix(string(event.Kv.Key), f.store.prefix)
		if event.Type == clientv3.EventTypeDelete {
			f.state.remove(key, event.Kv.ModRevision)
			continue
		}
		f.state.put(key, event.Kv)
	}
	if len(answer.Events) > 0 {
		f.publish()
	}
}

// probe asks etcd, with a quorum behind the answer, which write was the last:
// a silent watch proves nothing. What the watch has brought meanwhile is
// applied before the two are compared.
func (f *follower) probe(ctx context.Context, watch clientv3.WatchChan) error {
	ctx, cancel := f.store.bounded(ctx)
	defer cancel()
	asked := time.Now()
	answer, err := f.store.client.Get(ctx, f.store.key(writeKey))
	if err != nil {
		return f.store.unavailable("watch the topology", err)
	}
	for len(answer.Kvs) > 0 && answer.Kvs[0].ModRevision > f.state.writeRev {
		select {
		case events, open := <-watch:
			if !open || events.Err() != nil {
				return errMissed
			}
			f.apply(events)
		case <-ctx.Done():
			return errMissed
		}
	}
	f.heard = time.Now()
	if f.rejected == 0 {
		f.source.MarkFresh()
		f.source.Confirm(asked)
	}
	return nil
}

// publish hands on the state, or keeps the last good one if it is invalid.
func (f *follower) publish() {
	log := f.store.opts.Log
	f.heard = time.Now()
	snap, err := f.state.snapshot()
	current := f.source.Current().Version
	if err == nil && f.state.version < current {
		err = fmt.Errorf("etcd is at version %d of the topology, before version %d that was seen here", f.state.version, current)
	}
	if err != nil {
		if f.rejected != f.state.version {
			log.Error("the stored topology is refused, the last good one stays", "version", f.state.version, "err", err)
		}
		f.rejected = f.state.version
		f.source.MarkStale(time.Now())
		return
	}
	if f.complained {
		log.Info("topology is followed again", "version", snap.Version)
	}
	f.complained, f.rejected = false, 0
	f.source.MarkFresh()
	if !f.source.Publish(snap) || f.copyPath == "" {
		return
	}
	if err := WriteCopy(f.copyPath, snap); err != nil {
		log.Error("the copy of the topology on disk is not up to date", "path", f.copyPath, "err", err)
	}
}
