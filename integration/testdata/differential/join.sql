# Joins.
-- class: join


SELECT p.name, o.id FROM people p JOIN orders o ON o.customer_id = p.id WHERE p.id = 5 ORDER BY o.id

SELECT p.name, o.id, o.total FROM people p JOIN orders o ON o.customer_id = p.id ORDER BY o.id

SELECT p.name, o.id FROM people p, orders o WHERE o.customer_id = p.id AND o.total > 500 ORDER BY o.id

SELECT p.id, o.id FROM people p LEFT JOIN orders o ON o.customer_id = p.id ORDER BY p.id, o.id

SELECT p.id FROM people p LEFT JOIN orders o ON o.customer_id = p.id WHERE o.id IS NULL ORDER BY p.id

SELECT p.id, o.id FROM orders o RIGHT JOIN people p ON o.customer_id = p.id AND o.status = 'paid' ORDER BY p.id, o.id

SELECT o.id, i.line, i.qty FROM orders o JOIN items i ON i.customer_id = o.customer_id AND i.order_id = o.id ORDER BY o.id, i.line LIMIT 15

SELECT p.name, o.id, i.line, pr.name FROM people p JOIN orders o ON o.customer_id = p.id JOIN items i ON i.customer_id = o.customer_id AND i.order_id = o.id JOIN products pr ON pr.id = i.product_id ORDER BY o.id, i.line LIMIT 20

SELECT o.id, i.line FROM orders o JOIN items i USING (customer_id) WHERE i.order_id = o.id ORDER BY 1, 2

SELECT * FROM orders o JOIN items i USING (customer_id) WHERE i.order_id = o.id ORDER BY o.id, i.line LIMIT 3

SELECT customer_id FROM orders NATURAL JOIN items ORDER BY customer_id LIMIT 3

SELECT p.id, pr.id FROM people p CROSS JOIN products pr WHERE p.id < 3 AND pr.id < 3 ORDER BY 1, 2

SELECT i.customer_id, pr.name FROM items i JOIN products pr ON pr.id = i.product_id WHERE pr.active = 1 ORDER BY 1, 2, i.order_id, i.line LIMIT 10

SELECT i.line, pr.name FROM products pr LEFT JOIN items i ON i.product_id = pr.id AND i.customer_id = 5 ORDER BY 2, 1

SELECT pr.id, i.qty FROM products pr LEFT JOIN items i ON i.product_id = pr.id ORDER BY 1, 2

SELECT p.id, c.name FROM people p LEFT JOIN countries c ON c.capital = p.city ORDER BY p.id, c.code

SELECT c.name, COUNT(*) FROM people p JOIN countries c ON c.capital = p.city GROUP BY c.name ORDER BY c.name

-- differs: spelling
SELECT p.city, COUNT(*), SUM(o.total) FROM people p JOIN orders o ON o.customer_id = p.id GROUP BY p.city ORDER BY p.city

SELECT p.id, COUNT(o.id) AS n FROM people p LEFT JOIN orders o ON o.customer_id = p.id GROUP BY p.id ORDER BY n DESC, p.id LIMIT 10

SELECT pr.name, SUM(i.qty) AS q FROM items i JOIN products pr ON pr.id = i.product_id GROUP BY pr.id, pr.name ORDER BY q DESC, pr.name

-- differs: spelling
SELECT DISTINCT p.city FROM people p JOIN orders o ON o.customer_id = p.id WHERE o.status = 'paid' ORDER BY p.city

SELECT COUNT(*) FROM people p JOIN orders o ON p.id = o.customer_id JOIN items i ON i.customer_id = p.id AND i.order_id = o.id

SELECT a.id, b.id FROM people a JOIN people b ON a.city = b.city AND a.id < b.id ORDER BY 1, 2

SELECT a.id, b.age FROM people a JOIN people b ON a.id = b.id ORDER BY 1

SELECT p.id, s.value FROM people p JOIN settings s ON s.rank_no = p.id ORDER BY p.id

SELECT s.name, t.label FROM settings s JOIN tree t ON t.id = s.rank_no ORDER BY t.id, s.name

SELECT a.label, b.label AS parent FROM tree a LEFT JOIN tree b ON b.id = a.parent ORDER BY a.id

SELECT s.value, pr.name FROM settings s JOIN products pr ON pr.id = s.rank_no ORDER BY pr.id

SELECT a.sku, b.sku FROM products a JOIN products b ON b.id = a.id + 1 ORDER BY a.id

SELECT pr.name, c.name FROM products pr JOIN countries c ON CHAR_LENGTH(c.name) = pr.id ORDER BY 1, 2

SELECT o.id, p.name FROM orders o JOIN people p ON p.name = o.currency

SELECT g.v, p.id FROM grid g JOIN people p ON p.id = g.x ORDER BY 1, 2

SELECT a.x, a.y, b.v FROM grid a JOIN grid b ON a.x = b.x AND a.y = b.y ORDER BY a.x, a.y

