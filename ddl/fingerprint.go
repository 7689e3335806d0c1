package ddl

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// fingerprint says what a job's objects are like on one server: which of them
// exist, what their definitions say, and which incarnation each table is (a
// table that was truncated or rebuilt is another).
//
// Its text is presence:definitions:incarnations. The first two parts are the
// same on all groups that are alike; the third is each server's own.
type fingerprint struct {
	presence, definitions, incarnations string
}

func (f fingerprint) String() string {
	return f.presence + ":" + f.definitions + ":" + f.incarnations
}

// alike reports whether two servers' objects are defined alike.
func (f fingerprint) alike(g fingerprint) bool {
	return f.presence == g.presence && f.definitions == g.definitions
}

func parseFingerprint(text string) fingerprint {
	parts := append(strings.SplitN(text, ":", 3), "", "")
	return fingerprint{parts[0], parts[1], parts[2]}
}

// fingerprintOf looks at a job's objects on a group's primary.
func (j *Jobs) fingerprintOf(ctx context.Context, job *topology.Job, group string) (fingerprint, error) {
	conn, err := j.opts.Servers.Primary(ctx, group)
	if err != nil {
		return fingerprint{}, err
	}
	defer conn.Close()
	var f fingerprint
	definitions, incarnations := sha256.New(), sha256.New()
	for _, o := range job.Objects {
		text, err := definition(ctx, conn, job.Keyspace, o)
		if err != nil {
			return fingerprint{}, fmt.Errorf("group %s: %s %s: %w", group, strings.ToLower(o.Kind), o.Name, err)
		}
		if text == "" {
			f.presence += "0"
			continue
		}
		f.presence += "1"
		fmt.Fprintf(definitions, "%d %s", len(text), text)
		if o.Kind == "TABLE" {
			id, err := incarnation(ctx, conn, job.Keyspace, o.Name)
			if err != nil {
				return fingerprint{}, fmt.Errorf("group %s: table %s: %w", group, o.Name, err)
			}
			fmt.Fprintf(incarnations, "%d %s", len(id), id)
		}
	}
	f.definitions, f.incarnations = short(definitions.Sum(nil)), short(incarnations.Sum(nil))
	return f, nil
}

func short(sum []byte) string { return hex.EncodeToString(sum[:12]) }

// counter is where a table's next AUTO_INCREMENT value stands, which is no
// part of its definition.
func counter() *regexp.Regexp { return regexp.MustCompile(` AUTO_INCREMENT=\d+`) }

// definition is what SHOW CREATE says of an object; empty if there is none.
func definition(ctx context.Context, conn *sql.Conn, schema string, o topology.JobObject) (string, error) {
	name := quote(schema) + "." + quote(o.Name)
	if o.Kind == "DATABASE" {
		name = quote(schema)
	}
	rows, err := conn.QueryContext(ctx, "SHOW CREATE "+o.Kind+" "+name)
	if absent(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	text := ""
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		for i, column := range columns {
			switch column { // the rest is the object's name, and when it was made
			case "sql_mode", "time_zone":
				text += values[i].String + "\n"
			default:
				if strings.HasPrefix(column, "Create ") || column == "SQL Original Statement" {
					text += counter().ReplaceAllString(values[i].String, "")
				}
			}
		}
	}
	return text, rows.Err()
}

// absent reports whether an error says that an object does not exist.
func absent(err error) bool {
	var my *driver.MySQLError
	if !errors.As(err, &my) {
		return false
	}
	switch my.Number {
	case mysql.ErNoSuchTable, mysql.ErBadDB, mysql.ErSPDoesNotExist, errTriggerDoesNotExist, errEventDoesNotExist:
		return true
	default:
		return false
	}
}

// MySQL's numbers for triggers and events that do not exist.
const (
	errTriggerDoesNotExist = 1360
	errEventDoesNotExist   = 1539
)

// incarnation tells a table from the one that was there before it was truncated
// or rebuilt: InnoDB's own numbers of it and its partitions. It is empty for a
// view.
func incarnation(ctx context.Context, conn *sql.Conn, schema, table string) (string, error) {
	name := fileName(schema) + "/" + fileName(table)
	pattern := strings.NewReplacer(`\`, `\\`, "_", `\_`, "%", `\%`).Replace(name) + "#p#%"
	var id sql.NullString
	err := conn.QueryRowContext(ctx, "SELECT GROUP_CONCAT(table_id ORDER BY table_id) FROM information_schema.innodb_tables WHERE name = ? OR name LIKE ?",
		name, pattern).Scan(&id)
	return id.String, err
}

// fileName is how InnoDB writes a name: as MySQL names files. Names with
// characters beyond ASCII, some of which have codes of their own there, are not
// found by it; what is then left of the fingerprint is the definition.
func fileName(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "@%04x", r)
		}
	}
	return b.String()
}

// quote writes a name as MySQL quotes it.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
