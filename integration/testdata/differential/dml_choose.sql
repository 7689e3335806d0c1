# UPDATE and DELETE of rows that no shard can choose from its own rows alone.
-- class: chosen rows


UPDATE people SET note = 'oldest' WHERE age IS NOT NULL ORDER BY age DESC, id LIMIT 3

SELECT id, note FROM people WHERE note = 'oldest' ORDER BY id

UPDATE people SET note = CONCAT(COALESCE(note, ''), '!'), score = score + 1 ORDER BY name, id LIMIT 4

SELECT id, note, score FROM people ORDER BY id

UPDATE people SET note = 'same' ORDER BY id LIMIT 2

UPDATE people SET note = 'same' ORDER BY id LIMIT 3

UPDATE people SET note = 'none' WHERE id > 100000 LIMIT 3

UPDATE people SET note = 'any' LIMIT 0

UPDATE people SET note = 'lim' WHERE city IS NULL LIMIT 100

SELECT id, note FROM people ORDER BY id

UPDATE people SET note = NULL ORDER BY balance, id LIMIT 2

SELECT id, note FROM people ORDER BY id

UPDATE grid SET mark = 'g' WHERE v IS NOT NULL ORDER BY v DESC, x, y LIMIT 3

SELECT * FROM grid ORDER BY x, y

UPDATE rates SET label = 'top' ORDER BY rate DESC LIMIT 2

SELECT * FROM rates ORDER BY rate

UPDATE days SET label = 'first' ORDER BY day LIMIT 2

SELECT * FROM days ORDER BY day

UPDATE stamps SET label = 'last' ORDER BY at DESC LIMIT 2

SELECT * FROM stamps ORDER BY at

UPDATE blobs SET label = 'blob' ORDER BY k LIMIT 2

SELECT HEX(k), n, label FROM blobs ORDER BY k

UPDATE words SET upper_word = 'W' ORDER BY word, n LIMIT 3

SELECT * FROM words ORDER BY word

UPDATE latin SET n = n + 100 ORDER BY word LIMIT 2

SELECT * FROM latin ORDER BY word

UPDATE bigs SET n = n * 2 ORDER BY id DESC LIMIT 3

SELECT * FROM bigs ORDER BY id

DELETE FROM bigs ORDER BY id DESC LIMIT 1

SELECT * FROM bigs ORDER BY id

DELETE FROM grid WHERE v IS NOT NULL ORDER BY v, x, y LIMIT 1

SELECT * FROM grid ORDER BY x, y

DELETE FROM days ORDER BY day LIMIT 1

DELETE FROM words ORDER BY n, word LIMIT 1

SELECT COUNT(*) FROM words

DELETE FROM bigs WHERE id > 18446744073709551614 LIMIT 5

UPDATE products SET price = price + 1 ORDER BY id LIMIT 2

SELECT id, price FROM products ORDER BY id

UPDATE products p JOIN items i ON i.product_id = p.id SET p.name = CONCAT(p.name, '+') WHERE i.qty > 0

SELECT id, name FROM products ORDER BY id

UPDATE products p JOIN orders o ON o.id = p.id SET p.name = 'ordered', o.currency = 'CHF' WHERE o.total > 10

SELECT id, name FROM products ORDER BY id

SELECT id, currency FROM orders ORDER BY id

SELECT id, note FROM people ORDER BY id

SELECT id, note, balance FROM people ORDER BY id

SELECT id, note FROM people ORDER BY id

SELECT id, note, balance FROM people ORDER BY id

SELECT id, score FROM people ORDER BY id

SELECT id, note FROM people ORDER BY id

UPDATE people SET note = 'self' WHERE balance > (SELECT AVG(balance) FROM people)

DELETE FROM people WHERE id IN (SELECT id FROM people WHERE age > 1000)

SELECT id, note FROM people ORDER BY id

SELECT * FROM settings ORDER BY name

SELECT id, note FROM people ORDER BY id

SELECT id, currency FROM orders ORDER BY id

SELECT id, note FROM people ORDER BY id

