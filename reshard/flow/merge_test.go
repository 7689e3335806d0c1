package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// shards are two groups that rows of one table are on, and move between.
type shards struct {
	w     *world
	table string
	db    map[string]*sql.DB
	// done counts changes.
	mu   sync.Mutex
	done int
}

// customerOn makes a value of the shard key that is on a group, and unique.
func (s *shards) customerOn(group string, id int, random *rand.Rand) int64 {
	for {
		customer := 2 * (int64(id)*1_000_000 + random.Int64N(1_000_000))
		canonical, _ := s.w.spec.Tables[0].Key.Stored(nil, []any{customer})
		if s.w.spec.Targets[s.w.spec.targetOf(shardkey.Of(canonical))].Group == group {
			return customer
		}
	}
}

// write changes the rows whose ids are writer, writer+n and so on, until ctx
// ends: rows and unique values move from group to group, by XA, as proxies do.
func (s *shards) write(ctx context.Context, writer, n, ids int) error {
	random := rand.New(rand.NewPCG(uint64(writer), 3))
	where := map[int]string{}
	for ctx.Err() == nil {
		id := writer + n*random.IntN(ids)
		group := []string{"g2", "g3"}[random.IntN(2)]
		changes := map[string][]string{}
		old, there := where[id]
		switch {
		case !there:
			changes[group] = []string{fmt.Sprintf("INSERT INTO %s (id, customer, num, mail) VALUES (%d, %d, %d, 'm%d')", s.table, id, s.customerOn(group, id, random), id, id)}
			where[id] = group
		case random.IntN(4) == 0:
			changes[old] = []string{fmt.Sprintf("UPDATE %s SET note = 'n%d' WHERE id = %d", s.table, random.IntN(1000), id)}
		case random.IntN(6) == 0:
			changes[old] = []string{fmt.Sprintf("DELETE FROM %s WHERE id = %d", s.table, id)}
			delete(where, id)
		case random.IntN(2) == 0 && group != old: // the row moves
			changes[old] = []string{fmt.Sprintf("DELETE FROM %s WHERE id = %d", s.table, id)}
			changes[group] = []string{fmt.Sprintf("INSERT INTO %s (id, customer, num, mail) VALUES (%d, %d, %d, NULL)", s.table, id, s.customerOn(group, id, random), id)}
			where[id] = group
		default: // its mail moves to another row
			other := writer + n*random.IntN(ids)
			if where[other] == "" || other == id {
				continue
			}
			taken := fmt.Sprintf("x%d-%d", writer, random.IntN(20))
			for _, g := range []string{"g2", "g3"} {
				changes[g] = []string{fmt.Sprintf("UPDATE %s SET mail = NULL WHERE mail = '%s'", s.table, taken)}
			}
			changes[where[other]] = append(changes[where[other]], fmt.Sprintf("UPDATE %s SET mail = '%s' WHERE id = %d", s.table, taken, other))
		}
		err := s.together(changes, fmt.Sprintf("w%d-%d", writer, random.Int64()))
		for isLocked(err) { // as any application does after a deadlock
			err = s.together(changes, fmt.Sprintf("w%d-%d", writer, random.Int64()))
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.done++
		s.mu.Unlock()
	}
	return nil
}

// together executes changes on both groups, in two phases.
func (s *shards) together(changes map[string][]string, xid string) error {
	ctx := context.WithoutCancel(s.w.t.Context())
	conns := map[string]*sql.Conn{}
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	for _, phase := range []string{"START", "", "END", "PREPARE", "COMMIT"} {
		for _, group := range []string{"g2", "g3"} {
			if changes[group] == nil {
				continue
			}
			if conns[group] == nil {
				conn, err := s.db[group].Conn(ctx)
				if err != nil {
					return err
				}
				conns[group] = conn
			}
			statements := changes[group]
			if phase != "" {
				statements = []string{"XA " + phase + " '" + xid + "'"}
			}
			for _, statement := range statements {
				if _, err := conns[group].ExecContext(ctx, statement); err != nil {
					for _, conn := range conns {
						_, _ = conn.ExecContext(ctx, "XA END '"+xid+"'")
						_, _ = conn.ExecContext(ctx, "XA ROLLBACK '"+xid+"'")
					}
					return fmt.Errorf("%s: %w", statement, err)
				}
			}
		}
	}
	return nil
}

// TestMerge: rows of two groups come to one while they, and values of unique
// keys, move between the two. It is the way back of a split, too, where nothing
// is copied.
func TestMergeWhileRowsMoveBetweenTheSources(t *testing.T) {
	for name, start := range map[string]bool{"copied": false, "from a position": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.table(topology.KindSharded, "orders", `(id BIGINT PRIMARY KEY, customer BIGINT NOT NULL, num INT UNIQUE, mail VARCHAR(40) UNIQUE, note VARCHAR(20),
				half BIGINT AS (customer DIV 2) VIRTUAL UNIQUE)`, shardkey.Column{Name: "customer", Type: "bigint"})
			s := &shards{w: w, table: "orders", db: map[string]*sql.DB{"g2": w.db["g2"], "g3": w.db["g3"]}}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error, 3)
			var wait sync.WaitGroup
			begin := func() {
				for i := range 3 {
					wait.Go(func() {
						if err := s.write(ctx, i, 3, 300); err != nil {
							failed <- err
						}
					})
				}
			}
			count := func() int { s.mu.Lock(); defer s.mu.Unlock(); return s.done }
			if !start {
				begin()
				eventually(t, func() string { return "rows" }, func() bool { return count() > 800 })
			}
			flows := map[string]*running{}
			for i, source := range []string{"g2", "g3"} {
				back := *w
				back.spec = Spec{
					Job: w.spec.Job, Source: source, Schema: w.schema, Tables: w.spec.Tables,
					Targets: []Target{{Group: "g1", Ranges: w.spec.Targets[i].Ranges, Owns: []topology.Range{{}}}},
				}
				back.options.ChunkBytes = 2 << 10
				if start {
					back.spec.Start = executedOn(t, w.db[source]).String()
				}
				flows[source] = back.start()
			}
			if start {
				begin()
			}
			for _, f := range flows {
				f.copied()
			}
			n := count()
			eventually(t, func() string { return "changes" }, func() bool { return count() > n+1500 || len(failed) > 0 })
			cancel()
			wait.Wait()
			if len(failed) > 0 {
				t.Fatal(<-failed)
			}
			var drained sync.WaitGroup
			for source, f := range flows {
				set := executedOn(t, w.db[source]).String()
				drained.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					if err := f.Drain(ctx, set); err != nil {
						t.Errorf("drain of %s: %v, %+v", source, err, f.Progress())
					}
				})
			}
			drained.Wait()
			want := append(content(t, w.db["g2"], w.schema, "orders", "TRUE"), content(t, w.db["g3"], w.schema, "orders", "TRUE")...)
			slices.Sort(want)
			have := content(t, w.db["g1"], w.schema, "orders", "TRUE")
			if !slices.Equal(have, want) || len(want) < 200 {
				t.Errorf("%d rows in place of %d", len(have), len(want))
			}
			for source, f := range flows {
				if report := f.verify(); !report.Equal() {
					t.Errorf("%s: %+v", source, report)
				}
				if err := f.stop(); !errors.Is(err, errTestOver) {
					t.Error(err)
				}
			}
			testkit.Exec(t, w.db["g1"], "DELETE FROM _shardway.reshard_position WHERE job = '"+w.spec.Job+"'")
		})
	}
}

// A flow that was not told of others into the same target is refused.
func TestMergeMustBeKnown(t *testing.T) {
	w := newWorld(t)
	w.shop()
	w.fill(5)
	r := w.start()
	r.copied()
	other := *w
	other.spec.Source = "g3"
	other.spec.Targets = w.spec.Targets[:1]
	f := other.start()
	if err := <-f.ended; err == nil || errors.Is(err, errTestOver) {
		t.Error(err)
	}
	f.ended <- nil
}
