# What other sharding middleware refuses, as statements on sharded tables. Each
# class is a row of the table in docs/sql.md.
-- class: NATURAL JOIN, NATURAL LEFT and RIGHT JOIN
SELECT * FROM (SELECT id, dept FROM staff) a NATURAL JOIN (SELECT dept, grade FROM staff WHERE id < 6) b ORDER BY 1, 2, 3

SELECT id, title FROM depts NATURAL JOIN colours ORDER BY id

-- each j: NATURAL LEFT JOIN; NATURAL RIGHT JOIN
SELECT id, region FROM depts {j} (SELECT staff_id AS id, region FROM sales) s ORDER BY 1, 2

-- class: REPLACE
REPLACE INTO stock (sku, n) VALUES ('s1', 1), ('h1', 2), ('s2', 3)

REPLACE INTO ledger SELECT id, owner, cents + 1, 'repl', at FROM ledger WHERE id BETWEEN 10 AND 15 ORDER BY id

-- class: GROUP BY … WITH ROLLUP
SELECT dept, grade, COUNT(*), SUM(salary) FROM staff GROUP BY dept, grade WITH ROLLUP

SELECT region, yr, SUM(amount), GROUPING(region, yr) FROM sales GROUP BY region, yr WITH ROLLUP HAVING SUM(amount) > 1 ORDER BY region, yr, 4

-- class: several DISTINCT aggregates in one SELECT
SELECT COUNT(DISTINCT dept), SUM(DISTINCT boss), COUNT(DISTINCT grade), AVG(DISTINCT dept) FROM staff

SELECT dept, COUNT(DISTINCT boss), COUNT(DISTINCT grade) FROM staff GROUP BY dept ORDER BY dept

-- class: COUNT(DISTINCT a, b)
SELECT COUNT(DISTINCT dept, grade) FROM staff

SELECT boss, COUNT(DISTINCT dept, grade) FROM staff GROUP BY boss ORDER BY boss

-- class: GROUP_CONCAT of several columns, with DISTINCT, ORDER BY, SEPARATOR
SELECT GROUP_CONCAT(name, ':', dept ORDER BY salary DESC, id SEPARATOR ' ') FROM staff

SELECT dept, GROUP_CONCAT(DISTINCT grade, '/', perks ORDER BY grade, perks DESC) FROM staff GROUP BY dept ORDER BY dept

-- class: a correlated subquery that is not EXISTS
SELECT s.id, (SELECT d.title FROM depts d WHERE d.id = s.dept) FROM staff s ORDER BY s.id

SELECT s.id FROM staff s WHERE s.salary > (SELECT AVG(u.salary) FROM staff u WHERE u.dept = s.dept) ORDER BY s.id

SELECT s.id FROM staff s WHERE s.dept IN (SELECT d.id FROM depts d WHERE d.head > s.id) ORDER BY s.id

-- class: a subquery in GROUP BY
SELECT (SELECT city FROM depts d WHERE d.id = s.dept) AS city, COUNT(*) FROM staff s GROUP BY (SELECT city FROM depts d WHERE d.id = s.dept) ORDER BY 1

-- class: a subquery in ON of an outer join
SELECT s.id, d.id FROM staff s LEFT JOIN depts d ON d.id = s.dept AND d.budget > (SELECT AVG(budget) FROM depts) ORDER BY 1, 2

SELECT s.id, d.id FROM staff s LEFT JOIN depts d ON d.id IN (SELECT u.dept FROM staff u WHERE u.boss = s.id) ORDER BY 1, 2

-- class: a subquery inside OR
SELECT id FROM staff s WHERE s.id = 3 OR s.dept IN (SELECT id FROM depts WHERE city = 'Oslo') OR EXISTS (SELECT 1 FROM sales WHERE staff_id = s.id) ORDER BY id

-- class: a subquery in INSERT … VALUES
INSERT INTO ledger (id, owner, cents) VALUES (900, (SELECT MAX(id) FROM depts), (SELECT COUNT(*) FROM staff)), (901, 1, (SELECT SUM(units) FROM sales))

-- class: an aggregated subquery in ORDER BY
SELECT d.id FROM depts d ORDER BY (SELECT COUNT(*) FROM staff s WHERE s.dept = d.id) DESC, d.id

-- class: ANY, ALL, SOME
-- each w: salary > ALL (SELECT budget FROM depts WHERE budget < 5000); dept = ANY (SELECT id FROM depts WHERE city = 'Paris'); dept <> ALL (SELECT head FROM depts); salary <= SOME (SELECT amount FROM sales)
SELECT id FROM staff WHERE {w} ORDER BY id

