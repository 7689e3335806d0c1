package binlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
)

// Whatever columns stand around it, each has its own collation.
func TestCollationsInAnyOrder(t *testing.T) {
	s, db, schema := own(t)
	start := executed(t, db)
	kinds := make([]string, 0, len(typed()))
	for kind := range typed() {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	const orders = 8
	for order := range orders {
		var columns []string
		for i := range kinds {
			// Each order begins elsewhere, and every second goes backwards.
			at := (i + order*5) % len(kinds)
			if order%2 == 1 {
				at = len(kinds) - 1 - at
			}
			columns = append(columns, fmt.Sprintf("c%d %s NULL", at, kinds[at]))
		}
		testkit.Exec(t, db, fmt.Sprintf("CREATE TABLE o%d (id INT PRIMARY KEY, %s)", order, strings.Join(columns, ", ")), fmt.Sprintf("INSERT INTO o%d (id) VALUES (1)", order))
	}
	want := map[string]uint64{}
	rows, err := db.Query(`SELECT CONCAT(table_name, '.', column_name), k.id FROM information_schema.columns c JOIN information_schema.collations k
		ON k.collation_name = COALESCE(c.collation_name, 'binary') WHERE table_schema = ? AND data_type IN ('char', 'varchar', 'text', 'longtext', 'binary', 'varbinary', 'tinyblob', 'blob', 'longblob')`, schema)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var id uint64
		if err := rows.Scan(&name, &id); err != nil {
			t.Fatal(err)
		}
		want[name] = id
	}
	if len(want) < 10*orders {
		t.Fatalf("%d columns", len(want))
	}
	end := executed(t, db)
	stream := NewStream(options(s), start)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = stream.Run(ctx, func(tx *Transaction) error {
		if err := tx.Changes(func(c Change) error {
			for _, column := range c.Table.Columns {
				name := c.Table.Name + "." + column.Name
				if id, known := want[name]; known && id != column.Collation {
					t.Errorf("%s has collation %d, and not %d", name, column.Collation, id)
				}
				delete(want, name)
			}
			return nil
		}); err != nil {
			return err
		}
		if stream.Position().Add(tx.GTIDs[0]).Contains(end) {
			return errEnd
		}
		return nil
	})
	if !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
	if len(want) > 0 {
		t.Errorf("%d columns were not seen", len(want))
	}
}
