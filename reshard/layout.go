package reshard

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"

	"github.com/shardway/shardway/topology"
)

// layout is how a keyspace's schema is made up on a server.
type layout struct {
	// database makes the schema itself.
	database string
	// tables make the tables, programs the views and routines, in an order in
	// which they can be made.
	tables, programs []definition
}

// definition makes one object of a schema.
type definition struct {
	kind, name string
	// text is as SHOW CREATE gives it.
	text string
	// mode is the sql_mode that a routine runs under.
	mode string
}

// autoIncrement is the counter in SHOW CREATE TABLE, which differs from server
// to server.
var autoIncrement = regexp.MustCompile(` AUTO_INCREMENT=\d+`)

// readLayout reads a keyspace's schema on a server.
func readLayout(ctx context.Context, conn *sql.Conn, keyspace string) (layout, error) {
	var l layout
	if err := definitionsInFull(ctx, conn); err != nil {
		return l, err
	}
	charset, collation := "", ""
	err := conn.QueryRowContext(ctx, "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata WHERE schema_name = ?", keyspace).
		Scan(&charset, &collation)
	if err != nil {
		return l, fmt.Errorf("schema %s: %w", keyspace, err)
	}
	l.database = fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %s CHARACTER SET %s COLLATE %s", quote(keyspace), charset, collation)
	names, err := strings2(ctx, conn, "SELECT table_type, table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name", keyspace)
	if err != nil {
		return l, err
	}
	for _, n := range names {
		kind := "TABLE"
		if n[0] == "VIEW" {
			kind = "VIEW"
		}
		d, err := define(ctx, conn, keyspace, kind, n[1])
		if err != nil {
			return l, err
		}
		if kind == "TABLE" {
			l.tables = append(l.tables, d)
		} else {
			l.programs = append(l.programs, d)
		}
	}
	routines, err := strings2(ctx, conn, "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = ? ORDER BY routine_type, routine_name", keyspace)
	if err != nil {
		return l, err
	}
	for _, n := range routines {
		d, err := define(ctx, conn, keyspace, n[0], n[1])
		if err != nil {
			return l, err
		}
		// Views may call functions.
		l.programs = append([]definition{d}, l.programs...)
	}
	return l, nil
}

// definitionsInFull has a session show definitions as they can be carried out.
func definitionsInFull(ctx context.Context, conn *sql.Conn) error {
	return execute(ctx, conn, "SET SESSION sql_quote_show_create = 1, show_create_table_verbosity = 0")
}

// define reads one definition.
func define(ctx context.Context, conn *sql.Conn, keyspace, kind, name string) (definition, error) {
	d := definition{kind: kind, name: name}
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("SHOW CREATE %s %s.%s", kind, quote(keyspace), quote(name)))
	if err != nil {
		return d, fmt.Errorf("definition of %s: %w", name, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return d, err
	}
	values := make([]sql.NullString, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return d, err
		}
	}
	for i, column := range columns {
		switch {
		case strings.HasPrefix(column, "Create "):
			d.text = values[i].String
		case column == "sql_mode":
			d.mode = values[i].String
		}
	}
	if err := rows.Err(); err != nil || d.text == "" {
		return d, fmt.Errorf("the definition of %s %s.%s cannot be read: %w", strings.ToLower(kind), keyspace, name, err)
	}
	d.text = autoIncrement.ReplaceAllString(d.text, "")
	return d, nil
}

// makeTables makes the schema and the tables that are missing.
func (l *layout) makeTables(ctx context.Context, conn *sql.Conn, keyspace string) error {
	if err := execute(ctx, conn, l.database); err != nil {
		return err
	}
	if err := prepareSession(ctx, conn, keyspace); err != nil {
		return err
	}
	for _, t := range l.tables {
		text := strings.Replace(t.text, "CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1)
		if err := execute(ctx, conn, text); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}

// makePrograms makes views and routines anew. A view may need one that is made
// later, so what fails is tried again as long as anything succeeds.
func (l *layout) makePrograms(ctx context.Context, conn *sql.Conn, keyspace string) error {
	if err := prepareSession(ctx, conn, keyspace); err != nil {
		return err
	}
	left := l.programs
	for len(left) > 0 {
		var failed []definition
		var last error
		for _, d := range left {
			if err := execute(ctx, conn, fmt.Sprintf("DROP %s IF EXISTS %s", d.kind, quote(d.name))); err != nil {
				return err
			}
			if err := execute(ctx, conn, "SET SESSION sql_mode = ?", d.mode); err != nil {
				return err
			}
			if err := execute(ctx, conn, d.text); err != nil {
				failed, last = append(failed, d), fmt.Errorf("%s %s: %w", strings.ToLower(d.kind), d.name, err)
			}
		}
		if len(failed) == len(left) {
			return last
		}
		left = failed
	}
	return nil
}

// prepareSession has a session take every definition as it stands.
func prepareSession(ctx context.Context, conn *sql.Conn, keyspace string) error {
	if err := execute(ctx, conn, "USE "+quote(keyspace)); err != nil {
		return err
	}
	return execute(ctx, conn, "SET SESSION foreign_key_checks = 0, sql_mode = ''")
}

// differences names the objects in which two schemas differ.
func (l *layout) differences(other *layout) []string {
	theirs := make(map[string]string)
	for _, d := range append(append([]definition(nil), other.tables...), other.programs...) {
		theirs[d.kind+" "+d.name] = d.text
	}
	var found []string
	for _, d := range append(append([]definition(nil), l.tables...), l.programs...) {
		text, there := theirs[d.kind+" "+d.name]
		delete(theirs, d.kind+" "+d.name)
		if !there || text != d.text {
			found = append(found, strings.ToLower(d.kind)+" "+d.name)
		}
	}
	for name := range theirs {
		found = append(found, strings.ToLower(name))
	}
	return found
}

// checkMovable refuses a schema with what a move cannot carry over: triggers and
// events would act on both sides.
func checkMovable(ctx context.Context, conn *sql.Conn, keyspace, group string) error {
	found, err := strings2(ctx, conn, `SELECT 'trigger', trigger_name FROM information_schema.triggers WHERE trigger_schema = ?
		UNION ALL SELECT 'event', event_name FROM information_schema.events WHERE event_schema = ?
		UNION ALL SELECT CONCAT(LOWER(engine), ' table'), table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE' AND engine <> 'InnoDB'`,
		keyspace, keyspace, keyspace)
	if err != nil || len(found) == 0 {
		return err
	}
	return &topology.Refused{
		Code:    topology.CodeUnsupported,
		Message: fmt.Sprintf("shards of keyspace %s cannot move: group %s has %s", keyspace, group, namedObjects(found)),
		Hint:    "triggers and events would act on both sides, and only InnoDB tables can be copied while they change; drop or convert these first, and make triggers and events again afterwards",
	}
}

// namedObjects lists objects by kind and name.
func namedObjects(found [][2]string) string {
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = f[0] + " " + f[1]
	}
	return strings.Join(names, ", ")
}

// strings2 runs a query whose rows are two texts.
func strings2(ctx context.Context, conn *sql.Conn, query string, args ...any) ([][2]string, error) {
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list [][2]string
	for rows.Next() {
		var pair [2]string
		if err := rows.Scan(&pair[0], &pair[1]); err != nil {
			return nil, err
		}
		list = append(list, pair)
	}
	return list, rows.Err()
}
