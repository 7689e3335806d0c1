package flow

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
)

// Several flows may bring rows to one target: groups that merge, and the way
// back of a split. Where a unique key, the primary one above all, does not have
// the shard key in it, a row of one flow may have the same value as one of
// another: it moved from one source to the other, or another row took its
// value. Which of them is older nobody can tell, as each source has an order of
// its own; so none may take the other's place. The one that comes second is
// parked, and put in place when the first one's flow has done away with it,
// which it will, as no value is there twice in the end. What a flow changes and
// deletes are rows of its own tokens alone.

// careful is the part of a batch that is such a table's.
type careful struct {
	table *table
	// ops are the last ones of each row.
	ops []*op
}

// isCareful reports whether rows of a table must not take others' places.
func (t *target) isCareful(of *table) bool { return of.loose && t.spec.shared() }

// own is the condition that a row of the target is this flow's.
func (t *target) own(of *table) string {
	parts := make([]string, len(t.spec.Ranges))
	for i, r := range t.spec.Ranges {
		parts[i] = of.Key.RangePredicate("", r.Start, r.End)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// write executes a careful part: own rows go, parked ones too, and rows as they
// are now come, unless others are in the way: then parked says so.
func (t *target) write(ctx context.Context, tx *sql.Tx, c *careful) (parked string, err error) {
	w := statementWriter{}
	for _, o := range c.ops {
		w.add(fmt.Sprintf("DELETE FROM %s WHERE %s AND %s", c.table.target, t.own(c.table), c.table.rowKey.within), o.key, c.table.rowKey.between, c.table.rowKey.behind, keysMax)
	}
	w.flush()
	if err := execAll(ctx, tx, w.all); err != nil {
		return "", err
	}
	for _, o := range c.ops {
		if !t.hasParked() {
			break
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM _shardway.reshard_parked WHERE job = ? AND source = ? AND tbl = ? AND id = ?", t.job, t.source, c.table.Name, parkedID(o.key)); err != nil {
			return "", err
		}
	}
	w = statementWriter{}
	for _, o := range c.ops {
		if o.row != "" {
			w.add(c.table.insert, o.row, ",", "", 0)
		}
	}
	w.flush()
	if _, err := tx.ExecContext(ctx, "SAVEPOINT careful"); err != nil {
		return "", err
	}
	err = execAll(ctx, tx, w.all)
	if !isDuplicate(err) {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO careful"); err != nil {
		return "", err
	}
	for _, o := range c.ops {
		if o.row == "" {
			continue
		}
		_, err := tx.ExecContext(ctx, c.table.insert+o.row)
		if isDuplicate(err) {
			parked = t.waits(c.table.Name, err)
			_, err = tx.ExecContext(ctx, "REPLACE INTO _shardway.reshard_parked VALUES (?, ?, ?, ?, ?)", t.job, t.source, c.table.Name, parkedID(o.key), []byte(o.row))
		}
		if err != nil {
			return "", err
		}
	}
	return parked, nil
}

// waits says that a row of a table is parked.
func (t *target) waits(table string, why error) string {
	return fmt.Sprintf("rows wait until rows of other groups with the same unique values go, among them in table %s on group %s: %v", table, t.spec.Group, why)
}

func execAll(ctx context.Context, tx *sql.Tx, statements []string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.120s…: %w", statement, err)
		}
	}
	return nil
}

func isDuplicate(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && e.Number == mysql.ErDupEntry
}

// parkedID names a parked row: identities may be longer than an index takes.
func parkedID(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

const (
	parkedPause = 50 * time.Millisecond
	// parkedMax is how many parked rows are tried at a time.
	parkedMax = 1000
	// stuckAfter is when a row is taken for one that no time will put in place: the
	// one in its way would have gone.
	stuckAfter = time.Second
)

// unpark tries to put parked rows in place.
func (t *target) unpark(ctx context.Context) error {
	tx, err := t.conns[0].BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := t.owned(ctx, tx, 0, t.applied.String()); err != nil {
		return err
	}
	type row struct {
		table, text string
		id          []byte
	}
	var all []row
	if err := queryRows(ctx, tx, func(rows *sql.Rows) error {
		var r row
		err := rows.Scan(&r.table, &r.id, &r.text)
		all = append(all, r)
		return err
	}, "SELECT tbl, id, image FROM _shardway.reshard_parked WHERE job = ? AND source = ? ORDER BY RAND() LIMIT ?", t.job, t.source, parkedMax); err != nil {
		return err
	}
	left, stuck, now := "", "", time.Now()
	blocked := map[string]time.Time{}
	if len(all) == parkedMax {
		maps.Copy(blocked, t.blocked) // not all are tried
	}
	for _, r := range all {
		table := t.named(r.table)
		if table == nil {
			return stop(hintBeginAgain, "a row of table %s waits on group %s, but the flow does not move that", r.table, t.spec.Group)
		}
		_, err := tx.ExecContext(ctx, table.insert+r.text)
		name := r.table + " " + string(r.id)
		delete(blocked, name)
		switch {
		case isDuplicate(err):
			blocked[name] = now
			if since, before := t.blocked[name]; before {
				blocked[name] = since
			}
			if now.Sub(blocked[name]) > stuckAfter {
				stuck = fmt.Sprintf("rows of two groups have the same value of a unique key of table %s, and that of group %s waits for the other one to go: %v", r.table, t.source, err)
			}
			left = t.waits(r.table, err)
		case err != nil:
			return err
		default:
			if _, err := tx.ExecContext(ctx, "DELETE FROM _shardway.reshard_parked WHERE job = ? AND source = ? AND tbl = ? AND id = ?", t.job, t.source, r.table, r.id); err != nil {
				return err
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	t.blocked = blocked
	t.setParked(left != "" || len(all) == parkedMax)
	t.note.parked(left, stuck)
	return nil
}

// named finds a table by its name on the source.
func (a *attempt) named(name string) *table {
	for _, t := range a.tables {
		if t.id() == name {
			return t
		}
	}
	return nil
}

// hasParked reports whether rows may be parked on the target.
func (t *target) hasParked() bool {
	t.state.Lock()
	defer t.state.Unlock()
	return t.parked
}

func (t *target) setParked(parked bool) {
	t.state.Lock()
	defer t.state.Unlock()
	t.parked, t.triedAt = parked, time.Now()
	t.signal()
}

// dueParked reports whether parked rows are to be tried again.
func (t *target) dueParked() bool {
	t.state.Lock()
	defer t.state.Unlock()
	return t.parked && time.Since(t.triedAt) >= parkedPause
}
