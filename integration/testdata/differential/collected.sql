# Joins on other columns than the shard keys, set operations, derived tables,
# common table expressions, LATERAL, JSON_TABLE, NATURAL and USING.
-- class: collected


-- each j: JOIN; LEFT JOIN; RIGHT JOIN; STRAIGHT_JOIN
-- each on: s.dept = d.id; s.id = d.head; s.dept = d.id AND s.grade = 'lead'; s.dept = d.id OR s.id = d.head; s.dept < d.id; s.dept <=> d.head; s.dept = d.id AND d.city = 'Oslo'; s.salary > d.budget
SELECT s.id AS sid, s.name, d.id AS did, d.title FROM staff s {j} depts d ON {on} ORDER BY s.id, d.id

-- each j: JOIN; LEFT JOIN; RIGHT JOIN
-- each on: m.id = s.boss; m.dept = s.dept AND m.id < s.id; m.hired = s.hired AND m.id <> s.id; m.grade = s.grade AND m.id = s.boss
SELECT s.grade, COUNT(*), COUNT(m.id), SUM(m.salary) FROM staff s {j} staff m ON {on} GROUP BY s.grade ORDER BY s.grade

-- each j: JOIN; LEFT JOIN; RIGHT JOIN
-- each on: m.id = s.boss; m.dept = s.dept AND m.id < s.id; m.hired = s.hired AND m.id <> s.id; m.grade = s.grade AND m.id = s.boss
SELECT s.id AS sid, m.id AS mid, s.name, m.name FROM staff s {j} staff m ON {on} ORDER BY sid, mid

-- each j: JOIN; LEFT JOIN
-- each w: TRUE; s.salary > 3000; d.city = 'Paris'; sa.amount > 100; d.id IS NULL; sa.region = 'de'; s.id = 5; s.id IN (2, 3, 4)
SELECT s.name, d.title, sa.region, sa.yr, sa.q, sa.amount FROM staff s {j} depts d ON d.id = s.dept {j} sales sa ON sa.staff_id = s.id WHERE {w} ORDER BY s.id, d.id, sa.region, sa.yr, sa.q

-- each k: d.title; d.city; s.grade; sa.region; d.city, s.grade
-- each a: COUNT(*); SUM(sa.amount); COUNT(DISTINCT s.id); AVG(s.salary), MAX(sa.units); GROUP_CONCAT(DISTINCT s.name ORDER BY s.name)
SELECT {k}, {a} FROM staff s JOIN depts d ON d.id = s.dept LEFT JOIN sales sa ON sa.staff_id = s.id GROUP BY {k} ORDER BY {k}

-- each t: plainly; colours; settings; tree
SELECT s.id AS sid, t.* FROM staff s JOIN {t} t ON s.id < 4 ORDER BY 1, 2

-- each t: plainly; colours
-- each j: JOIN; LEFT JOIN; RIGHT JOIN
SELECT s.id AS sid, t.id AS tid FROM staff s {j} {t} t ON t.id = s.dept ORDER BY sid, tid

-- each j: JOIN; LEFT JOIN; RIGHT JOIN
-- each u: (id); (dept); (id, dept)
SELECT * FROM (SELECT id, dept, name FROM staff) a {j} (SELECT id, dept, salary FROM staff WHERE id % 2 = 0) b USING {u} ORDER BY 1, 2, 3, 4

-- each j: NATURAL JOIN; NATURAL LEFT JOIN; NATURAL RIGHT JOIN
SELECT * FROM (SELECT id, dept FROM staff) a {j} (SELECT dept, grade FROM staff WHERE id < 6) b ORDER BY 1, 2, 3

-- each j: NATURAL JOIN; NATURAL LEFT JOIN
SELECT region, yr FROM sales {j} (SELECT region, MAX(yr) AS yr FROM sales GROUP BY region) m ORDER BY 1, 2, q

SELECT id, title FROM depts NATURAL JOIN colours ORDER BY id

SELECT id, name FROM staff JOIN colours USING (id) ORDER BY id

-- each op: UNION; UNION ALL; INTERSECT; EXCEPT; INTERSECT ALL; EXCEPT ALL
-- each a: SELECT id FROM staff; SELECT dept FROM staff; SELECT boss FROM staff WHERE id > 5
-- each b: SELECT id FROM depts; SELECT head FROM depts; SELECT staff_id FROM sales
({a}) {op} ({b}) ORDER BY 1

-- each op: UNION; UNION ALL; INTERSECT; EXCEPT
-- each l: LIMIT 3; LIMIT 2 OFFSET 2; LIMIT 0
SELECT id, name FROM staff WHERE id < 9 {op} SELECT id, title FROM depts {op} SELECT id, name FROM colours ORDER BY id, name {l}

-- each op: UNION; EXCEPT; INTERSECT
(SELECT id FROM staff ORDER BY id LIMIT 8) {op} (SELECT id FROM depts ORDER BY id DESC LIMIT 4) ORDER BY id DESC

SELECT id FROM staff UNION (SELECT id FROM depts UNION ALL SELECT id FROM colours) ORDER BY id

