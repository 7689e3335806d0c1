package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/child"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/playground"
)

// The table that is read, with its number of rows.
const (
	keyspace = "bench"
	rows     = 10_000
)

// way is one way to the table.
type way struct {
	name           string
	port           int
	user, password string
	// pid is the process in the middle, 0 if there is none.
	pid int
}

// site is what is measured: a playground of one server, and HAProxy.
type site struct {
	dir     string
	program string
	haproxy *child.Process
	ways    []way
}

func build(ctx context.Context, o options, progress io.Writer) (_ *site, err error) {
	dir, err := os.MkdirTemp("", "shardway-bench-")
	if err != nil {
		return nil, err
	}
	s := &site{dir: dir, program: o.program}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	ports, err := mysqld.FreePorts(2)
	if err != nil {
		return nil, err
	}
	start := exec.CommandContext(ctx, o.program, "playground", "--detach", "--dir", dir, "--groups", "1", "--replicas", "1",
		"--sample=false", "--port", strconv.Itoa(ports[0]))
	if out, err := start.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("start a playground: %w\n%s", err, out)
	}
	out, err := exec.CommandContext(ctx, o.program, "playground", "status", "--dir", dir, "-o", "json").Output()
	if err != nil {
		return nil, fmt.Errorf("ask the playground: %w", err)
	}
	var state playground.State
	if err := json.Unmarshal(out, &state); err != nil {
		return nil, err
	}
	// The replica: it is where the proxy sends reads, with the session's position in mind.
	server := state.Instances[0]
	for _, i := range state.Instances {
		if i.Role == "replica" {
			server = i
		}
	}
	s.ways = append(s.ways, way{name: "direct", port: server.Port, user: server.User, password: server.Password})
	if o.haproxy != "" {
		if err := s.startHAProxy(ctx, o.haproxy, ports[1], server.Port); err != nil {
			return nil, err
		}
		s.ways = append(s.ways, way{name: "haproxy", port: ports[1], user: server.User, password: server.Password, pid: s.haproxy.PID()})
	}
	s.ways = append(s.ways, way{
		name: "shardway", port: state.Proxies[0].Port, user: state.MySQL.User, password: state.MySQL.Password, pid: state.Proxies[0].PID,
	})
	fmt.Fprintf(progress, "one mysqld on port %d, %s\n", server.Port, strings.Join(s.names(), ", "))
	return s, nil
}

func (s *site) names() []string {
	var names []string
	for _, w := range s.ways {
		names = append(names, w.name)
	}
	return names
}

func (s *site) startHAProxy(ctx context.Context, path string, port, to int) error {
	config := fmt.Sprintf(`global
	maxconn 1000
defaults
	mode tcp
	timeout connect 5s
	timeout client 1h
	timeout server 1h
listen mysql
	bind 127.0.0.1:%d
	server one 127.0.0.1:%d
`, port, to)
	file := filepath.Join(s.dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(path, "-f", file)
	cmd.Stderr = os.Stderr
	var err error
	if s.haproxy, err = child.Start(cmd); err != nil {
		return fmt.Errorf("start haproxy: %w", err)
	}
	return nil
}

// fill makes the keyspace and its rows, through the proxy.
func (s *site) fill(ctx context.Context) error {
	proxy := s.ways[len(s.ways)-1]
	db, err := proxy.open("")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE DATABASE " + keyspace,
		"CREATE TABLE " + keyspace + ".sbtest1 (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL)",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	const batch = 500
	for begin := 1; begin <= rows; begin += batch {
		var values []string
		for id := begin; id < begin+batch; id++ {
			values = append(values, fmt.Sprintf("(%d,%d,'%s','%s')", id, id%97, text(id, 119), text(id, 59)))
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO "+keyspace+".sbtest1 VALUES "+strings.Join(values, ",")); err != nil {
			return err
		}
	}
	// HAProxy may still be on its way up.
	for _, w := range s.ways {
		if err := w.await(ctx); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// text is what is in row id: it begins with the id, so that answers are checked.
func text(id, length int) string {
	t := strconv.Itoa(id) + "-"
	return (t + strings.Repeat("0123456789", 13))[:length]
}

func (w way) open(schema string) (*sql.DB, error) {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", "127.0.0.1:"+strconv.Itoa(w.port)
	cfg.User, cfg.Passwd, cfg.DBName = w.user, w.password, schema
	cfg.AllowNativePasswords = true
	// In the clear, as between machines that trust their network: what is
	// compared is the relay. RSA protects the password.
	cfg.TLSConfig = "false"
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// await waits until the way leads to a server that has all rows.
func (w way) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	db, err := w.open(keyspace)
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		var found int
		err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sbtest1").Scan(&found)
		if err == nil && found == rows {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

func (s *site) close() {
	if s.haproxy != nil {
		s.haproxy.Kill()
	}
	// It may never have started.
	_ = exec.Command(s.program, "playground", "stop", "--dir", s.dir).Run()
	_ = os.RemoveAll(s.dir)
}
