package router

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// pair is a router over a group of two real servers, the replica acknowledging,
// that the test changes the primary of as a controller does. The router's account
// is an ordinary one: offline_mode shuts it out.
type pair struct {
	*moving
	dbs     map[string]*sql.DB
	by      map[string]*testkit.MySQL
	primary string
}

func newPair(t *testing.T, commitWait time.Duration) *pair {
	t.Helper()
	w := &world{one: "shop", two: "shop", commitWait: commitWait, store: &memoryStore{next: map[string]uint64{}}}
	p := &pair{moving: &moving{world: w}, dbs: map[string]*sql.DB{}, by: map[string]*testkit.MySQL{}, primary: "a"}
	draft := (&topology.Snapshot{Version: 0}).Edit()
	account := topology.Account{User: "proxy", Password: topology.NewSecret("secret")}
	for _, id := range []string{"a", "b"} {
		s := testkit.OwnServer(t, testkit.Options{Name: id})
		p.by[id], p.dbs[id] = s, s.DB(t, "")
		testkit.Exec(t, p.dbs[id], "RESET BINARY LOGS AND GTIDS",
			"SET GLOBAL rpl_semi_sync_source_timeout = 1000000000, GLOBAL rpl_semi_sync_replica_enabled = ON")
		must(t, draft.AddInstance(topology.Instance{ID: id, Host: s.Host, Port: s.Port}, account))
	}
	testkit.Exec(t, p.dbs["a"], "SET GLOBAL rpl_semi_sync_source_enabled = ON")
	p.replicate(t, "b", "a")
	testkit.Exec(t, p.dbs["a"],
		"CREATE USER proxy IDENTIFIED BY 'secret'", "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, EXECUTE ON *.* TO proxy",
		"GRANT PROCESS ON *.* TO proxy", "CREATE DATABASE shop", "CREATE TABLE shop.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(300))")
	must(t, draft.CreateGroup("g1", "a", nil, account))
	draft.Groups["g1"].Primary, draft.Groups["g1"].Term = "a", 1
	must(t, draft.AddReplica("g1", "b"))
	_, err := draft.CreateKeyspace(topology.NewKeyspace{Name: "shop", Groups: []string{"g1"}})
	must(t, err)
	must(t, draft.AddUser(topology.User{Name: "root", NativeVerifier: mysql.NativeVerifier(password), Grants: map[string]topology.Grant{topology.AllKeyspaces: topology.GrantAdmin}}))
	snap, err := draft.Finish()
	must(t, err)
	snap.Version = 1
	w.serve(t, snap)
	p.caughtUp(t, "b", "a")
	return p
}

func (p *pair) replicate(t *testing.T, id, source string) {
	t.Helper()
	s := p.by[source]
	testkit.Exec(t, p.dbs[id], fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=%d, SOURCE_USER='%s', SOURCE_PASSWORD='%s', "+
		"SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1", s.Port, s.User, s.Password), "START REPLICA")
	p.until(t, id+" acknowledges", func() bool {
		var n int
		must(t, p.dbs[source].QueryRow("SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_clients'").Scan(&n))
		return n == 1
	})
}

// until waits for what the servers do.
func (p *pair) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s: never came true", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func (p *pair) caughtUp(t *testing.T, id, source string) {
	t.Helper()
	var set string
	must(t, p.dbs[source].QueryRow("SELECT @@GLOBAL.gtid_executed").Scan(&set))
	var late int
	must(t, p.dbs[id].QueryRow("SELECT WAIT_FOR_EXECUTED_GTID_SET('"+set+"', 20)").Scan(&late))
	if late != 0 {
		t.Fatalf("%s does not catch up", id)
	}
}

func (p *pair) other() string {
	if p.primary == "a" {
		return "b"
	}
	return "a"
}

