package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
	clientv3 "go.etcd.io/etcd/client/v3"
)

func TestUpdateAndLoad(t *testing.T) {
	store := startServer(t).store()
	ctx := patience(t)
	empty, err := store.Load(ctx)
	if err != nil || empty.Version != 1 || len(empty.Groups) != 0 {
		t.Fatalf("empty store: %+v, %v", empty, err)
	}
	made := must(t, store, oneGroup)
	loaded, err := store.Load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Version != made.Version || made.Version <= empty.Version {
		t.Errorf("versions: empty %d, made %d, loaded %d", empty.Version, made.Version, loaded.Version)
	}
	if loaded.Keyspaces["shop"] == nil || loaded.Accounts["g1"].Password.Reveal() != "s3cret" {
		t.Errorf("loaded %+v", loaded)
	}
	account, err := store.Credential(ctx, "a1")
	if err != nil || account.User != "shardway" || account.Password.Reveal() != "s3cret" {
		t.Errorf("credential %v, %v", account, err)
	}
	if _, err := store.Credential(ctx, "nobody"); !isRefused(err, topology.CodeNotFound) {
		t.Errorf("credential of nobody: %v", err)
	}
	same := must(t, store, func(*topology.Draft) error { return nil })
	if same.Version != made.Version {
		t.Errorf("an empty update made version %d of %d", same.Version, made.Version)
	}
}

func isRefused(err error, code topology.Code) bool {
	refused, ok := topology.AsRefused(err)
	return ok && refused.Code == code
}

func TestUpdateIsRefusedAndWritesNothing(t *testing.T) {
	store := startServer(t).store()
	before := must(t, store, oneGroup)
	broken := errors.New("no")
	for name, edit := range map[string]func(*topology.Draft) error{
		"the edit refuses": func(d *topology.Draft) error { d.Users["u"] = &topology.User{Name: "u"}; return broken },
		"an invariant is broken": func(d *topology.Draft) error {
			d.Keyspaces["shop"].Shards[0].Range.End = 5
			return nil
		},
		"too much at once": func(d *topology.Draft) error {
			for i := range changesMax + 1 {
				if err := d.DeclareTable("shop", topology.Table{Name: fmt.Sprint("t", i), Kind: topology.KindSingle}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		if _, err := store.Update(patience(t), edit); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	after, err := store.Load(patience(t))
	if err != nil || after.Version != before.Version {
		t.Errorf("version %d became %d, %v", before.Version, after.Version, err)
	}
}

func TestUpdateConflictsAreMadeAnew(t *testing.T) {
	server := startServer(t)
	must(t, server.store(), oneGroup)
	const writers, each = 4, 5
	var all sync.WaitGroup
	for range writers {
		store := server.store()
		all.Go(func() {
			for range each {
				if _, err := store.Update(patience(t), func(d *topology.Draft) error { return d.BumpSchema("shop") }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	snap, err := server.store().Load(patience(t))
	if err != nil || snap.Keyspaces["shop"].SchemaVersion != writers*each {
		t.Errorf("schema version %d, %v", snap.Keyspaces["shop"].SchemaVersion, err)
	}
}

// A decision made from a record that another write changes must not stand,
// even if the two write different records.
func TestUpdateHasNoWriteSkew(t *testing.T) {
	server := startServer(t)
	store, other := server.store(), server.store()
	must(t, store, oneGroup)
	attempts := 0
	_, err := store.Update(patience(t), func(d *topology.Draft) error {
		attempts++
		if attempts == 1 {
			must(t, other, func(d *topology.Draft) error { return d.DropKeyspace("shop") })
		}
		return d.DeclareTable("shop", topology.Table{Name: "t", Kind: topology.KindSingle})
	})
	if attempts != 2 || !isRefused(err, topology.CodeNotFound) {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}

// The transaction took effect but its answer was lost: the write is found by
// its id and not made twice.
func TestUpdateUnknownOutcomeIsLookedUp(t *testing.T) {
	store := startServer(t).store()
	must(t, store, oneGroup)
	bump := func(d *topology.Draft) error { return d.BumpSchema("shop") }
	if _, done, err := store.tryUpdate(patience(t), "w1", false, bump); !done || err != nil {
		t.Fatal(done, err)
	}
	snap, done, err := store.tryUpdate(patience(t), "w1", true, bump)
	if !done || err != nil || snap.Keyspaces["shop"].SchemaVersion != 1 {
		t.Errorf("done %v, %v, schema version %d", done, err, snap.Keyspaces["shop"].SchemaVersion)
	}
	if _, done, err = store.tryUpdate(patience(t), "w2", true, bump); !done || err != nil {
		t.Errorf("a write that never arrived is made: %v, %v", done, err)
	}
}

func TestUpdateWithoutEtcd(t *testing.T) {
	server := startServer(t)
	store := server.store()
	must(t, store, oneGroup)
	server.stop()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := store.Update(ctx, func(d *topology.Draft) error { return d.BumpSchema("shop") })
	if err == nil || errors.Is(err, ErrOutcomeUnknown) {
		t.Errorf("nothing was sent, yet: %v", err)
	}
	cancel()
	st := newState()
	if _, err := store.commit(ctx, &changeSet{ops: []clientv3.Op{clientv3.OpPut("k", "v")}}); !errors.Is(err, ErrOutcomeUnknown) {
		t.Errorf("a transaction without an answer: %v, state %v", err, st)
	}
}

func TestDropTakesTablesAndSequences(t *testing.T) {
	store := startServer(t).store()
	ctx := patience(t)
	must(t, store, oneGroup)
	declare := func(keyspace, table string) *topology.Table {
		snap := must(t, store, func(d *topology.Draft) error {
			err := d.DeclareTable(keyspace, topology.Table{
				Name: table, Kind: topology.KindSharded, Sequence: "id",
				ShardKey: shardkey.Key{{Name: "id", Type: "bigint"}},
			})
			d.StartSequence(keyspace, table, 42)
			return err
		})
		return snap.Keyspaces[keyspace].Tables[table]
	}
	first := declare("shop", "t")
	if next, err := store.NextValue(ctx, "shop", first.SequenceID); next != 42 || err != nil {
		t.Errorf("next %d, %v", next, err)
	}
	if again := declare("shop", "t"); again.SequenceID != first.SequenceID {
		t.Errorf("declaring anew made sequence %s of %s", again.SequenceID, first.SequenceID)
	}
	must(t, store, func(d *topology.Draft) error { return d.ForgetTable("shop", "t") })
	if _, err := store.NextValue(ctx, "shop", first.SequenceID); !errors.Is(err, ErrNoSequence) {
		t.Errorf("the sequence is still there: %v", err)
	}
	second := declare("shop", "t")
	if second.SequenceID == first.SequenceID {
		t.Errorf("two tables of one name share sequence %s", second.SequenceID)
	}
	must(t, store, func(d *topology.Draft) error { return d.DropKeyspace("shop") })
	if _, err := store.NextValue(ctx, "shop", second.SequenceID); !errors.Is(err, ErrNoSequence) {
		t.Errorf("the sequence is still there: %v", err)
	}
	if snap, err := store.Load(ctx); err != nil || len(snap.Keyspaces) != 0 {
		t.Errorf("%v, %v", snap, err)
	}
}