-- class: LATERAL
SELECT d.id, t.name FROM depts d, LATERAL (SELECT s.name FROM staff s WHERE s.dept = d.id ORDER BY s.salary DESC, s.id LIMIT 2) t ORDER BY 1, 2

SELECT d.id, t.n FROM depts d LEFT JOIN LATERAL (SELECT COUNT(*) AS n FROM staff s WHERE s.dept = d.id) t ON t.n > 1 ORDER BY 1

-- class: JSON_TABLE
SELECT s.id, t.skill FROM staff s JOIN JSON_TABLE(s.skills, '$[*]' COLUMNS (skill VARCHAR(10) COLLATE utf8mb4_bin PATH '$')) t ORDER BY 1, 2

SELECT t.skill, COUNT(*) FROM staff s JOIN JSON_TABLE(s.skills, '$[*]' COLUMNS (skill VARCHAR(10) COLLATE utf8mb4_bin PATH '$')) t GROUP BY t.skill ORDER BY 1

SELECT d.title, j.n FROM depts d, JSON_TABLE('[1, 2, 3]', '$[*]' COLUMNS (n INT PATH '$')) AS j WHERE j.n = d.id ORDER BY j.n

-- class: window functions over any partition
SELECT id, ROW_NUMBER() OVER (ORDER BY salary DESC, id), SUM(salary) OVER (PARTITION BY dept ORDER BY id), LAG(name) OVER (PARTITION BY grade ORDER BY id) FROM staff ORDER BY id

SELECT * FROM (SELECT id, RANK() OVER (PARTITION BY dept ORDER BY salary DESC) AS r FROM staff) x WHERE r = 1 ORDER BY id

-- class: WITH in UPDATE and DELETE
WITH rich AS (SELECT id FROM depts WHERE budget > 50) UPDATE staff SET perks = 'car' WHERE dept IN (SELECT id FROM rich)

WITH idle AS (SELECT id FROM staff WHERE boss = 6) DELETE FROM sales WHERE staff_id IN (SELECT id FROM idle)

-- class: WITH that names itself as a table is named
WITH staff AS (SELECT id, title FROM depts WHERE id > 1) SELECT * FROM staff ORDER BY id

-- class: WITH RECURSIVE over sharded tables
WITH RECURSIVE up AS (SELECT id, boss, 0 AS depth FROM staff WHERE boss IS NULL UNION ALL SELECT s.id, s.boss, up.depth + 1 FROM staff s JOIN up ON s.boss = up.id) SELECT * FROM up ORDER BY id

-- class: UNION, INTERSECT, EXCEPT, nested on either side
SELECT id FROM staff UNION (SELECT id FROM depts UNION ALL SELECT boss FROM staff) ORDER BY id

(SELECT id FROM staff EXCEPT SELECT boss FROM staff) INTERSECT SELECT dept FROM staff ORDER BY 1

-- class: @a := x inside a SELECT
SET @a = 0

SELECT @a := MAX(id) FROM staff

SELECT @a

-- class: UPDATE of the shard key
UPDATE ledger SET id = 9001 WHERE id = 2

UPDATE pairs SET b = 'moved' WHERE a = 2 AND b = (SELECT b FROM (SELECT MIN(b) AS b FROM pairs WHERE a = 2) x)

-- class: UPDATE of the shard key by an expression
UPDATE ledger SET id = id + 10000 WHERE id IN (3, 4, 5)

UPDATE stock SET sku = CONCAT('m', sku) WHERE n > 20

-- class: UPDATE of the shard key with LIMIT and no ORDER BY
UPDATE ledger SET id = id + 20000 WHERE id BETWEEN 6 AND 9 LIMIT 10

-- class: UPDATE and DELETE with LIMIT over several shards
UPDATE ledger SET note = 'lim' ORDER BY cents, id LIMIT 5

DELETE FROM ledger ORDER BY id DESC LIMIT 3

-- class: multi-table UPDATE where one column depends on the other table
UPDATE staff s JOIN depts d ON d.id = s.dept SET s.salary = d.budget / 10, d.budget = d.budget + 1 WHERE d.head = s.id

UPDATE staff s JOIN depts d ON d.id = s.dept SET s.salary = s.salary + d.id WHERE d.city = 'Oslo'

-- class: UPDATE and DELETE joined across shard keys
UPDATE staff s LEFT JOIN depts d ON d.id = s.dept SET s.grade = NULL WHERE d.id IS NULL

DELETE s FROM sales s JOIN staff t ON t.id = s.staff_id WHERE t.dept = 3

DELETE s, d FROM staff s JOIN depts d ON d.id = s.dept WHERE d.id = 4