// switchover changes the primary as a controller does; grace waits for what is
// open, within limit.
func (p *pair) switchover(t *testing.T, limit time.Duration) {
	t.Helper()
	from, to := p.primary, p.other()
	p.publish(t, func(s *topology.Snapshot) {
		s.Groups["g1"].Operation = &topology.Operation{Kind: topology.OperationSwitchover, Phase: topology.PhaseAnnounced, From: from, To: to}
	})
	for end := time.Now().Add(limit); p.env.Pools.Open()["g1"] > 0 && time.Now().Before(end); {
		<-time.After(time.Millisecond)
	}
	testkit.Exec(t, p.dbs[from], "SET GLOBAL offline_mode = ON", "SET GLOBAL super_read_only = ON")
	p.caughtUp(t, to, from)
	testkit.Exec(t, p.dbs[to], "SET GLOBAL offline_mode = ON", "STOP REPLICA")
	testkit.Exec(t, p.dbs[from], "SET GLOBAL rpl_semi_sync_source_enabled = OFF")
	testkit.Exec(t, p.dbs[to], "SET GLOBAL rpl_semi_sync_source_enabled = ON")
	p.replicate(t, from, to)
	testkit.Exec(t, p.dbs[to], "SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF")
	p.publishPrimary(t, to)
	testkit.Exec(t, p.dbs[to], "SET GLOBAL offline_mode = OFF")
	testkit.Exec(t, p.dbs[from], "SET GLOBAL offline_mode = OFF")
}

func (p *pair) publishPrimary(t *testing.T, to string) {
	t.Helper()
	p.publish(t, func(s *topology.Snapshot) {
		g := s.Groups["g1"]
		s.Instances[g.Primary].Role, s.Instances[to].Role = topology.RoleReplica, topology.RolePrimary
		g.Primary, g.Term, g.Operation = to, g.Term+1, nil
	})
	p.primary = to
}

// writers write rows marked with their number until stop is closed. What they are
// told goes to failed, which says whether they go on.
type writers struct {
	stop  chan struct{}
	all   sync.WaitGroup
	acked []int
}

func (p *pair) write(t *testing.T, n int, failed func(writer int, err error) bool) *writers {
	w := &writers{stop: make(chan struct{}), acked: make([]int, n)}
	for i := range n {
		c := p.conn(t, "root", "shop")
		w.all.Go(func() {
			for {
				select {
				case <-w.stop:
					return
				default:
				}
				var err error
				if i%2 == 0 {
					_, err = c.ExecContext(context.Background(), fmt.Sprintf("INSERT INTO t (v) VALUES ('w%d')", i))
				} else {
					err = transact(c, i)
				}
				if err == nil {
					w.acked[i]++
				} else if !failed(i, err) {
					return
				}
			}
		})
	}
	return w
}

