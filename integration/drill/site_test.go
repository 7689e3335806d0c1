package drill

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/bank"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

const (
	accounts = 64
	// pollInterval is between two looks at what is waited for.
	pollInterval = 20 * time.Millisecond
	// upTimeout bounds what a broken server or proxy takes to be back.
	upTimeout = time.Minute
)

// site is a bank on a cluster.
type site struct {
	*cluster.Cluster
	keyspace string
	// proxies and servers are pools of connections; servers are by instance id,
	// and for the group's first.
	proxies []*sql.DB
	servers map[string]*sql.DB
	// home says on which server each account is.
	home map[int]string
	// elsewhere are transfers that the drill made itself.
	elsewhere []bank.Line
	// killed is when a server was killed in this round, if one was.
	killed time.Time
	// logs are what writers of all rounds know.
	logs []*bank.Log
}

// openSite opens a bank in a keyspace of its own; it is closed with the test.
func openSite(t *testing.T, c *cluster.Cluster) *site {
	t.Helper()
	s := &site{Cluster: c, servers: map[string]*sql.DB{}, home: map[int]string{}}
	s.keyspace = s.Keyspace(t, cluster.Keyspace{Shards: 4})
	for i := range s.Proxies {
		s.proxies = append(s.proxies, testkit.Open(t, s.ConfigBy(i, s.keyspace)))
	}
	if err := bank.Open(t.Context(), s.proxies[0], accounts); err != nil {
		t.Fatal(err)
	}
	for id, server := range s.Servers {
		s.servers[id] = server.DB(t, s.keyspace)
	}
	for _, id := range s.primaries(t) {
		ids := numbers(t, s.servers[id], "SELECT id FROM account")
		if len(ids) == 0 {
			t.Fatalf("%s has no account", id)
		}
		for _, account := range ids {
			s.home[account] = id
		}
	}
	return s
}

// primaries are the ids of the groups' primaries now.
func (s *site) primaries(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, g := range s.Topology(t).Groups {
		ids = append(ids, g.Primary)
	}
	slices.Sort(ids)
	return ids
}

func numbers(t *testing.T, db *sql.DB, query string) (all []int) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// until waits for a condition.
func until(t *testing.T, what string, bound time.Duration, ready func(ctx context.Context) (bool, error)) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	begin := time.Now()
	var last error
	for {
		ok, err := ready(ctx)
		if ok {
			return time.Since(begin)
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			t.Fatalf("%s: not within %s: %v", what, bound, last)
		}
	}
}

// whole waits until every server is open in its role and every group has a primary.
func (s *site) whole(t *testing.T) {
	t.Helper()
	until(t, "the cluster is whole", upTimeout, func(ctx context.Context) (bool, error) {
		for _, id := range s.primaries(t) {
			if id == "" {
				return false, nil
			}
			var offline, readOnly bool
			if err := s.servers[id].QueryRowContext(ctx, "SELECT @@offline_mode, @@super_read_only").Scan(&offline, &readOnly); err != nil || offline || readOnly {
				return false, fmt.Errorf("%s: offline %v, read only %v, %w", id, offline, readOnly, err)
			}
		}
		for id, db := range s.servers {
			var offline bool
			if err := db.QueryRowContext(ctx, "SELECT @@offline_mode").Scan(&offline); err != nil || offline {
				return false, fmt.Errorf("%s: offline %v, %w", id, offline, err)
			}
		}
		return true, nil
	})
}

// prepared lists the prepared branches by server.
func (s *site) prepared(ctx context.Context) (map[string]bool, error) {
	all := map[string]bool{}
	for id, db := range s.servers {
		rows, err := db.QueryContext(ctx, "XA RECOVER")
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var format, gtrid, bqual int
			var data string
			if err := rows.Scan(&format, &gtrid, &bqual, &data); err != nil {
				return nil, err
			}
			all[id+" "+data] = true
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// settled waits until none of the branches is prepared; none given stands for
// all that there are.
func (s *site) settled(t *testing.T, what string, bound time.Duration, branches map[string]bool) time.Duration {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the controller's log ends:\n%s", s.ControllerLog())
		}
	})
	return until(t, what, bound, func(ctx context.Context) (bool, error) {
		now, err := s.prepared(ctx)
		if err != nil {
			return false, err
		}
		if branches != nil {
			maps.DeleteFunc(now, func(b string, _ bool) bool { return !branches[b] })
		}
		if len(now) > 0 {
			return false, fmt.Errorf("prepared: %v", slices.Sorted(maps.Keys(now)))
		}
		return true, nil
	})
}

// check reads the books on the servers themselves, and the total through each proxy.
func (s *site) check(t *testing.T) *bank.Books {
	t.Helper()
	var books bank.Books
	for _, id := range s.primaries(t) {
		if err := books.Read(t.Context(), s.servers[id]); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
	}
	if err := books.Check(accounts, s.logs, s.elsewhere); err != nil {
		t.Fatalf("the books are wrong:\n%v", err)
	}
	for i, db := range s.proxies {
		var total, count int64
		if err := db.QueryRowContext(t.Context(), "SELECT SUM(balance), COUNT(*) FROM account").Scan(&total, &count); err != nil || total != accounts*bank.Start || count != accounts {
			t.Fatalf("proxy %d: %d accounts with %d, %v", i+1, count, total, err)
		}
	}
	return &books
}
