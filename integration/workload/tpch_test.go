package workload

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/internal/tpch"
)

// TestTPCH: all queries are answered over 4 shards as by one MySQL, rows, order
// and columns' names alike.
func TestTPCH(t *testing.T) {
	c := cluster.Get(t, wide())
	server := testkit.Server(t, testkit.Options{})
	plain, proxy := server.DB(t, server.Schema(t)), c.DB(t, c.Keyspace(t, cluster.Keyspace{Shards: 4}))
	load(t, tpchTables(), tpch.Data{Scale: 0.01, Seed: 1}.Rows, plain, proxy)
	for n := 1; n <= tpch.QueryCount; n++ {
		begin := time.Now()
		want, err := textOf(plain, tpch.Query(n))
		if err != nil {
			t.Fatalf("query %d on plain MySQL: %v", n, err)
		}
		if len(want) < 2 || strings.HasPrefix(want[1], "[NULL") {
			t.Errorf("query %d finds nothing, which proves little", n)
		}
		between := time.Now()
		given, err := textOf(proxy, tpch.Query(n))
		t.Logf("query %2d: %d rows, plain MySQL %s, 4 shards %s", n, len(want)-1, between.Sub(begin).Round(time.Millisecond), time.Since(between).Round(time.Millisecond))
		switch {
		case err != nil:
			t.Errorf("query %d: %v", n, err)
		case !slices.Equal(want, given):
			t.Errorf("query %d\nplain MySQL: %s\n4 shards: %s", n, strings.Join(want, "\n\t"), strings.Join(given, "\n\t"))
		}
	}
}

func tpchTables() []table {
	var all []table
	for _, x := range tpch.Tables() {
		all = append(all, table{x.Name, x.Create})
	}
	return all
}

// textOf returns the names of the columns and the rows of an answer, as text.
func textOf(db *sql.DB, query string) ([]string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	all := []string{fmt.Sprint(names)}
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		shown := make([]string, len(values))
		for i, v := range values {
			shown[i] = v.String
			if !v.Valid {
				shown[i] = "NULL"
			}
		}
		all = append(all, fmt.Sprintf("[%s]", strings.Join(shown, " | ")))
	}
	return all, rows.Err()
}
