package router

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// moving is a world whose group g1 has a second way to its server, as an
// instance of its own: a primary can change without anything to replicate. The
// test plays the controller.
type moving struct {
	*world
	// spare is the wire of instance i1b.
	spare *wire
}

func newMoving(t *testing.T) *moving {
	t.Helper()
	m := &moving{world: newWorld(t)}
	m.spare = newWire(t, m.servers[0].Addr())
	m.publish(t, func(s *topology.Snapshot) {
		s.Instances["i1b"] = &topology.Instance{ID: "i1b", Host: "127.0.0.1", Port: m.spare.port(), Group: "g1", Role: topology.RoleReplica}
	})
	return m
}

// publish makes the next version of the topology known to the router, as the
// proxy's own loop does.
func (m *moving) publish(t *testing.T, change func(*topology.Snapshot)) {
	t.Helper()
	was := m.env.Topology.Current()
	next := *was
	next.Version++
	next.Groups, next.Instances = map[string]*topology.Group{}, map[string]*topology.Instance{}
	for id, g := range was.Groups {
		own := *g
		next.Groups[id] = &own
	}
	for id, i := range was.Instances {
		own := *i
		next.Instances[id] = &own
	}
	change(&next)
	m.env.Topology.Publish(&next)
	m.env.Pools.Apply(&next)
}

// announce begins a switchover of g1 from i1 to i1b.
func (m *moving) announce(t *testing.T) {
	t.Helper()
	m.publish(t, func(s *topology.Snapshot) {
		s.Groups["g1"].Operation = &topology.Operation{Kind: topology.OperationSwitchover, Phase: topology.PhaseAnnounced, From: "i1", To: "i1b"}
	})
}

// promote publishes i1b.
func (m *moving) promote(t *testing.T) {
	t.Helper()
	m.publish(t, func(s *topology.Snapshot) {
		g := s.Groups["g1"]
		g.Primary, g.Term, g.Operation = "i1b", g.Term+1, nil
		s.Instances["i1"].Role, s.Instances["i1b"].Role = topology.RoleReplica, topology.RolePrimary
	})
}

// held waits until n statements wait for g1.
func (m *moving) held(t *testing.T, n int) {
	t.Helper()
	m.until(t, fmt.Sprintf("%d are held", n), func() bool { return m.Held().Now["g1"] == n })
}

func (m *moving) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s: never came true; held %v", what, m.Held())
		}
		<-time.After(2 * time.Millisecond)
	}
}

// later runs a statement that is going to be held.
func later(t *testing.T, c *sql.Conn, statement string) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := c.ExecContext(context.WithoutCancel(t.Context()), statement)
		done <- err
	}()
	return done
}

func wantHeldError(t *testing.T, err error, code uint16, text string) {
	t.Helper()
	var my *driver.MySQLError
	if !errors.As(err, &my) || my.Number != code || !strings.Contains(my.Message, text) {
		t.Errorf("got %v, want error %d with %q", err, code, text)
	}
}

// Safety rule 33: during a switchover what begins is held and goes on afterwards,
// what is open may end first, and the controller sees when it has.
func TestSafetyRule33ASwitchoverFailsNobody(t *testing.T) {
	m := newMoving(t)
	open, fresh, first := m.conn(t, "root", m.one), m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	run(t, open, "BEGIN", "INSERT INTO t (v) VALUES ('open')")
	m.announce(t)
	if got := m.env.Pools.Open()["g1"]; got != 1 {
		t.Fatalf("%d open, want the transaction alone", got)
	}
	write := later(t, fresh, "INSERT INTO t (v) VALUES ('held')")
	m.held(t, 1)
	run(t, first, "BEGIN")
	begun := later(t, first, "INSERT INTO t (v) VALUES ('first of a transaction')")
	m.held(t, 2)
	run(t, open, "INSERT INTO t (v) VALUES ('in the grace')", "COMMIT")
	if got := m.env.Pools.Open()["g1"]; got != 0 {
		t.Fatalf("%d open after the only transaction ended", got)
	}
	if n := m.count(t, 0, "SELECT COUNT(*) FROM "+m.one+".t"); n != 2 {
		t.Fatalf("%d rows before the new primary is known, want those of the open transaction", n)
	}
	m.promote(t)
	must(t, <-write)
	must(t, <-begun)
	run(t, first, "COMMIT")
	want(t, fresh, "SELECT COUNT(*) FROM t", "4")
	if got := m.Held(); got.Ended["released"] < 2 || got.Now["g1"] != 0 {
		t.Errorf("%v", got)
	}
	m.noneLent(t)
}

