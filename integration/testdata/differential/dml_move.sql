# UPDATE of the shard key: rows move to the shard of their new key.
-- class: moved rows


CREATE TABLE moved (id INT PRIMARY KEY, v INT, d DECIMAL(10,3), f FLOAT, g DOUBLE, t VARCHAR(20) CHARACTER SET latin1, b VARBINARY(10), j JSON, at DATETIME(3), ti TIME(2), y YEAR, e ENUM('x','y'), s SET('p','q'), bits BIT(9), twice INT AS (v * 2), pad CHAR(5), UNIQUE KEY (id, v)) COMMENT='shardway:shard_key=id'

INSERT INTO moved (id, v, d, f, g, t, b, j, at, ti, y, e, s, bits, pad) VALUES (1, 10, 1.5, 0.1, 1e100, 'größe', x'00ff', '{"a": [1, "ü"]}', '2024-02-29 12:00:00.123', '-10:11:12.5', 2024, 'x', 'p,q', 257, 'ab'), (2, 20, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (3, 30, -0.001, -3.25, 0.1, '', '', '[]', '1000-01-01', '838:00:00', 1901, 'y', '', 0, ''), (4, 40, 0, 0, 0, 'x''y\\z', 'q', '1', '2000-01-01', '00:00:00', 2000, 'x', 'p', 1, 'z')

UPDATE moved SET id = id + 100

SELECT * FROM moved ORDER BY id

UPDATE moved SET id = id + 1 ORDER BY id DESC

SELECT id, v, twice FROM moved ORDER BY id

UPDATE moved SET id = id + 1

SELECT id FROM moved ORDER BY id

UPDATE moved SET id = id - 1 ORDER BY id

UPDATE moved SET id = 7, v = v + 1 WHERE id = 101

SELECT id, v, twice FROM moved ORDER BY id

UPDATE moved SET id = 102 WHERE id = 7

UPDATE moved SET id = 7 WHERE id = 7

UPDATE moved SET id = id * 1000 WHERE v > 20 ORDER BY v LIMIT 2

SELECT id, v FROM moved ORDER BY id

SELECT id, v, d, f, g, t, HEX(b), j, at, ti, y, e, s, bits + 0, pad FROM moved ORDER BY id

UPDATE moved SET id = 'abc' WHERE v = 11

UPDATE moved SET id = NULL WHERE v = 11

UPDATE moved SET id = 99999999999 WHERE v = 11

UPDATE moved SET id = '55' WHERE v = 11

UPDATE moved SET id = 56.4 WHERE v = 11

SELECT id, v FROM moved ORDER BY id

UPDATE moved SET v = DEFAULT, id = id + 500 WHERE id = 56

SELECT id, v FROM moved ORDER BY id

CREATE TABLE moved_stamps (k VARCHAR(20) PRIMARY KEY, n INT, changed TIMESTAMP(3) NULL ON UPDATE CURRENT_TIMESTAMP(3)) COMMENT='shardway:shard_key=k'

INSERT INTO moved_stamps VALUES ('a', 1, NULL), ('b', 2, NULL), ('c', 3, '2001-01-01 00:00:00'), ('d', 4, NULL), ('e', 5, NULL), ('ä', 6, NULL)

UPDATE moved_stamps SET k = CONCAT(k, n, 'ß') WHERE n < 6

SELECT k, n, changed > '2020-01-01' FROM moved_stamps ORDER BY n

UPDATE moved_stamps SET k = 'A4SS' WHERE n = 5

UPDATE moved_stamps SET k = 'A1SS' WHERE n = 1

SELECT k, n FROM moved_stamps ORDER BY n

CREATE TABLE moved_pairs (a INT, b VARCHAR(5), v INT, PRIMARY KEY (a, b)) COMMENT='shardway:shard_key=a,b'

INSERT INTO moved_pairs VALUES (1, 'a', 1), (1, 'b', 2), (2, 'a', 3), (2, 'b', 4), (3, 'c', 5)

UPDATE moved_pairs SET b = 'z' WHERE a = 1 AND b = 'a'

UPDATE moved_pairs SET a = a + 10

UPDATE moved_pairs SET a = 11, b = 'z' WHERE v = 2

SELECT * FROM moved_pairs ORDER BY a, b

UPDATE moved_pairs p JOIN products q ON q.id = p.v SET p.a = p.a + q.id, p.v = 100 + p.v

SELECT * FROM moved_pairs ORDER BY a, b

DROP TABLE moved, moved_stamps, moved_pairs
