package flow

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	driver "github.com/go-sql-driver/mysql"
)

// loading is a chunk's rows for one target in the form of LOAD DATA, which costs
// MySQL much less than parsing them as REPLACE.
type loading struct {
	// into follows the name of the file in the statement.
	into string
	text []byte
	rows int64
}

// loadInto is what follows the name of the file in a table's LOAD DATA. Bytes are
// taken as they are; columns for which MySQL makes something else of them get
// their value from an expression.
func (t *table) loadInto() string {
	var fields, set []string
	for i, at := range t.written {
		c := &t.columns[at]
		name := fmt.Sprintf("@v%d", i)
		value := c.loaded(name)
		if value == "" {
			fields = append(fields, quote(c.name))
			continue
		}
		fields = append(fields, name)
		set = append(set, quote(c.name)+" = "+value)
	}
	into := " REPLACE INTO TABLE " + t.target + ` CHARACTER SET binary FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' (` + strings.Join(fields, ", ") + ")"
	if len(set) > 0 {
		into += " SET " + strings.Join(set, ", ")
	}
	return into
}

// loaded is the expression of the column's value of a field that is in a variable;
// empty if the field is the value.
func (c *shapeColumn) loaded(variable string) string {
	switch c.form {
	case formNumber:
		if strings.HasPrefix(c.kind, "year") {
			return "CAST(" + variable + " AS UNSIGNED)" // the text 0000 would be 2000
		}
	case formBits:
		return "CAST(" + variable + " AS UNSIGNED)"
	case formJSON:
		return "CONVERT(" + variable + " USING utf8mb4)"
	case formText:
		switch c.charset {
		case "utf8mb4", "latin1", "ascii":
			return ""
		}
		return "CONVERT(" + variable + " USING " + c.charset + ")"
	case formQuoted, formFloat, formBinary:
	}
	return ""
}

// appendRow appends a row as a line.
func (l *loading) appendRow(values []sql.RawBytes) {
	for i, v := range values {
		if i > 0 {
			l.text = append(l.text, '\t')
		}
		if v == nil {
			l.text = append(l.text, `\N`...)
		} else {
			l.text = appendField(l.text, v)
		}
	}
	l.text = append(l.text, '\n')
	l.rows++
}

func appendField(text, v []byte) []byte {
	begin := 0
	for i, b := range v {
		switch b {
		case '\\', '\t', '\n':
			text = append(append(text, v[begin:i]...), '\\')
			begin = i
		case 0:
			text = append(append(text, v[begin:i]...), '\\', '0')
			begin = i + 1
		}
	}
	return append(text, v[begin:]...)
}

// allowsLoading reports whether a server takes LOAD DATA LOCAL.
func allowsLoading(ctx context.Context, db querier) (allowed bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT @@GLOBAL.local_infile").Scan(&allowed)
	return allowed, err
}

// load executes LOAD DATA on a lane. With LOCAL, MySQL warns where it otherwise
// refuses: of what is warned of, the rows are written as statements in the next
// attempt, as they are of what is refused.
func (t *target) load(ctx context.Context, tx *sql.Tx, lane int, l *loading) error {
	name := fmt.Sprintf("%s-%d-%d", t.owner, t.at, lane)
	driver.RegisterReaderHandler(name, func() io.Reader { return bytes.NewReader(l.text) })
	defer driver.DeregisterReaderHandler(name)
	result, err := tx.ExecContext(ctx, "LOAD DATA LOCAL INFILE 'Reader::"+name+"'"+l.into)
	var refused *driver.MySQLError
	if errors.As(err, &refused) && !isLocked(err) {
		t.f.statementsOnly.Store(true)
	}
	if err != nil {
		return err
	}
	var warnings int
	if err := tx.QueryRowContext(ctx, "SELECT @@SESSION.warning_count").Scan(&warnings); err != nil {
		return err
	}
	if warnings > 0 {
		err := loadWarning(ctx, tx)
		if err != nil {
			t.f.statementsOnly.Store(true)
		}
		return err
	}
	if written, err := result.RowsAffected(); err != nil || written < l.rows {
		t.f.statementsOnly.Store(true)
		return errors.Join(err, fmt.Errorf("LOAD DATA%s: %d of %d rows were written", l.into, written, l.rows))
	}
	return nil
}

// loadWarning is an error of the first warning that is more than a note.
func loadWarning(ctx context.Context, tx *sql.Tx) error {
	var found error
	err := queryRows(ctx, tx, func(rows *sql.Rows) error {
		var level, message string
		var code int
		if err := rows.Scan(&level, &code, &message); err != nil {
			return err
		}
		if level != "Note" && found == nil {
			found = fmt.Errorf("LOAD DATA warns: %d %s", code, message)
		}
		return nil
	}, "SHOW WARNINGS")
	return errors.Join(err, found)
}
