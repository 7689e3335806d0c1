package reshard

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/shardway/shardway/topology"
)

// readSchema reads what the declaration is judged by from the shard that a
// single table would be on: every table of the keyspace is there.
func (c *change) readSchema(ctx context.Context) error {
	group := c.keyspace.ShardFor(0).Group
	return c.onPrimary(ctx, group, func(conn *sql.Conn) error {
		r := schemaReader{ctx: ctx, conn: conn, keyspace: c.keyspace.Name, table: c.wanted.Table}
		schema, err := r.read()
		if err != nil {
			return err
		}
		if len(schema.Columns) == 0 {
			return &topology.Refused{
				Code:    topology.CodeNotFound,
				Message: fmt.Sprintf("there is no table %s.%s", c.keyspace.Name, c.wanted.Table),
				Hint:    "create the table first; its comment can declare it: COMMENT='shardway:shard_key=…'",
			}
		}
		c.schema = schema
		return nil
	})
}

type schemaReader struct {
	ctx             context.Context
	conn            *sql.Conn
	keyspace, table string
	schema          topology.TableSchema
}

func (r *schemaReader) read() (*topology.TableSchema, error) {
	for _, part := range []func() error{r.columns, r.uniqueKeys, r.foreignKeys} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return &r.schema, nil
}

// each runs a query and calls row for each of its rows.
func (r *schemaReader) each(query string, args []any, row func(*sql.Rows) error) error {
	rows, err := r.conn.QueryContext(r.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r *schemaReader) columns() error {
	const query = `SELECT COLUMN_NAME, COLUMN_TYPE, COALESCE(COLLATION_NAME, ''), IS_NULLABLE = 'YES',
		GENERATION_EXPRESSION <> '', EXTRA LIKE '%on update%', EXTRA LIKE '%auto_increment%'
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`
	return r.each(query, []any{r.keyspace, r.table}, func(rows *sql.Rows) error {
		var c topology.SchemaColumn
		var auto bool
		if err := rows.Scan(&c.Name, &c.Type, &c.Collation, &c.Nullable, &c.Generated, &c.SetsItself, &auto); err != nil {
			return err
		}
		if auto {
			r.schema.AutoIncrement = c.Name
		}
		r.schema.Columns = append(r.schema.Columns, c)
		return nil
	})
}

func (r *schemaReader) uniqueKeys() error {
	// A part with SUB_PART is a prefix, one without a column an expression.
	const query = `SELECT INDEX_NAME, IF(SUB_PART IS NULL, COALESCE(COLUMN_NAME, ''), '')
		FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
		ORDER BY INDEX_NAME, SEQ_IN_INDEX`
	return r.each(query, []any{r.keyspace, r.table}, func(rows *sql.Rows) error {
		var index, column string
		if err := rows.Scan(&index, &column); err != nil {
			return err
		}
		keys := &r.schema.UniqueKeys
		if len(*keys) == 0 || (*keys)[len(*keys)-1].Name != index {
			*keys = append(*keys, topology.UniqueKey{Name: index})
		}
		if last := &(*keys)[len(*keys)-1]; column != "" {
			last.Columns = append(last.Columns, column)
		} else {
			last.Partial = true
		}
		return nil
	})
}

func (r *schemaReader) foreignKeys() error {
	const query = `SELECT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME,
		REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
		FROM information_schema.KEY_COLUMN_USAGE
		WHERE REFERENCED_TABLE_NAME IS NOT NULL
		  AND (TABLE_SCHEMA = ? AND TABLE_NAME = ? OR REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?)
		ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`
	args := []any{r.keyspace, r.table, r.keyspace, r.table}
	return r.each(query, args, func(rows *sql.Rows) error {
		var fk topology.ForeignKey
		var column, parentColumn string
		if err := rows.Scan(&fk.Name, &fk.ChildKeyspace, &fk.Child, &column,
			&fk.ParentKeyspace, &fk.Parent, &parentColumn); err != nil {
			return err
		}
		keys := &r.schema.ReferencedBy
		if fk.ChildKeyspace == r.keyspace && strings.EqualFold(fk.Child, r.table) {
			keys = &r.schema.ForeignKeys
		}
		if n := len(*keys); n == 0 || (*keys)[n-1].Name != fk.Name || (*keys)[n-1].Child != fk.Child ||
			(*keys)[n-1].ChildKeyspace != fk.ChildKeyspace {
			*keys = append(*keys, fk)
		}
		last := &(*keys)[len(*keys)-1]
		last.Columns = append(last.Columns, column)
		last.ParentColumns = append(last.ParentColumns, parentColumn)
		return nil
	})
}
