package workload

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
)

// batchBytes is about how long an INSERT of many rows gets.
const batchBytes = 128 << 10

// table is one to make.
type table struct{ name, create string }

// load makes the tables on each side and fills them with the same statements.
func load(t *testing.T, tables []table, rows func(emit func(table, row string) error) error, sides ...*sql.DB) {
	t.Helper()
	for _, side := range sides {
		for _, table := range tables {
			testkit.Exec(t, side, table.create)
		}
	}
	l := loader{t: t, sides: sides, took: make([]time.Duration, len(sides))}
	err := rows(l.add)
	if err == nil {
		err = l.flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("loading took %s", l.took)
}

// loader gathers rows for INSERTs of many.
type loader struct {
	t     *testing.T
	sides []*sql.DB
	table string
	batch strings.Builder
	took  []time.Duration
}

func (l *loader) add(table, row string) error {
	if table == l.table && l.batch.Len() > 0 && l.batch.Len() < batchBytes {
		l.batch.WriteString("," + row)
		return nil
	}
	if err := l.flush(); err != nil {
		return err
	}
	l.table = table
	l.batch.WriteString("INSERT INTO " + table + " VALUES " + row)
	return nil
}

func (l *loader) flush() error {
	if l.batch.Len() == 0 {
		return nil
	}
	for i, side := range l.sides {
		begin := time.Now()
		if _, err := side.ExecContext(l.t.Context(), l.batch.String()); err != nil {
			return fmt.Errorf("insert into %s: %w", l.table, err)
		}
		l.took[i] += time.Since(begin)
	}
	l.batch.Reset()
	return nil
}
