package integration

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// place makes a keyspace with a table of accounts and returns two ids whose
// rows live on different groups, with 100 in each.
func place(t *testing.T, c *cluster.Cluster, shards int) (keyspace string, here, there int) {
	t.Helper()
	keyspace = c.Keyspace(t, cluster.Keyspace{Shards: shards})
	s := session(t, c, keyspace)
	s.must(t, "CREATE TABLE accounts (id INT PRIMARY KEY, n INT NOT NULL) COMMENT='shardway:shard_key=id'")
	s.must(t, "INSERT INTO accounts VALUES "+numbers(1, 40, "(%d, 100)"))
	groups := map[int]string{}
	placed, err := c.Admin.Shards(t.Context(), keyspace)
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range placed {
		rows, err := c.Servers[shard.Group+"-1"].DB(t, keyspace).Query("SELECT id FROM accounts")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			groups[id] = shard.Group
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for id := 2; id <= 40; id++ {
		if groups[id] != groups[1] {
			return keyspace, 1, id
		}
	}
	t.Fatal("all rows are on one group")
	return "", 0, 0
}

func numbers(from, to int, format string) string {
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, fmt.Sprintf(format, n))
	}
	return strings.Join(list, ", ")
}

// session is a raw client of the proxy in a keyspace.
func session(t *testing.T, c *cluster.Cluster, keyspace string) *client {
	t.Helper()
	s := proxyOf(c).connect(t, mysql.Variant{DeprecateEOF: true})
	if keyspace != "" {
		s.must(t, "USE "+keyspace)
	}
	return s
}

// refusal runs a statement that must fail with a MySQL error number.
func (c *client) refusal(t testing.TB, number uint16, sql string) *mysql.Error {
	t.Helper()
	a, err := c.query(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if a.err == nil || a.err.Code != number {
		t.Fatalf("%s: %v, want error %d", sql, a.err, number)
	}
	return a.err
}

// value is the only value of a query's answer.
func (c *client) value(t testing.TB, sql string) string {
	t.Helper()
	r := c.must(t, sql)
	if len(r.rows) != 1 || len(r.rows[0]) != 1 {
		t.Fatalf("%s: %d rows", sql, len(r.rows))
	}
	return r.rows[0][0]
}

// TestATransactionWritesAllGroups: nobody sees anything of it before the
// commit, all of it after, nothing after a rollback.
func TestATransactionWritesAllGroups(t *testing.T) {
	c := cluster.Get(t, wide())
	ks, here, there := place(t, c, 4)
	s, other := session(t, c, ks), session(t, c, ks)
	s.must(t, "BEGIN")
	s.must(t, fmt.Sprintf("UPDATE accounts SET n = n - 10 WHERE id = %d", here))
	if sum := s.value(t, "SELECT SUM(n) FROM accounts"); sum != "3990" {
		t.Errorf("the transaction sees a sum of %s", sum)
	}
	s.must(t, fmt.Sprintf("UPDATE accounts SET n = n + 5 WHERE id = %d", there))
	s.must(t, "SAVEPOINT before_more")
	s.must(t, "UPDATE accounts SET n = 0")
	s.must(t, "ROLLBACK TO SAVEPOINT before_more")
	if sum := s.value(t, "SELECT SUM(n) FROM accounts"); sum != "3995" {
		t.Errorf("the transaction sees a sum of %s", sum)
	}
	if sum := other.value(t, "SELECT SUM(n) FROM accounts"); sum != "4000" {
		t.Errorf("another session sees a sum of %s before the commit", sum)
	}
	s.must(t, "COMMIT")
	for _, client := range []*client{s, other} { // s sees its own writes on replicas, too
		client.must(t, "SET shardway.read = 'session'")
	}
	if sum := s.value(t, "SELECT SUM(n) FROM accounts"); sum != "3995" {
		t.Errorf("after the commit the sum is %s", sum)
	}
	other.must(t, "SET shardway.read = 'primary'")
	if sum := other.value(t, "SELECT SUM(n) FROM accounts"); sum != "3995" {
		t.Errorf("after the commit the sum is %s for another session", sum)
	}
	s.must(t, "BEGIN")
	s.must(t, fmt.Sprintf("DELETE FROM accounts WHERE id IN (%d, %d)", here, there))
	s.must(t, "ROLLBACK")
	if n := s.value(t, "SELECT COUNT(*) FROM accounts"); n != "40" {
		t.Errorf("after the rollback there are %s rows", n)
	}
}

// TestADeadlockHasOneVictim: MySQL's 1213 rolls back the one, the other goes
// on, and nothing of the victim's is left.
func TestADeadlockHasOneVictim(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 2})
	a, b := session(t, c, ks), session(t, c, ks)
	a.must(t, "CREATE TABLE pair (k INT NOT NULL, id INT NOT NULL, n INT NOT NULL, PRIMARY KEY (k, id)) COMMENT='shardway:shard_key=k'")
	a.must(t, "INSERT INTO pair VALUES (1, 1, 0), (1, 2, 0), (2, 1, 0), (3, 1, 0)")
	a.must(t, "BEGIN")
	b.must(t, "BEGIN")
	a.must(t, "UPDATE pair SET n = n + 1 WHERE k = 1 AND id = 1")
	b.must(t, "UPDATE pair SET n = n + 10 WHERE k = 1 AND id = 2")
	type outcome struct {
		refused *mysql.Error
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		x, err := a.query("UPDATE pair SET n = n + 1 WHERE k = 1 AND id = 2")
		done <- outcome{x.err, err}
	}()
	x, err := b.query("UPDATE pair SET n = n + 10 WHERE k = 1 AND id = 1")
	if err != nil {
		t.Fatal(err)
	}
	first := <-done
	if first.err != nil {
		t.Fatal(first.err)
	}
	victims := 0
	for _, e := range []*mysql.Error{first.refused, x.err} {
		if e != nil {
			victims++
			if e.Code != mysql.ErLockDeadlock || e.State != "40001" {
				t.Errorf("the victim is told %v", e)
			}
		}
	}
	if victims != 1 {
		t.Fatalf("%d victims", victims)
	}
	a.must(t, "COMMIT")
	b.must(t, "COMMIT")
	r := a.must(t, "SELECT n FROM pair WHERE k = 1 ORDER BY id")
	if got := r.rows[0][0] + "," + r.rows[1][0]; got != "1,1" && got != "10,10" {
		t.Errorf("the rows are %s: not one transaction's alone", got)
	}
}

