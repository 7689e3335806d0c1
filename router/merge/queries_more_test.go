package merge_test

import "fmt"

// onceQueries have aggregates of distinct values and of bits, and totals of groups.
func onceQueries() []query {
	all := []query{
		{sql: "SELECT COUNT(DISTINCT i, d), COUNT(DISTINCT i), COUNT(*), SUM(d), AVG(d5) FROM t"},
		{sql: "SELECT su, COUNT(DISTINCT s), COUNT(DISTINCT bn), SUM(DISTINCT i), AVG(DISTINCT d), COUNT(s), MAX(g) FROM t GROUP BY su ORDER BY su", fold: true},
		{sql: "SELECT COUNT(DISTINCT 1), SUM(DISTINCT i + 1), AVG(DISTINCT i / 3) FROM t"},
		{sql: "SELECT su, COUNT(DISTINCT i) c FROM t GROUP BY su HAVING c > 2 AND SUM(DISTINCT d) IS NULL OR c < 2 ORDER BY c DESC, su"},
		{sql: "SELECT su FROM t GROUP BY su HAVING COUNT(DISTINCT i) > 2 ORDER BY COUNT(DISTINCT d), su"},
		{sql: "SELECT COUNT(DISTINCT sk), COUNT(DISTINCT i), MIN(DISTINCT s) FROM t", fold: true},
		{sql: "SELECT DISTINCT COUNT(*), su FROM t GROUP BY su, i ORDER BY 1, 2"},
		{sql: "SELECT DISTINCT su FROM t GROUP BY su, i", set: true},
		{sql: "SELECT DISTINCT MAX(bn) FROM t GROUP BY su, i", set: true, fold: true},
		{sql: "SELECT ANY_VALUE(7), ANY_VALUE(id) IS NULL, COUNT(*) FROM t"},
		{sql: "SELECT MIN(id), COUNT(*), ANY_VALUE(COALESCE(id, -1)) > -1 FROM t"},
		{sql: "SELECT BIT_AND(bi), BIT_OR(bu), BIT_XOR(i), BIT_AND(d), BIT_OR(db > 0), BIT_XOR(b) FROM t"},
		{sql: "SELECT BIT_AND(s), BIT_OR(s) FROM t WHERE FALSE"},
		{sql: "SELECT su, BIT_AND(i), BIT_OR(bi), BIT_XOR(bu), BIT_XOR(y), COUNT(DISTINCT i) FROM t GROUP BY su ORDER BY su"},
		{sql: "SELECT su FROM t GROUP BY su HAVING BIT_XOR(bu) > 5 ORDER BY BIT_OR(i), su"},
		{sql: "SELECT BIT_AND(vb), BIT_OR(vb), BIT_XOR(vb) FROM t WHERE LENGTH(vb) = 2 OR vb IS NULL"},
		{sql: "SELECT su, BIT_AND(vb), BIT_OR(vb), BIT_XOR(vb), COUNT(DISTINCT vb) FROM t WHERE LENGTH(vb) = 1 OR vb IS NULL GROUP BY su ORDER BY su"},
		{sql: "SELECT BIT_AND(vb), BIT_OR(vb), COUNT(DISTINCT vb) FROM t WHERE FALSE"},
		{sql: "SELECT e, COUNT(*) FROM t GROUP BY e ORDER BY e"},
		{sql: "SELECT e, st, COUNT(*) FROM t GROUP BY e, st ORDER BY st DESC, e"},
		{sql: "SELECT su, i, COUNT(*), SUM(d), AVG(d5), GROUPING(su), GROUPING(i), IFNULL(su, 'all') FROM t GROUP BY su, i WITH ROLLUP"},
		{sql: "SELECT bn, su, MIN(id), MAX(id), COUNT(i) FROM t GROUP BY bn, su WITH ROLLUP", fold: true},
		{sql: "SELECT e, COUNT(*) FROM t GROUP BY e WITH ROLLUP", set: true},
		{sql: "SELECT su, i, COUNT(*) c FROM t GROUP BY su, i WITH ROLLUP HAVING c > 3 ORDER BY c DESC, GROUPING(su), su, GROUPING(i), i LIMIT 2, 5"},
		{sql: "SELECT su % 3 AS m, SUM(i) FROM t GROUP BY m WITH ROLLUP HAVING GROUPING(m) = 1 OR m > 0"},
		{sql: "SELECT sk, COUNT(*) FROM t GROUP BY sk WITH ROLLUP"},
		{sql: "SELECT sk, COUNT(DISTINCT sk, i) FROM t GROUP BY sk WITH ROLLUP ORDER BY 2 DESC, 1 LIMIT 3"},
		{sql: "SELECT DISTINCT COUNT(*) FROM t GROUP BY su, i WITH ROLLUP ORDER BY 1"},
	}
	for _, c := range sortable {
		all = append(all,
			query{sql: fmt.Sprintf("SELECT COUNT(DISTINCT %s), COUNT(%s) FROM t", c, c)},
			query{sql: fmt.Sprintf("SELECT ti, COUNT(DISTINCT %s, su), MIN(DISTINCT %s) FROM t GROUP BY ti ORDER BY ti", c, c), fold: true},
			query{sql: fmt.Sprintf("SELECT %s, COUNT(*) FROM t GROUP BY %s WITH ROLLUP", c, c), set: true, fold: true},
		)
	}
	for _, c := range numeric {
		all = append(all,
			query{sql: fmt.Sprintf("SELECT COUNT(DISTINCT %s), SUM(DISTINCT %s), AVG(DISTINCT %s) FROM t", c, c, c)},
			query{sql: fmt.Sprintf("SELECT su, SUM(DISTINCT %s), AVG(DISTINCT %s), SUM(%s) FROM t GROUP BY su ORDER BY su", c, c, c)},
		)
	}
	return all
}

