# On a keyspace with one shard everything works that MySQL accepts.
-- class: whole

WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i, i * i FROM n ORDER BY i

WITH a AS (SELECT id, age FROM people WHERE age > 50), b AS (SELECT MAX(age) AS top FROM a) SELECT a.id FROM a JOIN b ON a.age = b.top ORDER BY a.id

SELECT id, age, RANK() OVER (ORDER BY age DESC) AS r, LAG(age) OVER (ORDER BY id) AS prev FROM people ORDER BY id

SELECT city, age, SUM(age) OVER (PARTITION BY city ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM people ORDER BY city, id

SELECT id, NTILE(4) OVER w AS q, PERCENT_RANK() OVER w AS p FROM people WINDOW w AS (ORDER BY balance, id) ORDER BY id

SELECT jt.* FROM JSON_TABLE('[{"a": 1, "b": "x"}, {"a": 2}]', '$[*]' COLUMNS (n FOR ORDINALITY, a INT PATH '$.a', b VARCHAR(5) PATH '$.b' DEFAULT '"none"' ON EMPTY)) AS jt ORDER BY n

SELECT p.id, j.tag FROM products p, JSON_TABLE(p.tags, '$[*]' COLUMNS (tag VARCHAR(10) PATH '$')) j ORDER BY p.id, j.tag

SELECT COUNT(DISTINCT city), GROUP_CONCAT(DISTINCT city ORDER BY city SEPARATOR '|') FROM people

SELECT city, COUNT(*) FROM people GROUP BY city WITH ROLLUP

SELECT GROUPING(city) AS g, city, COUNT(*) FROM people GROUP BY city WITH ROLLUP ORDER BY g, city

SELECT id FROM people WHERE age > (SELECT AVG(age) FROM people) ORDER BY id

SELECT id FROM people WHERE id < 5 UNION SELECT id FROM products WHERE id > 10 ORDER BY id

SELECT id FROM people WHERE id < 5 EXCEPT SELECT id FROM products ORDER BY id

SELECT id FROM people INTERSECT SELECT id FROM products ORDER BY id

SELECT * FROM (VALUES ROW(1, 'a'), ROW(2, 'b')) AS v (n, s) ORDER BY n

SELECT o.id, t.total FROM orders o, LATERAL (SELECT SUM(qty) AS total FROM items i WHERE i.order_id = o.id) t ORDER BY o.id LIMIT 10

SELECT @rownum := @rownum + 1 AS n, id FROM products, (SELECT @rownum := 0) r ORDER BY id

SELECT @rownum

SELECT id, name INTO @id, @name FROM people WHERE id = 3

SELECT @id, @name

SELECT COUNT(*) FROM people WHERE id = @id

CREATE TEMPORARY TABLE tmp (id INT PRIMARY KEY, v VARCHAR(10))

INSERT INTO tmp SELECT id, sku FROM products WHERE id < 5

SELECT * FROM tmp ORDER BY id

SELECT p.id, tmp.v FROM people p JOIN tmp ON tmp.id = p.id ORDER BY p.id

UPDATE tmp SET v = 'x' WHERE id = 1

ALTER TABLE tmp ADD COLUMN w INT

SELECT * FROM tmp ORDER BY id

SHOW CREATE TABLE tmp

DROP TEMPORARY TABLE tmp

SELECT * FROM tmp

LOCK TABLES people WRITE, products READ

SELECT COUNT(*) FROM people

UPDATE people SET note = 'locked' WHERE id = 1

SELECT * FROM orders

UNLOCK TABLES

SELECT COUNT(*) FROM orders

CREATE PROCEDURE two (IN a INT, OUT b INT, INOUT c VARCHAR(20)) BEGIN SELECT id FROM products WHERE id <= a ORDER BY id; SELECT 'second', a; SET b = a * 2; SET c = CONCAT(c, '!'); END

SET @c = 'in'

CALL two(3, @b, @c)

SELECT @b, @c

CREATE PROCEDURE loops (n INT) BEGIN DECLARE i INT DEFAULT 0; DECLARE EXIT HANDLER FOR SQLEXCEPTION SELECT 'failed'; WHILE i < n DO INSERT INTO counters VALUES (1000 + i, i, 'loop'); SET i = i + 1; END WHILE; INSERT INTO counters VALUES (1000, 0, 'dup'); END

CALL loops(3)

SELECT * FROM counters WHERE id >= 1000 ORDER BY id

DELETE FROM counters WHERE id >= 1000

CREATE FUNCTION twice (n INT) RETURNS INT DETERMINISTIC RETURN n * 2

SELECT id, twice(id) FROM products ORDER BY id LIMIT 3

SELECT id FROM products WHERE twice(id) = 10

-- differs: definer
SHOW CREATE FUNCTION twice

DROP FUNCTION twice

CREATE VIEW adults AS SELECT id, name, age FROM people WHERE age >= 30

SELECT COUNT(*), MIN(age) FROM adults

SELECT a.id, o.id FROM adults a JOIN orders o ON o.customer_id = a.id ORDER BY a.id, o.id LIMIT 5

UPDATE adults SET age = age + 1 WHERE id = 5

-- differs: definer
SHOW CREATE VIEW adults

SHOW FULL TABLES WHERE Table_type = 'VIEW'

ALTER VIEW adults AS SELECT id FROM people WHERE age >= 40

SELECT COUNT(*) FROM adults

DROP VIEW adults

CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(50))

