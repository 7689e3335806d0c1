# Changes, each followed by a look at what it left.
-- class: dml


INSERT INTO people (id, name, balance) VALUES (201, 'new one', 1.5)

INSERT INTO people (id, name, balance) VALUES (202, 'two', 1), (203, 'three', 2), (204, 'four', 3), (205, 'five', 4)

INSERT INTO people SET id = 206, name = 'set', balance = 0

INSERT people VALUES (207, 'all', NULL, NULL, NULL, DEFAULT, NULL, '2001-01-01', '')

INSERT INTO people (id, name, balance, note) VALUES (208, 'expr', 1 + 1, UPPER('note')), (209, CONCAT('a', 'b'), 2 * 3, NULL)

INSERT INTO people (id, name) VALUES (210, 'default balance')

INSERT INTO people (name, id) VALUES ('swapped', 211)

INSERT INTO people (id, name) VALUES ('212', 'text key'), (213.0, 'decimal key')

INSERT IGNORE INTO people (id, name) VALUES (201, 'dup'), (214, 'fresh'), (202, 'dup')

INSERT IGNORE INTO people (id, name) VALUES (201, 'dup')

INSERT IGNORE INTO people (id, name, age) VALUES (215, 'too old', 300)

-- text
SHOW WARNINGS

INSERT INTO people (id, name) VALUES (201, 'upd') ON DUPLICATE KEY UPDATE name = 'upd', balance = balance + 1

INSERT INTO people (id, name) VALUES (201, 'upd') ON DUPLICATE KEY UPDATE name = 'upd'

-- differs: warnings
INSERT INTO people (id, name) VALUES (201, 'v1'), (216, 'v2') ON DUPLICATE KEY UPDATE name = VALUES(name)

-- differs: warnings
INSERT INTO people (id, name) VALUES (202, 'w1'), (203, 'w2'), (217, 'w3') ON DUPLICATE KEY UPDATE name = CONCAT(VALUES(name), '/', name), age = 1

INSERT INTO people (id, name) VALUES (202, 'n1') AS new ON DUPLICATE KEY UPDATE name = new.name

REPLACE INTO people (id, name) VALUES (201, 'replaced')

REPLACE INTO people (id, name) VALUES (202, 'r2'), (218, 'r3'), (203, 'r4')

SELECT * FROM people WHERE id > 200 ORDER BY id

UPDATE people SET age = 50 WHERE id = 201

UPDATE people SET age = 50 WHERE id = 201

UPDATE people SET age = age + 1, note = 'n' WHERE id IN (202, 203, 204)

UPDATE people SET note = 'range' WHERE id BETWEEN 205 AND 212

UPDATE people SET note = NULL WHERE note = 'range'

UPDATE people SET balance = balance * 2 WHERE id > 200 AND balance > 1

UPDATE people p SET p.name = UPPER(p.name) WHERE p.id > 210

UPDATE people SET name = name WHERE id > 200

UPDATE people SET id = 201 WHERE id = 201

UPDATE people SET age = NULL WHERE FALSE

UPDATE people SET age = 1 WHERE id = 999999

UPDATE people SET age = 2 WHERE id > 200 ORDER BY id LIMIT 2

UPDATE people SET age = 2 WHERE id = 201 ORDER BY id LIMIT 1

UPDATE IGNORE people SET age = 400 WHERE id > 215

-- text
SHOW COUNT(*) WARNINGS

UPDATE people SET city = (SELECT capital FROM countries WHERE code = 'FR') WHERE id = 201

UPDATE people SET city = (SELECT capital FROM countries WHERE code = 'DE') WHERE id > 205

UPDATE people p JOIN orders o ON o.customer_id = p.id SET p.note = 'has orders' WHERE p.id < 5

UPDATE people p JOIN countries c ON c.capital = p.city SET p.note = c.code WHERE p.id > 200

-- refused
UPDATE people SET balance = (SELECT SUM(total) FROM orders) WHERE id > 200

UPDATE people p SET balance = (SELECT COALESCE(SUM(total), 0) FROM orders o WHERE o.customer_id = p.id) WHERE p.id BETWEEN 1 AND 10

SELECT id, name, age, city, balance, note FROM people WHERE id > 200 OR id BETWEEN 1 AND 10 ORDER BY id

DELETE FROM people WHERE id = 201

DELETE FROM people WHERE id IN (202, 203)

DELETE FROM people WHERE id BETWEEN 204 AND 206

DELETE FROM people WHERE name LIKE 'SWAPPED'

DELETE FROM people WHERE id > 200 ORDER BY id LIMIT 1

DELETE p FROM people p WHERE p.id = 209

DELETE FROM p USING people p JOIN countries c ON c.capital = p.city WHERE p.id > 215

