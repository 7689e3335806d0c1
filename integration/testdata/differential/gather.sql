# What no shard can answer by itself: rows are collected and MySQL answers.
-- class: gather


SELECT p.id, o.id FROM people p JOIN orders o ON o.id = p.id ORDER BY p.id, o.id

SELECT p.name, o.total FROM people p JOIN orders o ON o.id = p.id WHERE o.total > 100 ORDER BY p.id

SELECT p.id, o.id FROM people p LEFT JOIN orders o ON o.id = p.id ORDER BY p.id

SELECT p.id, o.id FROM people p LEFT JOIN orders o ON o.id = p.id AND o.status = 'paid' WHERE p.age > 30 ORDER BY p.id

SELECT p.id FROM people p LEFT JOIN orders o ON o.id = p.id WHERE o.id IS NULL ORDER BY p.id

SELECT p.id, o.id FROM orders o RIGHT JOIN people p ON o.id = p.id ORDER BY p.id

SELECT a.id, b.id FROM people a JOIN people b ON a.age = b.age AND a.id < b.id ORDER BY 1, 2

SELECT a.name, b.name FROM people a, people b WHERE a.city = b.city AND a.id <> b.id ORDER BY a.id, b.id

SELECT s.name, o.id FROM settings s JOIN orders o ON o.id = s.rank_no ORDER BY 1, 2

SELECT o.id, p.name FROM orders o JOIN people p ON p.id = o.customer_id JOIN settings s ON s.rank_no = o.id ORDER BY o.id

SELECT COUNT(*) FROM people a JOIN people b

SELECT COUNT(*) FROM people p JOIN orders o ON o.id = p.id

SELECT o.status, SUM(p.balance), AVG(p.age), MIN(p.name), MAX(p.born) FROM people p JOIN orders o ON o.id = p.id GROUP BY o.status ORDER BY o.status

SELECT p.city, COUNT(DISTINCT o.status), GROUP_CONCAT(DISTINCT o.status ORDER BY o.status SEPARATOR '|') FROM people p JOIN orders o ON o.id = p.id GROUP BY p.city ORDER BY p.city

SELECT id FROM people UNION SELECT id FROM orders ORDER BY id

SELECT id, name FROM people UNION ALL SELECT id, status FROM orders ORDER BY id, name

(SELECT id FROM people ORDER BY id LIMIT 3) UNION ALL (SELECT id FROM orders ORDER BY id DESC LIMIT 2) ORDER BY 1

SELECT id FROM people INTERSECT SELECT id FROM orders ORDER BY id

SELECT id FROM people EXCEPT SELECT customer_id FROM orders ORDER BY id

SELECT age FROM people UNION SELECT n FROM words ORDER BY 1 LIMIT 10

SELECT id FROM people WHERE id NOT IN (SELECT customer_id FROM orders) ORDER BY id

SELECT id FROM people WHERE id IN (SELECT id FROM orders WHERE total > 100) ORDER BY id

SELECT id FROM people WHERE age IN (SELECT n FROM words) ORDER BY id

SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM orders o WHERE o.id = p.id) ORDER BY id

SELECT id FROM people p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = p.id AND o.total > 50) ORDER BY id

SELECT id FROM people WHERE age > ALL (SELECT n FROM words WHERE n < 30) ORDER BY id

SELECT id FROM people WHERE age < ANY (SELECT n FROM words WHERE n > 30) ORDER BY id

SELECT id FROM people WHERE age = SOME (SELECT n FROM words) ORDER BY id

SELECT id, (SELECT MAX(total) FROM orders o WHERE o.id > p.id) m FROM people p ORDER BY id

SELECT id, (SELECT COUNT(*) FROM orders) n FROM people ORDER BY id LIMIT 3

SELECT id FROM people WHERE balance > (SELECT AVG(balance) FROM people) ORDER BY id

SELECT id, balance FROM people p WHERE balance > (SELECT AVG(balance) FROM people q WHERE q.city = p.city) ORDER BY id

SELECT (SELECT COUNT(*) FROM people), (SELECT SUM(total) FROM orders)

SELECT (SELECT COUNT(*) FROM people) + (SELECT COUNT(*) FROM orders) AS total

SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM people ORDER BY id

SELECT id, RANK() OVER (PARTITION BY city ORDER BY balance DESC) r FROM people ORDER BY city, r, id

SELECT city, id, SUM(balance) OVER (PARTITION BY city ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) s FROM people ORDER BY city, id

