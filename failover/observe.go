package failover

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	seat "github.com/shardway/shardway/internal/control" // control is this package's own session
	"github.com/shardway/shardway/mysql"
)

// question is one of those that a look consists of, and what is made of the answer.
type question struct {
	ask  string
	read func(*sql.Rows, *Facts) error
}

// questions are what a server is asked. Every one is a read that waits for
// nothing; the last is about a table that may be missing.
//
// One that is being filled with a copy is not asked what its receiver gets, which is
// nothing: mysqld 9.7.4, when it had just started with a copy, was seen to end with
// std::bad_alloc at this question.
func questions(copied bool) []question {
	list := []question{
		{"SELECT @@GLOBAL.offline_mode, @@GLOBAL.super_read_only, @@GLOBAL.server_uuid, @@GLOBAL.gtid_executed, CURRENT_USER()", readServer},
		{askSettings(), readSettings},
		{"SHOW REPLICA STATUS", readSource},
		{`SELECT user, account_locked FROM mysql.user WHERE user LIKE 'shardway\_%'`, readAccounts},
		{`SELECT DISTINCT user, '' FROM ` + seat.Processlist + ` WHERE user LIKE 'shardway\_r\_%'`, readConnected},
		{`SELECT COUNT(*) FROM information_schema.tables
			WHERE table_schema = '_shardway' AND table_name IN ('term', 'heartbeat', 'decision', 'branch')`, readTables},
	}
	if !copied {
		list = append(list, question{`SELECT CONCAT(COALESCE(MAX(count_received_heartbeats), 0), ' ', COALESCE(MAX(last_queued_transaction), ''))
			FROM performance_schema.replication_connection_status WHERE channel_name = ''`, readProgress})
	}
	return append(list, question{`SELECT COALESCE(MAX(term), 0), COALESCE((SELECT instance FROM _shardway.term ORDER BY term DESC LIMIT 1), '')
		FROM _shardway.term`, readTerm})
}

// observe asks a server for its facts, in one round trip: before each step that
// clients wait for a whole group is asked. ctx bounds it; copied: the server is being
// filled with a copy.
func observe(ctx context.Context, db *sql.DB, copied bool) (Facts, error) {
	var f Facts
	list := questions(copied)
	texts := make([]string, 0, len(list))
	for _, q := range list {
		texts = append(texts, q.ask)
	}
	rows, err := db.QueryContext(ctx, strings.Join(texts, ";\n"))
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for n, q := range list {
		if n > 0 && !rows.NextResultSet() {
			if isMissing(rows.Err()) {
				return f, nil
			}
			return f, errors.Join(errors.New("it did not answer all questions"), rows.Err())
		}
		if err := q.read(rows, &f); err != nil {
			return f, err
		}
	}
	return f, rows.Err()
}

// one reads the only row of an answer.
func one(rows *sql.Rows, into ...any) error {
	if !rows.Next() {
		return errors.Join(sql.ErrNoRows, rows.Err())
	}
	return rows.Scan(into...)
}

func readServer(rows *sql.Rows, f *Facts) error {
	err := one(rows, &f.Offline, &f.ReadOnly, &f.UUID, &f.Executed, &f.Admin)
	f.Executed = strings.ReplaceAll(f.Executed, "\n", "")
	return err
}

func readTables(rows *sql.Rows, f *Facts) error {
	var tables int
	err := one(rows, &tables)
	f.Schema = tables == schemaTables()
	return err
}

func readTerm(rows *sql.Rows, f *Facts) error { return one(rows, &f.Term, &f.TermOf) }

func readAccounts(rows *sql.Rows, f *Facts) error {
	names, err := readPairs(rows)
	for name, locked := range names {
		f.Accounts = append(f.Accounts, name)
		if locked == "Y" {
			f.Locked = append(f.Locked, name)
		}
	}
	return err
}

func readConnected(rows *sql.Rows, f *Facts) error {
	connected, err := readPairs(rows)
	for name := range connected {
		f.Connected = append(f.Connected, name)
	}
	return err
}

func readSource(rows *sql.Rows, f *Facts) error {
	row, err := readRow(rows)
	if err != nil || row == nil {
		return err
	}
	s := &Source{
		Host: row["Source_Host"], ByPosition: row["Auto_Position"] == "0", Receiver: row["Replica_IO_Running"], Applier: row["Replica_SQL_Running"],
		ReceiverError: receiverError(row["Last_IO_Error"]), ApplierError: row["Last_SQL_Error"],
		Retrieved: strings.ReplaceAll(row["Retrieved_Gtid_Set"], "\n", ""),
		Progress:  row["Source_Log_File"] + " " + row["Read_Source_Log_Pos"],
	}
	for name, to := range map[string]*int{
		"Source_Port": &s.Port, "Last_IO_Errno": &s.ReceiverErrno, "Last_SQL_Errno": &s.ApplierErrno,
	} {
		if *to, err = strconv.Atoi(row[name]); err != nil {
			return fmt.Errorf("SHOW REPLICA STATUS: %s: %w", name, err)
		}
	}
	// A replica that was reset keeps a row without a host.
	if s.Host == "" {
		return nil
	}
	retrieved, err := mysql.ParseGTIDSet(s.Retrieved)
	if err != nil {
		return fmt.Errorf("SHOW REPLICA STATUS: %w", err)
	}
	executed, err := mysql.ParseGTIDSet(row["Executed_Gtid_Set"])
	if err != nil {
		return fmt.Errorf("SHOW REPLICA STATUS: %w", err)
	}
	s.Drained = executed.Contains(retrieved)
	f.Source = s
	return nil
}

func readProgress(rows *sql.Rows, f *Facts) error {
	var heartbeats string
	err := one(rows, &heartbeats)
	if f.Source != nil {
		f.Source.Progress += " " + heartbeats
	}
	return err
}

// receiverError is a receiver's error without the count of its attempts.
func receiverError(text string) string {
	if _, message, counted := strings.Cut(text, " Message: "); counted {
		return message
	}
	return text
}

// errant returns what a replica executed and its primary neither executed nor
// received, less what the primary itself began: with semi-sync a replica can
// have that first.
func errant(ctx context.Context, primary *sql.DB, primaryUUID, retrieved, executed string) (string, error) {
	var extra string
	err := primary.QueryRowContext(ctx, "SELECT GTID_SUBTRACT(?, CONCAT(@@GLOBAL.gtid_executed, ',', ?))", executed, retrieved).Scan(&extra)
	if err != nil {
		return "", err
	}
	var sets []string
	for set := range strings.SplitSeq(strings.ReplaceAll(extra, "\n", ""), ",") {
		if set != "" && !strings.HasPrefix(set, primaryUUID+":") {
			sets = append(sets, set)
		}
	}
	return strings.Join(sets, ","), nil
}

// pairs reads rows of two columns; the first is lower-cased and the key.
func pairs(ctx context.Context, conn *sql.Conn, query string) (map[string]string, error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return readPairs(rows)
}

func readPairs(rows *sql.Rows) (map[string]string, error) {
	out := make(map[string]string)
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		out[strings.ToLower(name)] = value
	}
	return out, rows.Err()
}

// rowByName reads the first row of a result by column name; nil if it is empty.
func rowByName(ctx context.Context, conn *sql.Conn, query string) (map[string]string, error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return readRow(rows)
}

func readRow(rows *sql.Rows) (map[string]string, error) {
	if !rows.Next() {
		return nil, rows.Err()
	}
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(names))
	for i, name := range names {
		out[name] = values[i].String
	}
	return out, errors.Join(rows.Err())
}