DELETE FROM people WHERE id > 200

DELETE FROM people WHERE id > 200

SELECT COUNT(*), SUM(balance) FROM people

INSERT INTO orders (customer_id, placed, total) VALUES (3, '2024-05-05 05:05:05.005', 12.50)

SELECT LAST_INSERT_ID()

INSERT INTO orders (customer_id, placed, total) VALUES (4, '2024-05-06', 1), (5, '2024-05-06', 2), (6, '2024-05-06', 3), (7, '2024-05-06', 4)

SELECT LAST_INSERT_ID(), LAST_INSERT_ID() + 1 AS next

SELECT id FROM orders WHERE id = LAST_INSERT_ID()

SELECT id, customer_id FROM orders ORDER BY id DESC LIMIT 5

INSERT INTO orders (id, customer_id, placed, total) VALUES (NULL, 3, '2024-05-07', 5)

INSERT INTO orders (id, customer_id, placed, total) VALUES (0, 3, '2024-05-07', 5), (DEFAULT, 4, '2024-05-07', 6)

INSERT INTO orders (id, customer_id, placed, total) VALUES (5000, 3, '2024-05-08', 7)

SELECT LAST_INSERT_ID()

INSERT INTO orders (customer_id, placed, total) VALUES (9, '2024-05-09', 8)

SELECT id, customer_id FROM orders WHERE id >= 5000 ORDER BY id

INSERT INTO orders (id, customer_id, placed, total) VALUES (5000, 3, '2024-05-08', 7)

INSERT INTO orders (id, customer_id, placed, total) VALUES (5000, 8, '2024-05-08', 7)

DELETE FROM orders WHERE id >= 5000

INSERT INTO orders SET customer_id = 9, placed = '2024-01-01', total = 1

DELETE FROM orders WHERE customer_id = 9 AND total = 1

INSERT INTO events_log (kind) VALUES ('a')

INSERT INTO events_log (kind) VALUES ('b'), ('c'), ('d')

INSERT INTO events_log VALUES (NULL, 'e', NULL, DEFAULT)

INSERT INTO events_log (id, kind) VALUES (700, 'f'), (701, 'g')

INSERT INTO events_log (kind) VALUES ('h')

INSERT IGNORE INTO events_log (id, kind) VALUES (700, 'dup')

REPLACE INTO events_log (id, kind) VALUES (701, 'g2')

INSERT INTO events_log (id, kind) VALUES (701, 'x') ON DUPLICATE KEY UPDATE kind = 'g3'

SELECT id, kind, payload, made FROM events_log ORDER BY id

SELECT MAX(id), COUNT(*) FROM events_log

DELETE FROM events_log WHERE id > 600

INSERT INTO accounts (owner, mail) VALUES (1, 'a@x')

INSERT INTO accounts (owner, mail) VALUES (2, 'b@x'), (3, 'c@x')

INSERT INTO accounts (owner, mail, n) VALUES (1, 'a@x', 5) ON DUPLICATE KEY UPDATE n = n + 1

SELECT id, owner, mail, n FROM accounts ORDER BY owner, mail

INSERT INTO accounts (owner, mail) VALUES (2, 'b@x') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)

SELECT COUNT(*) FROM accounts WHERE id = LAST_INSERT_ID() AND mail = 'b@x'

INSERT IGNORE INTO accounts (owner, mail) VALUES (3, 'c@x')

REPLACE INTO accounts (owner, mail, n) VALUES (3, 'c@x', 9)

SELECT owner, mail, n FROM accounts ORDER BY owner, mail

DELETE FROM accounts WHERE owner IN (1, 2, 3)

INSERT INTO items VALUES (1, 9001, 1, 2, 3, 4.5), (2, 9001, 1, 2, 3, 4.5), (3, 9001, 2, 2, 3, 4.5)

UPDATE items SET qty = qty + 1 WHERE order_id = 9001

UPDATE items SET qty = 0 WHERE customer_id = 1 AND order_id = 9001 AND line = 1

DELETE FROM items WHERE order_id = 9001

INSERT INTO grid VALUES (50, 'q', 1, 'm'), (51, 'Q', 2, NULL)

UPDATE grid SET v = 9 WHERE x = 50 AND y = 'Q'

UPDATE grid SET v = v + 1 WHERE x IN (50, 51)

DELETE FROM grid WHERE (x, y) IN ((50, 'q'), (51, 'q'))

INSERT INTO rates VALUES (500.5, 'new', 1), ('501.25', 'text', 2)

UPDATE rates SET n = 7 WHERE rate = 500.50

DELETE FROM rates WHERE rate > 500 AND rate < 600

INSERT INTO rates VALUES (500.456, 'rounded', 1)

