# Aggregates that several shards answer together, streaming.
-- class: aggregate

SELECT COUNT(DISTINCT city), COUNT(DISTINCT age), COUNT(city), COUNT(*) FROM people

SELECT COUNT(DISTINCT city, age), COUNT(DISTINCT born, note) FROM people

SELECT COUNT(DISTINCT 1), COUNT(DISTINCT NULL), COUNT(DISTINCT 'a', city) FROM people

SELECT COUNT(DISTINCT name), COUNT(DISTINCT CAST(name AS BINARY)), COUNT(DISTINCT UPPER(city)) FROM people

SELECT COUNT(DISTINCT city) FROM people WHERE FALSE

SELECT SUM(DISTINCT age), AVG(DISTINCT age), SUM(age), AVG(age) FROM people WHERE FALSE

SELECT SUM(DISTINCT balance), AVG(DISTINCT balance), SUM(DISTINCT age + 1), AVG(DISTINCT age DIV 7) FROM people

SELECT YEAR(born) AS y, COUNT(DISTINCT city), COUNT(DISTINCT age, note), SUM(DISTINCT age), AVG(balance) FROM people GROUP BY y ORDER BY y

SELECT YEAR(born) AS y, COUNT(DISTINCT city) AS c FROM people GROUP BY y HAVING c > 3 ORDER BY c DESC, y LIMIT 3

SELECT YEAR(born) AS y FROM people GROUP BY y HAVING COUNT(DISTINCT city) > 3 AND SUM(age) IS NOT NULL ORDER BY COUNT(DISTINCT age), y

SELECT COUNT(DISTINCT customer_id), COUNT(DISTINCT status), COUNT(DISTINCT currency), SUM(total) FROM orders

SELECT status, COUNT(DISTINCT currency), COUNT(DISTINCT customer_id, currency) FROM orders GROUP BY status ORDER BY status

SELECT p.id, COUNT(DISTINCT i.customer_id), COUNT(DISTINCT i.qty), SUM(i.qty) FROM items i JOIN products p ON p.id = i.product_id GROUP BY p.id ORDER BY p.id

SELECT COUNT(DISTINCT t), COUNT(DISTINCT d), COUNT(DISTINCT f), COUNT(DISTINCT dd), COUNT(DISTINCT y), COUNT(DISTINCT da), COUNT(DISTINCT d6) FROM kinds

SELECT COUNT(DISTINCT ts), COUNT(DISTINCT ti), COUNT(DISTINCT t6), COUNT(DISTINCT bi), COUNT(DISTINCT c), COUNT(DISTINCT vc), COUNT(DISTINCT vb), COUNT(DISTINCT bn) FROM kinds

SELECT COUNT(DISTINCT tx), COUNT(DISTINCT bl), COUNT(DISTINCT e), COUNT(DISTINCT se), COUNT(DISTINCT bo, bu) FROM kinds

SELECT SUM(DISTINCT t), SUM(DISTINCT bu), SUM(DISTINCT d), AVG(DISTINCT d3), SUM(DISTINCT y), SUM(DISTINCT bi), AVG(DISTINCT iz) FROM kinds

SELECT COUNT(DISTINCT v), COUNT(DISTINCT mark), COUNT(DISTINCT x), SUM(v) FROM grid

SELECT mark IS NULL, COUNT(DISTINCT mark), COUNT(DISTINCT y) FROM grid GROUP BY mark IS NULL ORDER BY 1

SELECT DISTINCT COUNT(*), SUM(age) FROM people GROUP BY city, born ORDER BY 1 DESC, 2

SELECT DISTINCT YEAR(born) FROM people GROUP BY born, age ORDER BY 1

SELECT DISTINCT MAX(born) FROM people GROUP BY city, age

SELECT ANY_VALUE(YEAR(placed) > 1000), COUNT(*) FROM orders

SELECT ANY_VALUE(COALESCE(id, -1)) > 0, MIN(id) FROM people WHERE id = 33

SELECT ANY_VALUE(COALESCE(id, -1)), MIN(id) FROM people WHERE id BETWEEN 7 AND 7

SELECT BIT_AND(age), BIT_OR(age), BIT_XOR(age) FROM people WHERE FALSE

