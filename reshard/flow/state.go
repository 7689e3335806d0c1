package flow

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/shardway/shardway/mysql"
)

// tableStatements make the tables of stored state. A position is the union of
// its lanes': each has what was executed when it was last written, and what it
// has executed itself. Whoever writes compares the owner, so that of two flows
// of one job the older one fails. Of a copy there is a row for each segment of
// each table: rows up to the identity in upto are copied.
func tableStatements() []string {
	return []string{
		`CREATE TABLE IF NOT EXISTS _shardway.reshard_position (
			job VARBINARY(64) NOT NULL, source VARBINARY(64) NOT NULL, lane INT NOT NULL,
			owner VARBINARY(32) NOT NULL, executed LONGBLOB NOT NULL,
			PRIMARY KEY (job, source, lane)
		) ENGINE = InnoDB`,
		`CREATE TABLE IF NOT EXISTS _shardway.reshard_copy (
			job VARBINARY(64) NOT NULL, source VARBINARY(64) NOT NULL, tbl VARBINARY(256) NOT NULL, segment INT NOT NULL,
			above LONGBLOB NULL, last LONGBLOB NULL, upto LONGBLOB NULL,
			chunks BIGINT NOT NULL, done TINYINT NOT NULL, nrows BIGINT NOT NULL, nbytes BIGINT NOT NULL,
			PRIMARY KEY (job, source, tbl, segment)
		) ENGINE = InnoDB`,
		`CREATE TABLE IF NOT EXISTS _shardway.reshard_parked (
			job VARBINARY(64) NOT NULL, source VARBINARY(64) NOT NULL, tbl VARBINARY(256) NOT NULL, id VARBINARY(32) NOT NULL,
			image LONGBLOB NOT NULL,
			PRIMARY KEY (job, source, tbl, id)
		) ENGINE = InnoDB`,
	}
}

// segmentState is how far a segment of a table is copied. Equal numbers of
// chunks mean equal states, on whatever target.
type segmentState struct {
	// above and last bound the segment: rows whose identity is greater than the
	// one and at most the other; upto is the last one copied. Each is one SQL
	// literal a column, in ASCII; nil is the table's end.
	above, last, upto []string
	chunks            int64
	done              bool
	// rows and bytes are what was read on the source for it.
	rows, bytes int64
}

// makeState makes what is missing of the tables of stored state, and nothing that is
// there. On a target that serves clients a branch may be prepared that has written to
// the schema: the primary makes that again all the same, and its replicas then wait
// for the branch's end, which comes behind that in the binary log, for ever.
func (t *target) makeState(ctx context.Context) error {
	var schema bool
	var tables int
	err := t.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = '_shardway'),
		(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '_shardway' AND table_name IN ('reshard_position', 'reshard_copy', 'reshard_parked'))`).
		Scan(&schema, &tables)
	if err != nil {
		return err
	}
	var missing []string
	if !schema {
		missing = append(missing, "CREATE DATABASE IF NOT EXISTS _shardway CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	}
	if tables < len(tableStatements()) {
		missing = append(missing, tableStatements()...)
	}
	for _, statement := range missing {
		if _, err := t.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// takeOver makes the flow the only one that may write to the target, and reads
// what is there. A transaction of a former owner ends first, or fails.
func (t *target) takeOver(ctx context.Context) error {
	if err := t.makeState(ctx); err != nil {
		return err
	}
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "UPDATE _shardway.reshard_position SET owner = ? WHERE job = ? AND source = ?", t.owner, t.job, t.source); err != nil {
		return err
	}
	t.begun = false
	err = queryRows(ctx, tx, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		set, err := mysql.ParseGTIDSet(text)
		t.applied, t.begun = t.applied.Union(set), true
		return err
	}, "SELECT executed FROM _shardway.reshard_position WHERE job = ? AND source = ? FOR UPDATE", t.job, t.source)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// begin stores where the flow begins. It also makes up for lanes that are new.
func (t *target) begin(ctx context.Context, start mysql.GTIDSet) error {
	if !t.begun {
		t.applied = start
	}
	t.stored = t.applied
	if err := t.alone(ctx); err != nil {
		return err
	}
	for lane := range t.lanes {
		if _, err := t.db.ExecContext(ctx, "INSERT INTO _shardway.reshard_position VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE owner = owner",
			t.job, t.source, lane, t.owner, t.applied.String()); err != nil {
			return err
		}
	}
	return nil
}

// alone refuses a target that other flows of the job fill too, if this one was
// not told.
func (t *target) alone(ctx context.Context) error {
	if t.spec.shared() {
		return nil
	}
	var others int
	err := t.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM _shardway.reshard_position WHERE job = ? AND source <> ?", t.job, t.source).Scan(&others)
	if err == nil && others > 0 {
		return stop("this is Shardway's own mistake: report it with the job's record", "several flows of job %s fill group %s, but Owns is not more than Ranges", t.job, t.spec.Group)
	}
	return err
}

// segments reads the stored state of the copy, by table and segment.
func (t *target) segments(ctx context.Context) (map[string]map[int]segmentState, error) {
	all := map[string]map[int]segmentState{}
	err := queryRows(ctx, t.db, func(rows *sql.Rows) error {
		var name string
		var number int
		var above, last, upto []byte
		var s segmentState
		if err := rows.Scan(&name, &number, &above, &last, &upto, &s.chunks, &s.done, &s.rows, &s.bytes); err != nil {
			return err
		}
		for bound, text := range map[*[]string][]byte{&s.above: above, &s.last: last, &s.upto: upto} {
			if text == nil {
				continue
			}
			if err := json.Unmarshal(text, bound); err != nil {
				return fmt.Errorf("_shardway.reshard_copy of %s: %w", name, err)
			}
		}
		if all[name] == nil {
			all[name] = map[int]segmentState{}
		}
		all[name][number] = s
		return nil
	}, "SELECT tbl, segment, above, last, upto, chunks, done, nrows, nbytes FROM _shardway.reshard_copy WHERE job = ? AND source = ?", t.job, t.source)
	return all, err
}

// setSegment stores where the copy of a segment goes on.
func (t *target) setSegment(ctx context.Context, db querier, name string, number int, s *segmentState) error {
	_, err := db.ExecContext(ctx, "REPLACE INTO _shardway.reshard_copy VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		t.job, t.source, name, number, bound(s.above), bound(s.last), bound(s.upto), s.chunks, s.done, s.rows, s.bytes)
	return err
}

// bound writes an identity for storage.
func bound(columns []string) any {
	if columns == nil {
		return nil
	}
	text, _ := json.Marshal(columns) // strings always marshal
	return text
}
