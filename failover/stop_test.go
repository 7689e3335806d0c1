package failover_test

import (
	"database/sql"
	"testing"

	"github.com/shardway/shardway/failover"
	"github.com/shardway/shardway/internal/testkit"
)

// insertLarge fills shop.large with 40,000 rows, which take a while to be sent.
const insertLarge = `INSERT INTO shop.large WITH RECURSIVE k(a) AS (SELECT 0 UNION ALL SELECT a + 1 FROM k WHERE a < 199)
	SELECT x.a * 200 + y.a, REPEAT('x', 900) FROM k x, k y`

// receiving is the transaction of which a replica has received a part.
func receiving(t *testing.T, replica *sql.DB) (gtid string) {
	t.Helper()
	must(t, replica.QueryRow("SELECT queueing_transaction FROM performance_schema.replication_connection_status").Scan(&gtid))
	return gtid
}

// A primary dies while it sends a large transaction: both replicas have its
// beginning alone. STOP REPLICA would wait a minute for the rest; whoever is
// promoted is promoted all the same, and nothing of the transaction is there.
func TestAPrimaryDiesInTheMiddleOfATransaction(t *testing.T) {
	c := newCluster(t)
	controller, _ := c.lead(t, "one")
	c.shop(t, controller)
	proxy := c.asProxy(t, "a")
	testkit.Exec(t, proxy, "CREATE TABLE shop.large (a INT PRIMARY KEY, b VARCHAR(1000))")
	w := c.write(t)
	w.more(t)
	replicas := map[string]*sql.DB{"b": c.servers["b"].DB(t, ""), "c": c.servers["c"].DB(t, "")}
	done := make(chan error, 1)
	go func() {
		_, err := proxy.Exec(insertLarge)
		done <- err
	}()
	for { // a single row passes in a moment: what is seen by both, twice, is the large one
		first := receiving(t, replicas["b"])
		if first != "" && receiving(t, replicas["c"]) == first && receiving(t, replicas["b"]) == first && receiving(t, replicas["c"]) == first {
			break
		}
		select {
		case err := <-done:
			t.Fatal("it was sent unseen: ", err)
		default:
		}
	}
	c.servers["a"].Process.Kill()
	if err := <-done; err == nil {
		t.Error("what was sent by half was acknowledged")
	}
	within(t, "another primary", func() bool { return c.primary() != "a" })
	w.more(t)
	c.start(t, "a")
	within(t, "the old primary is a replica or shut out", func() bool {
		s := stateOf(controller, "a")
		return s == failover.StateServing || s == failover.StateDiverged
	})
	c.check(t, w)
	list := c.operations(t)
	if len(list) != 1 || list[0].Outcome != "done" {
		t.Fatalf("%+v", list)
	}
	var n int
	must(t, c.servers[c.primary()].DB(t, "").QueryRow("SELECT COUNT(*) FROM shop.large").Scan(&n))
	if n != 0 {
		t.Errorf("%d rows of a transaction that nobody has whole", n)
	}
}
