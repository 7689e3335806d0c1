package workload

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/internal/tpcc"
	"github.com/shardway/shardway/topology"
)

// moveTimeout bounds one move of small tables.
const moveTimeout = 2 * time.Minute

// mover moves shards of a keyspace, from one to several groups and on.
type mover struct {
	t        *testing.T
	c        *cluster.Cluster
	keyspace string
}

// move moves shards onto groups and completes that.
func (m mover) move(kind topology.MoveKind, from []string, onto ...string) {
	m.t.Helper()
	wanted := admin.NewMove{Kind: kind, Groups: onto}
	for _, text := range from {
		r, err := topology.ParseRange(text)
		if err != nil {
			m.t.Fatal(err)
		}
		wanted.From = append(wanted.From, r)
	}
	if _, err := m.c.Admin.BeginMove(m.t.Context(), m.keyspace, wanted, false); err != nil {
		m.t.Fatal(err)
	}
	m.await("the new shards follow", func(now *admin.MoveStatus) bool { return now != nil && now.Phase == topology.MoveFollowing })
	for _, verb := range []string{"switch", "complete"} {
		if _, err := m.c.Admin.AskMove(m.t.Context(), m.keyspace, verb, false); err != nil {
			m.t.Fatalf("%s: %v", verb, err)
		}
	}
	m.await("the move has ended", func(now *admin.MoveStatus) bool { return now == nil })
	m.t.Logf("%s of %v: the shards are on %v", kind, from, m.c.Topology(m.t).Keyspaces[m.keyspace].Groups())
}

// await waits for a state of the move that is under way, nil if none is.
func (m mover) await(what string, true func(*admin.MoveStatus) bool) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), moveTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := m.c.Admin.Moves(ctx, m.keyspace)
		if err != nil {
			m.t.Fatal(err)
		}
		var now *admin.MoveStatus
		if len(list) > 0 && list[0].Outcome == "" {
			now = &list[0]
			if now.Stopped != "" {
				m.t.Fatal(now.Stopped)
			}
		}
		if true(now) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.t.Fatalf("it does not come about that %s: %+v", what, now)
		}
	}
}

// movableTables are TPC-C's, but that history, which has no key in the
// specification, has one: rows without a key cannot be told apart.
func movableTables() []table {
	tables := tpccTables()
	for i := range tables {
		if tables[i].name == "history" {
			tables[i].create = strings.Replace(tables[i].create, "h_data VARCHAR(24) NOT NULL,", "h_data VARCHAR(24) NOT NULL, h_id BIGINT AUTO_INCREMENT PRIMARY KEY,", 1)
		}
	}
	return tables
}

// One shard becomes two, two become four, and two of these one again, while
// terminals of TPC-C work: they meet no error but those that one MySQL gives, and
// the twelve conditions hold at the end.
func TestTPCCWhileShardsMove(t *testing.T) {
	c := cluster.Get(t, cluster.Shape{Groups: 5, Name: "moving"})
	m := mover{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 1})}
	o := tpccOptions(8, time.Second)
	db := open(t, c.Config(m.keyspace))
	load(t, movableTables(), func(emit func(table, row string) error) error {
		return o.Rows(func(table, row string) error {
			if table == "history" {
				row = strings.TrimSuffix(row, ")") + ", NULL)"
			}
			return emit(table, row)
		})
	}, db)

	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	var all tpcc.Result
	work.Go(func() {
		for ctx.Err() == nil {
			o.Seed++
			result, err := o.Run(t.Context(), db)
			if err != nil {
				t.Error(err)
				return
			}
			all.NewOrders += result.NewOrders
			all.Paid += result.Paid
			all.Retried += result.Retried
			all.Slowest = max(all.Slowest, result.Slowest)
		}
	})
	m.move(topology.MoveSplit, []string{"-"}, "g2", "g3")
	m.move(topology.MoveSplit, []string{"-80"}, "g1", "g4")
	m.move(topology.MoveSplit, []string{"80-"}, "g2", "g5")
	m.move(topology.MoveMerge, []string{"-40", "40-80"}, "g3")
	stop()
	work.Wait()
	t.Logf("%d new orders, %d tried again, slowest %s", all.NewOrders, all.Retried, all.Slowest)
	var shards []*sql.DB
	for _, group := range c.Topology(t).Keyspaces[m.keyspace].Groups() {
		shards = append(shards, c.Servers[group+"-1"].DB(t, m.keyspace))
	}
	checkConditions(t, o, db, shards)
	checkAcknowledged(t, o, db, all)
}
