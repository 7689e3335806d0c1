package flow

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

const (
	dialTimeout = 5 * time.Second
	// silentMax bounds each read and write of a connection. A statement on a
	// chunk takes seconds at most; waiting for a semi-sync acknowledgement may
	// take this long before the connection is given up, its outcome unknown.
	silentMax = 60 * time.Second
	packetMax = 1 << 30
)

// session is how every connection of a flow is set up: values come and go as
// they are stored, and what they mean depends on no server's settings.
func session(write bool) map[string]string {
	params := map[string]string{
		"sql_mode": "'NO_AUTO_VALUE_ON_ZERO'", "time_zone": "'+00:00'", "max_execution_time": "0", "range_optimizer_max_mem_size": "0",
		"information_schema_stats_expiry": "0", "max_sort_length": "1024",
	}
	if write {
		// Rows of parents may come after those of their children. Gaps need no
		// locks: the flow is the only one that writes.
		params["foreign_key_checks"] = "0"
		params["transaction_isolation"] = "'READ-COMMITTED'"
		params["binlog_row_image"] = "FULL"
	}
	return params
}

// open returns a pool of sessions on a server; it does not dial.
func open(s Server, write bool, connections int) (*sql.DB, error) {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd = "tcp", s.Addr, s.User, s.Password
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = dialTimeout, silentMax, silentMax
	cfg.TLSConfig = "preferred"
	if s.TLS != nil {
		cfg.TLSConfig = ""
		cfg.TLS = s.TLS
	}
	cfg.ClientFoundRows = true // an UPDATE says what it found, not what it changed
	cfg.InterpolateParams = true
	cfg.MaxAllowedPacket = packetMax
	cfg.Params = session(write)
	cfg.Logger = &driver.NopLogger{}
	if err := cfg.Apply(driver.Charset("binary", "")); err != nil {
		return nil, err
	}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", s, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// quote writes a name as MySQL quotes it.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// queryRows calls row for each row of a query's answer.
func queryRows(ctx context.Context, db querier, row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// querier is a pool, a session or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}
