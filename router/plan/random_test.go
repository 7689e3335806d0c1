package plan

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// randomSchema is small so that random statements find rows. Values are few,
// NULL among them.
const randomSchema = `CREATE TABLE a (id INT PRIMARY KEY, k INT NOT NULL, x INT, s VARCHAR(8) COLLATE utf8mb4_general_ci) COMMENT='shardway:shard_key=k;unique=shard';
CREATE TABLE b (id INT PRIMARY KEY, k BIGINT NOT NULL, x INT, s VARCHAR(8) COLLATE utf8mb4_general_ci) COMMENT='shardway:shard_key=k;unique=shard';
CREATE TABLE c (id INT PRIMARY KEY, s VARCHAR(8) COLLATE utf8mb4_general_ci NOT NULL, x INT, k INT) COMMENT='shardway:shard_key=s;unique=shard';
CREATE TABLE m (id INT PRIMARY KEY, k INT NOT NULL, x INT NOT NULL, s VARCHAR(8) COLLATE utf8mb4_general_ci) COMMENT='shardway:shard_key=k,x;unique=shard';
CREATE TABLE n (id INT PRIMARY KEY, k INT NOT NULL, x INT NOT NULL, s VARCHAR(8) COLLATE utf8mb4_general_ci) COMMENT='shardway:shard_key=k,x;unique=shard';
CREATE TABLE r (id INT PRIMARY KEY, k INT, x INT, s VARCHAR(8) COLLATE utf8mb4_general_ci) COMMENT='shardway:reference';
CREATE TABLE g (id INT PRIMARY KEY, k INT, x INT, s VARCHAR(8) COLLATE utf8mb4_general_ci)`

// speaker makes random statements over the tables of randomSchema.
type speaker struct {
	*rand.Rand
	aliases int
	// close: tables of one shard key, mostly joined by it, so that plans are
	// seldom refused.
	close bool
}

func (s *speaker) chance(percent int) bool { return s.IntN(100) < percent }

func (s *speaker) pick(words ...string) string { return words[s.IntN(len(words))] }

func (s *speaker) table() string {
	if s.close {
		return s.pick("a", "a", "a", "b", "b", "b", "r")
	}
	return s.pick("a", "a", "a", "a", "b", "b", "b", "b", "b", "r", "r", "r", "c", "m", "n", "g")
}

func (s *speaker) number() string { return s.pick("0", "1", "2", "3", "'1'", "-1", "2.0") }

// visible lists the aliases that a condition may name.
type visible []string

func (s *speaker) alias(v visible) string { return v[s.IntN(len(v))] }

func (s *speaker) column(v visible) string {
	return s.alias(v) + "." + s.pick("k", "k", "k", "x", "x", "s")
}

