# INSERT and REPLACE of rows that a SELECT gives.
-- class: insert select


CREATE TABLE copies (id INT PRIMARY KEY, name VARCHAR(40), n INT DEFAULT 7, v DECIMAL(12,2)) COMMENT='shardway:shard_key=id'

CREATE TABLE numbered (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), n INT) COMMENT='shardway:shard_key=id'

CREATE TABLE pieces (n INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40)) COMMENT='shardway:single'

CREATE TABLE spread (code VARCHAR(10) PRIMARY KEY, name VARCHAR(40)) COMMENT='shardway:reference'

INSERT INTO copies SELECT id, name, age, balance FROM people

SELECT * FROM copies ORDER BY id

INSERT INTO copies (id, name) SELECT id + 1000, name FROM people ORDER BY id LIMIT 3

INSERT INTO copies (name, id) SELECT CONCAT(p.name, '/', o.id), 2000 + o.id FROM people p JOIN orders o ON o.customer_id = p.id

INSERT INTO copies (id, n) SELECT 4000 + customer_id, COUNT(*) FROM orders WHERE customer_id < 1000 GROUP BY customer_id

INSERT INTO copies (id, v) SELECT id + 5000, price FROM products

INSERT INTO copies (id, name) SELECT rank_no + 6000, value FROM settings WHERE rank_no IS NOT NULL GROUP BY rank_no, value

SELECT * FROM copies ORDER BY id

INSERT INTO copies SELECT * FROM copies WHERE id = -1

INSERT INTO copies SELECT id, name, 1, 1 FROM people WHERE id = 7

INSERT IGNORE INTO copies SELECT id, 'ignored', 1, 1 FROM people

REPLACE INTO copies SELECT id, 'replaced', 2, 2 FROM people WHERE id < 5

REPLACE INTO copies (id, name) SELECT id + 1, 'shifted' FROM people WHERE id < 5

SELECT * FROM copies WHERE id < 100 ORDER BY id

INSERT INTO copies (id, n) SELECT id, 100 FROM people WHERE id < 8 ON DUPLICATE KEY UPDATE n = VALUES(n) + 1

INSERT INTO copies (id, n) SELECT id + 3, 5 FROM people WHERE id < 8 ON DUPLICATE KEY UPDATE copies.n = copies.n + 1, name = 'twice'

SELECT * FROM copies WHERE id < 100 ORDER BY id

INSERT INTO copies (id, name, n) SELECT id, name, age FROM people ON DUPLICATE KEY UPDATE name = people.name

INSERT IGNORE INTO copies TABLE copies

INSERT INTO copies (id, n) VALUES ROW(8001, 1), ROW(8002, 2), ROW(8003, 3)

REPLACE INTO copies (id, n) VALUES ROW(8001, 9)

SELECT id, n FROM copies WHERE id > 8000 ORDER BY id

SELECT id, n FROM copies WHERE id > 9000 ORDER BY id

INSERT INTO copies SELECT id FROM people

INSERT INTO copies (id, n) SELECT id + 20000, 1/0 FROM people

INSERT INTO copies (id, n) SELECT id + 20000, 'x' FROM people

INSERT INTO copies (id, n) SELECT NULL, 1

INSERT INTO copies (id, n) SELECT 'abc', 1

INSERT INTO copies (id, n) SELECT '30001', '5'

INSERT INTO copies (id, n) SELECT 30001.6, 5.5

SELECT COUNT(*) FROM copies WHERE id >= 20000

INSERT INTO numbered (name) SELECT name FROM people ORDER BY id

SELECT LAST_INSERT_ID()

SELECT name FROM numbered ORDER BY id

INSERT INTO numbered (id, name) SELECT NULL, name FROM people WHERE id < 4 ORDER BY id

INSERT INTO numbered (name, n) SELECT name, 5 FROM numbered ORDER BY id LIMIT 2

SELECT id, name, n FROM numbered ORDER BY id

INSERT INTO pieces (name) SELECT name FROM people ORDER BY id

SELECT * FROM pieces ORDER BY n

SELECT LAST_INSERT_ID()

REPLACE INTO pieces SELECT id, 'rep' FROM people WHERE id > 0 AND id < 3

SELECT * FROM pieces ORDER BY n

INSERT INTO spread SELECT CONCAT('c', id), name FROM people WHERE id > 0 AND id < 1000

INSERT INTO spread SELECT CONCAT('p', id), name FROM products

INSERT IGNORE INTO spread SELECT code, name FROM spread

REPLACE INTO spread SELECT 'c1', MAX(name) FROM people

INSERT INTO spread SELECT 'c1', 'x' ON DUPLICATE KEY UPDATE name = VALUES(name)

SELECT * FROM spread ORDER BY code

INSERT INTO kinds (id, t, d, f, dd, y, da, dt, d6, ti, t6, bi, c, vc, vb, bn, tx, bl, e, se, j) SELECT id + 70000, t, d, f, dd, y, da, dt, d6, ti, t6, bi, c, vc, vb, bn, tx, bl, e, se, j FROM kinds WHERE id < 70000

SELECT COUNT(*), SUM(t), SUM(d), SUM(dd), MAX(y), MAX(da), MAX(d6), MIN(ti), SUM(bi + 0), SUM(CRC32(vc)), SUM(CRC32(vb)), SUM(CRC32(bn)), SUM(CRC32(tx)), SUM(CRC32(bl)), SUM(e + 0), SUM(se + 0), SUM(CRC32(j)) FROM kinds WHERE id >= 70000

SELECT id - 70000, t, d, f, dd, y, da, dt, d6, ti, t6, bi + 0, c, vc, HEX(vb), HEX(bn), tx, HEX(bl), e, se, j FROM kinds WHERE id >= 70000 ORDER BY id

DELETE FROM kinds WHERE id >= 70000

DROP TABLE copies, numbered, pieces, spread
