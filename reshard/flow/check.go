package flow

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/shardway/shardway/topology"
)

// Check asks the source whether the flow can move what the spec says, exactly:
// tables of InnoDB with a usable key, without cascading foreign keys or
// triggers, and a binary log with whole rows. It changes nothing. Everything
// that is wrong is in one *topology.Refused.
func Check(ctx context.Context, spec Spec, servers Servers) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	c := checker{ctx: ctx, spec: &spec}
	primary, err := servers.Primary(ctx, spec.Source)
	if err != nil {
		return fmt.Errorf("group %s: %w", spec.Source, err)
	}
	reader, err := servers.Reader(ctx, spec.Source)
	if err != nil {
		return fmt.Errorf("group %s: %w", spec.Source, err)
	}
	if err := c.on(primary, c.tables, c.settings); err != nil {
		return err
	}
	if reader.Addr != primary.Addr {
		if err := c.on(reader, c.settings); err != nil {
			return err
		}
	}
	if len(c.problems) == 0 {
		return nil
	}
	return &topology.Refused{
		Code:    topology.CodeUnsupported,
		Message: "the rows of " + spec.Schema + " on group " + spec.Source + " cannot be moved: " + strings.Join(c.problems, "; "),
		Hint:    strings.Join(c.hints, "; "),
	}
}

// checker gathers what is wrong.
type checker struct {
	ctx      context.Context
	spec     *Spec
	server   Server
	db       *sql.DB
	problems []string
	hints    []string
}

func (c *checker) on(s Server, checks ...func() error) error {
	db, err := open(s, false, 1)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	c.server, c.db = s, db
	for _, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func (c *checker) problem(hint, format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
	for _, h := range c.hints {
		if h == hint {
			return
		}
	}
	c.hints = append(c.hints, hint)
}

// settings checks that the binary log has every change, row by row and whole.
func (c *checker) settings() error {
	for _, s := range []struct{ name, want string }{
		{"log_bin", "1"},
		{"gtid_mode", "ON"},
		{"binlog_format", "ROW"},
		{"binlog_row_image", "FULL"},
		{"binlog_row_metadata", "FULL"},
		{"binlog_row_value_options", ""},
		{"log_replica_updates", "1"},
	} {
		var value string
		if err := c.db.QueryRowContext(c.ctx, "SELECT @@GLOBAL."+s.name).Scan(&value); err != nil {
			return err
		}
		if value != s.want {
			c.problem(fmt.Sprintf("set %s to '%s'", s.name, s.want), "%s of %s is '%s'", s.name, c.server.Instance, value)
		}
	}
	return nil
}

func (c *checker) tables() error {
	for i := range c.spec.Tables {
		if err := c.table(&c.spec.Tables[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) table(t *Table) error {
	s, err := readShape(c.ctx, c.db, c.spec.Schema, t.Name)
	if err != nil {
		return err
	}
	if len(s.columns) == 0 {
		c.problem("create it, or forget its declaration", "there is no table %s", t.Name)
		return nil
	}
	if t.isIndex() {
		if s.view(t) == nil {
			c.problem("give it that key again, or 'shardway table distribute' declares it anew", "table %s has no visible unique key over the columns of its index table %s", t.Name, t.Into)
		}
		return nil
	}
	if len(s.identity) == 0 {
		c.problem("give each table a primary key", "table %s has no primary key, nor a unique key of whole columns without NULL", t.Name)
	}
	for _, k := range t.Key {
		if at := s.column(k.Name); at < 0 || s.columns[at].nullable {
			c.problem("a shard key's columns are NOT NULL", "table %s has no column %s that is NOT NULL", t.Name, k.Name)
		}
	}
	return c.around(t)
}

// around checks what else would change rows, or keep them from being changed.
func (c *checker) around(t *Table) error {
	var engine string
	if err := c.db.QueryRowContext(c.ctx, "SELECT COALESCE(ENGINE, 'view') FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
		c.spec.Schema, t.Name).Scan(&engine); err != nil {
		return err
	}
	if engine != "InnoDB" {
		c.problem("ALTER TABLE … ENGINE = InnoDB", "table %s is of engine %s", t.Name, engine)
	}
	err := queryRows(c.ctx, c.db, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		c.problem("replace cascading foreign keys by ones without actions: rows that a cascade changes are not in the binary log",
			"foreign key %s of table %s changes rows", name, t.Name)
		return err
	}, `SELECT CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?
		AND (DELETE_RULE NOT IN ('NO ACTION', 'RESTRICT') OR UPDATE_RULE NOT IN ('NO ACTION', 'RESTRICT')) ORDER BY CONSTRAINT_NAME`, c.spec.Schema, t.Name)
	if err != nil {
		return err
	}
	return queryRows(c.ctx, c.db, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		c.problem("drop triggers for the time of the move: on the targets they would act a second time", "trigger %s is on table %s", name, t.Name)
		return err
	}, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? ORDER BY TRIGGER_NAME", c.spec.Schema, t.Name)
}