// A switchover that is given up releases what it has held to the old primary.
func TestAnOperationThatIsUndoneReleases(t *testing.T) {
	m := newMoving(t)
	c := m.conn(t, "root", m.two)
	m.announce(t)
	write := later(t, c, "INSERT INTO t VALUES (1,'a'), (2,'b'), (3,'c'), (4,'d')") // on both groups
	m.held(t, 1)
	m.publish(t, func(s *topology.Snapshot) { s.Groups["g1"].Operation = nil })
	must(t, <-write)
	want(t, c, "SELECT COUNT(*) FROM t", "4")
}

// Those that wait go on in the order in which they came.
func TestHeldStatementsGoOnInOrder(t *testing.T) {
	m := newMoving(t)
	m.announce(t)
	var all []<-chan error
	for i := range 10 {
		all = append(all, later(t, m.conn(t, "root", m.one), fmt.Sprintf("INSERT INTO t (v) VALUES ('%d')", i)))
		m.held(t, i+1)
	}
	m.promote(t)
	for _, done := range all {
		must(t, <-done)
	}
}

// What is held is bounded in time, number and bytes, and each bound says so.
func TestTheBoundsOfHolding(t *testing.T) {
	m := newMoving(t)
	hold := &m.env.Limits.Hold
	quick := m.conn(t, "root", m.one)
	run(t, quick, "SET max_execution_time = 50")
	m.announce(t)
	hold.Window = 50 * time.Millisecond
	_, err := m.conn(t, "root", m.one).ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('a')")
	wantHeldError(t, err, 1205, "group g1 has had no primary")
	hold.Window, hold.Statements = time.Minute, 1
	fails(t, quick, 3024, "SELECT /*+ SHARDWAY(primary) */ COUNT(*) FROM t")
	c := m.conn(t, "root", m.one)
	first := later(t, c, "INSERT INTO t (v) VALUES ('b')")
	m.held(t, 1)
	_, err = m.conn(t, "root", m.one).ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('c')")
	wantHeldError(t, err, 3170, "--hold-max-statements")
	hold.Statements, hold.Bytes = 10, 200
	_, err = m.conn(t, "root", m.one).ExecContext(t.Context(), "INSERT INTO t (v) VALUES ('"+strings.Repeat("d", 200)+"')")
	wantHeldError(t, err, 3170, "--hold-max-bytes")
	m.promote(t)
	must(t, <-first)
	want(t, c, "SELECT COUNT(*) FROM t", "1")
	for outcome, n := range map[string]uint64{"expired": 2, "full": 2, "released": 1} {
		for o, got := range m.Held().Ended {
			if string(o) == outcome && got != n {
				t.Errorf("%s: %d, want %d", outcome, got, n)
			}
		}
	}
	m.noneLent(t)
}

// A wait ends with KILL, with the client, and with the proxy.
func TestWhatEndsAWait(t *testing.T) {
	m := newMoving(t)
	m.env.Limits.Hold.Window = time.Hour
	killed, leaves, stays := m.conn(t, "root", m.one), m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	killer := m.conn(t, "root", m.one)
	id := value(t, killed, "SELECT CONNECTION_ID()")
	m.announce(t)
	write := later(t, killed, "INSERT INTO t (v) VALUES ('killed')")
	m.held(t, 1)
	run(t, killer, "KILL QUERY "+id)
	wantHeldError(t, <-write, 1317, "nothing of it was sent")
	m.held(t, 0)

	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := leaves.ExecContext(ctx, "INSERT INTO t (v) VALUES ('gone')")
		gone <- err
	}()
	m.held(t, 1)
	leave()
	if err := <-gone; err == nil {
		t.Error("no error for a client that has gone")
	}
	m.held(t, 0)

	write = later(t, stays, "INSERT INTO t (v) VALUES ('stopped')")
	m.held(t, 1)
	m.stop()
	wantHeldError(t, <-write, 1053, "nothing of it was sent")
	if n := m.count(t, 0, "SELECT COUNT(*) FROM "+m.one+".t"); n != 0 {
		t.Errorf("%d rows of statements that were given up", n)
	}
}

