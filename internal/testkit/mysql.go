package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/mysqld"
)

// startTimeout bounds the start of a server, the first initialisation of a data
// folder on this machine included.
const startTimeout = 2 * time.Minute

// Options say what server a test wants. The zero value is a plain, open one.
type Options struct {
	// Name tells servers with equal options apart: a test that needs two asks
	// for "a" and "b".
	Name string
	// Fenced servers boot as the controller expects them: closed.
	Fenced bool
	// Args are further options of mysqld.
	Args []string
}

func (o Options) key() string {
	return fmt.Sprintf("%s|%v|%s", o.Name, o.Fenced, strings.Join(o.Args, "|"))
}

// MySQL is a running server. User may do everything and logs in over TCP.
type MySQL struct {
	Host     string
	Port     int
	User     string
	Password string
	// Process may be killed or paused by tests that own the server.
	Process *mysqld.Server
	// Options started Process; with the port set they start it again.
	Options mysqld.Options
}

// Server returns the test binary's server with these options, started at the
// first call. Other tests use it too: leave global state as it was.
func Server(t testing.TB, o Options) *MySQL {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if s, ok := shared.servers[o.key()]; ok {
		return s
	}
	s := shared.start(t, o)
	if shared.servers == nil {
		shared.servers = map[string]*MySQL{}
	}
	shared.servers[o.key()] = s
	return s
}

// OwnServer returns a server that only this test uses and that ends with it.
func OwnServer(t testing.TB, o Options) *MySQL {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	s := shared.start(t, o)
	t.Cleanup(func() { s.Process.Kill() })
	return s
}

func (p *pool) start(t testing.TB, o Options) *MySQL {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	dir, err := p.folder()
	if err != nil {
		t.Fatal(err)
	}
	if p.binary.Path == "" {
		if p.binary, err = mysqld.Find(ctx, ""); err != nil {
			t.Fatal(err)
		}
	}
	opts := mysqld.Options{
		Binary: p.binary, Dir: filepath.Join(dir, "m"+rand.Text()[:8]), Fenced: o.Fenced, Relaxed: true, Supervised: true,
		Admin: mysqld.Account{User: "shardway_admin", Password: rand.Text()}, Args: o.Args,
	}
	process, err := mysqld.Start(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	opts.Port = process.Port()
	return &MySQL{
		Host: "127.0.0.1", Port: process.Port(), User: opts.Admin.User, Password: opts.Admin.Password,
		Process: process, Options: opts,
	}
}

// Addr returns host:port.
func (s *MySQL) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Config returns what go-sql-driver needs to connect to schema, which may be empty.
func (s *MySQL) Config(schema string) *driver.Config {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", s.Addr()
	cfg.User, cfg.Passwd, cfg.DBName = s.User, s.Password, schema
	cfg.TLSConfig = "preferred"
	cfg.Logger = &driver.NopLogger{} // servers that tests kill are no news
	return cfg
}

// As returns the server as another account sees it.
func (s *MySQL) As(user, password string) *MySQL {
	other := *s
	other.User, other.Password = user, password
	return &other
}

// DB returns a pool of connections to schema, which may be empty; it is closed
// with the test.
func (s *MySQL) DB(t testing.TB, schema string) *sql.DB {
	t.Helper()
	return Open(t, s.Config(schema))
}

// Open returns a pool of connections; it is closed with the test.
func Open(t testing.TB, cfg *driver.Config) *sql.DB {
	t.Helper()
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Schema makes a new schema, drops it after the test and returns its name.
func (s *MySQL) Schema(t testing.TB) string {
	t.Helper()
	name := Name()
	db := s.DB(t, "")
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The server may be gone with the test; then so is the schema.
		_, _ = db.Exec("DROP DATABASE IF EXISTS " + name)
	})
	return name
}

// Exec runs statements one after the other and ends the test when one fails.
func Exec(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
