package integration

import (
	"context"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/shardway/shardway/internal/embedetcd"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// leading returns the number of the member that leads.
func leading(t *testing.T, members []*embedetcd.Server) (at int) {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{members[0].URL()}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	until(t, "a member of etcd leads", func() bool {
		for i, m := range members {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			s, err := client.Status(ctx, m.URL())
			cancel()
			if err == nil && s.Header.MemberId == s.Leader {
				at = i
				return true
			}
		}
		return false
	})
	return at
}

// The member of etcd that leads is stopped in each phase of a move: the move goes on, or all
// is as it was, and nothing is lost.
func TestALeaderOfEtcdStopsWhileShardsMove(t *testing.T) {
	var restarted []*embedetcd.Server
	t.Cleanup(func() { // when the cluster has ended
		for _, m := range restarted {
			m.Close()
		}
	})
	c := cluster.New(t, cluster.Shape{Groups: 3, Etcds: 3, Proxies: 2})
	m := &mortal{t: t, c: c, keyspace: c.Keyspace(t, cluster.Keyspace{Shards: 1})}
	furnish(t, c.DB(t, m.keyspace))
	m.crowd = gather(t, c, m.keyspace, 4)
	stop := func() {
		at := leading(t, c.Etcds)
		c.Etcds[at].Close()
		if now := leading(t, c.Etcds); now == at {
			t.Errorf("member %d was stopped and leads", at)
		}
		again, err := embedetcd.Start(t.Context(), c.Etcds[at].Options())
		if err != nil {
			t.Fatal(err)
		}
		c.Etcds[at], restarted = again, append(restarted, again)
	}
	m.live([]story{
		{"while rows are copied", stop},
		{"in the change over", func() { m.duringChange(stop) }},
		{"after the change over", func() {
			inStep(t, c, m.keyspace)
			m.change()
			stop()
		}},
	})
	m.crowd.settle(t)
	m.crowd.onlyTransactionsCut(t)
	if rows := count(t, c, m.keyspace); rows != fixedRows {
		t.Errorf("%d rows of %d that nobody touched", rows, fixedRows)
	}
	if k := c.Topology(t).Keyspaces[m.keyspace]; len(k.Shards) != 2 || k.Move != nil {
		t.Errorf("the keyspace is %+v", k)
	}
}
