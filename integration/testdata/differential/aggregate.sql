# Aggregates over all shards.
-- class: aggregate


SELECT COUNT(*) FROM people

SELECT COUNT(*) AS n, COUNT(age), COUNT(DISTINCT age) FROM people

SELECT COUNT(1), COUNT(NULL), COUNT(email) FROM people

SELECT SUM(age), AVG(age), MIN(age), MAX(age) FROM people

SELECT SUM(balance), AVG(balance), MIN(balance), MAX(balance) FROM people

-- approximate
SELECT SUM(score), AVG(score) FROM people WHERE score < 1000

SELECT MIN(score), MAX(score) FROM people

SELECT MIN(name), MAX(name) FROM people

SELECT MIN(born), MAX(born) FROM people

SELECT MIN(placed), MAX(placed) FROM orders

SELECT MIN(status), MAX(status) FROM orders

SELECT MIN(ti), MAX(ti), MIN(t6), MAX(t6) FROM kinds

SELECT MIN(ts), MAX(ts), MIN(d6), MAX(d6), MIN(y), MAX(y) FROM kinds

SELECT MIN(b), MAX(b), MIN(bu), MAX(bu), MIN(d), MAX(d) FROM kinds

SELECT SUM(bu), SUM(b), AVG(bu) FROM kinds

SELECT SUM(d), AVG(d), SUM(d3), AVG(d3) FROM kinds

SELECT SUM(tu), SUM(su), SUM(iz), AVG(t) FROM kinds

SELECT SUM(bo), SUM(bi) FROM kinds

SELECT MIN(vb), MAX(vb), MIN(e), MAX(se) FROM kinds

SELECT SUM(id) FROM people WHERE id > 1000000000

SELECT SUM(age), AVG(age), MIN(age), MAX(age), COUNT(*) FROM people WHERE id = 123456

SELECT SUM(age), COUNT(*) FROM people WHERE FALSE

SELECT SUM(age + 1), SUM(age) + 1, 2 * SUM(age) FROM people

SELECT COUNT(*) + COUNT(age) AS both_of FROM people

SELECT SUM(balance) / COUNT(*) FROM people

SELECT AVG(balance) * 2, -SUM(age) FROM people

SELECT ROUND(AVG(balance), 1), FLOOR(SUM(balance)) FROM people

SELECT CONCAT('n=', COUNT(*)) FROM people

SELECT COUNT(*) > 10 FROM people

SELECT MAX(id) - MIN(id) FROM people

SELECT IF(COUNT(*) > 5, 'many', 'few') FROM people

SELECT city, COUNT(*) FROM people GROUP BY city

SELECT city, COUNT(*) FROM people GROUP BY city ORDER BY city

SELECT city, COUNT(*) AS n FROM people GROUP BY city ORDER BY n DESC, city

SELECT city, COUNT(*) AS n FROM people GROUP BY city ORDER BY COUNT(*), city LIMIT 3

SELECT city, COUNT(*) AS n FROM people GROUP BY city HAVING n > 3 ORDER BY city

SELECT city, COUNT(*) FROM people GROUP BY city HAVING COUNT(*) > 3 AND city IS NOT NULL ORDER BY city

SELECT city FROM people GROUP BY city HAVING SUM(balance) > 5000 ORDER BY city

SELECT city FROM people GROUP BY city HAVING city LIKE 'P%' ORDER BY city

-- differs: spelling
SELECT city, SUM(balance), AVG(age), MIN(name), MAX(born) FROM people GROUP BY city ORDER BY city

SELECT age, city, COUNT(*) FROM people GROUP BY age, city ORDER BY age, city

SELECT city, COUNT(*) FROM people GROUP BY 1 ORDER BY 1

SELECT city AS c, COUNT(*) FROM people GROUP BY c ORDER BY c

SELECT COUNT(*) FROM people GROUP BY city ORDER BY city

SELECT COUNT(*) AS n FROM people GROUP BY city ORDER BY n, MIN(id)

SELECT YEAR(born) AS y, COUNT(*) FROM people GROUP BY y ORDER BY y

SELECT YEAR(born), COUNT(*) FROM people GROUP BY YEAR(born) ORDER BY YEAR(born)

SELECT age DIV 10 * 10 AS decade, COUNT(*), SUM(balance) FROM people GROUP BY decade ORDER BY decade

-- differs: spelling
SELECT LEFT(name, 1) AS l, COUNT(*) FROM people GROUP BY l ORDER BY l

SELECT status, COUNT(*), SUM(total) FROM orders GROUP BY status ORDER BY status

SELECT status, currency, SUM(total), COUNT(*) FROM orders GROUP BY status, currency ORDER BY status, currency

SELECT customer_id, COUNT(*), SUM(total) FROM orders GROUP BY customer_id ORDER BY customer_id

SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id HAVING n >= 2 ORDER BY n DESC, customer_id LIMIT 6

SELECT customer_id, AVG(total), GROUP_CONCAT(id ORDER BY id) FROM orders GROUP BY customer_id ORDER BY customer_id

SELECT customer_id, COUNT(DISTINCT status), VAR_POP(total) IS NULL, BIT_OR(id) FROM orders GROUP BY customer_id ORDER BY customer_id

SELECT product_id, SUM(qty), SUM(qty * price), AVG(price) FROM items GROUP BY product_id ORDER BY product_id

SELECT product_id, SUM(qty) AS q FROM items GROUP BY product_id ORDER BY q DESC, product_id LIMIT 4

SELECT order_id, MAX(line) FROM items GROUP BY order_id ORDER BY order_id LIMIT 20 OFFSET 10

SELECT x, COUNT(*), MIN(y), MAX(y) FROM grid GROUP BY x ORDER BY x