// Safety rule 33: 1290 is a refusal before execution. An autocommit statement and
// the first of a transaction are held and sent again; a transaction that had done
// more is rolled back, and says so as a deadlock does.
func TestSafetyRule33AFenceThatComesFirst(t *testing.T) {
	m := newMoving(t)
	root := m.servers[0].DB(t, "")
	t.Cleanup(func() { unfence(m.servers[0]) })
	auto, prepared, first, inside, later2 := m.conn(t, "root", m.one), m.conn(t, "root", m.one), m.conn(t, "root", m.one), m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	run(t, first, "BEGIN")
	run(t, inside, "BEGIN")
	want(t, inside, "SELECT COUNT(*) FROM t", "0")
	testkit.Exec(t, root, "SET GLOBAL super_read_only = ON")
	fails(t, inside, 1213, "INSERT INTO t (v) VALUES ('inside')")
	a := later(t, auto, "INSERT INTO t (v) VALUES ('auto')")
	m.held(t, 1)
	stmt, err := prepared.PrepareContext(t.Context(), "INSERT INTO t (v) VALUES (?)")
	must(t, err)
	p := make(chan error, 1)
	go func() {
		_, err := stmt.ExecContext(context.WithoutCancel(t.Context()), "prepared")
		p <- err
	}()
	m.held(t, 2)
	b := later(t, first, "INSERT INTO t (v) VALUES ('first')")
	m.held(t, 3)
	run(t, later2, "SET @x = 1") // what needs no server goes on
	unfence(m.servers[0])
	must(t, <-a)
	must(t, <-p)
	must(t, <-b)
	run(t, first, "COMMIT")
	want(t, inside, "SELECT COUNT(*) FROM t", "3")
	m.noneLent(t)
}

// Safety rule 10: after 1290 on COMMIT the transaction is gone; it is an error,
// and once the fence is lifted nothing of it is there.
func TestSafetyRule10AFenceBeforeCommit(t *testing.T) {
	m := newMoving(t)
	root := m.servers[0].DB(t, "")
	t.Cleanup(func() { unfence(m.servers[0]) })
	c := m.conn(t, "root", m.one)
	run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('gone')")
	testkit.Exec(t, root, "SET GLOBAL super_read_only = ON")
	if _, err := c.ExecContext(t.Context(), "COMMIT"); err == nil {
		t.Error("COMMIT succeeded")
	}
	unfence(m.servers[0])
	if _, err := c.ExecContext(t.Context(), "COMMIT"); err != nil {
		t.Log(err)
	}
	want(t, m.conn(t, "root", m.one), "SELECT COUNT(*) FROM t", "0")
	m.noneLent(t)
}

// What a procedure has left open may be the rest of what it has committed: a COMMIT that
// a fence refuses says so, and not that nothing was committed and all can be run again.
func TestSafetyRule10AFenceBeforeCommitOfAProceduresRest(t *testing.T) {
	const body = "() BEGIN START TRANSACTION; INSERT INTO t (v) VALUES ('kept'); COMMIT; START TRANSACTION; INSERT INTO t (v) VALUES ('gone'); "
	m := newMoving(t)
	root := m.servers[0].DB(t, "")
	t.Cleanup(func() { unfence(m.servers[0]) })
	testkitExec(t, m.world, 0, "CREATE PROCEDURE "+m.one+".ends"+body+"END", "CREATE PROCEDURE "+m.one+".fails"+body+"SIGNAL SQLSTATE '45000'; END")
	for n, procedure := range []string{"ends", "fails"} {
		c := m.conn(t, "root", m.one)
		if procedure == "fails" {
			fails(t, c, 1644, "CALL fails()")
		} else {
			run(t, c, "CALL ends()")
		}
		testkit.Exec(t, root, "SET GLOBAL super_read_only = ON")
		_, err := c.ExecContext(t.Context(), "COMMIT")
		unfence(m.servers[0])
		var my *driver.MySQLError
		if !errors.As(err, &my) || my.Number == 1213 {
			t.Errorf("after %s: COMMIT says %v", procedure, err)
		}
		_ = c.Close()
		want(t, m.conn(t, "root", m.one), "SELECT GROUP_CONCAT(v) FROM t", strings.TrimSuffix(strings.Repeat("kept,", n+1), ","))
	}
	m.noneLent(t)
}

