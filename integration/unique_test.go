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

const members = "CREATE TABLE members (tenant INT NOT NULL, id INT NOT NULL, email VARCHAR(60), badge INT, note VARCHAR(20), " +
	"PRIMARY KEY (tenant, id), UNIQUE KEY email (email), UNIQUE KEY badge (badge)) COMMENT='shardway:shard_key=tenant'"

// indexed checks on the servers that the index tables have what the table has,
// each row where it belongs, and nothing else.
func indexed(t *testing.T, c *cluster.Cluster, keyspace, table string, keys ...string) {
	t.Helper()
	tables, err := c.Admin.Tables(t.Context(), keyspace)
	if err != nil {
		t.Fatal(err)
	}
	shards, err := c.Admin.Shards(t.Context(), keyspace)
	if err != nil {
		t.Fatal(err)
	}
	read := func(query string) []string {
		var all []string
		for _, shard := range shards {
			rows, err := c.Servers[shard.Group+"-1"].DB(t, keyspace).Query(query)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var row string
				if err := rows.Scan(&row); err != nil {
					t.Fatal(err)
				}
				all = append(all, row)
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(all)
		return all
	}
	for _, info := range tables {
		if info.Name != table {
			continue
		}
		if len(info.Unique) != len(keys) {
			t.Fatalf("%s has the keys %v, want %v", table, info.Unique, keys)
		}
		for i, key := range info.Unique {
			columns := strings.Join(append(slices.Clone(key.Columns), info.ShardKey...), ", ")
			if got := strings.Join(key.Columns, ","); got != keys[i] {
				t.Errorf("key %d of %s is %s, want %s", i, table, got, keys[i])
			}
			select1 := "SELECT CONCAT_WS('|', " + columns + ") FROM "
			want := read(select1 + table + " WHERE " + strings.Join(key.Columns, " IS NOT NULL AND ") + " IS NOT NULL")
			if got := read(select1 + key.Index); !slices.Equal(got, want) {
				t.Errorf("the index of %s has\n%v\nand the table\n%v", keys[i], got, want)
			}
		}
	}
}

// Safety rule 25: a unique key without the shard key holds over all shards, in
// every form of statement, and error 1062 names the key that was declared.
func TestAUniqueKeyHoldsOverAllShards(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s := session(t, c, ks)
	s.must(t, members)
	check := func() {
		t.Helper()
		indexed(t, c, ks, "members", "email", "badge")
	}
	s.must(t, "INSERT INTO members VALUES (1, 1, 'a@x', 1, ''), (2, 1, 'b@x', 2, ''), (3, 1, NULL, NULL, ''), (4, 1, NULL, 4, '')")
	check()
	for tenant := range 9 {
		if e := s.refusal(t, mysql.ErDupEntry, fmt.Sprintf("INSERT INTO members VALUES (%d, 7, 'A@X', 77, '')", tenant+1)); e.Message != "Duplicate entry 'A@X' for key 'members.email'" {
			t.Error(e)
		}
		if e := s.refusal(t, mysql.ErDupEntry, fmt.Sprintf("UPDATE members SET badge = 2 WHERE tenant = 4 AND id = 1 OR tenant = %d AND id = 9", tenant+10)); e.Message != "Duplicate entry '2' for key 'members.badge'" {
			t.Error(e)
		}
	}
	check()
	s.must(t, "UPDATE members SET email = CONCAT(tenant, '@y'), badge = badge + 100 WHERE tenant > 1")
	check()
	s.must(t, "UPDATE members SET note = 'x'")
	s.must(t, "BEGIN")
	s.must(t, "DELETE FROM members WHERE tenant IN (1, 2)")
	s.must(t, "INSERT INTO members VALUES (9, 9, 'a@x', 102, '')")
	s.must(t, "ROLLBACK")
	check()
	s.must(t, "DELETE FROM members WHERE note = 'x' AND tenant < 3")
	check()
	s.must(t, "INSERT INTO members VALUES (9, 9, 'a@x', 102, '')")
	check()
	s.must(t, "TRUNCATE TABLE members")
	check()
	s.must(t, "INSERT INTO members VALUES (9, 9, 'a@x', 102, '')")
	s.must(t, "DROP TABLE members")
	s.must(t, members)
	s.must(t, "INSERT INTO members VALUES (9, 9, 'a@x', 102, '')")
	check()
}

// Safety rule 25: a condition on the key finds the row wherever it is, also
// inside a transaction that has moved it, and finds nothing where there is none.
func TestAUniqueKeyFindsItsRow(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	s, other := session(t, c, ks), session(t, c, ks)
	s.must(t, members)
	s.must(t, "INSERT INTO members VALUES "+numbers(1, 40, "(%[1]d, 1, 'm%[1]d', %[1]d, '')"))
	for _, level := range []string{"primary", "session", "snapshot"} {
		s.must(t, "SET shardway.read = '"+level+"'")
		for n := 1; n <= 40; n++ {
			if got := s.value(t, fmt.Sprintf("SELECT tenant FROM members WHERE email = 'M%d'", n)); got != fmt.Sprint(n) {
				t.Errorf("%s: m%d is found in %s", level, n, got)
			}
		}
		if got := s.value(t, "SELECT COUNT(*) FROM members WHERE badge = 99"); got != "0" {
			t.Errorf("%s rows have no badge", got)
		}
	}
	s.must(t, "SET shardway.read = 'session'")
	s.must(t, "BEGIN")
	s.must(t, "DELETE FROM members WHERE email = 'm1'")
	s.must(t, "INSERT INTO members VALUES (77, 1, 'm1', NULL, '')")
	if got := s.value(t, "SELECT tenant FROM members WHERE email = 'm1'"); got != "77" {
		t.Errorf("the transaction finds m1 in %s", got)
	}
	other.must(t, "SET shardway.read = 'primary'")
	if got := other.value(t, "SELECT tenant FROM members WHERE email = 'm1'"); got != "1" {
		t.Errorf("another session finds m1 in %s before the commit", got)
	}
	s.must(t, "UPDATE members SET note = 'x' WHERE email = 'm1' AND tenant > 0")
	s.must(t, "COMMIT")
	if got := other.value(t, "SELECT CONCAT(tenant, note) FROM members WHERE email = 'm1'"); got != "77x" {
		t.Errorf("after the commit m1 is %s", got)
	}
	indexed(t, c, ks, "members", "email", "badge")
}

// Safety rule 25: of two sessions that insert one value one waits for the other,
// and gets 1062 if that commits, or the value if it does not.
func TestAUniqueValueIsTakenOnce(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	a, b := session(t, c, ks), session(t, c, ks)
	a.must(t, members)
	for round, end := range []string{"COMMIT", "ROLLBACK"} {
		value := fmt.Sprintf("%d@x", round)
		a.must(t, "BEGIN")
		a.must(t, fmt.Sprintf("INSERT INTO members VALUES (1, %d, '%s', NULL, '')", round, value))
		done := make(chan error, 1)
		go func() {
			got, err := b.query(fmt.Sprintf("INSERT INTO members VALUES (2, %d, '%s', NULL, '')", round, value))
			if err == nil && got.err != nil {
				err = got.err
			}
			done <- err
		}()
		lockWaited(t, c, ks)
		a.must(t, end)
		err := <-done
		var my *mysql.Error
		if taken := errors.As(err, &my) && my.Code == mysql.ErDupEntry; taken != (end == "COMMIT") || !taken && err != nil {
			t.Errorf("after %s: %v", end, err)
		}
	}
	indexed(t, c, ks, "members", "email", "badge")
}

// lockWaited returns when a statement on one of the keyspace's groups waits for a lock.
func lockWaited(t *testing.T, c *cluster.Cluster, keyspace string) {
	t.Helper()
	shards, err := c.Admin.Shards(t.Context(), keyspace)
	if err != nil {
		t.Fatal(err)
	}
	for t.Context().Err() == nil {
		for _, shard := range shards {
			var n int
			if err := c.Servers[shard.Group+"-1"].DB(t, keyspace).QueryRow("SELECT COUNT(*) FROM performance_schema.data_lock_waits").Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				return
			}
		}
	}
}