// from makes a FROM clause of 1 to 4 tables and says what it shows.
func (s *speaker) from(outer visible, depth int) (string, visible) {
	text, shown := s.source(outer, depth)
	for range []int{0, 0, 1, 1, 2}[s.IntN(5)] {
		more, fresh := s.source(outer, depth)
		if s.chance(15) {
			other, also := s.source(outer, depth)
			both := append(append(visible{}, fresh...), also...)
			more = "(" + more + s.pick(" JOIN ", " LEFT JOIN ") + other + " ON " + s.joined(both, fresh, also) + ")"
			fresh = both
		}
		all := append(append(visible{}, shown...), fresh...)
		kind := s.pick(" JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " CROSS JOIN ")
		switch {
		case kind == " CROSS JOIN ":
			text += kind + more
		case s.chance(10) && !strings.HasPrefix(more, "("):
			text += kind + more + " USING (" + s.pick("k", "k, x", "x") + ")"
		default:
			text += kind + more + " ON " + s.joined(all, shown, fresh)
		}
		shown = all
	}
	return text, shown
}

func (s *speaker) source(outer visible, depth int) (string, visible) {
	s.aliases++
	alias := fmt.Sprintf("t%d", s.aliases)
	if depth > 0 && !s.close && s.chance(8) {
		inner := s.query(outer[:0:0], depth-1)
		return "(" + inner + ") " + alias, visible{alias}
	}
	return s.table() + " " + alias, visible{alias}
}

// joined is an ON condition, most often an equality of keys.
func (s *speaker) joined(all, left, right visible) string {
	l, r := s.alias(left), s.alias(right)
	var parts []string
	n := s.IntN(10)
	if s.close && s.chance(70) {
		n = 0
	}
	switch {
	case n < 7:
		parts = append(parts, l+".k = "+r+".k")
		if s.chance(30) {
			parts = append(parts, r+".x = "+l+".x")
		}
		if s.chance(30) {
			parts = append(parts, s.alias(all)+".k = "+s.alias(right)+".k")
		}
	case n < 8:
		parts = append(parts, l+".s = "+r+".s")
	case n < 9:
		parts = append(parts, l+".k <=> "+r+".k")
	default:
		parts = append(parts, l+".x = "+r+".x")
	}
	if s.chance(25) {
		parts = append(parts, s.simple(all))
	}
	return strings.Join(parts, s.pick(" AND ", " AND ", " AND ", " AND ", " AND ", " AND ", " OR "))
}

// simple is a condition without a subquery.
func (s *speaker) simple(v visible) string {
	switch s.IntN(10) {
	case 0:
		return s.column(v) + " IS " + s.pick("", "NOT ") + "NULL"
	case 1:
		return s.alias(v) + ".k IN (" + s.number() + ", " + s.number() + ")"
	case 2:
		return s.column(v) + " = " + s.column(v)
	case 3:
		return s.alias(v) + ".s = " + s.pick("'x'", "'X'", "'y '", "'z'")
	case 4:
		return s.alias(v) + ".x " + s.pick("<", ">", "<>") + " " + s.number()
	case 5:
		return "(" + s.simple(v) + " OR " + s.simple(v) + ")"
	case 6:
		return "NOT " + s.simple(v)
	case 7:
		return "(" + s.alias(v) + ".k, " + s.alias(v) + ".x) = (" + s.number() + ", " + s.number() + ")"
	default:
		return s.alias(v) + ".k = " + s.number()
	}
}

// condition may hold a subquery; outer tables are seen by it.
func (s *speaker) condition(v visible, depth int) string {
	if depth == 0 || s.chance(60) {
		return s.simple(v)
	}
	from, shown := s.from(v, depth-1)
	all := append(append(visible{}, v...), shown...)
	where := s.simple(all)
	if s.chance(80) {
		where = s.alias(shown) + ".k = " + s.alias(v) + ".k AND " + where
	}
	switch s.IntN(4) {
	case 0:
		return "NOT EXISTS (SELECT 1 FROM " + from + " WHERE " + where + ")"
	case 1:
		return s.alias(v) + ".k " + s.pick("", "NOT ") + "IN (SELECT " + s.alias(shown) + "." + s.pick("k", "x") + " FROM " + from + " WHERE " + where + ")"
	case 2:
		return s.alias(v) + ".x " + s.pick("=", "<") + " (SELECT " + s.pick("MAX", "COUNT", "SUM") + "(" + s.column(all) + ") FROM " + from + " WHERE " + where + ")"
	default:
		return "EXISTS (SELECT 1 FROM " + from + " WHERE " + where + ")"
	}
}

func (s *speaker) where(v visible, depth int) string {
	var parts []string
	for range s.IntN(3) {
		parts = append(parts, s.condition(v, depth))
	}
	if s.chance(30) {
		parts = append([]string{s.alias(v) + ".k = " + s.number()}, parts...)
	}
	if len(parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(parts, s.pick(" AND ", " AND ", " AND ", " OR "))
}

// query is a SELECT of three columns k, x and s, without ORDER BY.
func (s *speaker) query(outer visible, depth int) string {
	from, shown := s.from(outer, depth)
	where := s.where(append(append(visible{}, outer...), shown...), depth)
	a := s.alias(shown)
	if s.chance(20) {
		return fmt.Sprintf("SELECT %s.k, COUNT(*) AS x, MIN(%s.s) AS s FROM %s%s GROUP BY %s.k", a, s.alias(shown), from, where, a)
	}
	x := s.alias(shown) + ".x"
	if depth > 0 && s.chance(20) {
		inner, fresh := s.from(shown, 0)
		all := append(append(visible{}, shown...), fresh...)
		x = fmt.Sprintf("(SELECT %s FROM %s WHERE %s.k = %s.k AND %s)", s.pick("COUNT(*)", "SUM("+s.alias(fresh)+".x)", "COUNT("+s.alias(all)+".x)"),
			inner, s.alias(fresh), s.alias(shown), s.simple(all))
	}
	return fmt.Sprintf("SELECT %s.k, %s AS x, %s.s FROM %s%s", a, x, s.alias(shown), from, where)
}

// statement is a whole SELECT.
func (s *speaker) statement() string {
	s.aliases, s.close = 0, s.chance(75)
	switch n := s.IntN(20); {
	case n == 0:
		return s.query(nil, 1) + s.pick(" UNION ", " UNION ALL ") + s.query(nil, 1)
	case n == 1:
		return "WITH w AS (" + s.query(nil, 1) + ") SELECT w.k, w.x, t.s FROM w JOIN " + s.table() + " t ON t.k = w.k"
	case n < 7:
		return s.aggregated()
	case n < 10:
		return strings.Replace(s.query(nil, 1), "SELECT", "SELECT DISTINCT", 1)
	case n < 14:
		return s.query(nil, 2) + " ORDER BY 1, 2, 3 DESC" + s.pick("", " LIMIT 5", " LIMIT 3, 4")
	default:
		return s.query(nil, 2)
	}
}

func (s *speaker) aggregated() string {
	from, shown := s.from(nil, 1)
	where := s.where(shown, 1)
	x := func() string { return s.alias(shown) + "." + s.pick("k", "x") }
	list := []string{"COUNT(*)", "SUM(" + x() + ")", "MIN(" + x() + ")", "MAX(" + x() + ")", "COUNT(" + s.column(shown) + ")"}
	if s.chance(30) {
		list = append(list, "AVG("+x()+")", "COUNT(DISTINCT "+s.alias(shown)+".k)")
	}
	fields := strings.Join(list[:1+s.IntN(len(list))], ", ")
	if s.chance(40) {
		return "SELECT " + fields + " FROM " + from + where + s.pick("", " HAVING COUNT(*) > 2")
	}
	by := s.column(shown)
	if s.chance(30) {
		by += ", " + s.column(shown)
	}
	tail := s.pick("", "", " HAVING COUNT(*) > 1", " HAVING SUM("+x()+") >= 2 AND COUNT(*) < 9", " HAVING "+strings.Split(by, ",")[0]+" <> 1")
	return "SELECT " + by + ", " + fields + " FROM " + from + where + " GROUP BY " + by + tail
}

// change is an UPDATE or DELETE.
func (s *speaker) change() string {
	s.aliases, s.close = 0, s.chance(75)
	set := func(alias string) string {
		return alias + "." + s.pick("s = 'q'", "id = "+alias+".id", "s = CONCAT('q', "+alias+".x)", "k = 1", "k = '2'")
	}
	switch s.IntN(5) {
	case 0:
		return "DELETE t FROM " + s.table() + " t" + s.where(visible{"t"}, 1)
	case 1:
		from, shown := s.from(nil, 1)
		return "DELETE " + s.alias(shown) + " FROM " + from + s.where(shown, 1)
	case 2:
		from, shown := s.from(nil, 1)
		return "UPDATE " + from + " SET " + set(s.alias(shown)) + s.where(shown, 1)
	default:
		return "UPDATE " + s.table() + " t SET " + set("t") + s.where(visible{"t"}, 1)
	}
}