SELECT a.x, a.y, b.v FROM grid a JOIN grid b ON a.x = b.x ORDER BY 1, 2, 3

SELECT w.n, g.n FROM words w JOIN words_general g ON w.n = g.n WHERE w.word = 'apple' AND g.word = 'apple'

SELECT w.n, g.n FROM words w JOIN words_general g ON w.word = g.word COLLATE utf8mb4_0900_ai_ci

SELECT p.name FROM people p JOIN (SELECT 5 AS id) x ON x.id = p.id

SELECT p.id, x.k FROM people p JOIN (SELECT id AS k FROM products WHERE id < 4) x ON x.k = p.id ORDER BY p.id

SELECT p.id, t.n FROM people p JOIN (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) t ON t.customer_id = p.id ORDER BY p.id

SELECT p.id, t.n FROM people p JOIN (SELECT currency, COUNT(*) AS n FROM orders GROUP BY currency) t ON t.n = p.id ORDER BY p.id

SELECT p.id, l.total FROM people p, LATERAL (SELECT total FROM orders o WHERE o.customer_id = p.id ORDER BY o.total DESC LIMIT 1) l ORDER BY p.id

SELECT p.id FROM people p JOIN orders o ON o.customer_id = p.id AND o.id IN (SELECT order_id FROM items i WHERE i.customer_id = o.customer_id AND i.qty > 5) ORDER BY p.id, o.id

SELECT o.id FROM orders o WHERE o.total > (SELECT AVG(o2.total) FROM orders o2 WHERE o2.customer_id = o.customer_id) ORDER BY o.id

SELECT p.name, (SELECT GROUP_CONCAT(o.id ORDER BY o.id) FROM orders o WHERE o.customer_id = p.id) AS ids FROM people p ORDER BY p.id

SELECT p.id, o.id FROM people p STRAIGHT_JOIN orders o ON o.customer_id = p.id ORDER BY 1, 2 LIMIT 5

SELECT p.id FROM people p INNER JOIN (orders o JOIN products pr ON pr.id = o.id) ON o.customer_id = p.id ORDER BY p.id

SELECT p.id, o.id FROM people p JOIN orders o WHERE p.id = o.customer_id AND p.id IN (1, 2, 3) ORDER BY 1, 2

SELECT p.*, o.* FROM people p JOIN orders o ON o.customer_id = p.id WHERE o.total > 900 ORDER BY o.id

SELECT o.*, 1 AS one FROM people p JOIN orders o ON o.customer_id = p.id WHERE o.total > 900 ORDER BY o.id

SELECT * FROM people p JOIN orders o ON o.customer_id = p.id WHERE o.total > 900 ORDER BY o.id

SELECT MAX(o.total), MIN(p.age) FROM people p LEFT JOIN orders o ON o.customer_id = p.id

SELECT p.id FROM people p JOIN orders o ON p.id = o.customer_id ORDER BY o.placed DESC, p.id LIMIT 3

SELECT people.id, orders.total FROM people JOIN orders ON people.id = orders.customer_id ORDER BY orders.total DESC, orders.id LIMIT 4

SELECT id FROM people JOIN orders ON people.id = orders.customer_id

SELECT p.nosuch FROM people p JOIN orders o ON o.customer_id = p.id

SELECT x.id FROM people p JOIN orders o ON o.customer_id = p.id

SELECT p.id FROM people p JOIN people p ON p.id = p.id

SELECT r.rate, r2.label FROM rates r JOIN rates r2 ON r2.rate = r.rate ORDER BY r.rate

SELECT p.id, r.label FROM people p JOIN rates r ON r.rate = p.id ORDER BY p.id

SELECT t.id, u.id FROM tree t JOIN tree u ON u.parent = t.id AND u.label LIKE 'a%' ORDER BY 1, 2

WITH RECURSIVE up AS (SELECT id, parent, 1 AS depth FROM tree WHERE id = 6 UNION ALL SELECT t.id, t.parent, depth + 1 FROM tree t JOIN up ON up.parent = t.id) SELECT * FROM up ORDER BY depth

SELECT p.id, o.n FROM people p JOIN (SELECT customer_id AS cid, COUNT(*) AS n FROM orders WHERE customer_id = 5 GROUP BY customer_id) o ON o.cid = p.id WHERE p.id = 5

SELECT p.id FROM people p WHERE p.id IN (SELECT o.customer_id FROM orders o JOIN items i ON i.customer_id = o.customer_id WHERE o.customer_id = p.id AND i.qty = 9) ORDER BY 1

SELECT COUNT(*) FROM people p LEFT JOIN orders o ON o.customer_id = p.id AND o.status = 'lost'

SELECT p.id, COALESCE(SUM(o.total), 0) AS s FROM people p LEFT JOIN orders o ON o.customer_id = p.id GROUP BY p.id HAVING s > 700 ORDER BY s DESC, p.id
