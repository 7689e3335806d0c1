package integration

import (
	"database/sql"
	"io"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// TestLoadDataLocal: on one shard the client's file goes through.
func TestLoadDataLocal(t *testing.T) {
	c := cluster.Get(t, wide())
	plain := testkit.Server(t, testkit.Options{})
	if _, err := plain.DB(t, "").Exec("SET GLOBAL local_infile = 1"); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Servers {
		if _, err := s.DB(t, "").Exec("SET GLOBAL local_infile = 1"); err != nil {
			t.Fatal(err)
		}
	}
	content := "1,one\n2,zwei\n3,tři\n3,dup\n" + strings.Repeat("x,bad\n", 3) + strings.ReplaceAll(numbers(100, 3000, "%d;n%[1]d"), ", ", "\n")
	content = strings.ReplaceAll(content, ";", ",") + "\n"
	driver.RegisterReaderHandler("numbers", func() io.Reader { return strings.NewReader(content) })
	defer driver.DeregisterReaderHandler("numbers")
	const load = "LOAD DATA LOCAL INFILE 'Reader::numbers' INTO TABLE t CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' (id, name)"
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 1})
	db := c.DB(t, ks)
	same := plain.DB(t, plain.Schema(t))
	var affected [2]int64
	var sums [2]string
	for i, side := range []*sql.DB{same, db} {
		if _, err := side.Exec("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20)) COMMENT='shardway:shard_key=id'"); err != nil {
			t.Fatal(err)
		}
		res, err := side.Exec(load)
		if err != nil {
			t.Fatal(err)
		}
		affected[i], _ = res.RowsAffected()
		if err := side.QueryRow("SELECT CONCAT(COUNT(*), ' ', SUM(id), ' ', SUM(CRC32(name))) FROM t").Scan(&sums[i]); err != nil {
			t.Fatal(err)
		}
	}
	if affected[0] != affected[1] || sums[0] != sums[1] {
		t.Errorf("MySQL loads %d rows (%s), Shardway %d (%s)", affected[0], sums[0], affected[1], sums[1])
	}
}