// A deposed primary's transactions are cut; their sessions learn it at the next
// statement or at COMMIT, with an error after which they can be run again.
func TestSafetyRule33ADeposedPrimarysTransactions(t *testing.T) {
	m := newMoving(t)
	next, commits := m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	for _, c := range []*sql.Conn{next, commits} {
		run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('lost')")
	}
	m.announce(t)
	m.promote(t)
	fails(t, next, 1213, "INSERT INTO t (v) VALUES ('more')")
	fails(t, commits, 1213, "COMMIT")
	for _, c := range []*sql.Conn{next, commits} { // the sessions go on
		run(t, c, "BEGIN", "INSERT INTO t (v) VALUES ('again')", "COMMIT")
	}
	want(t, next, "SELECT GROUP_CONCAT(v) FROM t", "again,again")
	m.noneLent(t)
}

// Safety rule 33: a primary that cannot be reached, of which nobody has said
// anything yet, holds what was not sent; sessions that must read there wait, too.
func TestSafetyRule33ADeadPrimaryHoldsWhatWasNotSent(t *testing.T) {
	m := newMoving(t)
	writer, reader := m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	run(t, writer, "INSERT INTO t (v) VALUES ('before')")
	want(t, reader, "SELECT /*+ SHARDWAY(primary) */ COUNT(*) FROM t", "1")
	m.wires[0].cutAll()
	m.until(t, "the pool has seen it", func() bool {
		i, err := m.env.Pools.Primary("g1")
		return err == nil && !i.Healthy()
	})
	write := later(t, writer, "INSERT INTO t (v) VALUES ('after')")
	m.held(t, 1)
	m.promote(t)
	must(t, <-write)
	want(t, writer, "SELECT COUNT(*) FROM t", "2") // its own write
	want(t, reader, "SELECT COUNT(*) FROM t", "2")
}

// Warnings are kept on a connection that does not count as open: if the fence cuts
// it, they are lost, and nothing else.
func TestWarningsThatAFenceHasCut(t *testing.T) {
	m := newMoving(t)
	c := m.conn(t, "root", m.one)
	run(t, c, "SET sql_mode = ''", "INSERT INTO t (v) VALUES (REPEAT('x', 400))")
	if got := m.env.Pools.Open()["g1"]; got != 0 {
		t.Errorf("%d open, the statement has ended", got)
	}
	m.wires[0].cutAll()
	m.promote(t)
	fails(t, c, 1105, "SHOW WARNINGS")
	want(t, c, "SELECT COUNT(*) FROM t", "1")
}

// Writers go on through several switchovers without an error, and all that was
// acknowledged is there.
func TestSafetyRule33WritersThroughSwitchovers(t *testing.T) {
	m := newMoving(t)
	const writers = 6
	stop := make(chan struct{})
	acked := make([]int, writers)
	var all sync.WaitGroup
	for w := range writers {
		c := m.conn(t, "root", m.one)
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var err error
				if w%2 == 0 {
					_, err = c.ExecContext(context.Background(), fmt.Sprintf("INSERT INTO t (v) VALUES ('w%d')", w))
				} else {
					err = transact(c, w)
				}
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
				acked[w]++
			}
		})
	}
	to := map[string]string{"i1": "i1b", "i1b": "i1"}
	for range 20 {
		from := m.env.Topology.Current().Groups["g1"].Primary
		m.publish(t, func(s *topology.Snapshot) {
			s.Groups["g1"].Operation = &topology.Operation{Kind: topology.OperationSwitchover, Phase: topology.PhaseAnnounced, From: from, To: to[from]}
		})
		m.until(t, "the grace ends", func() bool { return m.env.Pools.Open()["g1"] == 0 })
		before := m.count(t, 0, "SELECT COUNT(*) FROM "+m.one+".t")
		m.held(t, writers)
		if after := m.count(t, 0, "SELECT COUNT(*) FROM "+m.one+".t"); after != before {
			t.Errorf("%d rows were written after nothing was open", after-before)
		}
		m.publish(t, func(s *topology.Snapshot) {
			g := s.Groups["g1"]
			g.Primary, g.Term, g.Operation = to[from], g.Term+1, nil
		})
		m.held(t, 0)
	}
	close(stop)
	all.Wait()
	for w := range writers {
		if n := m.count(t, 0, fmt.Sprintf("SELECT COUNT(*) FROM %s.t WHERE v = 'w%d'", m.one, w)); n != acked[w] {
			t.Errorf("writer %d: %d rows, %d acknowledged", w, n, acked[w])
		}
	}
}

