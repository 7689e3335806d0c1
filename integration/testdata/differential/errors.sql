# What MySQL refuses, the proxy refuses with the same number.
-- class: errors


SELECT nosuch FROM people WHERE id = 1

SELECT nosuch FROM people

SELECT * FROM nosuch

SELECT * FROM nosuch WHERE id = 1

SELECT * FROM nosuchdb.people

SELECT * FROM people WHERE nosuch = 1

SELECT id, FROM people

SELEC 1

SELECT * FROM people WHERE

SELECT 'unterminated FROM people

INSERT INTO people (id, name, balance) VALUES (1, 'dup', 0)

INSERT INTO people (id, name, balance) VALUES (901, 'a', 0), (1, 'dup', 0)

SELECT COUNT(*) FROM people WHERE id IN (901, 902)

INSERT INTO people (id, nosuch) VALUES (902, 1)

INSERT INTO people (id, name) VALUES (903)

INSERT INTO people (id, name) VALUES (904, 'a'), (905)

INSERT INTO people VALUES (906)

INSERT INTO people (id, name, balance) VALUES (907, NULL, 0)

INSERT INTO people (id, balance) VALUES (908, 1)

INSERT INTO people (id, name, balance) VALUES (909, REPEAT('x', 41), 0)

INSERT INTO people (id, name, age, balance) VALUES (910, 'a', 300, 0)

INSERT INTO people (id, name, balance) VALUES (911, 'a', 'abc')

INSERT INTO people (id, name, balance) VALUES (912, 'a', 99999999999.99)

INSERT INTO people (id, name, born, balance) VALUES (913, 'a', '2023-02-30', 0)

INSERT INTO people (id, name, balance) VALUES ('abc', 'a', 0)

INSERT INTO people (id, name, balance) VALUES (99999999999, 'a', 0)

INSERT INTO people (id, name, balance) VALUES (NULL, 'a', 0)

-- refused
INSERT INTO people (name, balance) VALUES ('no key', 0)

INSERT INTO kinds (id, e) VALUES (9003, 'nosuch')

INSERT INTO kinds (id, dt) VALUES (9004, 'not a date')

INSERT INTO kinds (id, j) VALUES (9001, '{bad json')

INSERT INTO kinds (id, ti) VALUES (9002, '900:00:00')

INSERT INTO nosuch VALUES (1)

INSERT INTO products (id, sku, name, price, active) VALUES (99, 'sku-01', 'dup', 1, 1)

INSERT INTO products (id, sku, name, price, active) VALUES (1, 'sku-99', 'dup', 1, 1)

INSERT INTO words VALUES ('APPLE', 1, NULL)

INSERT INTO words VALUES ('strasse', 1, NULL)

INSERT INTO words_general VALUES ('APPLE ', 1, NULL)

INSERT INTO latin VALUES ('ŁÓDŹ', 1)

INSERT INTO mixed (id, l1) VALUES (9001, 'ŁÓDŹ')

INSERT INTO mixed (id, ai) VALUES (9001, 'x'), (9002, 'y'), (9003, REPEAT('z', 99)), (9004, 'z')

INSERT INTO latin VALUES ('ab C ', 1)

INSERT INTO grid VALUES (1, 'A', 1, NULL)

INSERT INTO rates VALUES (1.5, 'dup', 1)

INSERT INTO days VALUES ('2020-02-29', 1, 'dup')

INSERT INTO days VALUES ('0000-00-00', 1, 'zero')

INSERT INTO days VALUES ('2020-02-31', 1, 'bad')

INSERT INTO settings VALUES ('THEME', 'dup', 1)

UPDATE people SET nosuch = 1 WHERE id = 1

UPDATE people SET nosuch = 1

UPDATE people SET age = 300 WHERE id = 1

UPDATE people SET age = 300

UPDATE people SET name = NULL WHERE id = 1

UPDATE people SET id = 2 WHERE id = 1

UPDATE nosuch SET a = 1

UPDATE people SET balance = 1 WHERE nosuch = 1

DELETE FROM nosuch

DELETE FROM people WHERE nosuch = 1

DELETE people FROM orders

SELECT 1 / 0 FROM people WHERE id = 1

SELECT CAST('abc' AS SIGNED)

SELECT 9223372036854775807 + 1

SELECT bu + 1 FROM kinds WHERE id = 1