DELETE i FROM items i JOIN products p ON p.id = i.product_id WHERE p.price > 1000

SELECT COUNT(*), SUM(qty) FROM items

SELECT COUNT(*) FROM items

SELECT COUNT(*) FROM orders

SELECT id FROM orders ORDER BY id

UPDATE IGNORE people SET name = name ORDER BY id LIMIT 2

UPDATE people SET age = 300 ORDER BY id LIMIT 1

UPDATE people SET nope = 1 ORDER BY id LIMIT 1

UPDATE people SET age = 5 WHERE nope = 1 LIMIT 1

DELETE FROM people WHERE '1x' = id ORDER BY id LIMIT 1

UPDATE people SET note = 1/0 ORDER BY id LIMIT 1

SELECT id, age, note FROM people ORDER BY id

# A column that is not there is an error where no row is chosen, too.
UPDATE people p LEFT JOIN staff s ON TRUE SET p.nosuch = 1 WHERE p.id < 0

UPDATE people SET nosuch = 1 WHERE id < 0 LIMIT 1

# An undeclared table cannot be read either where it is changed (1093).
UPDATE docs SET title = 'x' WHERE id IN (SELECT d.id FROM docs d JOIN people p ON TRUE)

DELETE d FROM docs d JOIN people p ON p.id = d.id WHERE 1 NOT IN (SELECT 1 FROM docs e WHERE e.id = p.age)

# Rows of JSON_TABLE cannot be locked (3569).
-- refused
UPDATE people p JOIN JSON_TABLE('[1, 3]', '$[*]' COLUMNS (a INT PATH '$')) AS t ON t.a = p.age SET p.note = 'j', p.score = p.score + 1

-- refused
UPDATE people p JOIN JSON_TABLE('[1, 3, 5]', '$[*]' COLUMNS (a INT PATH '$')) AS t ON t.a = p.id SET p.note = CONCAT('j', t.a) WHERE p.id IN (1, 2, 3, 5)

-- refused
DELETE p FROM people p JOIN orders o ON o.id = p.id JOIN JSON_TABLE('[3, 4]', '$[*]' COLUMNS (a INT PATH '$')) AS t ON t.a = p.id

-- refused
UPDATE people SET note = 'k' WHERE EXISTS (SELECT 1 FROM JSON_TABLE('[2, 6]', '$[*]' COLUMNS (a INT PATH '$')) AS t WHERE t.a = people.id) ORDER BY id LIMIT 3

SELECT id, note, score FROM people ORDER BY id

# Compared with a DECIMAL by a hash join, as SELECTs are joined, -9223372036854775808 draws a warning; an UPDATE does not fail of it.
CREATE TABLE wide_ints (u BIGINT UNSIGNED PRIMARY KEY, bn BIGINT, label VARCHAR(10)) COMMENT='shardway:shard_key=u'

INSERT INTO wide_ints (u, bn) VALUES (18446744073709551615, 2), (4, -1), (11, -9223372036854775808), (19, 0), (21, -3), (10, 1), (3, 2), (27, -1), (23, 3), (16, NULL), (5, 1)

CREATE TABLE narrow_decimals (n INT NOT NULL, id INT NOT NULL, d DECIMAL(10,3), PRIMARY KEY (n, id)) COMMENT='shardway:shard_key=n'

INSERT INTO narrow_decimals VALUES (0, 13, 1), (9, 39, -2.250), (5, 8, NULL), (9, 27, 2), (3, 4, 10), (6, 14, 2), (8, 8, NULL), (8, 21, 99.999), (2, 8, 1), (0, 35, -2.250), (7, 28, 2)

-- differs: warnings
UPDATE wide_ints AS u LEFT JOIN narrow_decimals AS o ON u.bn <=> o.d SET u.label = 'met' WHERE o.n > 3

SELECT * FROM wide_ints ORDER BY u

-- differs: warnings
DELETE u FROM wide_ints AS u JOIN narrow_decimals AS o ON u.bn <=> o.d WHERE o.n > 8

SELECT * FROM wide_ints ORDER BY u

DROP TABLE wide_ints, narrow_decimals