func (p *pair) rowsOf(t *testing.T, writer int) (n int) {
	t.Helper()
	must(t, p.dbs[p.primary].QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM shop.t WHERE v = 'w%d'", writer)).Scan(&n))
	return n
}

// Safety rules 30 and 33: switchovers between real servers under load. No client
// gets an error, nothing acknowledged is lost; a transaction that outlasts the
// grace is told that it is rolled back, and its session goes on.
func TestSafetyRule33SwitchoversUnderLoad(t *testing.T) {
	p := newPair(t, 0)
	reader := p.conn(t, "root", "shop")
	w := p.write(t, 4, func(i int, err error) bool {
		t.Errorf("writer %d: %v", i, err)
		return false
	})
	for range 4 {
		p.switchover(t, 20*time.Second)
		run(t, reader, "INSERT INTO t (v) VALUES ('mine')")
		value(t, reader, "SELECT COUNT(*) FROM t")
	}
	close(w.stop)
	w.all.Wait()
	for i, n := range w.acked {
		if got := p.rowsOf(t, i); got != n || n == 0 {
			t.Errorf("writer %d: %d rows, %d acknowledged", i, got, n)
		}
	}
	want(t, reader, "SELECT COUNT(*) FROM t WHERE v = 'mine'", "4") // its own writes, on whichever server
	p.noneLent(t)

	long, idle := p.conn(t, "root", "shop"), p.conn(t, "root", "shop")
	for _, c := range []*sql.Conn{long, idle} {
		run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('long')")
	}
	p.switchover(t, 0)
	fails(t, long, 1213, "INSERT INTO t (v) VALUES ('long')")
	fails(t, idle, 1213, "COMMIT")
	want(t, long, "SELECT COUNT(*) FROM t WHERE v = 'long'", "0")
	want(t, idle, "SELECT COUNT(*) FROM t WHERE v = 'long'", "0")
}

// Safety rule 33: the primary is killed. Writers are told only what is unknown, and
// what was not sent is held until there is a new primary.
func TestSafetyRule33AKilledPrimary(t *testing.T) {
	p := newPair(t, 0)
	quiet := p.conn(t, "root", "shop")
	run(t, quiet, "INSERT INTO t (v) VALUES ('quiet')")
	var mu sync.Mutex
	unknown := map[int]int{}
	w := p.write(t, 4, func(i int, err error) bool {
		var my *driver.MySQLError
		if !errors.As(err, &my) || my.Number != 2013 {
			t.Errorf("writer %d: %v", i, err)
		}
		mu.Lock()
		defer mu.Unlock()
		unknown[i]++
		return false // its connection has ended
	})
	p.until(t, "there are rows", func() bool { return p.rowsOf(t, 0) > 10 && p.rowsOf(t, 1) > 10 })
	p.by["a"].Process.Kill()
	held := later(t, quiet, "INSERT INTO t (v) VALUES ('quiet')")
	p.until(t, "it is held", func() bool { return p.Held().Now["g1"] > 0 })
	p.publish(t, func(s *topology.Snapshot) {
		s.Groups["g1"].Operation = &topology.Operation{Kind: topology.OperationFailover, Phase: topology.PhaseFence, From: "a"}
	})
	testkit.Exec(t, p.dbs["b"], "SET GLOBAL offline_mode = ON", "STOP REPLICA IO_THREAD")
	var received string
	must(t, p.dbs["b"].QueryRow("SELECT RECEIVED_TRANSACTION_SET FROM performance_schema.replication_connection_status").Scan(&received))
	var late int
	must(t, p.dbs["b"].QueryRow("SELECT WAIT_FOR_EXECUTED_GTID_SET('"+received+"', 20)").Scan(&late))
	testkit.Exec(t, p.dbs["b"], "STOP REPLICA")
	p.publishPrimary(t, "b")
	testkit.Exec(t, p.dbs["b"], "SET GLOBAL offline_mode = OFF")
	must(t, <-held)
	want(t, quiet, "SELECT COUNT(*) FROM t WHERE v = 'quiet'", "2")
	close(w.stop)
	w.all.Wait()
	for i, n := range w.acked {
		if got := p.rowsOf(t, i); got < n || got > n+unknown[i] {
			t.Errorf("writer %d: %d rows, %d acknowledged and %d unknown", i, got, n, unknown[i])
		}
	}
	p.noneLent(t)
}

// Safety rule 34: a wait for an acknowledgement that does not come ends as an
// unknown outcome, of an autocommit statement as of COMMIT. A statement that is
// only slow goes on.
func TestSafetyRule34NoAcknowledgement(t *testing.T) {
	p := newPair(t, 500*time.Millisecond)
	auto, commits, slow := p.conn(t, "root", "shop"), p.conn(t, "root", "shop"), p.conn(t, "root", "shop")
	run(t, auto, "INSERT INTO t (v) VALUES ('before')")
	testkit.Exec(t, p.dbs["b"], "STOP REPLICA IO_THREAD")
	t.Cleanup(func() { p.by["a"].Process.Kill() }) // what waits there would wait for ever
	slept := later(t, slow, "DO SLEEP(3)")         // for MySQL and the proxy it may write
	run(t, commits, "BEGIN", "INSERT INTO t (v) VALUES ('committed')")
	one, two := later(t, auto, "INSERT INTO t (v) VALUES ('auto')"), later(t, commits, "COMMIT")
	wantLost(t, <-one, true)
	wantLost(t, <-two, true)
	must(t, <-slept)
}