-- class: ON DUPLICATE KEY UPDATE that changes the shard key
INSERT INTO stock (sku, n) VALUES ('s3', 1) ON DUPLICATE KEY UPDATE sku = 'h3'

-- class: INSERT … AS row ON DUPLICATE KEY UPDATE
INSERT INTO stock (sku, n) VALUES ('s4', 5), ('h5', 6) AS fresh ON DUPLICATE KEY UPDATE n = stock.n + fresh.n

-- class: INSERT … SELECT from any shards to any shards
INSERT INTO ledger (id, owner, cents, note) SELECT s.id + 3000, s.dept, d.budget, s.name FROM staff s JOIN depts d ON d.id = s.dept ORDER BY s.id

-- class: a reference table written by a join with a sharded table
UPDATE colours c JOIN staff s ON s.id = c.id SET c.warm = 1 WHERE s.id < 3

DELETE c FROM colours c JOIN depts d ON d.id = c.id WHERE d.city = 'Wien'

-- class: SELECT … INTO @variables
SELECT COUNT(*), MAX(name) INTO @n, @m FROM staff

SELECT @n, @m

-- class: CREATE PROCEDURE, CALL
CREATE PROCEDURE h_twice(IN n INT) SELECT n * 2 AS twice

CALL h_twice(21)

DROP PROCEDURE h_twice

-- class: CREATE PROCEDURE over sharded tables
CREATE PROCEDURE h_count() SELECT COUNT(*) AS n FROM staff

-- class: a view over rows of several shards
CREATE VIEW h_pay AS SELECT d.title, COUNT(*) AS n, SUM(s.salary) AS pay FROM staff s JOIN depts d ON d.id = s.dept GROUP BY d.title

SELECT * FROM h_pay ORDER BY title

SELECT d.id, p.n FROM depts d JOIN h_pay p ON p.title = d.title WHERE p.n > 1 ORDER BY d.id

DROP VIEW h_pay

-- class: EXPLAIN of a join across shards and keyspaces
EXPLAIN SELECT s.id, d.title FROM staff s JOIN depts d ON d.id = s.dept

EXPLAIN SELECT s.id FROM staff s JOIN {other}.things t ON t.id = s.dept

-- class: a join across keyspaces
SELECT s.id, t.label FROM staff s JOIN {other}.things t ON t.id = s.dept ORDER BY 1, 2

-- class: GET_LOCK beside other expressions
SELECT GET_LOCK('hard', 1), 1 + 1, DATABASE() IS NULL

SELECT RELEASE_LOCK('hard') + 1, IS_FREE_LOCK('hard')

-- class: IS_USED_LOCK
SELECT IS_USED_LOCK('hard') IS NULL

-- class: a foreign key to a table of another shard key
CREATE TABLE h_child (id INT PRIMARY KEY, dept INT, FOREIGN KEY (dept) REFERENCES depts (id)) COMMENT='shardway:shard_key=id'

-- class: a foreign key within one shard key
CREATE TABLE h_order (dept INT, n INT, PRIMARY KEY (dept, n), FOREIGN KEY (dept) REFERENCES depts (id)) COMMENT='shardway:shard_key=dept'

INSERT INTO h_order VALUES (1, 1), (2, 2), (3, 3)

INSERT INTO h_order VALUES (777, 1)

DROP TABLE h_order

-- class: ALTER TABLE … ADD FOREIGN KEY within one shard key
CREATE TABLE h_later (dept INT, n INT, PRIMARY KEY (dept, n)) COMMENT='shardway:shard_key=dept'

INSERT INTO h_later VALUES (1, 1), (2, 2), (3, 3)

ALTER TABLE h_later ADD CONSTRAINT h_later_dept FOREIGN KEY (dept) REFERENCES depts (id)

INSERT INTO h_later VALUES (777, 1)

DROP TABLE h_later

-- class: ANALYZE, CHECK and OPTIMIZE TABLE
ANALYZE TABLE depts, stock

CHECK TABLE depts, stock

OPTIMIZE TABLE stock

-- class: LOCK TABLES
LOCK TABLES stock WRITE

UNLOCK TABLES

-- class: SET x = DEFAULT
SET SESSION sql_mode = DEFAULT, sort_buffer_size = DEFAULT

SELECT @@sql_mode

SET time_zone = DEFAULT

-- class: RENAME TABLE and DROP TABLE across keyspaces
CREATE TABLE h_moving (id INT PRIMARY KEY) COMMENT='shardway:shard_key=id'

RENAME TABLE h_moving TO {other}.h_moving

DROP TABLE IF EXISTS h_moving, {other}.h_moving