SELECT YEAR(born) AS y, BIT_AND(age), BIT_OR(id), BIT_XOR(id) FROM people GROUP BY y ORDER BY y

SELECT BIT_AND(bn), BIT_OR(bn), BIT_XOR(bn), BIT_AND(bi), BIT_OR(bu), BIT_XOR(b), BIT_OR(d) FROM kinds

SELECT BIT_AND(bn), HEX(BIT_OR(id)) IS NULL FROM kinds WHERE id < 0 GROUP BY id

SELECT BIT_OR(vb), BIT_AND(vb) FROM kinds WHERE LENGTH(vb) = 3

SELECT BIT_OR(vb) FROM kinds WHERE id < -5

SELECT GROUP_CONCAT(id ORDER BY id) FROM people

SELECT GROUP_CONCAT(id ORDER BY balance DESC, id SEPARATOR ' | ') FROM people

SELECT YEAR(born) AS y, GROUP_CONCAT(id ORDER BY age, id), GROUP_CONCAT(DISTINCT age ORDER BY age DESC SEPARATOR ''), COUNT(*) FROM people GROUP BY y ORDER BY y

SELECT YEAR(born) AS y, GROUP_CONCAT(name, ':', id ORDER BY name, id) FROM people WHERE id < 60 GROUP BY y ORDER BY y

SELECT GROUP_CONCAT(DISTINCT status ORDER BY status), GROUP_CONCAT(DISTINCT currency ORDER BY 1 DESC), COUNT(DISTINCT currency) FROM orders

SELECT status, GROUP_CONCAT(DISTINCT currency ORDER BY currency), MIN(total) FROM orders GROUP BY status ORDER BY status

SELECT GROUP_CONCAT(NULL), GROUP_CONCAT('x') FROM people WHERE id < 10

SELECT GROUP_CONCAT(age) FROM people WHERE FALSE

SELECT GROUP_CONCAT(d ORDER BY d), GROUP_CONCAT(dd ORDER BY id), GROUP_CONCAT(f ORDER BY id), GROUP_CONCAT(iz ORDER BY id) FROM kinds

SELECT GROUP_CONCAT(da ORDER BY id), GROUP_CONCAT(d6 ORDER BY d6), GROUP_CONCAT(t6 ORDER BY t6), GROUP_CONCAT(ts ORDER BY ts), GROUP_CONCAT(y ORDER BY y) FROM kinds

SELECT GROUP_CONCAT(vb ORDER BY id), GROUP_CONCAT(bn ORDER BY bn, id), GROUP_CONCAT(e ORDER BY e, id), GROUP_CONCAT(se ORDER BY se DESC, id) FROM kinds

SELECT GROUP_CONCAT(id ORDER BY vc, id), GROUP_CONCAT(id ORDER BY da DESC, id), GROUP_CONCAT(id ORDER BY t6, id), GROUP_CONCAT(id ORDER BY bi, id DESC) FROM kinds

SELECT GROUP_CONCAT(j ORDER BY id), GROUP_CONCAT(j) IS NULL FROM kinds WHERE id = 1 GROUP BY id

SELECT GROUP_CONCAT(word ORDER BY n, CAST(word AS BINARY)) FROM words

SELECT GROUP_CONCAT(word ORDER BY n, HEX(word)) FROM latin

SELECT GROUP_CONCAT(REPEAT('ab', 300) ORDER BY id SEPARATOR '--') FROM people

SELECT GROUP_CONCAT(REPEAT('é', 301) ORDER BY id) FROM people

SELECT GROUP_CONCAT(REPEAT('ab', 300)) FROM people

SELECT YEAR(born) AS y, GROUP_CONCAT(REPEAT('x', 700)) FROM people GROUP BY y ORDER BY y

SHOW WARNINGS

-- setup
SET group_concat_max_len = 20

SELECT GROUP_CONCAT(id ORDER BY id) FROM people

SELECT GROUP_CONCAT(DISTINCT age ORDER BY age), GROUP_CONCAT(name ORDER BY id) FROM people

SELECT GROUP_CONCAT('abc') FROM people

-- setup
SET group_concat_max_len = DEFAULT

