package server_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql/server"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestCredentialsPrintWithoutPasswords(t *testing.T) {
	c := server.Credential{User: "admin", Password: "hunter2"}
	if text := fmt.Sprintf("%v %s", c, c); strings.Contains(text, "hunter2") || !strings.Contains(text, "admin") {
		t.Error(text)
	}
}

func TestOpen(t *testing.T) {
	s := testkit.Server(t, testkit.Options{})
	for password, code := range map[string]uint16{s.Password: 0, "wrong": 1045} {
		db, err := server.Open(s.Host, s.Port, server.Credential{User: s.User, Password: password}, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var refused *driver.MySQLError
		switch err := db.PingContext(t.Context()); {
		case code == 0 && err != nil:
			t.Error(err)
		case code != 0 && (!errors.As(err, &refused) || refused.Number != code):
			t.Errorf("%v, want %d", err, code)
		}
	}
}

// Open does not dial, and what dials later is bounded.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	db, err := server.Open("127.0.0.1", port, server.Credential{User: "a"}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.PingContext(ctx); err == nil || ctx.Err() != nil {
		t.Error(err)
	}
}
