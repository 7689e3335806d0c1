package admin

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/shardway/shardway/topology"
)

// facts is what adopting needs to know of a server; judge looks at nothing else.
type facts struct {
	// variables are global ones, by name; those that the server does not have
	// are missing.
	variables map[string]string
	// schemas are the ones that are not MySQL's, reserved those that carry a
	// name of Shardway's own.
	schemas  []string
	reserved []string
	// foreign are tables that are not InnoDB's, keyless those without a
	// primary key, as schema.table.
	foreign, keyless []string
	// autoIncrements counts the tables with an AUTO_INCREMENT column.
	autoIncrements int
	// account is CURRENT_USER(), missing the privileges it lacks.
	account string
	missing []string
	// replicas counts the servers that replicate from this one; source is the
	// one that it replicates from itself.
	replicas int
	source   string
	// prepared counts XA transactions that wait for a decision.
	prepared   int
	accounts   []mysqlAccount
	privileges []mysqlPrivilege
}

// neededPrivileges are what the administrator's account must have.
func neededPrivileges() []string {
	return []string{
		"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "RELOAD", "PROCESS", "CREATE USER",
		"REPLICATION SLAVE", "REPLICATION CLIENT", "SYSTEM_VARIABLES_ADMIN", "CONNECTION_ADMIN",
		"REPLICATION_SLAVE_ADMIN", "XA_RECOVER_ADMIN", "PERSIST_RO_VARIABLES_ADMIN", "SESSION_VARIABLES_ADMIN",
	}
}

// variableNames are the global variables that judge looks at.
func variableNames() []any {
	return []any{
		"version", "version_comment", "gtid_mode", "enforce_gtid_consistency", "log_bin", "binlog_format", "binlog_row_image",
		"log_replica_updates", "performance_schema", "lower_case_table_names", "server_id", "read_only", "offline_mode",
	}
}

const systemSchemaList = "('mysql', 'sys', 'information_schema', 'performance_schema')"

// inspector reads facts; after the first error it reads no more.
type inspector struct {
	ctx  context.Context
	conn *sql.Conn
	f    facts
	err  error
}

func inspect(ctx context.Context, conn *sql.Conn) (facts, error) {
	in := &inspector{ctx: ctx, conn: conn, f: facts{variables: make(map[string]string)}}
	in.readVariables()
	in.readSchemas()
	in.readTables()
	in.readPrivileges()
	in.readReplication()
	in.readAccounts()
	return in.f, in.err
}

// each calls row for each row of a query.
func (in *inspector) each(query string, args []any, row func(scan func(...any) error) error) {
	if in.err != nil {
		return
	}
	rows, err := in.conn.QueryContext(in.ctx, query, args...)
	if err != nil {
		in.err = fmt.Errorf("%.60s…: %w", query, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			in.err = err
			return
		}
	}
	in.err = rows.Err()
}

// texts reads a column of text.
func (in *inspector) texts(query string, args ...any) []string {
	var list []string
	in.each(query, args, func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		list = append(list, text)
		return err
	})
	return list
}

// count counts the rows of a query whose columns do not matter.
func (in *inspector) count(query string) (n int) {
	if in.err != nil {
		return 0
	}
	rows, err := in.conn.QueryContext(in.ctx, query)
	if err != nil {
		in.err = err
		return 0
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	in.err = rows.Err()
	return n
}

func (in *inspector) readVariables() {
	const query = `SHOW GLOBAL VARIABLES WHERE Variable_name IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	in.each(query, variableNames(), func(scan func(...any) error) error {
		var name, value string
		err := scan(&name, &value)
		in.f.variables[name] = value
		return err
	})
}

func (in *inspector) readSchemas() {
	all := in.texts("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN " + systemSchemaList + " ORDER BY 1")
	for _, name := range all {
		if topology.IsSystemSchema(name) {
			in.f.reserved = append(in.f.reserved, name)
			continue
		}
		in.f.schemas = append(in.f.schemas, name)
	}
}

func (in *inspector) readTables() {
	const of = " FROM information_schema.TABLES t WHERE t.TABLE_TYPE = 'BASE TABLE' AND t.TABLE_SCHEMA NOT IN " + systemSchemaList
	const name = "SELECT CONCAT(t.TABLE_SCHEMA, '.', t.TABLE_NAME)"
	in.f.foreign = in.texts(name + of + " AND COALESCE(t.ENGINE, '') <> 'InnoDB' ORDER BY 1")
	in.f.keyless = in.texts(name + of + ` AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_CONSTRAINTS c
		WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.CONSTRAINT_TYPE = 'PRIMARY KEY') ORDER BY 1`)
	in.f.autoIncrements = len(in.texts(`SELECT TABLE_NAME FROM information_schema.COLUMNS
		WHERE EXTRA LIKE '%auto_increment%' AND TABLE_SCHEMA NOT IN ` + systemSchemaList))
}

func (in *inspector) readPrivileges() {
	for _, account := range in.texts("SELECT CURRENT_USER()") {
		in.f.account = account
	}
	const grantee = "(SELECT CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))))"
	granted := make(map[string]bool)
	in.each("SELECT PRIVILEGE_TYPE, IS_GRANTABLE = 'YES' FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = "+grantee, nil,
		func(scan func(...any) error) error {
			var name string
			var grantable bool
			err := scan(&name, &grantable)
			granted[name] = grantable
			return err
		})
	for _, name := range neededPrivileges() {
		if _, has := granted[name]; !has {
			in.f.missing = append(in.f.missing, name)
		}
	}
	if !granted["SELECT"] {
		in.f.missing = append(in.f.missing, "GRANT OPTION")
	}
}

func (in *inspector) readReplication() {
	in.f.replicas = in.count("SHOW REPLICAS")
	in.f.prepared = in.count("XA RECOVER")
	if in.err != nil {
		return
	}
	status, err := replicaStatus(in.ctx, in.conn)
	in.err = err
	in.f.source = status["Source_Host"]
}
