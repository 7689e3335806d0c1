package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomStatements is how many statements the grammar makes.
const randomStatements = 300

// grammar makes statements over the tables of the differential tests, always
// the same ones for a seed. What they select is what several shards can answer,
// or may refuse; it is never silent about rows it has not seen.
type grammar struct{ *rand.Rand }

func (g grammar) pick(options ...string) string { return options[g.IntN(len(options))] }

// several picks between 1 and n of the options, each at most once.
func (g grammar) several(n int, options ...string) []string {
	g.Shuffle(len(options), func(i, j int) { options[i], options[j] = options[j], options[i] })
	return options[:1+g.IntN(min(n, len(options)))]
}

func (g grammar) number() string { return fmt.Sprint(g.IntN(60) - 5) }

func (g grammar) condition(prefix string, depth int) string {
	if depth > 0 && g.IntN(3) == 0 {
		return "(" + g.condition(prefix, depth-1) + g.pick(" AND ", " OR ", " AND ") + g.condition(prefix, depth-1) + ")"
	}
	column := func(c string) string { return prefix + c }
	switch g.IntN(12) {
	case 0:
		return column("id") + " = " + g.number()
	case 1:
		return column("id") + " IN (" + g.number() + ", " + g.number() + ", " + g.number() + ")"
	case 2:
		return column("id") + " BETWEEN " + g.number() + " AND " + g.number()
	case 3:
		return column("age") + g.pick(" > ", " <= ", " = ", " <> ") + g.number()
	case 4:
		return column("age") + g.pick(" IS NULL", " IS NOT NULL")
	case 5:
		return column("city") + " = '" + g.pick("Berlin", "berlin", "Paris", "WIEN", "nowhere") + "'"
	case 6:
		return column("name") + " LIKE '" + g.pick("a%", "%e%", "_d%", "%ß%") + "'"
	case 7:
		return column("balance") + g.pick(" > ", " < ") + fmt.Sprint(g.IntN(5000)) + ".5"
	case 8:
		return "NOT " + column("id") + " > " + g.number()
	case 9:
		return column("id") + " % 3 = " + fmt.Sprint(g.IntN(3))
	case 10:
		return column("born") + g.pick(" < ", " >= ") + "'" + g.pick("1990-01-01", "2000-02-29", "1970-01-01") + "'"
	default:
		return column("id") + " = " + column("id") + " + 0"
	}
}

func (g grammar) where(prefix string) string {
	if g.IntN(4) == 0 {
		return ""
	}
	return " WHERE " + g.condition(prefix, 2)
}

func (g grammar) limit() string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf(" LIMIT %d", g.IntN(20))
	case 1:
		return fmt.Sprintf(" LIMIT %d OFFSET %d", g.IntN(20), g.IntN(30))
	}
	return ""
}

func (g grammar) direction() string { return g.pick("", " DESC", " ASC") }

// rows is a query for rows, in a total order.
func (g grammar) rows() string {
	expressions := g.several(4, "name", "age", "balance", "city", "born", "score", "age + 1", "UPPER(name)", "balance * 2", "COALESCE(age, -1)", "id % 7", "LENGTH(name)")
	order := g.several(2, "name", "age", "balance", "city", "born", "age IS NULL", "LENGTH(name)", "id % 3")
	var keys []string
	for _, key := range order {
		keys = append(keys, key+g.direction())
	}
	return "SELECT id, " + strings.Join(expressions, ", ") + " FROM people" + g.where("") +
		" ORDER BY " + strings.Join(append(keys, "id"+g.direction()), ", ") + g.limit()
}

// groups is a query for groups whose columns have no spellings of their own.
func (g grammar) groups() string {
	keys := g.several(2, "age", "born", "id % 5", "age DIV 10", "YEAR(born)", "balance > 1000")
	aggregates := g.several(4, "COUNT(*)", "COUNT(age)", "SUM(balance)", "AVG(age)", "MIN(id)", "MAX(born)", "SUM(age)", "MIN(balance)", "AVG(balance)", "MAX(id)")
	list := strings.Join(keys, ", ")
	having := ""
	if g.IntN(3) == 0 {
		having = " HAVING " + g.pick("COUNT(*)", "SUM(balance)", "MIN(id)") + g.pick(" > ", " <= ", " <> ") + g.number()
	}
	if g.IntN(4) == 0 {
		return "SELECT " + strings.Join(aggregates, ", ") + " FROM people" + g.where("")
	}
	return "SELECT " + list + ", " + strings.Join(aggregates, ", ") + " FROM people" + g.where("") + " GROUP BY " + list + having + " ORDER BY " + list + g.limit()
}