CREATE TRIGGER counted AFTER INSERT ON counters FOR EACH ROW INSERT INTO audit (what) VALUES (CONCAT('inserted ', NEW.id))

INSERT INTO counters VALUES (2000, 1, 't'), (2001, 2, 't')

SELECT * FROM audit ORDER BY id

SHOW TRIGGERS LIKE 'nosuch%'

DROP TRIGGER counted

DELETE FROM counters WHERE id >= 2000

CREATE EVENT later ON SCHEDULE AT '2037-01-01 00:00:00' DO SELECT 1

DROP EVENT later

HANDLER people OPEN AS h

HANDLER h READ `PRIMARY` = (7)

HANDLER h READ `PRIMARY` NEXT LIMIT 2

HANDLER h CLOSE

PREPARE st FROM 'SELECT id, name FROM people WHERE id = ? OR id = ?'

SET @one = 1, @two = 2

EXECUTE st USING @one, @two

EXECUTE st USING @two, @two

DEALLOCATE PREPARE st

EXECUTE st USING @one, @two

INSERT INTO counters (id, n, name) VALUES (1, 5, 'x') AS new ON DUPLICATE KEY UPDATE n = counters.n + new.n, name = new.name

SELECT * FROM counters WHERE id = 1

INSERT INTO counters (id, n) VALUES (2, 5) AS new (a, b) ON DUPLICATE KEY UPDATE n = b

INSERT INTO counters SELECT id + 3000, qty, 'sel' FROM (SELECT line AS id, SUM(qty) AS qty FROM items GROUP BY line) t

INSERT INTO counters (id, n) TABLE nosuch

DELETE FROM counters WHERE id > 3000 ORDER BY id LIMIT 1

UPDATE counters SET n = 0 WHERE id > 3000 ORDER BY id DESC LIMIT 1

DELETE c FROM counters c JOIN people p ON p.id = c.id WHERE p.age > 1000

UPDATE people SET id = 777777 WHERE id = 77

UPDATE people SET id = 77 WHERE id = 777777

CREATE TABLE copy AS SELECT id, name FROM people WHERE id < 10

SELECT COUNT(*) FROM copy

CREATE TABLE shapes (id INT PRIMARY KEY, g GEOMETRY NOT NULL SRID 0, SPATIAL INDEX (g))

INSERT INTO shapes VALUES (1, ST_GeomFromText('POINT(1 1)')), (2, ST_GeomFromText('LINESTRING(0 0, 2 2)'))

SELECT id, ST_AsText(g), g FROM shapes WHERE MBRContains(ST_GeomFromText('POLYGON((0 0, 0 3, 3 3, 3 0, 0 0))'), g) ORDER BY id