SELECT * FROM rates WHERE rate = 500.46

DELETE FROM rates WHERE rate = 500.46

INSERT INTO days VALUES ('2030-01-01', 1, 'x'), ('2030-01-02', 2, 'y')

INSERT INTO days VALUES ('2030-1-3', 1, 'z')

INSERT INTO days VALUES (20300104, 1, 'num')

UPDATE days SET label = 'u' WHERE day >= '2030-01-01' AND day < '2040-01-01'

DELETE FROM days WHERE day IN ('2030-01-01', '2030-01-02', '2030-01-03', '2030-01-04')

INSERT INTO stamps VALUES ('2030-01-01 00:00:00.1234567', 1, 'x')

SELECT at FROM stamps WHERE n = 1 ORDER BY at

DELETE FROM stamps WHERE at > '2029-01-01' AND at < '2031-01-01'

INSERT INTO words VALUES ('Größe', 100, NULL), ('ñu', 101, NULL), ('ZZZ', 102, NULL)

UPDATE words SET n = 200 WHERE word = 'GROSSE'

UPDATE words SET n = n + 1 WHERE word IN ('grösse', 'NU', 'zzz')

DELETE FROM words WHERE word = 'NU'

DELETE FROM words WHERE n > 99

INSERT INTO latin VALUES ('Zürich', 100)

UPDATE latin SET n = 101 WHERE word = 'ZURICH'

UPDATE latin SET n = 102 WHERE word = 'zürich'

DELETE FROM latin WHERE n > 99

INSERT INTO blobs VALUES (x'aabb', 100, 'x'), ('text', 101, 'y')

DELETE FROM blobs WHERE k = x'aabb' OR k = 'text'

INSERT INTO bigs VALUES (18446744073709551613, 1, 'x'), (12345, 2, 'y')

DELETE FROM bigs WHERE id IN (18446744073709551613, 12345)

INSERT INTO kinds (id, t, d, dt, vc, j) VALUES (100, 1, 1.23456, '2024-01-01 10:00:00', 'x', '{"b": 1, "a": 2}')

INSERT INTO kinds (id, d) VALUES (101, 1.234567891)

INSERT INTO kinds (id, vc, e, se, bi, y) VALUES (102, 'vc', 2, 'z,x', 5, 70)

UPDATE kinds SET t = -1, ts = '2024-01-01 00:00:00', j = JSON_SET(j, '$.c', 3) WHERE id = 100

UPDATE kinds SET b = COALESCE(b, 0) + 1, dd = dd / 3 WHERE id > 99

SELECT * FROM kinds WHERE id > 99 ORDER BY id

DELETE FROM kinds WHERE id > 99

INSERT INTO products VALUES (100, 'sku-100', 'new', 1.5, NULL, 1)

INSERT INTO products VALUES (101, 'sku-101', 'a', 1, '[]', 0), (102, 'sku-102', 'b', 2, '{}', 1)

INSERT IGNORE INTO products VALUES (101, 'sku-101', 'a', 1, '[]', 0), (103, 'sku-103', 'c', 3, NULL, 1)

REPLACE INTO products VALUES (101, 'sku-101', 'again', 9, NULL, 0)

INSERT INTO products VALUES (101, 'sku-101', 'again', 9, NULL, 0) ON DUPLICATE KEY UPDATE price = price + 1

UPDATE products SET price = price * 1.1 WHERE id >= 100

UPDATE products SET active = 1 - active WHERE id = 102

SELECT * FROM products WHERE id >= 100 ORDER BY id

DELETE FROM products WHERE id = 100

DELETE FROM products WHERE id > 100

SELECT i.qty, pr.name FROM items i JOIN products pr ON pr.id = i.product_id WHERE i.customer_id = 5 ORDER BY i.order_id, i.line

INSERT INTO settings VALUES ('s1', 'v1', 100)

INSERT INTO settings VALUES ('s2', 'v2', 101), ('s3', 'v3', 102)

INSERT INTO settings (name, value) SELECT CONCAT('copy-', name), value FROM settings WHERE rank_no >= 100

UPDATE settings SET value = 'w' WHERE name LIKE 's_'

UPDATE settings SET value = 'w2' ORDER BY name LIMIT 1

DELETE FROM settings WHERE name LIKE 'copy%' ORDER BY name DESC LIMIT 1

DELETE FROM settings WHERE rank_no >= 100 OR name LIKE 'copy%'

SELECT * FROM settings ORDER BY name

UPDATE settings a JOIN tree b ON b.id = a.rank_no SET a.value = b.label WHERE b.id = 1

DELETE a, b FROM settings a JOIN tree b ON b.id = a.rank_no WHERE b.id = 999

