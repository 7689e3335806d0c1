package integration

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// loadSides are a plain MySQL and a keyspace of several shards that take files.
func loadSides(t *testing.T, shards int) (plain, proxy *sql.Conn) {
	t.Helper()
	c := cluster.Get(t, wide())
	server := testkit.Server(t, testkit.Options{})
	for _, s := range append([]*testkit.MySQL{server}, serversOf(c)...) {
		if _, err := s.DB(t, "").Exec("SET GLOBAL local_infile = 1"); err != nil {
			t.Fatal(err)
		}
	}
	schema := server.Schema(t)
	return connection(t, server.DB(t, schema)), connection(t, c.DB(t, c.Keyspace(t, cluster.Keyspace{Shards: shards})))
}

func serversOf(c *cluster.Cluster) (all []*testkit.MySQL) {
	for _, s := range c.Servers {
		all = append(all, s)
	}
	return all
}

// loadOutcome is what a connection says of a statement, and the rows of a table.
func loadOutcome(t *testing.T, c *sql.Conn, statement, rows string) string {
	t.Helper()
	res, err := c.ExecContext(t.Context(), statement)
	text := fmt.Sprint("error ", numberOf(err))
	if err == nil {
		n, _ := res.RowsAffected()
		text = fmt.Sprint(n, " affected")
		warned := lines(t, c, "SHOW WARNINGS") // they count rows from another beginning on each shard
		for i := range warned {
			warned[i] = regexp.MustCompile(" at row [0-9]+|Row [0-9]+ ").ReplaceAllString(warned[i], "")
		}
		slices.Sort(warned)
		text += "\n" + strings.Join(warned, "\n")
	}
	return text + "\n" + strings.Join(lines(t, c, rows), "\n")
}

