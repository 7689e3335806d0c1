package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// form says how a column's values are written as SQL, and read exactly.
type form uint8

const (
	// formQuoted: dates and times.
	formQuoted form = iota
	// formNumber: integers, decimals, years: as MySQL prints them.
	formNumber
	// formFloat prints too few digits unless read as DOUBLE.
	formFloat
	// formBits: BIT, ENUM and SET, which are moved as numbers.
	formBits
	formText
	formBinary
	formJSON
)

// shapeColumn is a column of a table as a server has it.
type shapeColumn struct {
	name, kind, collation string
	charset               string
	form                  form
	generated             bool
	nullable              bool
}

// index is a unique key other than the identity.
type index struct {
	name string
	// columns are places in shape.columns; nil if a part is a prefix or an
	// expression, so that which rows it keeps apart is not known here, or if it is
	// invisible, so that it cannot be read by.
	columns []int
}

// shape is a table as a server has it.
type shape struct {
	columns []shapeColumn
	// identity is the columns that tell rows apart, all NOT NULL: of the primary
	// key, or else of the first unique key that will do. identityIndex is its
	// name. Empty without one.
	identity      []int
	identityIndex string
	uniques       []index
	rows, bytes   int64 // estimates
}

// readShape reads a table; a table that does not exist has no columns.
func readShape(ctx context.Context, db querier, schema, table string) (*shape, error) {
	s := &shape{}
	err := queryRows(ctx, db, func(rows *sql.Rows) error {
		var c shapeColumn
		var dataType, extra string
		if err := rows.Scan(&c.name, &c.kind, &dataType, &c.charset, &c.collation, &c.nullable, &c.generated, &extra); err != nil {
			return err
		}
		c.form = formOf(strings.ToLower(dataType), c.charset)
		s.columns = append(s.columns, c)
		return nil
	}, `SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, COALESCE(CHARACTER_SET_NAME, ''), COALESCE(COLLATION_NAME, ''), IS_NULLABLE = 'YES',
		GENERATION_EXPRESSION <> '', EXTRA FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`, schema, table)
	if err != nil {
		return nil, err
	}
	if err := s.readIndexes(ctx, db, schema, table); err != nil {
		return nil, err
	}
	err = db.QueryRowContext(ctx, "SELECT COALESCE(TABLE_ROWS, 0), COALESCE(DATA_LENGTH, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
		schema, table).Scan(&s.rows, &s.bytes)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return s, err
}

func formOf(dataType, charset string) form {
	switch dataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "year":
		return formNumber
	case "float", "double":
		return formFloat
	case "bit", "enum", "set":
		return formBits
	case "json":
		return formJSON
	case "date", "datetime", "timestamp", "time":
		return formQuoted
	}
	if charset != "" && charset != "binary" {
		return formText
	}
	return formBinary
}

// readIndexes reads the unique keys, the primary key first, then in order of
// their names.
func (s *shape) readIndexes(ctx context.Context, db querier, schema, table string) error {
	var all []index
	unusable := map[string]bool{}
	err := queryRows(ctx, db, func(rows *sql.Rows) error {
		var name, column string
		if err := rows.Scan(&name, &column); err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, index{name: name})
		}
		at := s.column(column)
		if at < 0 {
			unusable[name] = true
		}
		all[len(all)-1].columns = append(all[len(all)-1].columns, at)
		return nil
	}, `SELECT INDEX_NAME, IF(SUB_PART IS NULL AND IS_VISIBLE = 'YES', COALESCE(COLUMN_NAME, ''), '') FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX`, schema, table)
	if err != nil {
		return err
	}
	for _, ix := range all {
		if unusable[ix.name] {
			ix.columns = nil
		}
		if s.identity == nil && s.identifies(ix) {
			s.identity, s.identityIndex = ix.columns, ix.name
			continue
		}
		s.uniques = append(s.uniques, ix)
	}
	return nil
}

// identifies reports whether a unique key tells all rows apart and can be
// written: no NULL, no prefix, nothing that MySQL computes.
func (s *shape) identifies(ix index) bool {
	return len(ix.columns) > 0 && !slices.ContainsFunc(ix.columns, func(at int) bool {
		c := &s.columns[at]
		return c.nullable || c.generated
	})
}

// column finds a column by its name, in any case; -1 if there is none.
func (s *shape) column(name string) int {
	return slices.IndexFunc(s.columns, func(c shapeColumn) bool { return strings.EqualFold(c.name, name) })
}

// differs says in which way two tables are not alike; empty if they are.
func (s *shape) differs(t *shape) string {
	for i := 0; i < max(len(s.columns), len(t.columns)); i++ {
		switch {
		case i >= len(s.columns):
			return fmt.Sprintf("column %s is there in addition", t.columns[i].name)
		case i >= len(t.columns):
			return fmt.Sprintf("column %s is missing", s.columns[i].name)
		case s.columns[i] != t.columns[i]:
			return fmt.Sprintf("column %s %s %s is %s %s %s there", s.columns[i].name, s.columns[i].kind, s.columns[i].collation,
				t.columns[i].name, t.columns[i].kind, t.columns[i].collation)
		}
	}
	if !slices.Equal(s.identity, t.identity) {
		return "its primary key, or the unique key in place of one, is another there"
	}
	return ""
}

// names quotes the names of columns, separated by commas.
func (s *shape) names(places []int) string {
	var b strings.Builder
	for i, at := range places {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(s.columns[at].name))
	}
	return b.String()
}