INSERT INTO counters (id, n) SELECT id, age FROM people WHERE age IS NOT NULL AND id > 500

INSERT INTO counters (id, n) SELECT id + 1000, 1 FROM products

REPLACE INTO counters (id, n) TABLE nosuch

UPDATE counters SET n = 0

UPDATE counters SET n = id * 2, name = NULL WHERE id <= 12

UPDATE counters SET n = n + 1

UPDATE counters SET name = CONCAT('x', n) WHERE n > 10

SELECT * FROM counters ORDER BY id

SELECT SUM(n), COUNT(name) FROM counters

INSERT INTO counters (id) VALUES (301), (302), (303)

INSERT INTO counters () VALUES (304, DEFAULT, DEFAULT)

INSERT INTO counters VALUES (305, DEFAULT(n), 'd')

UPDATE counters SET n = DEFAULT WHERE id = 301

SELECT ROW_COUNT()

UPDATE counters SET n = 77 WHERE id > 300

SELECT ROW_COUNT()

SELECT COUNT(*) FROM counters WHERE n = 77

SELECT FOUND_ROWS()

DELETE FROM counters WHERE id > 300

SELECT ROW_COUNT(), FOUND_ROWS()

BEGIN

INSERT INTO counters VALUES (310, 1, 'tx')

UPDATE counters SET n = 2 WHERE id = 310

SELECT * FROM counters WHERE id = 310

SELECT COUNT(*) FROM counters WHERE id > 300

ROLLBACK

SELECT COUNT(*) FROM counters WHERE id > 300

START TRANSACTION

INSERT INTO counters VALUES (311, 1, 'kept')

SAVEPOINT a

UPDATE counters SET n = 5 WHERE id = 311

ROLLBACK TO SAVEPOINT a

SELECT n FROM counters WHERE id = 311

RELEASE SAVEPOINT a

COMMIT

SELECT * FROM counters WHERE id = 311

DELETE FROM counters WHERE id = 311

SET autocommit = 0

INSERT INTO counters VALUES (312, 1, 'manual')

SELECT n FROM counters WHERE id = 312

ROLLBACK

SELECT n FROM counters WHERE id = 312

SET autocommit = 1

BEGIN

SELECT COUNT(*) FROM people

INSERT INTO counters VALUES (313, 1, 'tx')

SELECT MAX(id) FROM counters

ROLLBACK AND CHAIN

ROLLBACK AND NO CHAIN NO RELEASE

START TRANSACTION READ ONLY

UPDATE counters SET n = 1 WHERE id = 1

SELECT n FROM counters WHERE id = 1

COMMIT

START TRANSACTION WITH CONSISTENT SNAPSHOT

SELECT COUNT(*) FROM counters

COMMIT WORK

BEGIN WORK

INSERT INTO counters VALUES (314, 1, 'work')

ROLLBACK WORK

SELECT COUNT(*) FROM counters WHERE id = 314

START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT

SELECT COUNT(*) FROM counters WHERE id < 5

COMMIT AND CHAIN

ROLLBACK

START TRANSACTION READ WRITE

INSERT INTO counters VALUES (315, 1, 'rw')

SAVEPOINT `s p`

INSERT INTO settings VALUES ('tx', 'v', 900)

ROLLBACK TO `s p`

ROLLBACK

SELECT COUNT(*) FROM settings WHERE name = 'tx'

BEGIN

INSERT INTO counters VALUES (1, 1, 'dup')

SELECT COUNT(*) FROM counters

COMMIT

INSERT INTO settings (name, value) VALUES ('now', NOW() > '2020-01-01'), ('uuid', CHAR_LENGTH(UUID()))

SELECT value FROM settings WHERE name IN ('now', 'uuid') ORDER BY name

DELETE FROM settings WHERE name IN ('now', 'uuid')

TRUNCATE TABLE counters

SELECT COUNT(*) FROM counters

INSERT INTO counters VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 4, 'd'), (5, 5, 'e'), (6, 6, 'f'), (7, 7, 'g'), (8, 8, 'h'), (9, 9, 'i')

INSERT LOW_PRIORITY INTO counters VALUES (20, 1, 'lp')

-- differs: warnings
INSERT DELAYED INTO counters VALUES (21, 1, 'del')

UPDATE LOW_PRIORITY counters SET n = 2 WHERE id = 20

DELETE QUICK FROM counters WHERE id IN (20, 21)

INSERT INTO counters VALUES ROW(22, 1, 'r'), ROW(23, 2, 's')

DELETE FROM counters WHERE id > 9

UPDATE people, orders SET people.note = 'm' WHERE people.id = orders.customer_id AND people.id = 5

SELECT note FROM people WHERE id = 5

DO 1

DO SLEEP(0)
