# Aggregates of every kind over every type, with and without groups.
-- class: families


-- each c: t; tu; s; m; i; iu; b; d; d3; y; bo; bi
-- each f: COUNT; SUM; AVG; MIN; MAX
SELECT {f}({c}) AS v FROM kinds

-- each c: da; dt; d6; ts; ti; t6; vb; e; se
-- each f: COUNT; MIN; MAX
SELECT {f}({c}) AS v FROM kinds

-- each c: i; d; s; dt; da; y; e; bi; ti
SELECT COUNT(*), COUNT({c}), COUNT(DISTINCT {c}), MIN({c}), MAX({c}) FROM nulls

-- each c: i; b; d; x
SELECT SUM(DISTINCT {c}), AVG(DISTINCT {c}) FROM nulls WHERE id < 30 AND ({c} IS NULL OR {c} BETWEEN -100 AND 100)

-- differs: warnings
-- each k: i; d; s; da; y; e; se; bi; ti; dt; i, s; e, y; s IS NULL; i % 2; COALESCE(i, -1); YEAR(dt)
-- each a: COUNT(*); SUM(i); AVG(d); MIN(s); MAX(da); COUNT(DISTINCT s)
SELECT {k}, {a} AS v FROM nulls GROUP BY {k} ORDER BY {k}

-- differs: warnings
-- each k: dept; grade; boss; perks; YEAR(hired); dept, grade; hired; dept IS NULL; salary > 3000; LEFT(name, 1)
-- each a: COUNT(*), SUM(salary); AVG(salary), MIN(hired); MAX(name), MIN(name); COUNT(DISTINCT boss); SUM(salary) / COUNT(*); BIT_OR(id), BIT_AND(id), BIT_XOR(id); GROUP_CONCAT(name ORDER BY name); GROUP_CONCAT(DISTINCT grade ORDER BY grade DESC SEPARATOR '/'); ROUND(STDDEV_POP(salary), 4); ROUND(VAR_SAMP(salary), 4); JSON_LENGTH(JSON_ARRAYAGG(name)); ANY_VALUE(1), SUM(salary > 2000)
SELECT {k}, {a} FROM staff GROUP BY {k} ORDER BY {k}

-- each a: COUNT(DISTINCT dept); COUNT(DISTINCT dept, grade); SUM(DISTINCT dept), COUNT(DISTINCT grade); GROUP_CONCAT(DISTINCT dept ORDER BY dept); GROUP_CONCAT(name, ':', dept ORDER BY name SEPARATOR ' '); SUM(salary) - AVG(salary); COUNT(*) * 2 + 1; IFNULL(SUM(salary), 0); ROUND(STD(salary), 3), ROUND(VARIANCE(salary), 3); BIT_OR(dept), BIT_XOR(id); JSON_OBJECTAGG(name, dept); MAX(salary) > 5000; CASE WHEN COUNT(*) > 10 THEN 'many' ELSE 'few' END; SUM(IF(grade = 'lead', salary, 0)); MIN(salary + 1), MAX(LENGTH(name)); COUNT(boss) / COUNT(*); CONCAT(MIN(name), '-', MAX(name)); GREATEST(MAX(dept), 3)
-- each w: TRUE; dept = 2; salary > 100000; id = 7; grade IS NULL; boss IN (1, 2)
SELECT {a} AS v FROM staff WHERE {w}

-- each h: COUNT(*) > 3; SUM(salary) > 10000; MIN(name) < 'd'; dept > 2; COUNT(DISTINCT grade) = 2; AVG(salary) IS NULL; MAX(salary) - MIN(salary) > 2000; COUNT(*) BETWEEN 2 AND 5; dept IS NULL; n > 4
SELECT dept, COUNT(*) AS n FROM staff GROUP BY dept HAVING {h} ORDER BY dept

-- each o: COUNT(*) DESC, dept; SUM(salary), dept; MAX(name) DESC; n, dept; 2 DESC, 1; -dept; dept IS NULL, dept; COUNT(*) % 3, dept DESC; MIN(hired), dept
SELECT dept, COUNT(*) AS n, SUM(salary) FROM staff GROUP BY dept ORDER BY {o}

