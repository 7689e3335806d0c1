package shardkey_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// connect returns one connection to a new schema of the shared server.
func connect(t *testing.T) *sql.Conn {
	t.Helper()
	s := testkit.Server(t, testkit.Options{})
	db := s.DB(t, s.Schema(t))
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// run executes a statement that has to succeed.
func run(t *testing.T, conn *sql.Conn, statement string) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%.300s: %v", statement, err)
	}
}

// tokens returns the first column of a query.
func tokens(ctx context.Context, conn *sql.Conn, query string, args ...any) ([]shardkey.Token, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []shardkey.Token
	for rows.Next() {
		var token uint64
		if err := rows.Scan(&token); err != nil {
			return nil, err
		}
		all = append(all, shardkey.Token(token))
	}
	return all, rows.Err()
}

func value(kind shardkey.Kind, text string) shardkey.Value {
	return shardkey.Value{Kind: kind, Bytes: []byte(text)}
}

// literal writes a value as SQL.
func literal(v shardkey.Value) string {
	quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`).Replace(string(v.Bytes)) + "'"
	switch v.Kind {
	case shardkey.Null:
		return "NULL"
	case shardkey.Int, shardkey.Decimal, shardkey.Float:
		return string(v.Bytes)
	case shardkey.Binary:
		return "x'" + hex.EncodeToString(v.Bytes) + "'"
	case shardkey.Date:
		return "DATE" + quoted
	case shardkey.DateTime:
		return "TIMESTAMP" + quoted
	case shardkey.Time:
		return "TIME" + quoted
	default:
		return quoted
	}
}

// declaration writes a column for CREATE TABLE.
func declaration(c shardkey.Column) string {
	text := fmt.Sprintf("`%s` %s", c.Name, c.Type)
	if c.Collation != "" {
		charset, _, _ := strings.Cut(c.Collation, "_")
		text += " CHARACTER SET " + charset + " COLLATE " + c.Collation
	}
	return text + " NOT NULL"
}