// listQueries put texts and JSON together.
func listQueries() []query {
	all := []query{
		{sql: "SELECT GROUP_CONCAT(1), GROUP_CONCAT('a' SEPARATOR ''), COUNT(*) FROM t WHERE id < 40"},
		{sql: "SELECT GROUP_CONCAT(id ORDER BY id) FROM t"},
		{sql: "SELECT GROUP_CONCAT(id ORDER BY i DESC, id SEPARATOR '; ') FROM t"},
		{sql: "SELECT su, GROUP_CONCAT(i ORDER BY i, 1), GROUP_CONCAT(DISTINCT i ORDER BY i DESC), COUNT(*), SUM(d) FROM t GROUP BY su ORDER BY su"},
		{sql: "SELECT GROUP_CONCAT(DISTINCT d, i ORDER BY i, d), GROUP_CONCAT(id, '-', i ORDER BY 1, 3) FROM t"},
		{sql: "SELECT GROUP_CONCAT(DISTINCT e ORDER BY e), GROUP_CONCAT(DISTINCT st ORDER BY st DESC), COUNT(DISTINCT e) FROM t"},
		{sql: "SELECT GROUP_CONCAT(bn ORDER BY bn, id), GROUP_CONCAT(DISTINCT as_cs ORDER BY as_cs) FROM t"},
		{sql: "SELECT su, GROUP_CONCAT(NULL), GROUP_CONCAT(db ORDER BY db), GROUP_CONCAT(f ORDER BY f) FROM t WHERE db <> 0 GROUP BY su ORDER BY su"},
		{sql: "SELECT su, GROUP_CONCAT(dt ORDER BY dt), GROUP_CONCAT(tm ORDER BY tm DESC), GROUP_CONCAT(ts ORDER BY ts) FROM t GROUP BY su ORDER BY su"},
		{sql: "SELECT su, GROUP_CONCAT(vb ORDER BY vb), GROUP_CONCAT(DISTINCT b ORDER BY b) FROM t GROUP BY su ORDER BY su"},
		{sql: "SELECT GROUP_CONCAT(zf ORDER BY zf), GROUP_CONCAT(y ORDER BY y) FROM t"},
		{sql: "SELECT GROUP_CONCAT(REPEAT('ab', 400) ORDER BY id SEPARATOR '') FROM t"},
		{sql: "SELECT GROUP_CONCAT(REPEAT('é', 311) ORDER BY id SEPARATOR 'x') FROM t"},
		{sql: "SELECT GROUP_CONCAT(REPEAT('ab', 400)) FROM t"},
		{sql: "SELECT LENGTH(l) IS NULL, GROUP_CONCAT(REPEAT('x', 600)) FROM t GROUP BY LENGTH(l) IS NULL ORDER BY 1"},
		{sql: "SELECT JSON_ARRAYAGG(1), JSON_ARRAYAGG(NULL) FROM t"},
		{sql: "SELECT JSON_OBJECTAGG(id, i), JSON_OBJECTAGG(CONCAT(id % 7, '\"\\\\\n', id), JSON_ARRAY(d, bn)) FROM t"},
		{sql: "SELECT su, JSON_OBJECTAGG(CONCAT('k', id % 9, 'é'), su), COUNT(DISTINCT i) FROM t GROUP BY su ORDER BY su"},
		{sql: "SELECT JSON_OBJECTAGG(REPEAT('n', id % 5), JSON_OBJECT('a', 1, 'b', '}')) FROM t"},
	}
	for _, c := range sortable {
		all = append(all,
			query{sql: fmt.Sprintf("SELECT GROUP_CONCAT(id ORDER BY %s, id) FROM t", c)},
			query{sql: fmt.Sprintf("SELECT su, GROUP_CONCAT(id ORDER BY %s DESC, id DESC) FROM t GROUP BY su ORDER BY su", c)},
		)
	}
	return all
}