SELECT JSON_ARRAYAGG(1), JSON_ARRAYAGG(NULL), COUNT(*) FROM people

SELECT JSON_OBJECTAGG(id, name) FROM people

SELECT JSON_OBJECTAGG(CONCAT(LEFT(id, 1), '"', id), JSON_ARRAY(born, balance)), JSON_ARRAYAGG(1) FROM people WHERE id < 50

SELECT YEAR(born) AS y, JSON_OBJECTAGG(CONCAT('k', id % 7), YEAR(born)), COUNT(DISTINCT city) FROM people GROUP BY y ORDER BY y

SELECT JSON_OBJECTAGG(id, j), JSON_OBJECTAGG(id, dd), JSON_OBJECTAGG(id, vb), JSON_OBJECTAGG(id, d6) FROM kinds

SELECT JSON_ARRAYAGG(age) FROM people WHERE FALSE

SELECT YEAR(born) AS y, age DIV 10 AS decade, COUNT(*), SUM(balance), AVG(balance), MIN(id), GROUPING(born) FROM people GROUP BY born, decade WITH ROLLUP

SELECT YEAR(born) AS y, age DIV 10 AS decade, COUNT(*), SUM(balance), AVG(balance), MIN(id) FROM people GROUP BY y, decade WITH ROLLUP

SELECT IF(GROUPING(status), 'all', status) AS s, currency, SUM(total), COUNT(*) FROM orders GROUP BY status, currency WITH ROLLUP

SELECT status, currency, SUM(total) AS t FROM orders GROUP BY status, currency WITH ROLLUP HAVING t > 100 ORDER BY t DESC, GROUPING(status), GROUPING(currency), status, currency LIMIT 3, 6

SELECT status, SUM(total) FROM orders GROUP BY status WITH ROLLUP HAVING GROUPING(status) = 1

SELECT customer_id, COUNT(*), COUNT(DISTINCT customer_id) FROM orders GROUP BY customer_id WITH ROLLUP ORDER BY GROUPING(customer_id), customer_id

SELECT x, y, SUM(v), MAX(v) FROM grid GROUP BY x, y WITH ROLLUP

SELECT status, COUNT(*) FROM orders WHERE FALSE GROUP BY status WITH ROLLUP

SELECT e, COUNT(*), MAX(i) FROM kinds GROUP BY e WITH ROLLUP ORDER BY GROUPING(e), e

SELECT DISTINCT COUNT(*) FROM people GROUP BY city, age WITH ROLLUP ORDER BY 1

SELECT status, GROUP_CONCAT(DISTINCT 'a'), JSON_ARRAYAGG(1) FROM orders WHERE customer_id < 3 GROUP BY status ORDER BY status

SELECT status, BIT_OR(id), MAX(currency) FROM orders GROUP BY status WITH ROLLUP ORDER BY status DESC, BIT_OR(id)

SELECT SUM(balance) / COUNT(*), AVG(balance) * 3, MAX(age) - MIN(age), COUNT(*) + COUNT(age) FROM people

SELECT YEAR(born) AS y, SUM(balance) / COUNT(*) AS mean, ROUND(AVG(balance), 1), COUNT(*) * 100 FROM people GROUP BY y ORDER BY mean DESC, y

SELECT YEAR(born) AS y, COUNT(*) FROM people GROUP BY y HAVING COUNT(*) > AVG(age) / 10 OR y IS NULL ORDER BY y

SELECT YEAR(born) AS y, MAX(id) FROM people GROUP BY y ORDER BY MAX(id) - MIN(id) DESC, y LIMIT 2 OFFSET 1

SELECT CONCAT('n=', COUNT(*)), IF(COUNT(*) > 5, 'many', 'few'), IFNULL(MAX(email), '-'), UPPER(MIN(name)) FROM people

SELECT IFNULL(SUM(age), 0), COALESCE(MAX(born), '1900-01-01'), COUNT(*) > 0 FROM people WHERE FALSE

SELECT status, SUM(total) / COUNT(*), CONCAT(status, ':', MAX(total)), COUNT(DISTINCT currency) + 1 FROM orders GROUP BY status ORDER BY status

