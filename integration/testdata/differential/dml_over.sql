# Writes that need rows of several shards in one place.
-- class: chosen rows



CREATE TABLE given (id INT PRIMARY KEY, name VARCHAR(40), n INT, v DECIMAL(12,2)) COMMENT='shardway:shard_key=id'

CREATE TABLE copies (id INT PRIMARY KEY, name VARCHAR(40), n INT DEFAULT 7, v DECIMAL(12,2)) COMMENT='shardway:shard_key=id'

CREATE TABLE pieces (n INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40)) COMMENT='shardway:single'

CREATE TABLE moved (id INT PRIMARY KEY, v INT) COMMENT='shardway:shard_key=id'

INSERT INTO moved VALUES (7, 1), (8, 2), (9, 3)

UPDATE products SET name = 'seen' WHERE id IN (SELECT product_id FROM items)

UPDATE people p JOIN orders o ON o.id = p.id SET p.note = 'by id'

UPDATE people p JOIN orders o ON o.id = p.id SET p.note = o.status, p.balance = o.total WHERE o.total < 100

UPDATE people SET note = (SELECT MAX(name) FROM products) WHERE id IN (1, 2, 3)

UPDATE people SET balance = (SELECT SUM(total) FROM orders), note = 'sum' WHERE age > 20

UPDATE people SET score = (SELECT COUNT(*) FROM orders WHERE orders.total > people.balance) WHERE id < 6

UPDATE people SET note = 'in' WHERE id IN (SELECT product_id FROM items)

UPDATE people SET note = 'avg' WHERE balance > (SELECT AVG(total) FROM orders)

-- differs: cut
UPDATE people SET note = 'derived' WHERE balance > (SELECT a FROM (SELECT AVG(balance) AS a FROM people) AS d)

UPDATE settings s JOIN people p ON p.name = s.name SET s.value = p.city

UPDATE settings SET value = (SELECT COUNT(*) FROM people) WHERE rank_no > 0

UPDATE people p LEFT JOIN orders o ON o.id = p.id SET p.note = 'no order' WHERE o.id IS NULL

UPDATE people p LEFT JOIN orders o ON o.id = p.id + 1 SET p.note = 'l', o.currency = 'USD' WHERE p.id < 4

WITH big AS (SELECT id FROM orders WHERE total > 50) UPDATE people SET note = 'cte' WHERE id IN (SELECT id FROM big)

DELETE p FROM people p JOIN orders o ON o.id = p.id WHERE o.total > 1000000

DELETE FROM items WHERE order_id IN (SELECT id FROM orders WHERE status = 'lost') AND product_id NOT IN (SELECT id FROM products)

DELETE i, o FROM items i JOIN orders o ON o.id = i.order_id + 1 WHERE o.id = 3

WITH few AS (SELECT id FROM orders ORDER BY total, id LIMIT 2) DELETE FROM orders WHERE id IN (SELECT id FROM few)

DELETE FROM orders WHERE total = (SELECT m FROM (SELECT MIN(total) AS m FROM orders) AS d)

UPDATE moved SET id = (SELECT MAX(id) + 1 FROM products) WHERE id = 7

INSERT INTO copies (id, n) SELECT 3000 + COUNT(*), MAX(age) FROM people

INSERT IGNORE INTO copies (id) SELECT id + 7000 FROM people WHERE id < 4 UNION ALL SELECT 1

INSERT INTO copies (id, n) WITH c AS (SELECT id FROM orders) SELECT 9000 + id, 1 FROM c

INSERT INTO copies (id, n) SELECT 10000 + id, n FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM people WHERE id < 1000) AS d

INSERT INTO pieces (name) SELECT CONCAT(COUNT(*)) FROM orders

INSERT INTO given (id, n) VALUES (CAST('55' AS UNSIGNED), (SELECT COUNT(*) FROM people))

INSERT INTO given (id, n) VALUES ((SELECT MAX(id) + 100 FROM people WHERE id < 1000), (SELECT MIN(id) FROM orders)), (101, (SELECT SUM(qty) FROM items))

INSERT INTO given (id, v) VALUES (102, (SELECT AVG(total) FROM orders))

REPLACE INTO given (id, n) VALUES (101 + 1, (SELECT COUNT(*) FROM items))

INSERT INTO given (id, n) VALUES ((SELECT id FROM people), 1)

INSERT INTO given (id, n) VALUES (103, (SELECT COUNT(*) FROM people)) ON DUPLICATE KEY UPDATE n = 0

INSERT INTO products (id, sku, name, price, active) VALUES ((SELECT MAX(id) + 1 FROM people WHERE id < 1000), 'sku-p', (SELECT MAX(name) FROM people), (SELECT AVG(total) FROM orders), 1)

INSERT INTO settings VALUES ('people', (SELECT COUNT(*) FROM people), 77)

SELECT * FROM copies ORDER BY id

SELECT * FROM given ORDER BY id

SELECT * FROM moved ORDER BY id

SELECT * FROM pieces ORDER BY n

SELECT id, name, note, balance, score FROM people ORDER BY id

SELECT * FROM settings ORDER BY name

SELECT id, total FROM orders ORDER BY id

SELECT * FROM items ORDER BY customer_id, order_id, line

DELETE FROM products WHERE sku = 'sku-p'

DROP TABLE given, copies, pieces, moved
