package binlog

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
)

// A server that is killed and comes back is read on, from where the stream was.
func TestKilledServerIsReadOn(t *testing.T) {
	s := testkit.OwnServer(t, testkit.Options{})
	schema := s.Schema(t)
	db := s.DB(t, schema)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY)")
	start := executed(t, db)
	testkit.Exec(t, db, "INSERT INTO t VALUES (1)")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var keys []any
	err := NewStream(options(s), start).Run(ctx, func(tx *Transaction) error {
		if err := tx.Changes(func(c Change) error {
			keys = append(keys, c.After[0])
			return nil
		}); err != nil {
			return err
		}
		if len(keys) == 2 {
			return errEnd
		}
		s.Process.Kill()
		o := s.Options
		process, err := mysqld.Start(ctx, o)
		if err != nil {
			return err
		}
		s.Process = process
		_, err = db.ExecContext(ctx, "INSERT INTO t VALUES (2)")
		return err
	})
	if !errors.Is(err, errEnd) || len(keys) != 2 || keys[0] != int64(1) || keys[1] != int64(2) {
		t.Errorf("rows %v: %v", keys, err)
	}
}
