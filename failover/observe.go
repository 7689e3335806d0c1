package failover

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// observe asks a server for its facts. Every question is a read that waits for
// nothing; ctx bounds the whole.
func observe(ctx context.Context, db *sql.DB) (Facts, error) {
	var f Facts
	conn, err := db.Conn(ctx)
	if err != nil {
		return f, err
	}
	defer conn.Close()
	err = conn.QueryRowContext(ctx, "SELECT @@GLOBAL.offline_mode, @@GLOBAL.super_read_only, @@GLOBAL.server_uuid, @@GLOBAL.gtid_executed, CURRENT_USER()").
		Scan(&f.Offline, &f.ReadOnly, &f.UUID, &f.Executed, &f.Admin)
	if err != nil {
		return f, err
	}
	f.Executed = strings.ReplaceAll(f.Executed, "\n", "")
	for _, ask := range []func(context.Context, *sql.Conn, *Facts) error{askSettings, askSchema, askAccounts, askSource} {
		if err := ask(ctx, conn, &f); err != nil {
			return f, err
		}
	}
	return f, nil
}

func askSchema(ctx context.Context, conn *sql.Conn, f *Facts) error {
	err := conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(term), 0) FROM _shardway.term").Scan(&f.Term)
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var tables int
	err = conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM information_schema.tables
		WHERE table_schema = '_shardway' AND table_name IN ('term', 'heartbeat', 'decision', 'branch')`).Scan(&tables)
	f.Schema = tables == schemaTables()
	return err
}

func askAccounts(ctx context.Context, conn *sql.Conn, f *Facts) error {
	names, err := pairs(ctx, conn, `SELECT user, account_locked FROM mysql.user WHERE user LIKE 'shardway\_%'`)
	if err != nil {
		return err
	}
	for name, locked := range names {
		f.Accounts = append(f.Accounts, name)
		if locked == "Y" {
			f.Locked = append(f.Locked, name)
		}
	}
	connected, err := pairs(ctx, conn, `SELECT DISTINCT user, '' FROM information_schema.processlist WHERE user LIKE 'shardway\_r\_%'`)
	for name := range connected {
		f.Connected = append(f.Connected, name)
	}
	return err
}

func askSource(ctx context.Context, conn *sql.Conn, f *Facts) error {
	row, err := rowByName(ctx, conn, "SHOW REPLICA STATUS")
	if err != nil || row == nil {
		return err
	}
	s := &Source{
		Host: row["Source_Host"], ByPosition: row["Auto_Position"] == "0", Receiver: row["Replica_IO_Running"], Applier: row["Replica_SQL_Running"],
		ReceiverError: receiverError(row["Last_IO_Error"]), ApplierError: row["Last_SQL_Error"],
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
	f.Source = s
	s.Retrieved = strings.ReplaceAll(row["Retrieved_Gtid_Set"], "\n", "")
	var heartbeats string
	err = conn.QueryRowContext(ctx, `SELECT GTID_SUBSET(?, ?), (SELECT CONCAT(COALESCE(MAX(count_received_heartbeats), 0), ' ', COALESCE(MAX(last_queued_transaction), ''))
		FROM performance_schema.replication_connection_status WHERE channel_name = '')`, row["Retrieved_Gtid_Set"], row["Executed_Gtid_Set"]).
		Scan(&s.Drained, &heartbeats)
	s.Progress = strings.Join([]string{row["Source_Log_File"], row["Read_Source_Log_Pos"], heartbeats}, " ")
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