(SELECT id FROM staff EXCEPT SELECT boss FROM staff) INTERSECT SELECT id FROM depts ORDER BY id

-- each a: COUNT(*); SUM(id), COUNT(DISTINCT id); MIN(id), MAX(id)
-- each op: UNION; UNION ALL; EXCEPT
SELECT {a} FROM (SELECT id FROM staff {op} SELECT head FROM depts) u

-- each d: SELECT dept, COUNT(*) AS n FROM staff GROUP BY dept; SELECT dept, SUM(salary) AS n FROM staff GROUP BY dept HAVING COUNT(*) > 1; SELECT DISTINCT dept, boss AS n FROM staff; SELECT dept, id AS n FROM staff ORDER BY id LIMIT 6; SELECT dept, MAX(id) AS n FROM staff WHERE grade IS NOT NULL GROUP BY dept
-- each q: SELECT * FROM ({d}) x ORDER BY 1, 2; SELECT COUNT(*), SUM(x.n) FROM ({d}) x; SELECT d.title, x.n FROM ({d}) x JOIN depts d ON d.id = x.dept ORDER BY d.id, x.n; SELECT d.title, x.n FROM depts d LEFT JOIN ({d}) x ON d.id = x.dept AND x.n > 2 ORDER BY d.id, x.n
{q}

-- each d: SELECT dept, COUNT(*) AS n FROM staff GROUP BY dept; SELECT dept, id AS n FROM staff WHERE salary > 2000; SELECT id AS dept, head AS n FROM depts
-- each q: SELECT * FROM x ORDER BY 1, 2; SELECT a.dept, b.n FROM x a JOIN x b ON a.dept = b.dept AND a.n <= b.n ORDER BY 1, 2; SELECT dept FROM x WHERE n = (SELECT MAX(n) FROM x) ORDER BY 1; SELECT s.id AS sid, x.n FROM staff s LEFT JOIN x ON x.dept = s.dept ORDER BY 1, 2
WITH x AS ({d}) {q}

WITH a AS (SELECT dept, AVG(salary) AS pay FROM staff GROUP BY dept), b AS (SELECT MAX(pay) AS best FROM a) SELECT a.dept, a.pay FROM a JOIN b ON a.pay = b.best ORDER BY a.dept

WITH staff AS (SELECT id, title FROM depts) SELECT * FROM staff ORDER BY id

WITH t (n, m) AS (SELECT id, boss FROM staff WHERE boss IS NOT NULL) SELECT t.n, u.n FROM t JOIN t u ON u.m = t.n ORDER BY 1, 2

WITH RECURSIVE up AS (SELECT id, boss, 0 AS depth FROM staff WHERE boss IS NULL UNION ALL SELECT s.id, s.boss, up.depth + 1 FROM staff s JOIN up ON s.boss = up.id) SELECT * FROM up ORDER BY id

WITH RECURSIVE up AS (SELECT id, boss, CAST(name AS CHAR(100)) AS path FROM staff WHERE id = 1 UNION ALL SELECT s.id, s.boss, CONCAT(up.path, '/', s.name) FROM staff s JOIN up ON s.boss = up.id) SELECT id, path FROM up ORDER BY path

WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT n.i, COUNT(s.id) FROM n LEFT JOIN staff s ON s.dept = n.i GROUP BY n.i ORDER BY n.i

WITH RECURSIVE chain AS (SELECT id, boss FROM staff WHERE id = 20 UNION SELECT s.id, s.boss FROM staff s JOIN chain c ON c.boss = s.id) SELECT * FROM chain ORDER BY id

-- each d: SELECT s.name, s.salary FROM staff s WHERE s.dept = d.id ORDER BY s.salary DESC, s.id LIMIT 2; SELECT MAX(s.name) AS name, SUM(s.salary) AS salary FROM staff s WHERE s.dept = d.id; SELECT s.name, s.salary FROM staff s WHERE s.id = d.head
-- each j: , LATERAL ({d}) t WHERE TRUE; JOIN LATERAL ({d}) t ON TRUE; LEFT JOIN LATERAL ({d}) t ON t.salary > 1000
SELECT d.id AS did, t.name, t.salary FROM depts d {j} ORDER BY 1, 2, 3

-- each p: '$[*]'; '$.items[*]'
SELECT p.id AS pid, t.* FROM papers p JOIN JSON_TABLE(p.doc, {p} COLUMNS (o FOR ORDINALITY, n INT PATH '$.n' DEFAULT '0' ON EMPTY, t VARCHAR(5) PATH '$.t')) t ORDER BY p.id, t.o

SELECT p.id AS pid, t.v FROM papers p LEFT JOIN JSON_TABLE(p.tags, '$[*]' COLUMNS (v VARCHAR(5) PATH '$')) t ON TRUE ORDER BY p.id, t.v

SELECT s.id AS sid, t.skill FROM staff s, JSON_TABLE(s.skills, '$[*]' COLUMNS (skill VARCHAR(10) COLLATE utf8mb4_bin PATH '$')) t ORDER BY s.id, t.skill