CREATE TABLE parts (id INT, d DATE) PARTITION BY RANGE (YEAR(d)) (PARTITION a VALUES LESS THAN (2020), PARTITION b VALUES LESS THAN MAXVALUE)

ALTER TABLE parts DROP PARTITION a

CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(3))

INSERT INTO vectors VALUES (1, STRING_TO_VECTOR('[1, 2, 3]'))

SELECT id, VECTOR_TO_STRING(v) FROM vectors

CREATE TABLE gen (id INT PRIMARY KEY, a JSON, b INT AS (a->'$.x') STORED, INDEX ((CAST(a->>'$.y' AS CHAR(10)))), v INT INVISIBLE DEFAULT 5)

INSERT INTO gen (id, a) VALUES (1, '{"x": 1, "y": "z"}')

SELECT *, v FROM gen

DROP TABLE copy, shapes, parts, vectors, gen, audit

SELECT SQL_CALC_FOUND_ROWS id FROM people ORDER BY id LIMIT 2

SELECT FOUND_ROWS()

SELECT GET_LOCK('a lock of the test', 0)

-- refused on 1
SELECT IS_USED_LOCK('a lock of the test') IS NOT NULL

SELECT RELEASE_LOCK('a lock of the test')

DO RELEASE_ALL_LOCKS()

CHECKSUM TABLE products

ANALYZE TABLE products

CHECK TABLE products

REPAIR TABLE products

OPTIMIZE TABLE products

EXPLAIN FORMAT=TREE SELECT 1

SHOW TABLE STATUS LIKE 'nosuch'

SHOW PROCEDURE STATUS LIKE 'nosuch'

SHOW OPEN TABLES LIKE 'nosuch'

SHOW EVENTS

GET DIAGNOSTICS @n = NUMBER

SELECT @n

SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'mine', MYSQL_ERRNO = 30001

SHOW ERRORS

SELECT * FROM people PROCEDURE ANALYSE()

SELECT /*+ SET_VAR(sort_buffer_size = 300000) */ COUNT(*) FROM people

SELECT /*+ NO_INDEX_MERGE(people) BKA(people) */ COUNT(*) FROM people

-- differs: files
SELECT * FROM people WHERE id = 1 INTO OUTFILE '/nonexistent/file'

SELECT LOAD_FILE('/nonexistent/file')

-- refused on 1
XA START 'x'

-- refused on 1
XA RECOVER

SELECT COUNT(*) FROM people FOR UPDATE SKIP LOCKED

SELECT id FROM people WHERE id = 3 FOR SHARE OF people NOWAIT

SELECT id FROM people TABLESAMPLE

TABLE products ORDER BY id LIMIT 2 OFFSET 1

VALUES ROW(1), ROW(2) ORDER BY 1 DESC

(SELECT 1 AS a) UNION ALL (SELECT 2) ORDER BY a DESC LIMIT 1

SELECT REGEXP_LIKE(name, '^[[:alpha:]]+', 'i') FROM people WHERE id = 1

SELECT ROW(1, 2) = ROW(1, 2), (1, 2) IN ((1, 2), (3, 4))

SELECT MATCH (title, body) AGAINST ('quick') > 0, id FROM docs ORDER BY id

SELECT STDDEV_SAMP(age), VAR_SAMP(age), BIT_XOR(id), JSON_OBJECTAGG(id, sku) IS NULL, ANY_VALUE(1) FROM products JOIN people USING (id)

SELECT JSON_ARRAYAGG(id) FROM products

SELECT SUM(age) + 1, MAX(age) - MIN(age), CONCAT('n=', COUNT(*)) FROM people

SET STATEMENT max_statement_time = 1 FOR SELECT 1

-- differs: files
IMPORT TABLE FROM '/nonexistent.sdi'

CREATE TABLE t_with_check (id INT, CONSTRAINT pos CHECK (id > 0) NOT ENFORCED)

ALTER TABLE t_with_check ALTER CHECK pos ENFORCED

INSERT INTO t_with_check VALUES (-1)

DROP TABLE t_with_check

DROP PROCEDURE two

DROP PROCEDURE loops

DROP PROCEDURE nosuch
