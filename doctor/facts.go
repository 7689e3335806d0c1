package doctor

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Server is an instance and what it says of itself.
type Server struct {
	topology.Instance
	// Err says why it could not be asked; the facts are the zero value then.
	Err string
	Facts
}

// Facts are what a server says of itself.
type Facts struct {
	// Variables are its global variables by lower-case name, as far as the
	// server has them; Persisted what it will have at its next start by SET
	// PERSIST.
	Variables map[string]string
	Persisted map[string]string
	// Account is the one that it was asked with, Missing what that may not do.
	Account string
	Missing []string
	// Skew is how far its clock is ahead of the one of who asks; the true value
	// is within Slack of it.
	Skew  time.Duration
	Slack time.Duration
	// RetrySeconds and RetryCount are how a replica looks for its source again.
	// Replicates: it has a source.
	Replicates   bool
	RetrySeconds int
	RetryCount   int64
}

// neededPrivileges are what the administrator's account must have.
func neededPrivileges() []string {
	return []string{
		"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "RELOAD", "PROCESS", "CREATE USER",
		"REPLICATION SLAVE", "REPLICATION CLIENT", "SYSTEM_VARIABLES_ADMIN", "CONNECTION_ADMIN", "BACKUP_ADMIN", "CLONE_ADMIN",
		"REPLICATION_SLAVE_ADMIN", "XA_RECOVER_ADMIN", "PERSIST_RO_VARIABLES_ADMIN", "SESSION_VARIABLES_ADMIN",
	}
}

// Ask reads a server's facts; every question is a read. ctx bounds the whole.
func Ask(ctx context.Context, conn *sql.Conn) (Facts, error) {
	var f Facts
	var err error
	if f.Variables, err = pairs(ctx, conn, "SELECT variable_name, variable_value FROM performance_schema.global_variables"); err != nil {
		return f, err
	}
	if f.Persisted, err = pairs(ctx, conn, "SELECT variable_name, variable_value FROM performance_schema.persisted_variables"); err != nil {
		return f, err
	}
	if err := f.askPrivileges(ctx, conn); err != nil {
		return f, err
	}
	if err := f.askSource(ctx, conn); err != nil {
		return f, err
	}
	return f, f.askClock(ctx, conn)
}

func (f *Facts) askPrivileges(ctx context.Context, conn *sql.Conn) error {
	if err := conn.QueryRowContext(ctx, "SELECT CURRENT_USER()").Scan(&f.Account); err != nil {
		return err
	}
	has, err := pairs(ctx, conn, `SELECT privilege_type, is_grantable FROM information_schema.user_privileges
		WHERE grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')`)
	if err != nil {
		return fmt.Errorf("the administrator's privileges: %w", err)
	}
	for _, name := range neededPrivileges() {
		if _, ok := has[strings.ToLower(name)]; !ok {
			f.Missing = append(f.Missing, name)
		}
	}
	if has["create user"] != "YES" {
		f.Missing = append(f.Missing, "GRANT OPTION")
	}
	return nil
}

func (f *Facts) askSource(ctx context.Context, conn *sql.Conn) error {
	err := conn.QueryRowContext(ctx, `SELECT connection_retry_interval, connection_retry_count
		FROM performance_schema.replication_connection_configuration WHERE channel_name = '' AND host <> ''`).Scan(&f.RetrySeconds, &f.RetryCount)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	f.Replicates = err == nil
	return err
}

// askClock compares the server's clock with this process's. The answer was made
// at some moment between question and answer.
func (f *Facts) askClock(ctx context.Context, conn *sql.Conn) error {
	var text string
	asked := time.Now()
	if err := conn.QueryRowContext(ctx, "SELECT UNIX_TIMESTAMP(SYSDATE(6))").Scan(&text); err != nil {
		return err
	}
	f.Slack = time.Since(asked) / 2
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("the server's time %q: %w", text, err)
	}
	there := time.UnixMicro(int64(seconds * 1e6))
	f.Skew = there.Sub(asked.Add(f.Slack)).Round(time.Millisecond)
	return nil
}

// pairs reads rows of two columns; the first is lower-cased and the key. A
// table that the server does not have has no rows.
func pairs(ctx context.Context, conn *sql.Conn, query string) (map[string]string, error) {
	out := make(map[string]string)
	rows, err := conn.QueryContext(ctx, query)
	var refused *driver.MySQLError
	if errors.As(err, &refused) && refused.Number == mysql.ErNoSuchTable {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		out[strings.ToLower(name)] = value
	}
	return out, rows.Err()
}