// TestAWriteOnSeveralGroupsIsAllOrNothing: one group's error takes the rows of
// every other back (safety rule 9).
func TestAWriteOnSeveralGroupsIsAllOrNothing(t *testing.T) {
	c := cluster.Get(t, wide())
	ks, _, there := place(t, c, 4)
	s := session(t, c, ks)
	before := s.must(t, "SELECT id, n FROM accounts ORDER BY id").rows
	s.refusal(t, mysql.ErDupEntry, "INSERT INTO accounts VALUES "+numbers(101, 120, "(%d, 1)")+fmt.Sprintf(", (%d, 1)", there))
	s.must(t, fmt.Sprintf("UPDATE accounts SET n = 2147483647 WHERE id = %d", there))
	s.refusal(t, 1264, "UPDATE accounts SET n = n + 1")
	s.must(t, fmt.Sprintf("UPDATE accounts SET n = 100 WHERE id = %d", there))
	if after := s.must(t, "SELECT id, n FROM accounts ORDER BY id").rows; !slices.EqualFunc(before, after, slices.Equal) {
		t.Errorf("rows are left of statements that failed: %v, before %v", after, before)
	}
	for _, server := range c.Servers {
		var open int
		if err := server.DB(t, "").QueryRow("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0").Scan(&open); err != nil || open != 0 {
			t.Errorf("%d transactions are left open, %v", open, err)
		}
	}
}

// TestACommitWithoutAnAnswerIsUnknown: a commit that waits for replicas when
// its connection breaks is neither repeated nor called failed (safety rule 10).
func TestACommitWithoutAnAnswerIsUnknown(t *testing.T) {
	c := cluster.Get(t, cluster.Shape{Groups: 1, Replicas: 1})
	ks := c.Keyspace(t, cluster.Keyspace{})
	s := session(t, c, ks)
	s.must(t, "CREATE TABLE t (id INT PRIMARY KEY)")
	replica := c.Servers["g1-2"].Process
	control := c.Servers["g1-1"].DB(t, "")
	s.must(t, "BEGIN")
	s.must(t, "INSERT INTO t VALUES (1)")
	replica.Pause() // no acknowledgement comes
	defer replica.Resume()
	done := make(chan error, 1)
	go func() {
		a, err := s.query("COMMIT")
		if a.err != nil {
			err = a.err
		}
		done <- err
	}()
	var thread int
	until(t, "the commit waits for an acknowledgement", func() bool {
		// Behind a heartbeat that waits it does not say so itself.
		err := control.QueryRow(`SELECT id FROM performance_schema.processlist WHERE user LIKE 'shardway_p%' AND info = 'COMMIT' AND
			EXISTS (SELECT 1 FROM performance_schema.processlist WHERE state LIKE 'Waiting for semi-sync ACK%')`).Scan(&thread)
		return err == nil
	})
	if _, err := control.Exec(fmt.Sprintf("KILL %d", thread)); err != nil {
		t.Fatal(err)
	}
	replica.Resume()
	err := <-done
	var told *mysql.Error
	if !errors.As(err, &told) || !strings.Contains(told.Message, "unknown") {
		t.Fatalf("the client is told %v", err)
	}
	if err := c.AwaitHealthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Here it was committed; what matters is that it is there once or not at all,
	// and that the session goes on.
	next := session(t, c, ks)
	if n := next.value(t, "SELECT COUNT(*) FROM t"); n != "1" && n != "0" {
		t.Errorf("%s rows", n)
	}
	next.must(t, "INSERT INTO t VALUES (2)")
}