SELECT status, GROUP_CONCAT(DISTINCT currency ORDER BY currency) AS c FROM orders GROUP BY status ORDER BY c, status

SELECT status, UPPER(GROUP_CONCAT(id ORDER BY total DESC, id)), LENGTH(GROUP_CONCAT(currency)) FROM orders GROUP BY status HAVING GROUP_CONCAT(DISTINCT currency ORDER BY currency) LIKE '%E%' ORDER BY status

SELECT SUM(d) * 2, AVG(d) + AVG(d3), MAX(dd) * 2, MAX(f) + 0, MAX(y) + 1, BIT_OR(bu) - 1, MAX(bi) + 0 FROM kinds

SELECT DATE_FORMAT(MAX(da), '%Y'), MAX(d6) + INTERVAL 1 DAY, TIMEDIFF(MAX(t6), MIN(t6)), DATE(MAX(ts)), HEX(MAX(vb)), HEX(MIN(bn)) FROM kinds

SELECT e, se, COUNT(*) + 0, MAX(e) = 'b', e + 0 FROM kinds GROUP BY e, se ORDER BY COUNT(*) + 0, e, se

SELECT word IS NULL, COUNT(*) * 2 FROM latin GROUP BY word HAVING COUNT(*) + 1 > 1 ORDER BY word LIMIT 3

SELECT i.product_id, SUM(i.qty * i.price) / SUM(i.qty) > 0, SUM(i.qty) % 7 FROM items i JOIN people p ON p.id = i.customer_id GROUP BY i.product_id ORDER BY SUM(i.qty) % 7, i.product_id

SELECT DISTINCT COUNT(*) % 3 FROM people GROUP BY born

SELECT -SUM(age), NOT COUNT(*), ABS(SUM(score) - SUM(score)) FROM people WHERE score < 10

SELECT city IS NULL AS n, COUNT(*) / (SELECT COUNT(*) FROM people) > 0 FROM people GROUP BY n ORDER BY n

SELECT SUM(age) + nonsense FROM people

SELECT SUM(age) + age FROM people GROUP BY city

SELECT x, SUM(v) + COUNT(y), 1 / (COUNT(*) - COUNT(*)) FROM grid GROUP BY x ORDER BY x

SELECT GROUP_CONCAT(note, '') = '', GROUP_CONCAT(REPEAT('ab', 300) ORDER BY id) = '' FROM people

SELECT ROUND(AVG(balance), 1), ROUND(AVG(age)), FLOOR(AVG(balance)), CEIL(AVG(age)), TRUNCATE(AVG(balance), 3), ROUND(AVG(balance), 9), ROUND(AVG(age), 7) FROM people

SELECT YEAR(born) AS y, ROUND(AVG(DISTINCT age), 5), AVG(balance) > 2000.1, AVG(age) BETWEEN 30 AND 60, AVG(age) IS NULL FROM people GROUP BY y HAVING AVG(balance) > MIN(balance) ORDER BY ROUND(AVG(balance), 6), y

SELECT ROUND(AVG(score), 3), ROUND(AVG(name), 2), AVG(score) > 1 FROM people WHERE score < 1000

SELECT ROUND(AVG(d), 8), ROUND(AVG(d3), 4), ROUND(AVG(bu), 3), ROUND(AVG(y), 6), FLOOR(AVG(f)), ROUND(AVG(iz), 2) FROM kinds

SELECT DISTINCT * FROM orders ORDER BY status DESC, id LIMIT 5

SELECT DISTINCT o.* FROM orders o JOIN items i ON i.customer_id = o.customer_id ORDER BY o.id LIMIT 3, 7

SELECT DISTINCT t.* FROM (SELECT 1) x, kinds k, tree t WHERE k.id = 1 ORDER BY t.id

SELECT DISTINCT status FROM orders ORDER BY status

SELECT DISTINCT age, born FROM people ORDER BY age % 10, age, born LIMIT 4, 9

SELECT DISTINCT age AS a FROM people ORDER BY -a LIMIT 3

SELECT DISTINCT c.* FROM people p JOIN countries c ON LEFT(c.name, 1) = LEFT(p.name, 1) ORDER BY c.code