func (g grammar) distinct() string {
	list := strings.Join(g.several(2, "age", "born", "id % 4", "balance > 0", "score"), ", ")
	return "SELECT DISTINCT " + list + " FROM people" + g.where("") + " ORDER BY " + list + g.limit()
}

func (g grammar) join() string {
	kind := g.pick("JOIN", "LEFT JOIN", "JOIN")
	switch g.IntN(4) {
	case 0:
		return "SELECT p.id, c.code FROM people p " + kind + " countries c ON c.capital = p.city" + g.where("p.") + " ORDER BY p.id, c.code" + g.limit()
	case 1:
		return "SELECT p.age, COUNT(*), SUM(o.total) FROM people p " + kind + " orders o ON o.customer_id = p.id" + g.where("p.") + " GROUP BY p.age ORDER BY p.age"
	case 2:
		return "SELECT p.id, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = p.id) AS n FROM people p" + g.where("p.") + " ORDER BY n" + g.direction() + ", p.id" + g.limit()
	default:
		return "SELECT p.id, o.id, o.total FROM people p " + kind + " orders o ON o.customer_id = p.id" + g.where("p.") + " ORDER BY p.id" + g.direction() + ", o.id" + g.limit()
	}
}

func (g grammar) change() string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf("INSERT IGNORE INTO counters VALUES (%d, %d, 'r'), (%d, 1, NULL), (%d, 2, 'q')", g.IntN(90), g.IntN(9), g.IntN(90), g.IntN(90))
	case 1:
		return "UPDATE counters SET n = n + " + fmt.Sprint(g.IntN(5)) + " WHERE id " + g.pick("> ", "= ", "< ", "<> ") + fmt.Sprint(g.IntN(90))
	case 2:
		return "DELETE FROM counters WHERE id " + g.pick("= ", "IN (1, 2, ", "> 80 OR id = ", "BETWEEN 3 AND ") + fmt.Sprint(g.IntN(20))
	default:
		return fmt.Sprintf("INSERT INTO counters VALUES (%d, 1, 'd'), (%d, 2, 'd') ON DUPLICATE KEY UPDATE n = n + 100", g.IntN(90), g.IntN(90))
	}
}

func (g grammar) statement() string {
	var sql string
	switch g.IntN(15) {
	case 10, 11, 12:
		sql = g.byKey()
	case 13, 14:
		sql = g.nested()
	case 0, 1, 2:
		sql = g.rows()
	case 3, 4:
		sql = g.groups()
	case 5:
		sql = g.distinct()
	case 6, 7:
		sql = g.join()
	default:
		sql = g.change()
	}
	if open := strings.Count(sql, "(") - strings.Count(sql, ")"); open > 0 {
		sql += strings.Repeat(")", open)
	}
	return sql
}

// TestRandomStatements: statements that a grammar makes are answered as MySQL
// answers them, or refused.
func TestRandomStatements(t *testing.T) {
	for _, shards := range []int{2, 4} {
		for _, prepared := range []bool{false, true} {
			r := begin(t, shards, prepared)
			r.load(t)
			g := grammar{rand.New(rand.NewPCG(uint64(shards), 20260101))}
			refused := 0
			for n := range randomStatements {
				s := &statement{file: "random", line: n, sql: g.statement()}
				s.ties = strings.HasSuffix(s.sql, "ORDER BY 1") // x and X are equal
				differences := r.compare(t, s, prepared)
				if len(differences) == 1 && strings.Contains(differences[0].given, "1235 (42000)") && !strings.HasPrefix(s.sql, "INSERT") {
					refused++
					continue
				}
				for _, d := range differences {
					// Each shard warns for itself; and the type of an expression is another
					// when MySQL has it in a temporary table, as it does at will.
					if d.field != "warnings" && d.field != "info" && d.field != "columns" && d.field != "definitions" {
						t.Errorf("%d shards, statement %d: %s\n\t%v", shards, n, s.sql, d)
					}
				}
			}
			for _, table := range []string{"counters", "words", "words_general", "words_unicode", "words_bin", "latin", "blobs"} {
				for _, d := range r.compare(t, &statement{sql: "SELECT * FROM " + table}, false) {
					t.Errorf("after all, %s: %v", table, d)
				}
			}
			t.Logf("%d shards, prepared %v: %d statements, %d refused", shards, prepared, randomStatements, refused)
			if refused > randomStatements/5 {
				t.Errorf("%d of %d statements are refused", refused, randomStatements)
			}
		}
	}
}
