package merge_test

import (
	"fmt"

	"github.com/shardway/shardway/shardkey"
)

var (
	sortable = []string{
		"ti", "su", "mi", "i", "bi", "bu", "zf", "d", "d5", "dw", "f", "db", "dt", "dm", "ts", "tm", "y", "b",
		"s", "g", "u", "bn", "as_cs", "l", "tx", "vb", "bl", "e", "st",
	}
	numeric  = []string{"ti", "su", "mi", "i", "bi", "bu", "zf", "d", "d5", "dw", "f", "y", "b"}
	textual  = []string{"s", "g", "u", "bn", "as_cs", "l", "tx"}
	ordinals = []string{"e", "st"}
)

func queries() []query {
	var all []query
	all = append(all, orderQueries()...)
	all = append(all, groupQueries()...)
	all = append(all, havingQueries()...)
	all = append(all, onceQueries()...)
	all = append(all, listQueries()...)
	return all
}

// orderQueries sort, cut and make distinct.
func orderQueries() []query {
	all := []query{
		{sql: "SELECT * FROM t", set: true},
		{sql: "SELECT id, s FROM t WHERE i > 1", set: true},
		{sql: "SELECT * FROM t ORDER BY id"},
		{sql: "SELECT * FROM t ORDER BY s, id DESC"},
		{sql: "SELECT id FROM t ORDER BY id LIMIT 10"},
		{sql: "SELECT id FROM t ORDER BY id LIMIT 7, 5"},
		{sql: "SELECT id FROM t ORDER BY id LIMIT 5 OFFSET 1000"},
		{sql: "SELECT id FROM t ORDER BY id LIMIT 0"},
		{sql: "SELECT id FROM t LIMIT 0"},
		{sql: "SELECT id FROM t ORDER BY id LIMIT ? OFFSET ?", args: values{number("4"), number("3")}},
		{sql: "SELECT id, i AS x FROM t ORDER BY x DESC, 1"},
		{sql: "SELECT s FROM t ORDER BY g, id"},
		{sql: "SELECT id FROM t ORDER BY i + mi, id"},
		{sql: "SELECT id FROM t ORDER BY concat(s, 'x'), id"},
		{sql: "SELECT id FROM t ORDER BY length(s) DESC, lower(s), id"},
		{sql: "SELECT id FROM t ORDER BY i / 3, id"},
		{sql: "SELECT id FROM t ORDER BY db * 2, id"},
		{sql: "SELECT id FROM t ORDER BY i IS NULL, i, id"},
		{sql: "SELECT id FROM t ORDER BY date_add(dt, INTERVAL -1 DAY), id"},
		{sql: "SELECT id FROM t ORDER BY timediff(tm, '00:00:01'), id"},
		{sql: "SELECT id FROM t ORDER BY year(dt), month(dt) DESC, id"},
		{sql: "SELECT id FROM t ORDER BY coalesce(s, ''), id"},
		{sql: "SELECT id FROM t ORDER BY CASE WHEN i > 1 THEN 'a' ELSE 'B' END, id"},
		{sql: "SELECT DISTINCT i FROM t", set: true},
		{sql: "SELECT DISTINCT i, d FROM t ORDER BY i, d"},
		{sql: "SELECT DISTINCT i, d FROM t ORDER BY d DESC, i LIMIT 3, 4"},
		{sql: "SELECT DISTINCT * FROM t", set: true},
		{sql: "SELECT DISTINCT t.*, i + 1 FROM t ORDER BY id"},
		{sql: "SELECT DISTINCT * FROM t ORDER BY e, i DESC, id LIMIT 4, 10"},
		{sql: "SELECT DISTINCT e, st FROM t ORDER BY e DESC, st LIMIT 5"},
		{sql: "SELECT DISTINCT i, d FROM t ORDER BY i + d, d, i LIMIT 3"},
		{sql: "SELECT DISTINCT i AS x FROM t ORDER BY ABS(x), x LIMIT 2, 2"},
		{sql: "SELECT DISTINCT su FROM t ORDER BY su % 3, su LIMIT 4"},
		{sql: "SELECT DISTINCT i + 1, s IS NULL FROM t", set: true},
	}
	for _, c := range sortable {
		all = append(all,
			query{sql: "SELECT id, " + c + " FROM t ORDER BY " + c + ", id"},
			query{sql: "SELECT id FROM t ORDER BY " + c + " DESC, id DESC LIMIT 20, 40"},
			query{sql: "SELECT DISTINCT " + c + " FROM t", set: true, fold: true},
		)
	}
	return all
}