SELECT id, LAG(total) OVER w, LEAD(total, 2, 0) OVER w, NTILE(4) OVER w FROM orders WINDOW w AS (ORDER BY id) ORDER BY id LIMIT 20

SELECT * FROM (SELECT city, COUNT(*) n FROM people GROUP BY city) d WHERE n > 2 ORDER BY city

SELECT d.city, d.n, p.id FROM (SELECT city, COUNT(*) n FROM people GROUP BY city) d JOIN people p ON p.city = d.city WHERE p.age > 60 ORDER BY p.id

SELECT AVG(n) FROM (SELECT customer_id, COUNT(*) n FROM orders GROUP BY customer_id) d

SELECT * FROM (SELECT id, name FROM people ORDER BY id DESC LIMIT 5) d ORDER BY id

WITH c AS (SELECT city, COUNT(*) n FROM people GROUP BY city) SELECT * FROM c WHERE n = (SELECT MAX(n) FROM c) ORDER BY city

WITH a AS (SELECT id, age FROM people WHERE age > 40), b AS (SELECT a.id, o.total FROM a JOIN orders o ON o.id = a.id) SELECT a.id, b.total FROM a LEFT JOIN b ON a.id = b.id ORDER BY 1

WITH c AS (SELECT id, city FROM people) SELECT x.id, y.id FROM c x JOIN c y ON x.city = y.city AND x.id < y.id ORDER BY 1, 2

WITH RECURSIVE r AS (SELECT id, parent, 1 AS depth FROM tree WHERE parent IS NULL UNION ALL SELECT t.id, t.parent, r.depth + 1 FROM tree t JOIN r ON t.parent = r.id) SELECT r.id, r.depth, p.name FROM r JOIN people p ON p.id = r.id ORDER BY r.id

WITH RECURSIVE r AS (SELECT MIN(id) id FROM people UNION ALL SELECT id + 1 FROM r WHERE id < 10) SELECT x.id, y.id FROM r x JOIN r y ON x.id = y.id + 1 ORDER BY 1

WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT r.n, p.name FROM r JOIN people p ON p.id = r.n ORDER BY r.n

WITH people AS (SELECT id FROM orders) SELECT COUNT(*) FROM people

SELECT p.id, x.total FROM people p, LATERAL (SELECT MAX(o.total) total FROM orders o WHERE o.id < p.id) x ORDER BY p.id

SELECT p.id, x.id FROM people p LEFT JOIN LATERAL (SELECT o.id FROM orders o WHERE o.id > p.id ORDER BY o.id LIMIT 1) x ON TRUE ORDER BY p.id

SELECT id FROM people NATURAL JOIN counters ORDER BY id

SELECT * FROM counters NATURAL JOIN grid ORDER BY 1, 2, 3, 4, 5, 6

SELECT id FROM people JOIN orders USING (id) ORDER BY id

SELECT * FROM people JOIN orders USING (id) ORDER BY id

SELECT p.*, o.total FROM people p JOIN orders o ON p.id = o.id ORDER BY p.id

SELECT k.*, p.name FROM kinds k JOIN people p ON p.age = k.id + 40 ORDER BY k.id, p.id

SELECT a.*, b.* FROM kinds a JOIN kinds b ON a.i = b.i ORDER BY a.id, b.id

SELECT a.id, a.e, a.se, a.bi + 0, a.f, a.dd, a.j, a.ts, a.t6 FROM kinds a JOIN kinds b ON a.id = b.id + 1 ORDER BY a.id

SELECT w.word, u.word FROM words w JOIN words_unicode u ON u.n = w.n ORDER BY w.n, w.word, u.word

SELECT w.word, l.word FROM words w JOIN latin l ON l.n = w.n ORDER BY w.n, w.word

SELECT b.k, g.label FROM blobs b JOIN bigs g ON g.n = b.n ORDER BY b.k

SELECT d.day, s.at FROM days d JOIN stamps s ON s.n = d.n ORDER BY 1, 2

SELECT r.rate, d.day FROM rates r JOIN days d ON d.n = r.n ORDER BY 1, 2

SELECT COUNT(DISTINCT city, age) FROM people

SELECT COUNT(DISTINCT city), COUNT(DISTINCT age), SUM(DISTINCT age) FROM people

SELECT SUM(total) / COUNT(*) FROM orders

SELECT city, SUM(balance) / COUNT(*) r FROM people GROUP BY city ORDER BY r

