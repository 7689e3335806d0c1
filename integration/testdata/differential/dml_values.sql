# INSERT and REPLACE whose values must be computed before their rows are placed.
-- class: computed values


CREATE TABLE given (id INT PRIMARY KEY, name VARCHAR(40), n INT, v DECIMAL(12,2)) COMMENT='shardway:shard_key=id'

CREATE TABLE given_text (k VARCHAR(8) PRIMARY KEY, n INT) COMMENT='shardway:shard_key=k'

CREATE TABLE given_dec (k DECIMAL(6,2) PRIMARY KEY, n INT) COMMENT='shardway:shard_key=k'

CREATE TABLE given_day (k DATE PRIMARY KEY, n INT) COMMENT='shardway:shard_key=k'

INSERT INTO given (id, n) VALUES (1 + 2, 4)

INSERT INTO given (id, n) VALUES (10 * 2, 4), (10 * 3, 5), (ABS(-40), 6)

INSERT INTO given SET id = LENGTH('abcdefg'), name = UPPER('x')

INSERT INTO given (id, n) VALUES ((SELECT MAX(id) + 1 FROM given), 1)

INSERT INTO given (id, n) VALUES ((SELECT id FROM people WHERE id = -1), 1)

INSERT INTO given (id, n) VALUES (1 / 0, 1)

INSERT INTO given (id, n) VALUES (100 + 3, 8) ON DUPLICATE KEY UPDATE n = n + VALUES(n)

SELECT * FROM given ORDER BY id

INSERT INTO given (id, n) VALUES (7.6, 1)

INSERT INTO given (id, n) VALUES ('9', 1), ('0011', 2), (' 12', 3)

INSERT INTO given (id, n) VALUES ('13abc', 1)

INSERT INTO given (id, n) VALUES (1e3, 1), (1.5e3, 2), (10005e-1, 3)

INSERT IGNORE INTO given (id, n) VALUES ('14abc', 1)

INSERT IGNORE INTO given (id, n) VALUES ('abc', 1), (NULL, 2), (99999999999, 3)

INSERT IGNORE INTO given (id, n) VALUES (TRUE, 1), (FALSE, 2)

SELECT * FROM given ORDER BY id

INSERT INTO given_text VALUES (5, 1), (5.5, 2), (1e2, 3)

INSERT INTO given_text VALUES ('abcdefghi', 1)

INSERT IGNORE INTO given_text VALUES ('abcdefghi', 1)

INSERT INTO given_text VALUES (CONCAT('a', 'b'), 1), (REPEAT('z', 3), 2), (HEX(10), 3)

INSERT IGNORE INTO given_text VALUES (NULL, 9), ('AB', 10)

SELECT * FROM given_text ORDER BY n, k

INSERT INTO given_dec VALUES (1.005, 1), ('2.345', 2), (3e0, 3), (1234.5, 4)

INSERT IGNORE INTO given_dec VALUES (12345.678, 5), ('x', 6), (4.9999e1, 7)

SELECT * FROM given_dec ORDER BY k

INSERT INTO given_day VALUES ('2024-1-2', 1), (20240103, 2), ('2024-01-04 10:00:00', 3), (TIMESTAMP'2024-01-05 00:00:00', 4)

INSERT IGNORE INTO given_day VALUES ('2024-02-30', 5), ('nonsense', 6)

SELECT * FROM given_day ORDER BY n

SET sql_mode = ''

INSERT INTO given (id, n) VALUES ('200x', 1), (-3000000000, 2)

INSERT INTO given_text VALUES ('long enough', 50)

INSERT INTO given_day VALUES ('2024-02-31', 51)

SELECT n, id FROM given WHERE id > 150 OR id < 0 ORDER BY id

SELECT * FROM given_text WHERE n = 50

SELECT * FROM given_day WHERE n = 51

SET sql_mode = DEFAULT

INSERT INTO products (id, sku, name, price, active) VALUES (900, LEFT(CONCAT(RAND(), '0'), 1), 'r', 1, 1)

SELECT id, name, price FROM products ORDER BY id

DELETE FROM products WHERE sku = 'sku-p' OR id = 900

SELECT * FROM settings WHERE name = 'people'

DELETE FROM settings WHERE name = 'people'

DROP TABLE given, given_text, given_dec, given_day