SELECT t.skill, COUNT(*) FROM staff s JOIN JSON_TABLE(s.skills, '$[*]' COLUMNS (skill VARCHAR(10) COLLATE utf8mb4_bin PATH '$')) t GROUP BY t.skill ORDER BY t.skill

SELECT t.a, s.name FROM JSON_TABLE('[1, 3, 5, 99]', '$[*]' COLUMNS (a INT PATH '$')) t LEFT JOIN staff s ON s.id = t.a ORDER BY t.a

SELECT v.a, s.name FROM (VALUES ROW(1, 'x'), ROW(4, 'y'), ROW(77, 'z')) v (a, b) LEFT JOIN staff s ON s.id = v.a ORDER BY v.a

VALUES ROW(1, 2), ROW(3, 4) ORDER BY column_0 DESC

TABLE depts ORDER BY id

TABLE depts ORDER BY id LIMIT 2

TABLE depts UNION SELECT id, name, NULL, salary, NULL FROM staff WHERE id < 3 ORDER BY id, title

-- each f: STRAIGHT_JOIN; SQL_NO_CACHE; SQL_SMALL_RESULT; SQL_BUFFER_RESULT; ALL
SELECT {f} s.id, d.title FROM staff s JOIN depts d ON s.dept = d.id ORDER BY s.id, d.id

-- each h: FORCE INDEX (dept); IGNORE INDEX (dept, boss); USE INDEX FOR ORDER BY (PRIMARY)
SELECT s.id, d.title FROM staff s {h} JOIN depts d ON s.dept = d.id ORDER BY s.id, d.id

SELECT /*+ NO_MERGE(x) */ x.id, d.title FROM (SELECT id, dept FROM staff) x JOIN depts d ON d.id = x.dept ORDER BY 1

-- each c: ai; cs; bn; gn; u3
SELECT a.id, b.id FROM mixed a JOIN mixed b ON a.{c} = b.{c} AND a.id < b.id ORDER BY 1, 2

-- each c: i; b; d; x; s; da; dt; ti; y; e; bi; ts
-- each op: =; <=>
SELECT COUNT(*), MIN(a.id), MAX(b.id) FROM nulls a JOIN nulls b ON a.{c} {op} b.{c} AND a.id <> b.id

-- each c: i; b; d; x; s; da; dt
-- each j: JOIN; LEFT JOIN
SELECT a.id, b.id FROM nulls a {j} nulls b ON a.{c} <=> b.{c} WHERE a.{c} = b.{c} ORDER BY 1, 2

-- each w: a.t = b.tu; a.d = b.t; a.y = b.bo + 1999; a.da < b.dt AND b.id = 7; a.vc = b.c; a.e = b.e AND a.id < b.id AND b.id < 12; a.se = b.se AND a.id < b.id AND a.id < 12; a.id = b.t AND b.tu > 30
SELECT a.id, b.id FROM kinds a JOIN kinds b ON {w} ORDER BY 1, 2

SELECT o.id, pr.name FROM orders o JOIN items i ON i.order_id = o.id JOIN products pr ON pr.id = i.product_id WHERE o.total > 300 ORDER BY o.id, i.customer_id, i.line, pr.id

SELECT p.id, o.id FROM people p JOIN orders o ON o.id = p.id ORDER BY 1, 2

SELECT p.name, COUNT(o.id) FROM people p LEFT JOIN orders o ON o.total > p.balance GROUP BY p.id, p.name ORDER BY p.id

-- each f: FOR UPDATE; FOR SHARE; LOCK IN SHARE MODE; FOR UPDATE SKIP LOCKED; FOR SHARE NOWAIT
SELECT s.id, s.name FROM staff s WHERE s.dept = 2 ORDER BY s.id {f}

SELECT t.a, s.id FROM JSON_TABLE('[1, 3]', '$[*]' COLUMNS (a INT PATH '$')) AS t, staff s WHERE s.dept = t.a ORDER BY 1, 2

SELECT t.a, s.id FROM JSON_TABLE('[1, 3]', '$[*]' COLUMNS (a INT PATH '$')) AS t CROSS JOIN staff AS s ORDER BY 1, 2

# A name that is an alias and a derived table's column: which one GROUP BY means depends on how MySQL opens the table.
SELECT d.b AS a, COUNT(*) FROM (SELECT name AS a, id AS b FROM people) AS d GROUP BY a ORDER BY 2, 1 LIMIT 5

SELECT COUNT(*), SUM(x.a) FROM (SELECT d.b AS a FROM (SELECT note AS a, age AS b FROM people) AS d GROUP BY a) AS x

# One column twice: GROUPING does not tell the rows of ROLLUP apart.
SELECT a.age AS c1, a.age AS c2, COUNT(*) FROM people a GROUP BY c1, c2 WITH ROLLUP

SELECT a.age + 1 AS c1, COUNT(*) FROM people a GROUP BY a.age + 1, a.age + 1 WITH ROLLUP