-- each o: COUNT(*) DESC, dept; SUM(salary), dept; dept
-- each l: LIMIT 1; LIMIT 3; LIMIT 2 OFFSET 2; LIMIT 0; LIMIT 100 OFFSET 4
SELECT dept, SUM(salary) AS total FROM staff GROUP BY dept ORDER BY {o} {l}

-- each k: dept; dept, grade; region; region, yr; yr, q
SELECT COUNT(*) AS n FROM (SELECT 1 AS one, NULL AS dept, NULL AS grade, NULL AS region, NULL AS yr, NULL AS q) x GROUP BY {k}

-- each k: region; yr; region, yr; yr, q; q, region
SELECT {k}, COUNT(*), SUM(amount), SUM(units) FROM sales GROUP BY {k} WITH ROLLUP

-- each k: region; yr; region, yr; yr, q
SELECT {k}, GROUPING({k}) AS g, COUNT(*), SUM(amount), AVG(units), MAX(sold_at) FROM sales GROUP BY {k} WITH ROLLUP ORDER BY {k}, g

-- each k: region; yr; q; region, yr; units > 20; amount IS NULL
-- each a: SUM(amount); AVG(amount); COUNT(amount), COUNT(*); MIN(sold_at), MAX(sold_at); SUM(units), AVG(units); SUM(amount * units); COUNT(DISTINCT staff_id); GROUP_CONCAT(q ORDER BY q, yr, region)
SELECT {k}, {a} FROM sales GROUP BY {k} ORDER BY {k}

-- each d: dept; grade; dept, grade; boss IS NULL; hired; perks; salary; dept, hired; LENGTH(name); YEAR(hired), grade
SELECT DISTINCT {d} FROM staff ORDER BY {d}

-- each d: dept; grade, dept; hired
-- each l: LIMIT 3; LIMIT 2 OFFSET 1
SELECT DISTINCT {d} FROM staff ORDER BY {d} {l}

-- each c: ai; cs; bn; gn; l1; u3
SELECT COUNT(DISTINCT {c}), COUNT({c}), HEX(WEIGHT_STRING(MIN({c}))), HEX(WEIGHT_STRING(MAX({c}))) FROM mixed

-- each c: ai; cs; bn; gn; l1; u3
SELECT HEX(WEIGHT_STRING({c})) AS w, COUNT(*) FROM mixed GROUP BY {c} ORDER BY w

-- each c: cs; bn; asc_
SELECT {c}, COUNT(*), MIN(id) FROM mixed GROUP BY {c} ORDER BY {c}

-- each j: people p JOIN orders o ON o.customer_id = p.id; orders o JOIN items t ON t.customer_id = o.customer_id AND t.order_id = o.id JOIN people p ON p.id = o.customer_id
-- each a: COUNT(*); SUM(o.total); AVG(o.total), MIN(p.age); COUNT(DISTINCT p.id); MAX(o.placed); COUNT(DISTINCT o.status), COUNT(DISTINCT p.age); SUM(o.total) / COUNT(DISTINCT p.id)
-- each g: o.status; p.age; o.currency; p.born
SELECT {g}, {a} FROM {j} GROUP BY {g} ORDER BY {g}

# Expressions over aggregates beside texts of every character set.
-- each c: l1; u3; cs; bn; asc_
SELECT {c}, id, MIN(id) + COUNT(*) AS n FROM mixed GROUP BY {c}, id ORDER BY id

-- differs: kept
-- each c: l1; u3; ai; gn
SELECT HEX(WEIGHT_STRING({c})) AS w, HEX(MIN(cs)) AS h, MAX(id) - MIN(id) + COUNT(DISTINCT bn) AS n FROM mixed GROUP BY {c} ORDER BY w

SELECT CONCAT(MIN(word), '/', COUNT(*)) AS v, n % 3 AS k FROM latin GROUP BY k ORDER BY k