// unfence lets a server take writes again, also when the test has ended.
func unfence(s *testkit.MySQL) {
	connector, err := driver.NewConnector(s.Config(""))
	if err != nil {
		panic(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, _ = db.Exec("SET GLOBAL super_read_only = OFF")
	_, _ = db.Exec("SET GLOBAL read_only = OFF")
}

func transact(c *sql.Conn, w int) error {
	for _, sql := range []string{"BEGIN", "SELECT COUNT(*) FROM t", fmt.Sprintf("INSERT INTO t (v) VALUES ('w%d')", w), "COMMIT"} {
		if _, err := c.ExecContext(context.Background(), sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// Safety rule 33: a statement that was held while shards moved is planned anew,
// with its hint and its parameters.
func TestSafetyRule33WhatWasHeldIsPlannedAnew(t *testing.T) {
	m := newMoving(t)
	text, prepared := m.conn(t, "root", m.two), m.conn(t, "root", m.two)
	// A value that is on g1 now.
	k := 0
	for probe := m.conn(t, "root", m.two); k < 100; k++ {
		run(t, probe, fmt.Sprintf("INSERT INTO t VALUES (%d, 'probe')", k))
		if m.count(t, 0, fmt.Sprintf("SELECT COUNT(*) FROM %s.t WHERE k = %d", m.two, k)) == 1 {
			break
		}
	}
	run(t, text, "DELETE FROM t")
	stmt, err := prepared.PrepareContext(t.Context(), "UPDATE t SET v = ? WHERE k = ?")
	must(t, err)
	testkit.Exec(t, m.servers[1].DB(t, m.two), fmt.Sprintf("INSERT INTO t VALUES (%d, 'moved')", k))
	m.announce(t)
	read := make(chan string, 1)
	go func() {
		var v sql.NullString
		err := text.QueryRowContext(context.WithoutCancel(t.Context()), fmt.Sprintf("SELECT /*+ SHARDWAY(primary) */ v FROM t WHERE k = %d", k)).Scan(&v)
		read <- fmt.Sprint(v.String, err)
	}()
	m.held(t, 1)
	wrote := make(chan int64, 1)
	go func() {
		res, err := stmt.ExecContext(context.WithoutCancel(t.Context()), "anew", k)
		if err != nil {
			t.Error(err)
			wrote <- -1
			return
		}
		n, _ := res.RowsAffected()
		wrote <- n
	}()
	m.held(t, 2)
	m.publish(t, func(s *topology.Snapshot) {
		ks := *s.Keyspaces[m.two]
		ks.Shards = []topology.Shard{{Range: ks.Shards[0].Range, Group: ks.Shards[1].Group}, {Range: ks.Shards[1].Range, Group: ks.Shards[0].Group}}
		s.Keyspaces = maps.Clone(s.Keyspaces)
		s.Keyspaces[m.two] = &ks
		s.Groups["g1"].Operation = nil
	})
	if got := <-read; got != "moved<nil>" && got != "anew<nil>" {
		t.Errorf("read %s where the row was", got)
	}
	if got := <-wrote; got != 1 {
		t.Errorf("changed %d rows, want the moved one", got)
	}
}
