package merge_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/shardkey"
)

// allTypes has a column of every type that can be merged.
const allTypes = `CREATE TABLE t (
	id BIGINT PRIMARY KEY, sk INT,
	ti TINYINT, su SMALLINT UNSIGNED, mi MEDIUMINT, i INT, bi BIGINT, bu BIGINT UNSIGNED, zf INT ZEROFILL,
	d DECIMAL(10,2), d5 DECIMAL(12,5), dw DECIMAL(50,10), f FLOAT, db DOUBLE,
	dt DATE, dm DATETIME(3), ts TIMESTAMP(6) NULL, tm TIME(2), y YEAR, b BIT(12),
	s VARCHAR(30) COLLATE utf8mb4_0900_ai_ci, g VARCHAR(30) COLLATE utf8mb4_general_ci,
	u VARCHAR(30) COLLATE utf8mb4_unicode_ci, bn VARCHAR(30) COLLATE utf8mb4_bin, as_cs VARCHAR(30) COLLATE utf8mb4_0900_as_cs,
	l CHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci, tx TEXT, vb VARBINARY(20), bl BLOB,
	e ENUM('zwei','eins','Drei'), st SET('q','p','r'))`

// generator makes random rows of allTypes; values repeat.
type generator struct{ *rand.Rand }

// pick returns one of the literals, or NULL.
func (g generator) pick(literals ...string) string {
	if g.IntN(7) == 0 {
		return "NULL"
	}
	return literals[g.IntN(len(literals))]
}

func (g generator) word() string {
	letters := []string{"a", "A", "á", "b", "B", "c", " ", "\\t", "!", "z", "ä"}
	var b strings.Builder
	for range g.IntN(4) {
		b.WriteString(letters[g.IntN(len(letters))])
	}
	if g.IntN(8) == 0 {
		b.WriteString(strings.Repeat(" ", g.IntN(12)))
		b.WriteString(letters[g.IntN(len(letters))])
	}
	return g.pick("'" + b.String() + "'")
}

func (g generator) row(id int) string {
	latin := strings.NewReplacer("\\t", "x").Replace(g.word())
	return "(" + strings.Join([]string{
		fmt.Sprint(id), fmt.Sprint(id * 7),
		g.pick("-128", "127", "0", "5", "-5"), g.pick("65535", "0", "7"), g.pick("-8388608", "8388607", "3"),
		g.pick("-2147483648", "2147483647", "1", "2", "3"),
		g.pick("-9223372036854775808", "9223372036854775807", "0", "1", "-1"),
		g.pick("18446744073709551615", "9223372036854775808", "0", "1"), g.pick("1", "22", "333"),
		g.pick("-12345678.90", "0.00", "-0.01", "0.01", "10.50", "99999999.99", "10"),
		g.pick("-1234567.12345", "1.00000", "2.00000", "0.00001", "5"),
		g.pick("-9999999999999999999999999999999999999999.9999999999", "9999999999999999999999999999999999999999.9999999999", "0.0000000001", "7", "1.5"),
		g.pick("-1.5", "0.25", "1024", "3"), g.pick("-1e300", "0.5", "-0.25", "1e15", "123456789.125", "0", "-0e0"),
		g.pick("'0001-01-01'", "'2020-02-29'", "'9999-12-31'", "'1999-01-01'"),
		g.pick("'2020-02-29 00:00:00.000'", "'2020-02-29 12:30:00.125'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999'"),
		g.pick("'2020-02-29 00:00:00'", "'2020-02-29 12:30:00.000001'", "'1970-01-02 00:00:00'", "'2037-12-31 23:59:59.999999'"),
		g.pick("'-838:59:59'", "'838:59:59'", "'-00:00:01'", "'00:00:00'", "'-00:00:00.50'", "'99:59:59.99'", "'100:00:00'", "'9:00:00'"),
		g.pick("1901", "2155", "0", "2000", "1999"), g.pick("b'0'", "b'111111111111'", "b'101'", "b'100000000'"),
		g.word(), g.word(), g.word(), g.word(), g.word(), latin, g.word(),
		g.pick("x''", "x'00'", "x'0000'", "x'00ff'", "x'61'", "x'6162'", "x'ff'"), g.pick("x''", "x'0100'", "x'01'"),
		g.pick("'zwei'", "'eins'", "'Drei'"), g.pick("''", "'q'", "'p'", "'q,r'", "'p,r'"),
	}, ",") + ")"
}