// groupQueries combine partial aggregates.
func groupQueries() []query {
	all := []query{
		{sql: "SELECT COUNT(*) FROM t"},
		{sql: "SELECT COUNT(*), COUNT(s), COUNT(i) FROM t WHERE id < 0"},
		{sql: "SELECT COUNT(*), SUM(i), 'x', 5 FROM t"},
		{sql: "SELECT SUM(i), AVG(i), MIN(i), MAX(i) FROM t WHERE i = 1"},
		{sql: "SELECT SUM(i / 3), AVG(i / 3), SUM(d * d5) FROM t"},
		{sql: "SELECT SUM(db), AVG(db), MIN(db), MAX(db) FROM t WHERE abs(db) < 1e12"},
		{sql: "SELECT SUM(f), AVG(f) FROM t"},
		{sql: "SELECT SUM(s), AVG(s) FROM t"},
		{sql: "SELECT MIN(DISTINCT i), MAX(DISTINCT d) FROM t"},
		{sql: "SELECT COUNT(*) FROM t LIMIT 0"},
		{sql: "SELECT COUNT(*) FROM t LIMIT 1, 1"},
		{sql: "SELECT COUNT(*) c FROM t ORDER BY c"},
		{sql: "SELECT i, d, COUNT(*) FROM t GROUP BY i, d", set: true},
		{sql: "SELECT i, COUNT(*), SUM(d), AVG(d5) FROM t GROUP BY i ORDER BY i"},
		{sql: "SELECT i, COUNT(*) c FROM t GROUP BY i ORDER BY c DESC, i LIMIT 2"},
		{sql: "SELECT i, COUNT(*) c FROM t GROUP BY i ORDER BY c DESC, i LIMIT 1, 2"},
		{sql: "SELECT COUNT(*) FROM t GROUP BY i ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i ORDER BY SUM(d) DESC, i"},
		{sql: "SELECT i, AVG(d) FROM t GROUP BY i ORDER BY AVG(d), i"},
		{sql: "SELECT i, MAX(bn) FROM t GROUP BY i ORDER BY MAX(bn), i"},
		{sql: "SELECT i + 1, COUNT(*) FROM t GROUP BY i + 1 ORDER BY 1"},
		{sql: "SELECT i % 2 AS p, MAX(id), MIN(id) FROM t GROUP BY p ORDER BY p DESC"},
		{sql: "SELECT year(dt), COUNT(*) FROM t GROUP BY year(dt) ORDER BY year(dt)"},
		{sql: "SELECT concat(s, '!'), COUNT(*) FROM t GROUP BY concat(s, '!') ORDER BY 1", fold: true},
		{sql: "SELECT bn, COUNT(*), MAX(id) FROM t GROUP BY bn", set: true, fold: true},
		{sql: "SELECT SUM(bi), SUM(bu), SUM(dw) FROM t GROUP BY su ORDER BY su"},
		{sql: "SELECT sk, COUNT(*) FROM t GROUP BY sk ORDER BY sk LIMIT 3"},
	}
	for _, c := range sortable {
		all = append(all,
			query{sql: "SELECT " + c + ", COUNT(*), COUNT(i), MIN(id), MAX(id) FROM t GROUP BY " + c, set: true, fold: true},
			query{sql: "SELECT COUNT(*) FROM t GROUP BY " + c, set: true},
			query{sql: "SELECT MIN(" + c + "), MAX(" + c + ") FROM t", fold: true},
			query{sql: "SELECT ti, MIN(" + c + "), MAX(" + c + ") FROM t GROUP BY ti ORDER BY ti", fold: true},
		)
	}
	for _, c := range numeric {
		all = append(all,
			query{sql: "SELECT COUNT(" + c + "), SUM(" + c + "), AVG(" + c + ") FROM t"},
			query{sql: "SELECT SUM(" + c + "), AVG(" + c + "), su FROM t GROUP BY su ORDER BY su"},
		)
	}
	for _, c := range textual {
		all = append(all,
			query{sql: fmt.Sprintf("SELECT COUNT(*) FROM t GROUP BY %s ORDER BY %s", c, c)},
			query{sql: fmt.Sprintf("SELECT COUNT(*), MIN(id) FROM t GROUP BY %s ORDER BY MAX(%s) DESC", c, c)},
		)
	}
	for _, c := range ordinals {
		all = append(all, query{sql: fmt.Sprintf("SELECT %s, SUM(%s), COUNT(*) FROM t GROUP BY %s", c, c, c), set: true})
	}
	return all
}

// havingQueries filter combined rows.
func havingQueries() []query {
	text := func(kind shardkey.Kind, v string) shardkey.Value {
		return shardkey.Value{Kind: kind, Bytes: []byte(v)}
	}
	all := []query{
		{sql: "SELECT COUNT(*) FROM t HAVING COUNT(*) > 1000000"},
		{sql: "SELECT COUNT(*) c FROM t HAVING c >= 0"},
		{sql: "SELECT SUM(i) FROM t HAVING SUM(i) = ?", args: values{{Kind: shardkey.Null}}},
		{sql: "SELECT i FROM t GROUP BY i HAVING NOT (SUM(d) > 0) ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING SUM(d) > 0 OR COUNT(*) > 3 ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING SUM(d) > 0 AND COUNT(*) > 3 AND i > 1 ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING COUNT(*) BETWEEN 2 AND 50 ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING COUNT(*) NOT BETWEEN 2 AND 50 ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING 10 < COUNT(*) ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING MIN(db) < -0.5 ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING MAX(y) <> 2155 ORDER BY i"},
		{sql: "SELECT i FROM t GROUP BY i HAVING MAX(b) = 4095 ORDER BY i"},
		{sql: "SELECT i, AVG(d) FROM t GROUP BY i HAVING AVG(d) > -0.005 ORDER BY i"},
	}
	for _, v := range []shardkey.Value{
		number("10"), number("-3"), number("18446744073709551615"), text(shardkey.Decimal, "10.500"), text(shardkey.Float, "1.05e1"),
		text(shardkey.String, "10"), text(shardkey.String, " 1e1x"), text(shardkey.String, "x"),
		{Kind: shardkey.Null},
	} {
		for _, c := range []string{"COUNT(*)", "SUM(i)", "MAX(d)", "AVG(d5)", "MIN(db)", "SUM(f)", "MAX(bu)"} {
			for _, op := range []string{"=", "<>", "<", ">="} {
				all = append(all, query{sql: fmt.Sprintf("SELECT su FROM t GROUP BY su, i HAVING %s %s ? ORDER BY su, i", c, op), args: values{v}})
			}
		}
	}
	return all
}