// lines reads rows of any width as text.
func lines(t *testing.T, c *sql.Conn, query string) (all []string) {
	t.Helper()
	rows, err := c.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells, at := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			at[i] = &cells[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(cells))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// fileNamed lets drivers of this test have a file.
func fileNamed(t *testing.T, name, content string) {
	t.Helper()
	driver.RegisterReaderHandler(name, func() io.Reader { return strings.NewReader(content) })
	t.Cleanup(func() { driver.DeregisterReaderHandler(name) })
}

// TestLoadDataOverShards: each shard loads its own records of the client's file,
// and the rows, the counts and the warnings are those of one MySQL.
func TestLoadDataOverShards(t *testing.T) {
	for _, shards := range []int{2, 4, 7} {
		t.Run(fmt.Sprint(shards), func(t *testing.T) {
			plain, proxy := loadSides(t, shards)
			both := func(statement string) {
				t.Helper()
				must(t, plain, statement)
				must(t, proxy, statement)
			}
			both("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), n INT, at DATETIME DEFAULT CURRENT_TIMESTAMP) COMMENT='shardway:shard_key=id'")
			both("CREATE TABLE r (id INT PRIMARY KEY, name VARCHAR(20), n INT, at DATETIME) COMMENT='shardway:reference'")
			both("CREATE TABLE o (id INT PRIMARY KEY, name VARCHAR(20), n INT, at DATETIME)")
			for i, load := range []struct{ content, tail string }{
				{"1\tone\t1\t2024-01-01\n2\ttwo\t2\t\\N\n3\tthree\t\\N\t2024-01-03 10:11:12\n", ""},
				{"1\tdouble\t1\t2024-01-01\n4\tfour\t2\t\\N\n4\tagain\t3\t\\N\n", "IGNORE"},
				{"1\tdouble\t1\t2024-01-01\n5\tfive\t2\t\\N\n5\tagain\t3\t\\N\n", "REPLACE"},
				{"6,six,x,2024-13-01\n7,a name that is too long for it,8\n8,\"eight, or 8\",8,2024-01-01,more\n", "FIELDS TERMINATED BY ',' ENCLOSED BY '\"'"},
				{"\"9\";\"n\"\"ine\\\n\"\r\n\"10\";\"t;en\"\r\n\"11\";NULL", "FIELDS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '\"' LINES TERMINATED BY '\\r\\n' (id, name)"},
				{"header\nanother\n12,twelve,1\n13,thirteen,2\n", "FIELDS TERMINATED BY ',' IGNORE 2 LINES (id, name, n)"},
				{"x,14,ignored,2\ny,15,ignored,3\n", "FIELDS TERMINATED BY ',' (@a, id, @b, n) SET name = CONCAT(@a, '-', @b, id), at = IF(n > 2, '2024-01-01', NULL)"},
				{"xxx16,a\nno\nabc xxx17,b\n", "FIELDS TERMINATED BY ',' LINES STARTING BY 'xxx' (id, name)"},
				{"18,tři\n19,česky\n20,ß\n", "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' (id, name)"},
				{"21,caf\xe9\n", "CHARACTER SET latin1 FIELDS TERMINATED BY ',' (id, name)"},
				{"", ""},
				{strings.ReplaceAll(numbers(1000, 9000, "%d;n%[1]d"), ", ", "\n") + "\n", "FIELDS TERMINATED BY ';' (id, name) SET n = id * 2"},
				{"22,x\n", "FIELDS TERMINATED BY ',' (id, nothing)"},
				{"23,x\n", "FIELDS TERMINATED BY ',' (id, name, n)"},
			} {
				file := fmt.Sprintf("load%d_%d", shards, i)
				fileNamed(t, file, load.content)
				word := ""
				if load.tail == "IGNORE" || load.tail == "REPLACE" {
					word, load.tail = load.tail, ""
				}
				for _, table := range []string{"t", "r", "o"} {
					tail := load.tail
					if before, after, ok := strings.Cut(tail, "CHARACTER SET "); ok && before == "" {
						tail = "CHARACTER SET " + after
					}
					statement := "LOAD DATA LOCAL INFILE 'Reader::" + file + "' " + word + " INTO TABLE " + table + " " + tail
					rows := "SELECT id, name, n, IF(id IN (10, 11), 0, at) FROM " + table + " WHERE id < 1000 UNION ALL SELECT COUNT(*), SUM(id), SUM(n), MAX(CRC32(name)) FROM " + table + " ORDER BY id"
					if table == "t" || strings.Contains(tail, "(id") {
						rows = strings.ReplaceAll(rows, "IF(id IN (10, 11), 0, at)", "at > '2025-01-01'")
					}
					want, got := loadOutcome(t, plain, statement, rows), loadOutcome(t, proxy, statement, rows)
					if got != want {
						t.Errorf("%s of %q\n%s\nnot\n%s", statement, load.content[:min(len(load.content), 100)], got, want)
					}
				}
			}
			if got, want := lines(t, proxy, "SELECT @a, @b"), lines(t, plain, "SELECT @a, @b"); got[0] != want[0] {
				t.Errorf("the variables are %s, not %s", got, want)
			}
		})
	}
}

// TestLoadDataIsAtomic: a file that fails in the middle leaves no row, alone and
// in a transaction, and the session goes on.
func TestLoadDataIsAtomic(t *testing.T) {
	_, conn := loadSides(t, 4)
	must(t, conn, "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20)) COMMENT='shardway:shard_key=id'")
	fileNamed(t, "broken", strings.ReplaceAll(numbers(1, 40000, "%d;n%[1]d"), ", ", "\n")+"\nnot a number;x\n40001;more\n")
	fileNamed(t, "whole", strings.ReplaceAll(numbers(1, 60000, "%d;n%[1]d"), ", ", "\n")+"\n")
	const load = "LOAD DATA LOCAL INFILE 'Reader::%s' REPLACE INTO TABLE t FIELDS TERMINATED BY ';' (id, name)"
	if _, err := conn.ExecContext(t.Context(), fmt.Sprintf(load, "broken")); numberOf(err) != 1235 {
		t.Errorf("a record without a place: %v", err)
	}
	if n := number(t, conn, "SELECT COUNT(*) FROM t"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	must(t, conn, "INSERT INTO t VALUES (1, 'mine')")
	must(t, conn, "BEGIN")
	must(t, conn, "UPDATE t SET name = 'changed'")
	if _, err := conn.ExecContext(t.Context(), fmt.Sprintf(load, "broken")); numberOf(err) != 1235 {
		t.Errorf("a record without a place: %v", err)
	}
	must(t, conn, fmt.Sprintf(load, "whole"))
	must(t, conn, "ROLLBACK")
	if got := lines(t, conn, "SELECT * FROM t"); len(got) != 1 || !strings.Contains(got[0], "mine") {
		t.Errorf("after ROLLBACK: %v", got)
	}
	must(t, conn, "START TRANSACTION READ ONLY")
	if _, err := conn.ExecContext(t.Context(), fmt.Sprintf(load, "whole")); numberOf(err) != 1792 {
		t.Errorf("in a READ ONLY transaction: %v", err)
	}
	must(t, conn, "COMMIT")
	must(t, conn, fmt.Sprintf(load, "whole"))
	if n := number(t, conn, "SELECT COUNT(*) FROM t"); n != 60000 {
		t.Errorf("%d rows", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf(load, "whole")); err == nil {
		t.Error("a context that has ended does not count")
	}
}

// Safety rule 23: what a sequence gives, and what a file gives of its own, is
// unique over all shards.
func TestLoadDataOfSequences(t *testing.T) {
	_, conn := loadSides(t, 4)
	must(t, conn, "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer INT NOT NULL, note VARCHAR(20)) COMMENT='shardway:shard_key=customer'")
	must(t, conn, "CREATE TABLE people (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20)) COMMENT='shardway:shard_key=id'")
	file := func(content, into string) error {
		t.Helper()
		fileNamed(t, "sequence", content)
		_, err := conn.ExecContext(t.Context(), "LOAD DATA LOCAL INFILE 'Reader::sequence' INTO TABLE "+into)
		return err
	}
	for _, c := range []struct{ content, into string }{
		{"1,a\n2,b\n3,\"c, d\"\n4,e", "orders FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' (customer, note)"},
		{"\\N\t5\tf\n0\t6\tg\n", "orders"},
		{"500000\t7\th\n500001\t8\ti\n", "orders"},
		{"5\n6\n", "orders (customer)"},
		{"a\nb\nc\nd\ne\n", "people (name)"},
		{"\\N\tx\n77\ty\n", "people"},
	} {
		if err := file(c.content, c.into); err != nil {
			t.Errorf("%s: %v", c.into, err)
		}
	}
	for query, want := range map[string]int{
		"SELECT COUNT(DISTINCT id) FROM orders": 10, "SELECT COUNT(*) FROM orders WHERE id > 500001": 2, "SELECT customer FROM orders WHERE id = 500001": 8,
		"SELECT COUNT(DISTINCT id) FROM people": 7, "SELECT COUNT(*) FROM people WHERE id = 77 AND name = 'y'": 1, "SELECT COUNT(*) FROM orders WHERE note = 'c, d'": 1,
	} {
		if n := number(t, conn, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	if err := file("500000\t1\tother shard\n500000\t2\tother shard\n500000\t3\tx\n", "orders"); numberOf(err) != 1062 {
		t.Errorf("an id that another shard has: %v", err)
	}
	for _, c := range []struct{ content, into string }{
		{"x\t5\tf\n", "orders"},
		{"1\t2\t3\n", "orders (customer, note)"},
		{"1,a\n", "orders FIELDS TERMINATED BY ',' (note)"},
		{"1\ta\n", "orders (customer, @x) SET id = @x"},
		{"1\ta\n", "orders (customer, @x) SET note = @y"},
		{"\\N\ta\n", "orders (customer, note)"},
		{"1\n", "orders LINES TERMINATED BY ''"},
	} {
		if err := file(c.content, c.into); numberOf(err) != 1235 {
			t.Errorf("%s: %v", c.into, err)
		}
	}
	if n := number(t, conn, "SELECT COUNT(*) FROM orders"); n != 10 {
		t.Errorf("%d rows after what was refused", n)
	}
}