// fill puts n random rows into the whole and each into one of the parts that
// have a share.
func (s *shards) fill(t *testing.T, g generator, n int, shares [parts]int) {
	t.Helper()
	var of [parts][]string
	var all []string
	total := 0
	for _, share := range shares {
		total += share
	}
	for id := range n {
		row := g.row(id)
		all = append(all, row)
		at, part := g.IntN(total), 0
		for at >= shares[part] {
			at -= shares[part]
			part++
		}
		of[part] = append(of[part], row)
	}
	insert := func(b *mysql.Backend, rows []string) {
		run(t, b, "DELETE FROM t")
		if len(rows) > 0 {
			run(t, b, "INSERT INTO t VALUES "+strings.Join(rows, ","))
		}
	}
	insert(s.whole, all)
	for i, b := range s.parts {
		insert(b, of[i])
	}
}

// query is a SELECT with parameters, if it has any. How its rows compare: in
// order, or, if MySQL may choose the order, as a set; with fold, values that a
// collation takes for equal are too, because MySQL may choose among them.
type query struct {
	sql  string
	set  bool
	fold bool
	args values
}

func TestMergeIsMySQL(t *testing.T) {
	s := newShards(t)
	s.create(t, allTypes)
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for _, data := range []struct {
		name   string
		rows   int
		shares [parts]int
	}{
		{"spread", 300, [parts]int{1, 1, 1}},
		{"few", 9, [parts]int{1, 1, 1}},
		{"one part empty", 120, [parts]int{2, 0, 1}},
		{"empty", 0, [parts]int{1, 1, 1}},
	} {
		t.Run(data.name, func(t *testing.T) {
			s.fill(t, g, data.rows, data.shares)
			for _, q := range queries() {
				s.compare(t, q, false)
				s.compare(t, q, true)
			}
		})
	}
}

// compare runs a query both ways.
func (s *shards) compare(t *testing.T, q query, prepared bool) {
	t.Helper()
	got, err := s.merged(t, q.sql, q.args, prepared)
	if err != nil {
		t.Errorf("%s: %v", q.sql, err)
		return
	}
	want := ask(t, s.whole, inlined(q), prepared)
	compareColumns(t, q, got.columns, want.columns)
	a, b := got.texts(t, prepared), want.texts(t, prepared)
	if q.fold {
		a, b = folded(a), folded(b)
	}
	if q.set {
		slices.SortFunc(a, slices.Compare)
		slices.SortFunc(b, slices.Compare)
	}
	if len(a) != len(b) {
		t.Errorf("%s (prepared %v): %d rows, MySQL has %d", q.sql, prepared, len(a), len(b))
		return
	}
	for i := range a {
		if !slices.Equal(a[i], b[i]) {
			t.Errorf("%s (prepared %v): row %d is\n\t%q, MySQL has\n\t%q", q.sql, prepared, i, a[i], b[i])
			return
		}
		if !q.set && !q.fold && string(got.rows[i]) != string(want.rows[i]) {
			t.Errorf("%s (prepared %v): row %d travels as\n\t%x, MySQL's as\n\t%x", q.sql, prepared, i, got.rows[i], want.rows[i])
			return
		}
	}
}

// inlined puts the parameters into the text.
func inlined(q query) string {
	sql := q.sql
	for i := range q.args {
		sql = strings.Replace(sql, "?", string(q.args.AppendSQL(nil, i)), 1)
	}
	return sql
}

func compareColumns(t *testing.T, q query, got, want []mysql.Column) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d columns, MySQL has %d", q.sql, len(got), len(want))
		return
	}
	for i := range got {
		a, b := got[i], want[i]
		a.Schema, b.Schema = "", ""
		if a != b {
			t.Errorf("%s: column %d is\n\t%+v, MySQL has\n\t%+v", q.sql, i, a, b)
		}
	}
}

// folded makes equal what the collations of the table take for equal.
func folded(rows [][]string) [][]string {
	fold := strings.NewReplacer("á", "a", "ä", "a")
	for _, row := range rows {
		for i := range row {
			row[i] = strings.TrimRight(fold.Replace(strings.ToLower(row[i])), " ")
			if row[i] == "-0" {
				row[i] = "0"
			}
		}
	}
	return rows
}

func number(text string) shardkey.Value {
	return shardkey.Value{Kind: shardkey.Int, Bytes: []byte(text)}
}