SELECT GROUP_CONCAT(name ORDER BY id) FROM people

SELECT GROUP_CONCAT(DISTINCT city ORDER BY city DESC SEPARATOR '; ') FROM people

SELECT city, GROUP_CONCAT(id ORDER BY id) FROM people GROUP BY city ORDER BY city

SELECT BIT_AND(age), BIT_OR(age), BIT_XOR(age) FROM people

-- approximate
SELECT STD(age), VAR_SAMP(age), STDDEV_SAMP(balance), VARIANCE(score) FROM people

SELECT city, COUNT(*), SUM(balance) FROM people GROUP BY city WITH ROLLUP

-- differs: spelling
SELECT city, age, COUNT(*), GROUPING(city), GROUPING(age) FROM people GROUP BY city, age WITH ROLLUP

SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY status

SELECT DISTINCT * FROM (SELECT city, age FROM people) d ORDER BY 1, 2

SELECT JSON_ARRAYAGG(id) FROM (SELECT id FROM people ORDER BY id LIMIT 1) d

SELECT id, name FROM people HAVING COUNT(*) > 0

SELECT id FROM people WHERE (age, city) IN (SELECT age, city FROM people WHERE id > 10) ORDER BY id

SELECT id FROM people WHERE id IN (SELECT customer_id FROM orders WHERE id IN (SELECT order_id FROM items WHERE qty > 2)) ORDER BY id

SELECT o.id, (SELECT name FROM people WHERE id = o.id) FROM orders o ORDER BY o.id LIMIT 10

SELECT o.id FROM orders o WHERE o.customer_id = (SELECT id FROM people WHERE name = 'Ada Lovelace') ORDER BY o.id

SELECT p.id, p.name FROM people p WHERE p.id IN (1, 2, 3) AND p.age > (SELECT MIN(age) FROM people) ORDER BY p.id

SELECT id, CASE WHEN EXISTS (SELECT 1 FROM orders o WHERE o.id = p.id) THEN 'yes' ELSE 'no' END c FROM people p ORDER BY id

SELECT id FROM people WHERE age > 30 OR id IN (SELECT id FROM orders WHERE total > 900) ORDER BY id

SELECT id FROM people ORDER BY (SELECT COUNT(*) FROM orders o WHERE o.id > people.id), id LIMIT 5

SELECT MAX(id) FROM people WHERE id < (SELECT MAX(id) FROM orders)

SELECT p.id FROM people p JOIN (SELECT id FROM orders UNION SELECT id FROM counters) u ON u.id = p.id ORDER BY p.id

SELECT SQL_CALC_FOUND_ROWS p.id FROM people p JOIN orders o ON o.id = p.id ORDER BY p.id LIMIT 3

SELECT p.id, NOW() > '2020-01-01', CONNECTION_ID() > 0, DATABASE() = DATABASE() FROM people p JOIN orders o ON o.id = p.id ORDER BY p.id LIMIT 2

SELECT t.name FROM settings t WHERE t.rank_no IN (SELECT age FROM people) ORDER BY t.name

SELECT pr.id, i.qty FROM products pr LEFT JOIN items i ON i.product_id = pr.id ORDER BY pr.id, i.customer_id, i.order_id, i.line

SELECT c.name, (SELECT COUNT(*) FROM people p WHERE p.city = c.capital) n FROM countries c ORDER BY c.name

SELECT x.nosuch FROM people x JOIN orders y ON x.id = y.id

SELECT id FROM people p JOIN orders o ON o.id = p.id

SELECT id FROM people WHERE id = (SELECT id FROM orders)

SELECT p.id FROM people p JOIN nosuch n ON n.id = p.id

SELECT id, name FROM people UNION SELECT id FROM orders

TABLE people UNION TABLE people ORDER BY id LIMIT 3

SELECT * FROM people p JOIN LATERAL (SELECT p.id + 1 AS next) n ORDER BY p.id LIMIT 3

SELECT p.id FROM people p STRAIGHT_JOIN orders o ON o.id = p.id WHERE p.age BETWEEN 20 AND 60 AND o.placed > '2000-01-01' ORDER BY p.id

SELECT p.id, q.id, o.id FROM people p JOIN people q ON q.id = p.age JOIN orders o ON o.id = q.id ORDER BY 1, 2, 3

