package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/shardway/shardway/internal/child"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// proxyProcess is one more proxy of a cluster, which a test owns.
type proxyProcess struct {
	*child.Process
	server server
	log    string
}

// anotherProxy starts a proxy that finds etcd at the given address; data is the
// folder of its copy of the topology, flags are further ones.
func anotherProxy(t *testing.T, c *cluster.Cluster, etcd, data string, flags ...string) *proxyProcess {
	t.Helper()
	ports, err := mysqld.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.Admin.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf("127.0.0.1:%d", ports[0])
	p := &proxyProcess{server: server{listen, c.User, c.Password}, log: filepath.Join(testkit.Dir(t), "proxy.log")}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(cluster.Program(t), append([]string{
		"proxy", "--etcd", etcd, "--cluster", status.Cluster, "--id", testkit.Name(),
		"--listen", listen, "--http", fmt.Sprintf("127.0.0.1:%d", ports[1]), "--data", data, "--admin", c.AdminURL,
	}, flags...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if p.Process, err = child.Start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	until(t, "the proxy serves", func() bool {
		s, err := p.server.dial(t.Context(), mysql.Variant{})
		if err == nil {
			_ = s.Close()
		}
		var e *mysql.Error
		return err == nil || errors.As(err, &e) && e.Code == mysql.ErSecureTransportRequired
	})
	return p
}

// link forwards connections to an address until it is cut.
type link struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
	wait     sync.WaitGroup
}

// linkTo makes a link; it ends with the test.
func linkTo(t *testing.T, addr string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener}
	l.wait.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", addr)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, in, out)
			l.mu.Unlock()
			l.wait.Go(func() { pipe(out, in) })
			l.wait.Go(func() { pipe(in, out) })
		}
	})
	t.Cleanup(l.cut)
	return l
}

func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

// cut ends every connection and takes no more.
func (l *link) cut() {
	_ = l.listener.Close()
	l.mu.Lock()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.mu.Unlock()
	l.wait.Wait()
}

// TestAProxyStartsWithoutEtcd: from its copy of the topology, and serves reads
// and writes.
func TestAProxyStartsWithoutEtcd(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	session(t, c, ks).must(t, "CREATE TABLE t (id INT PRIMARY KEY, n INT) COMMENT='shardway:shard_key=id'")
	etcd := linkTo(t, strings.TrimPrefix(c.Store.Endpoints()[0], "http://"))
	address, data := "http://"+etcd.listener.Addr().String(), testkit.Dir(t)
	p := anotherProxy(t, c, address, data)
	s := p.server.connect(t, mysql.Variant{})
	s.must(t, "USE "+ks)
	s.must(t, "INSERT INTO t VALUES "+numbers(1, 20, "(%d, 1)"))
	etcd.cut()
	s.must(t, "INSERT INTO t VALUES "+numbers(21, 40, "(%d, 1)"))
	if err := p.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := anotherProxy(t, c, address, data).server.connect(t, mysql.Variant{})
	again.must(t, "USE "+ks)
	if n := again.value(t, "SELECT COUNT(*) FROM t"); n != "40" {
		t.Errorf("%s rows", n)
	}
	again.must(t, "UPDATE t SET n = 2")
	if n := again.value(t, "SELECT SUM(n) FROM t"); n != "80" {
		t.Errorf("the sum is %s", n)
	}
	again.must(t, "INSERT INTO t VALUES (41, 1)")
}

// TestTwoProxiesNeverGiveAValueTwice: rows of one statement have values in a
// row, whatever other clients and proxies insert meanwhile; a value of the
// client's own is refused where another row has it (safety rule 23).
func TestTwoProxiesNeverGiveAValueTwice(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	first := session(t, c, ks)
	first.must(t, "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL, batch VARCHAR(20)) COMMENT='shardway:shard_key=customer'")
	other := anotherProxy(t, c, c.Store.Endpoints()[0], testkit.Dir(t))
	const clients, batches, width = 6, 15, 7
	var wait sync.WaitGroup
	failed := make(chan error, clients)
	for n := range clients {
		side := proxyOf(c)
		if n%2 == 1 {
			side = other.server
		}
		s := side.connect(t, mysql.Variant{})
		s.must(t, "USE "+ks)
		wait.Go(func() { failed <- insertBatches(s, n, batches, width) })
	}
	wait.Wait()
	for range clients {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	r := first.must(t, "SELECT id, batch FROM orders ORDER BY id")
	if len(r.rows) != clients*batches*width {
		t.Fatalf("%d rows", len(r.rows))
	}
	seen := map[string]bool{}
	begins := map[string]int{}
	for _, row := range r.rows {
		id, err := strconv.Atoi(row[0])
		if err != nil || seen[row[0]] {
			t.Fatalf("id %s twice, or %v", row[0], err)
		}
		seen[row[0]] = true
		batch, position, _ := strings.Cut(row[1], ":")
		at, err := strconv.Atoi(position)
		if err != nil {
			t.Fatal(err)
		}
		if begin, known := begins[batch]; known && begin != id-at {
			t.Errorf("the values of batch %s do not follow one another", batch)
		}
		begins[batch] = id - at
	}
	taken := r.rows[0][0]
	for customer := 1; customer <= 12; customer++ {
		first.refusal(t, mysql.ErDupEntry, fmt.Sprintf("INSERT INTO orders VALUES (%s, %d, 'dup')", taken, customer))
	}
	first.must(t, "INSERT INTO orders VALUES (1000000, 5, 'own')")
	if r := first.must(t, "INSERT INTO orders (customer) VALUES (5)"); r.ok.InsertID != 1000001 {
		t.Errorf("after a value of 1000000 the next is %d", r.ok.InsertID)
	}
}

// insertBatches checks what each OK packet and LAST_INSERT_ID() say.
func insertBatches(s *client, n, batches, width int) error {
	for batch := range batches {
		var rows []string
		for at := range width {
			rows = append(rows, fmt.Sprintf("(%d, '%d-%d:%d')", n*31+batch*7+at, n, batch, at))
		}
		a, err := s.query("INSERT INTO orders (customer, batch) VALUES " + strings.Join(rows, ", "))
		if err != nil || a.err != nil {
			return fmt.Errorf("insert: %w %v", err, a.err)
		}
		id := strconv.FormatUint(a.results[0].ok.InsertID, 10)
		q, err := s.query(fmt.Sprintf("SELECT LAST_INSERT_ID(), (SELECT COUNT(*) FROM (SELECT 1) x), '%s'", id))
		if err != nil || q.err != nil {
			return fmt.Errorf("last insert id: %w %v", err, q.err)
		}
		if got := q.results[0].rows[0][0]; got != id {
			return fmt.Errorf("LAST_INSERT_ID() is %s, the OK packet says %s", got, id)
		}
	}
	return nil
}
