# Shapes in which parameters stand in unusual places; in the text runs these are
# ordinary statements.
-- class: prepared


SELECT 5 AS a, 'x' AS b, 1.5 AS c, 2e0 AS d

SELECT id + 5 AS a, CONCAT(name, 'x') AS b FROM people WHERE id = 7

SELECT id FROM people WHERE id = 7 LIMIT 1

SELECT id FROM people ORDER BY id LIMIT 3 OFFSET 2

SELECT id FROM people ORDER BY id LIMIT 4, 3

SELECT id FROM people WHERE id IN (3, 4, 5, 6) ORDER BY id

SELECT id FROM people WHERE id IN (3, '4', 5.0) ORDER BY id

SELECT id FROM people WHERE id BETWEEN 3 AND 9 AND name LIKE '%a%' ORDER BY id

SELECT id FROM people WHERE age + 1 > 30 ORDER BY id

SELECT city, COUNT(*) AS n FROM people WHERE age > 18 GROUP BY city HAVING COUNT(*) > 2 ORDER BY city

SELECT age DIV 10 AS d, COUNT(*) FROM people GROUP BY age DIV 10 ORDER BY d

SELECT SUM(age + 1), SUM(balance * 2), COUNT(IF(age > 30, 1, NULL)) FROM people

SELECT id, IF(age > 30, 'old', 'young') AS k FROM people ORDER BY k, id

SELECT id FROM people ORDER BY id + 0 LIMIT 5

SELECT id FROM people ORDER BY ABS(id - 20), id LIMIT 5

SELECT o.id FROM people p JOIN orders o ON o.customer_id = p.id AND o.total > 100 WHERE p.age > 20 ORDER BY o.id LIMIT 10

SELECT p.id, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = p.id AND o.total > 100) AS n FROM people p WHERE p.id > 30 ORDER BY p.id

SELECT * FROM kinds WHERE id = 1

SELECT * FROM kinds WHERE id > 0 ORDER BY id

SELECT id FROM kinds WHERE d = 1.00000 OR dd = 2.25e0 OR vc = 'größe' OR da = '2026-11-23' ORDER BY id

SELECT id FROM kinds WHERE bu = 18446744073709551615

SELECT id FROM kinds WHERE b = -9223372036854775808

SELECT id FROM kinds WHERE ti = '12:00:00' OR t6 = '12:00:00.5' ORDER BY id

SELECT label FROM rates WHERE rate = 1.5

SELECT label FROM rates WHERE rate = '1.5'

SELECT label FROM rates WHERE rate IN (1, 1.50, 2.25) ORDER BY rate

SELECT label FROM days WHERE day = '2020-02-29'

SELECT label FROM days WHERE day IN ('2020-02-29', '2024-01-01') ORDER BY day

SELECT label FROM stamps WHERE at = '2020-02-29 12:00:00'

SELECT n FROM words WHERE word = 'STRASSE'

SELECT n FROM words WHERE word IN ('STRASSE', 'APPLE', 'nothing') ORDER BY n

SELECT n FROM words WHERE word = 10

SELECT n FROM latin WHERE word = 'STRAßE'

SELECT n FROM blobs WHERE k = 'plain'

SELECT label FROM bigs WHERE id = 18446744073709551615

SELECT v FROM grid WHERE x = 1 AND y = 'É'

SELECT 'a' LIKE 'A', 'a' = 'A', 'a' COLLATE utf8mb4_bin = 'A'

INSERT INTO counters (id, n, name) VALUES (501, 1, 'p1')

INSERT INTO counters (id, n, name) VALUES (502, 2, 'p2'), (503, 3, 'p3'), (504, 4, NULL)

INSERT INTO counters (id, n) VALUES (505, 1 + 1)

INSERT INTO counters SET id = 506, n = 7, name = 'set'

UPDATE counters SET n = n + 10, name = CONCAT(name, '!') WHERE id = 501

UPDATE counters SET n = n + 10 WHERE id IN (502, 503)

UPDATE counters SET n = n * 2 WHERE n > 5 AND id > 500

REPLACE INTO counters VALUES (501, 99, 'replaced'), (507, 1, 'new')

DELETE FROM counters WHERE id = 502

DELETE FROM counters WHERE id IN (503, 504)

SELECT * FROM counters WHERE id > 500 ORDER BY id

DELETE FROM counters WHERE id > 500

INSERT INTO events_log (kind, payload) VALUES ('prep', 'x')

INSERT INTO events_log (kind, payload) VALUES ('prep', 'x'), ('prep', 'y'), ('prep', NULL)

SELECT id, kind, payload FROM events_log WHERE kind = 'prep' ORDER BY id

DELETE FROM events_log WHERE kind = 'prep'

SELECT id, 1 FROM people WHERE 1 = 1 AND id = 7

SELECT DISTINCT age > 30 AS g FROM people ORDER BY g

SELECT MAX(id), 'x' FROM people

SELECT name FROM people WHERE id = 7 AND name = 'Ελένη Παπαδοπούλου'

SELECT id FROM people WHERE name IN ('Ada Lovelace', 'ada lovelace', '日本') ORDER BY id

SELECT value FROM settings WHERE name = 'theme' AND rank_no < 100

SELECT id, price * 2 FROM products WHERE price > 3.5 ORDER BY id

SET @a = 5

SELECT 1 UNION SELECT 2 ORDER BY 1

SELECT DATE_ADD('2024-01-31', INTERVAL 1 MONTH), ROUND(2.567, 2), SUBSTRING('abcdef', 2, 3)

SHOW TABLES LIKE 'p%'