SELECT p.id, COALESCE(o.id, 0) FROM people p LEFT JOIN (orders o JOIN items i ON i.order_id = o.id AND i.line = 1) ON o.id = p.id ORDER BY 1, 2

SELECT COUNT(*) FROM people WHERE name LIKE '%a%' AND id IN (SELECT id FROM orders)

VALUES ROW(1, 2), ROW(3, 4)

SELECT o.id, jt.tag FROM orders o, JSON_TABLE('["a","b"]', '$[*]' COLUMNS (tag VARCHAR(5) PATH '$')) jt WHERE o.id < 5 ORDER BY o.id, jt.tag

SELECT p.id, jt.n FROM people p JOIN orders o ON o.id = p.id, JSON_TABLE(CONCAT('[', p.age, ',', o.id, ']'), '$[*]' COLUMNS (n INT PATH '$')) AS jt ORDER BY p.id, jt.n

SELECT pr.id, jt.tag FROM products pr, JSON_TABLE(pr.tags, '$[*]' COLUMNS (tag VARCHAR(20) PATH '$')) jt ORDER BY pr.id, jt.tag

SELECT d.a, p.name FROM (SELECT id, age FROM orders JOIN counters USING (id)) d(b, a) JOIN people p ON p.id = d.b ORDER BY d.b

SELECT d.a, d.n FROM (SELECT city, COUNT(*) FROM people GROUP BY city) AS d (a, n) ORDER BY d.n, d.a

SELECT COUNT(*), MAX(name) FROM people INTO @n, @m

SELECT @n, @m

SELECT id FROM people WHERE id > 1000000 INTO @n

SELECT @n

SELECT id FROM people INTO @n

SELECT id, name FROM people WHERE id = 5 INTO @n

SELECT p.balance, p.score, p.born, p.name INTO @a, @b, @c, @d FROM people p JOIN orders o ON o.id = p.id ORDER BY p.id LIMIT 1

SELECT @a, @b, @c, @d

SELECT MAX(@v := p.id) FROM people p JOIN orders o ON o.id = p.id WHERE p.id = 7

SELECT @v

SELECT COUNT(*) FROM people p JOIN orders o ON o.id = p.id WHERE p.id > @v

SELECT * FROM (SELECT id, name FROM people) d WHERE d.id = 5

SELECT d.name, o.id FROM (SELECT id, name FROM people WHERE age > 30) d JOIN orders o ON o.customer_id = d.id ORDER BY d.name, o.id

SELECT p.id, d.total FROM people p LEFT JOIN (SELECT customer_id, total FROM orders WHERE total > 500) d ON d.customer_id = p.id ORDER BY 1, 2

SELECT p.id, d.total FROM people p LEFT JOIN (SELECT id, total FROM orders WHERE total > 500) d ON d.id = p.id WHERE p.age > 30 ORDER BY 1, 2

SELECT d.city, COUNT(*) FROM (SELECT city, id FROM people WHERE age > 20) d GROUP BY d.city ORDER BY d.city

SELECT x.id FROM (SELECT id, id + 1 AS nid FROM people) x JOIN people y ON y.id = x.nid ORDER BY 1

SELECT k FROM (SELECT id AS k, age AS id FROM people) d WHERE d.id > 10 AND k IN (5, 6, 7) ORDER BY k

SELECT k, o.id FROM (SELECT id AS k, age AS id FROM people) d JOIN orders o ON o.id = d.id WHERE d.id > 10 ORDER BY k, o.id

SELECT * FROM (SELECT * FROM (SELECT * FROM people WHERE age > 40) a WHERE balance > 100) b WHERE id < 30 ORDER BY id

SELECT a.id, b.id FROM (SELECT id, city FROM people) a JOIN (SELECT id, city FROM people) b ON a.city = b.city AND a.id < b.id ORDER BY 1, 2

SELECT d.id, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = d.id) n FROM (SELECT id FROM people WHERE age > 30) d ORDER BY d.id

SELECT id FROM people WHERE id IN (SELECT d.id FROM (SELECT customer_id AS id FROM orders) d) ORDER BY id

SELECT SUM(d.balance), MIN(d.name) FROM (SELECT balance, name, city FROM people) d WHERE d.city = 'Paris'

SELECT DISTINCT d.city FROM (SELECT city FROM people) d ORDER BY d.city

SELECT d.rate, p.name FROM (SELECT rate, n FROM rates) d RIGHT JOIN people p ON p.id = d.n ORDER BY p.id, d.rate