SELECT 2 * bu FROM kinds ORDER BY id

SELECT EXP(10000)

SELECT ST_X(ST_GeomFromText('POLYGON((0 0,1 1,1 0,0 0))'))

SELECT JSON_EXTRACT('{bad', '$')

SELECT JSON_EXTRACT(j, '$[') FROM kinds WHERE id = 1

SELECT j->'$[' FROM kinds

SELECT (SELECT 1 UNION SELECT 2)

SELECT (SELECT id FROM products) FROM people

SELECT (SELECT id FROM products) FROM people WHERE id = 1

SELECT (1, 2)

SELECT id FROM people WHERE (id, age) = (1, 2, 3)

SELECT id FROM people WHERE id IN (SELECT 1, 2)

SELECT NOSUCHFUNC(id) FROM people

SELECT NOSUCHFUNC(1)

SELECT LEFT('a')

SELECT COUNT(*) FROM people WHERE COUNT(*) > 1

SELECT SUM(COUNT(*)) FROM people

SELECT id FROM people GROUP BY city

SELECT id, COUNT(*) FROM people

SELECT id FROM people HAVING nosuch > 1

SELECT id FROM people ORDER BY 5

SELECT city FROM people GROUP BY 3

SELECT city, COUNT(*) FROM people GROUP BY COUNT(*)

SELECT DISTINCT city FROM people ORDER BY age

SELECT p.id FROM people

SELECT id FROM people p, orders p

SELECT id FROM people p JOIN orders o ON o.customer_id = p.id

SELECT id FROM (SELECT id FROM people WHERE id = 1)

SELECT * FROM (SELECT 1 AS a, 2 AS a) t

SELECT id FROM people LIMIT -1

SELECT id FROM people LIMIT 'a'

SELECT id FROM people LIMIT 1.5

SELECT id FROM people USE INDEX (nosuch)

SELECT word COLLATE latin1_swedish_ci FROM words

SELECT word FROM words WHERE word COLLATE nosuch = 'a'

SELECT CONVERT('a' USING nosuch)

SELECT name FROM people WHERE name = _nosuch'a'

CREATE TABLE people (id INT)

CREATE TABLE bad (id INT, id INT)

CREATE TABLE bad (id NOSUCHTYPE)

CREATE TABLE bad (id INT, PRIMARY KEY (nosuch))

CREATE TABLE bad (a VARCHAR(100000))

DROP TABLE nosuch

DROP TABLE people, nosuch

SELECT COUNT(*) FROM people

ALTER TABLE nosuch ADD a INT

ALTER TABLE people ADD age INT

ALTER TABLE people DROP COLUMN nosuch

ALTER TABLE people ADD KEY age (age)

CREATE INDEX age ON people (age)

DROP INDEX nosuch ON people

TRUNCATE TABLE nosuch

RENAME TABLE nosuch TO other

USE nosuchdb

DROP DATABASE nosuchdb

SET nosuch = 1

SET sql_mode = 'NOSUCH'

SET time_zone = 'Nowhere/Nothing'

SET NAMES nosuch

SET @@read_only_nosuch = 1

SELECT @@nosuch

SHOW CREATE TABLE nosuch

SHOW COLUMNS FROM nosuch

DESCRIBE nosuch

EXPLAIN SELECT * FROM nosuch

CALL nosuch()

ROLLBACK TO SAVEPOINT nosuch

RELEASE SAVEPOINT nosuch

INSERT INTO people SELECT

INSERT INTO people (id, id) VALUES (1, 1)

SELECT * FROM people AS

SELECT `id FROM people

SELECT id FROM people WHERE name = "x

DELETE FROM people LIMIT 1, 2

-- refused on 1,2,4,7
KILL 99999999

-- refused
HANDLER nosuch OPEN

-- refused
EXECUTE nosuch

-- refused
DEALLOCATE PREPARE nosuch

-- refused
LOCK TABLES nosuch READ

FLUSH NOSUCH

SELECT SLEEP(-1) FROM nosuch

-- refused
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'mine', MYSQL_ERRNO = 30001

SELECT id FROM people WHERE id = 1 INTO @a, @b

SELECT id FROM people INTO @a

INSERT INTO counters (id, n) VALUES (1, 9223372036854775808)

REPLACE INTO counters (id, nosuch) VALUES (1, 1)

SELECT * FROM people WHERE MATCH (name) AGAINST ('x')