SELECT y, SUM(v) FROM grid GROUP BY y ORDER BY y

-- differs: spelling
SELECT mark, COUNT(*) FROM grid GROUP BY mark ORDER BY mark

SELECT COUNT(DISTINCT city) FROM people

SELECT COUNT(DISTINCT age, born) FROM people

SELECT COUNT(DISTINCT mark) FROM grid

SELECT SUM(DISTINCT age), AVG(DISTINCT age) FROM people

SELECT city, COUNT(DISTINCT age) FROM people GROUP BY city ORDER BY city

SELECT MIN(DISTINCT age), MAX(DISTINCT city) FROM people

SELECT status, COUNT(DISTINCT customer_id), COUNT(*) FROM orders GROUP BY status ORDER BY status

SELECT DISTINCT COUNT(*) FROM people GROUP BY city

SELECT DISTINCT city, COUNT(*) FROM people GROUP BY city ORDER BY city

SELECT GROUP_CONCAT(name ORDER BY id) FROM people

SELECT city, COUNT(*) FROM people GROUP BY city WITH ROLLUP

-- approximate
SELECT STD(age), VARIANCE(age) FROM people

SELECT BIT_AND(id), BIT_OR(id), BIT_XOR(id) FROM people WHERE id > 0

SELECT JSON_LENGTH(JSON_ARRAYAGG(id)) FROM people

-- differs: elements
SELECT JSON_ARRAYAGG(id) FROM people

SELECT ANY_VALUE(YEAR(born) > 1), COUNT(*) FROM people WHERE born IS NOT NULL

SELECT MAX(age) FROM people WHERE city = 'Berlin' GROUP BY city

SELECT MAX(age) FROM people ORDER BY MAX(age)

SELECT COUNT(*) FROM people LIMIT 1

SELECT COUNT(*) FROM people LIMIT 0

SELECT COUNT(*) FROM people LIMIT 1 OFFSET 1

SELECT COUNT(*) FROM people HAVING COUNT(*) > 1000

SELECT COUNT(*) AS n FROM people HAVING n > 10

SELECT COUNT(*) FROM orders WHERE customer_id IN (1, 2, 3)

SELECT COUNT(*), 'x' AS label, 1 + 1 FROM people

SELECT id, COUNT(*) FROM people GROUP BY id ORDER BY id LIMIT 5

SELECT id, name, COUNT(*) FROM people GROUP BY id ORDER BY id LIMIT 5

SELECT city, name FROM people GROUP BY city

SELECT city, COUNT(*) FROM people

SELECT e, COUNT(*) FROM kinds GROUP BY e ORDER BY e

SELECT se, COUNT(*) FROM kinds GROUP BY se ORDER BY se

SELECT bo, COUNT(*), SUM(d) FROM kinds GROUP BY bo ORDER BY bo

SELECT f, COUNT(*) FROM kinds GROUP BY f ORDER BY f

SELECT DATE(placed) AS day, COUNT(*) FROM orders GROUP BY day ORDER BY day LIMIT 10

SELECT MONTH(placed) AS m, SUM(total) AS s FROM orders GROUP BY m HAVING s > 1000 ORDER BY s DESC

SELECT CASE WHEN total > 500 THEN 'high' ELSE 'low' END AS kind, COUNT(*) FROM orders GROUP BY kind ORDER BY kind

SELECT total > 500, COUNT(*) FROM orders GROUP BY total > 500 ORDER BY 1

SELECT SUM(IF(status = 'paid', total, 0)) AS paid, SUM(CASE WHEN status = 'lost' THEN 1 ELSE 0 END) AS lost FROM orders

SELECT SUM(total) FROM orders WHERE status = 'paid' AND currency IS NOT NULL

SELECT AVG(total) FROM orders GROUP BY status ORDER BY AVG(total) DESC

SELECT COUNT(*) FROM products

SELECT active, COUNT(*), AVG(price) FROM products GROUP BY active ORDER BY active

SELECT COUNT(*) FROM settings WHERE value IS NOT NULL

SELECT city, SUM(age) AS s FROM people GROUP BY city HAVING s IS NOT NULL ORDER BY s DESC, city LIMIT 2 OFFSET 1

SELECT city, MAX(age) - MIN(age) AS spread FROM people GROUP BY city ORDER BY spread DESC, city

SELECT city, COUNT(*) * 100 / 48 FROM people GROUP BY city ORDER BY city

SELECT UPPER(city), COUNT(*) FROM people GROUP BY UPPER(city) ORDER BY UPPER(city)

SELECT city, COUNT(*) FROM people GROUP BY city DESC

SELECT MAX(LENGTH(name)), MIN(CHAR_LENGTH(name)) FROM people

SELECT MAX(name COLLATE utf8mb4_bin), MIN(name COLLATE utf8mb4_bin) FROM people

SELECT COUNT(*) FROM (SELECT DISTINCT customer_id FROM orders WHERE customer_id = 5) t

SELECT SUM(rate), AVG(rate) FROM rates

SELECT MIN(word), MAX(word), COUNT(*) FROM words

SELECT SUM(id) FROM bigs

SELECT MAX(id), MIN(id) FROM bigs

SELECT MIN(k), MAX(k) FROM blobs

SELECT MIN(day), MAX(day), COUNT(DISTINCT YEAR(day)) FROM days

SELECT id FROM people WHERE id <=> 3 GROUP BY id WITH ROLLUP

SELECT id, COUNT(*), SUM(age) FROM people WHERE id <=> 3 GROUP BY id WITH ROLLUP

SELECT id, COUNT(*) FROM people WHERE id <=> 3333 GROUP BY id WITH ROLLUP

SELECT city, COUNT(*) FROM people WHERE id <=> 3 AND age > 0 GROUP BY city WITH ROLLUP
