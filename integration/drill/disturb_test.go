package drill

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/bank"
	"github.com/shardway/shardway/txn"
)

// disturbance is one way to break something, and to have it back.
type disturbance struct {
	name string
	do   func(s *site, t *testing.T, r *rand.Rand)
}

// disturbances are what a round may do.
func disturbances() []disturbance {
	return []disturbance{
		{"kill a proxy", (*site).killProxy},
		{"cut a server's connections", (*site).cutConnections},
		{"leave a branch undecided", func(s *site, t *testing.T, r *rand.Rand) { s.abandon(t, r, false) }},
		{"leave a branch decided", func(s *site, t *testing.T, r *rand.Rand) { s.abandon(t, r, true) }},
		{"kill a server", (*site).killServer},
	}
}

func (s *site) killProxy(t *testing.T, r *rand.Rand) {
	t.Helper()
	p := s.Proxies[r.IntN(len(s.Proxies))]
	p.Kill()
	if err := p.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// killServer kills a server and starts it again. The controller opens it, which
// is not waited for.
func (s *site) killServer(t *testing.T, r *rand.Rand) {
	t.Helper()
	ids := s.primaries(t)
	id := ids[r.IntN(len(ids))]
	s.killed = time.Now()
	s.Servers[id].Process.Kill()
	if err := s.RestartServer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// cutConnections kills what connections the proxies have to a server.
func (s *site) cutConnections(t *testing.T, r *rand.Rand) {
	t.Helper()
	ids := s.primaries(t)
	db := s.servers[ids[r.IntN(len(ids))]]
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM performance_schema.processlist WHERE user LIKE 'shardway\\_p\\_%'")
	if err != nil {
		return // it is down
	}
	defer rows.Close()
	var connections []int
	for rows.Next() {
		var id int
		if rows.Scan(&id) == nil {
			connections = append(connections, id)
		}
	}
	for _, id := range connections {
		// It may have gone by itself.
		_, _ = db.ExecContext(t.Context(), fmt.Sprintf("KILL %d", id))
	}
}

// abandon does what a proxy does that dies in the middle of a commit: it leaves
// a branch prepared, whose home has decided to commit, or not decided. Servers
// that are down are passed over.
func (s *site) abandon(t *testing.T, r *rand.Rand, decided bool) {
	t.Helper()
	line := bank.Line{Source: 1 + r.IntN(accounts), Target: 1 + r.IntN(accounts), Amount: 1 + r.Int64N(9)}
	home, other := s.home[line.Source], s.home[line.Target]
	if home == other {
		return
	}
	ctx := t.Context()
	first, second, err := s.pair(ctx, home, other)
	if err != nil {
		return
	}
	defer second.Close()
	var connection uint64
	if err := first.QueryRowContext(ctx, "SELECT CONNECTION_ID()").Scan(&connection); err != nil {
		_ = first.Close()
		return
	}
	groups := s.groupsOf(t, home, other)
	id := txn.New(groups[0], home, connection)
	move := func(account int, amount int64) string {
		return fmt.Sprintf("UPDATE account SET balance = balance + %d WHERE id = %d", amount, account)
	}
	limit := "SET SESSION innodb_lock_wait_timeout = 2"
	homeSteps := []string{limit, "BEGIN", move(line.Source, -line.Amount)}
	if decided {
		homeSteps = append(homeSteps, id.InsertDecision(txn.Commit, groups), "COMMIT")
	}
	if all(ctx, second, limit, id.Start(), move(line.Target, line.Amount), id.InsertBranch(groups), id.End()) &&
		all(ctx, first, homeSteps[:3]...) && all(ctx, second, id.Prepare()) && all(ctx, first, homeSteps[3:]...) && decided {
		s.elsewhere = append(s.elsewhere, line)
	}
	destroy(first)
	destroy(second)
}

func (s *site) pair(ctx context.Context, home, other string) (first, second *sql.Conn, err error) {
	if first, err = s.servers[home].Conn(ctx); err != nil {
		return nil, nil, err
	}
	if second, err = s.servers[other].Conn(ctx); err != nil {
		_ = first.Close()
		return nil, nil, err
	}
	return first, second, nil
}

// groupsOf names the groups of two primaries.
func (s *site) groupsOf(t *testing.T, instances ...string) []string {
	t.Helper()
	groups := make([]string, len(instances))
	for id, g := range s.Topology(t).Groups {
		if at := slices.Index(instances, g.Primary); at >= 0 {
			groups[at] = id
		}
	}
	return groups
}

// all executes statements until one fails.
func all(ctx context.Context, conn *sql.Conn, statements ...string) bool {
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return false
		}
	}
	return true
}
