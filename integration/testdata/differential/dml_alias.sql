# INSERT … AS new ON DUPLICATE KEY UPDATE: the row has a name, and perhaps its columns.
-- class: row alias

CREATE TABLE aliased (id INT PRIMARY KEY, name VARCHAR(40), n INT) COMMENT='shardway:shard_key=id'

CREATE TABLE aliased_auto (id BIGINT AUTO_INCREMENT PRIMARY KEY, owner INT NOT NULL, n INT, UNIQUE KEY (id, owner)) COMMENT='shardway:shard_key=id'

CREATE TABLE aliased_ref (id INT PRIMARY KEY, n INT) COMMENT='shardway:reference'

CREATE TABLE aliased_single (id INT PRIMARY KEY, n INT)

INSERT INTO aliased VALUES (1, 'one', 1), (2, 'two', 2), (3, 'three', 3), (4, 'four', 4)

INSERT INTO aliased (id, n) VALUES (1, 10), (5, 50), (3, 30) AS new ON DUPLICATE KEY UPDATE n = aliased.n + new.n

INSERT INTO aliased (id, n) VALUES (1, 10), (2, 2), (7, 30), (8, 9) AS `a row` ON DUPLICATE KEY UPDATE n = `a row`.n, name = CONCAT('is ', `a row`.`n`, '?')

INSERT INTO aliased (id, n) VALUES (2, 5), (4, 6), (9, 7) AS new(k, v) ON DUPLICATE KEY UPDATE n = n + v, name = new.k

INSERT INTO aliased (id, n) VALUES (2, 1 + 1), (4, ABS(-3)), (10, (SELECT 8)) AS new(k, v) ON DUPLICATE KEY UPDATE n = v * 100

INSERT INTO aliased SET id = 5, name = 'five', n = 5 AS new ON DUPLICATE KEY UPDATE name = new.name

INSERT INTO aliased VALUES (6, 'six', 6), (1, 'six', 7) AS new ON DUPLICATE KEY UPDATE name = new.name, n = IF(new.n > aliased.n, new.n, aliased.n)

INSERT INTO aliased VALUES (1, 'x', 7) AS new ON DUPLICATE KEY UPDATE id = new.id, n = new.n

INSERT INTO aliased VALUES (1, 'y', 8), (11, 'z', 9) AS new(a, b, c) ON DUPLICATE KEY UPDATE id = a, n = c, name = b

INSERT INTO aliased VALUES (12, 'alone', 12) AS new

INSERT INTO aliased (id, n) VALUES (1, 10) AS new ON DUPLICATE KEY UPDATE n = n + 1

INSERT INTO aliased (id, n) VALUES (1, 10) AS new ON DUPLICATE KEY UPDATE n = new.nothing

INSERT INTO aliased (id, n) VALUES (1, 10) AS new(a) ON DUPLICATE KEY UPDATE n = new.a

INSERT INTO aliased (id, n) VALUES (1, 10) AS aliased ON DUPLICATE KEY UPDATE n = 1

-- refused
INSERT INTO aliased (id, n) VALUES (1, 10) AS new(v, id) ON DUPLICATE KEY UPDATE id = new.id

SELECT * FROM aliased ORDER BY id

INSERT INTO aliased_auto (owner, n) VALUES (1, 1), (2, 2) AS new(o, m) ON DUPLICATE KEY UPDATE n = m

INSERT INTO aliased_auto (id, owner, n) VALUES (1, 9, 5), (2, 9, 6) AS new ON DUPLICATE KEY UPDATE n = aliased_auto.n + new.n

SELECT * FROM aliased_auto ORDER BY id

INSERT INTO aliased_ref VALUES (1, 1), (2, 2) AS new ON DUPLICATE KEY UPDATE n = new.n

INSERT INTO aliased_ref VALUES (1, 5), (3, 7) AS new ON DUPLICATE KEY UPDATE n = new.n + aliased_ref.n

SELECT * FROM aliased_ref ORDER BY id

INSERT INTO aliased_single VALUES (1, 1), (2, 2) AS new ON DUPLICATE KEY UPDATE n = new.n

INSERT INTO aliased_single VALUES (1, LAST_INSERT_ID() * 0 + 4), (2, 6) AS new ON DUPLICATE KEY UPDATE n = new.n

INSERT INTO aliased_single VALUES (3, 4), (2, 7) AS new(a, b) ON DUPLICATE KEY UPDATE n = b + LAST_INSERT_ID() * 0

SELECT * FROM aliased_single ORDER BY id

-- differs: warnings
INSERT INTO aliased (id, n) VALUES (1, 10), (2, 20) AS new ON DUPLICATE KEY UPDATE n = VALUES(n)
