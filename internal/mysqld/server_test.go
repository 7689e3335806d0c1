package mysqld_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"github.com/shardway/shardway/internal/mysqld"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func options(t *testing.T) mysqld.Options {
	t.Helper()
	b, err := mysqld.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return mysqld.Options{
		Binary: b, Dir: filepath.Join(t.TempDir(), "a"), Relaxed: true,
		Admin: mysqld.Account{User: "boss", Password: rand.Text()},
	}
}

func start(t *testing.T, o mysqld.Options) *mysqld.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := mysqld.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

func open(t *testing.T, user, password string, s *mysqld.Server) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/?tls=preferred", user, password, s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestFencedServerBootsClosedAndKeepsItsData(t *testing.T) {
	o := options(t)
	o.Fenced = true
	s := start(t, o)
	db := open(t, o.Admin.User, o.Admin.Password, s)
	got := map[string]string{}
	rows, err := db.Query(`SELECT variable_name, variable_value FROM performance_schema.global_variables WHERE variable_name IN
		('offline_mode','super_read_only','skip_replica_start','relay_log_recovery','rpl_semi_sync_source_enabled','rpl_semi_sync_replica_enabled','gtid_mode')`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			t.Fatal(err)
		}
		got[k] = v
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"offline_mode": "ON", "super_read_only": "ON", "skip_replica_start": "ON", "relay_log_recovery": "OFF",
		"rpl_semi_sync_source_enabled": "OFF", "rpl_semi_sync_replica_enabled": "OFF", "gtid_mode": "ON",
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("safety rule 27: %s is %q, want %q", k, got[k], v)
		}
	}
	var executed string
	if err := db.QueryRow("SELECT @@GLOBAL.gtid_executed").Scan(&executed); err != nil || executed != "" {
		t.Errorf("a new server executed %q (%v), want nothing: it would be errant on a replica", executed, err)
	}
	if _, err := db.Exec("SET GLOBAL super_read_only = OFF"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE DATABASE kept"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	again := start(t, o)
	if _, err := open(t, o.Admin.User, o.Admin.Password, again).Exec("USE kept"); err != nil {
		t.Errorf("the data did not survive a restart: %v", err)
	}
}

func TestNoAccountWithoutPassword(t *testing.T) {
	o := options(t)
	s := start(t, o)
	for _, user := range []string{"root", ""} {
		db, err := sql.Open("mysql", fmt.Sprintf("%s@unix(%s)/", user, s.Socket()))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Ping(); err == nil {
			t.Errorf("%q logs in without a password", user)
		}
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "accounts.sql" {
			t.Error("the statements that hold the password are still on disk")
		}
	}
}

func TestTakenPortIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := options(t)
	o.Port = l.Addr().(*net.TCPAddr).Port
	_, err = mysqld.Start(t.Context(), o)
	if !errors.Is(err, mysqld.ErrPortTaken) {
		t.Errorf("got %v, want ErrPortTaken", err)
	}
}

func TestEndIsNoticed(t *testing.T) {
	s := start(t, options(t))
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if s.ExitCode() != -1 {
		t.Errorf("exit code %d, want -1 for a signal", s.ExitCode())
	}
}

func TestSupervisedServerRestarts(t *testing.T) {
	o := options(t)
	o.Supervised = true
	s := start(t, o)
	if _, err := open(t, o.Admin.User, o.Admin.Password, s).Exec("RESTART"); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if s.ExitCode() != mysqld.ExitRestart {
		t.Errorf("exit code %d, want %d", s.ExitCode(), mysqld.ExitRestart)
	}
}
