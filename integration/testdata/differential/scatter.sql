# All shards, rows put together: order, limit, distinct, expressions.
-- class: scatter


SELECT id FROM people

SELECT * FROM people

SELECT * FROM people ORDER BY id

SELECT id, name FROM people ORDER BY name, id

SELECT id, name FROM people ORDER BY name DESC, id DESC

SELECT id FROM people ORDER BY age, id

SELECT id FROM people ORDER BY age DESC, id

SELECT id FROM people ORDER BY city, age, id

SELECT id FROM people ORDER BY score, id

SELECT id FROM people ORDER BY balance DESC, id LIMIT 5

SELECT id FROM people ORDER BY id LIMIT 5, 10

SELECT id FROM people ORDER BY id LIMIT 10 OFFSET 40

SELECT id FROM people ORDER BY id LIMIT 10 OFFSET 1000

SELECT id FROM people ORDER BY id LIMIT 0

SELECT id FROM people ORDER BY id LIMIT 18446744073709551615 OFFSET 45

SELECT id, name FROM people ORDER BY 2, 1

SELECT id AS i, name AS n FROM people ORDER BY n, i

SELECT id AS age, age AS years FROM people ORDER BY age

SELECT id, age + 1 FROM people ORDER BY age + 1, id

SELECT id FROM people ORDER BY age IS NULL, age, id

SELECT id FROM people ORDER BY -id

SELECT id FROM people ORDER BY LENGTH(name), id

SELECT id FROM people ORDER BY name COLLATE utf8mb4_bin, id

SELECT id FROM people ORDER BY FIELD(city, 'Wien', 'Paris'), id

SELECT id FROM people ORDER BY CASE WHEN age IS NULL THEN 1 ELSE 0 END DESC, age DESC, id

SELECT id, name FROM people p ORDER BY p.born, p.id

SELECT id FROM people ORDER BY note, id

-- ties
SELECT id FROM people WHERE id > 0 ORDER BY NULL

SELECT DISTINCT city FROM people

SELECT DISTINCT city FROM people ORDER BY city

-- ties
SELECT DISTINCT age FROM people WHERE age IS NOT NULL ORDER BY age DESC LIMIT 4

SELECT DISTINCT born FROM people ORDER BY born

SELECT DISTINCT age, born FROM people WHERE age > 60 ORDER BY age, born

SELECT DISTINCT status FROM orders ORDER BY status

SELECT DISTINCT currency, status FROM orders ORDER BY currency, status

SELECT DISTINCT YEAR(placed), MONTH(placed) FROM orders ORDER BY 1, 2

SELECT DISTINCT id FROM people ORDER BY id LIMIT 3 OFFSET 2

SELECT DISTINCTROW score FROM people ORDER BY score

SELECT ALL city FROM people WHERE id < 5

SELECT DISTINCT total > 500 AS big FROM orders ORDER BY big

SELECT DISTINCT price FROM items ORDER BY price

SELECT DISTINCT label IS NULL FROM rates

SELECT id, UPPER(name), CONCAT(name, '/', COALESCE(city, '?')) AS both_of FROM people ORDER BY id

SELECT id, IF(age > 40, 'old', 'young') FROM people ORDER BY id

SELECT id, CASE city WHEN 'Berlin' THEN 1 WHEN 'Paris' THEN 2 END AS c FROM people ORDER BY id

SELECT id, balance * 2, balance / 3, balance DIV 7, balance % 7 FROM people ORDER BY id

SELECT id, score * 1.5, ROUND(score, 2), FLOOR(score), score + 0 FROM people ORDER BY id

SELECT id, DATE_FORMAT(born, '%d.%m.%Y'), born + INTERVAL 1 MONTH, DATEDIFF('2024-01-01', born) FROM people ORDER BY id

SELECT id, CAST(id AS CHAR), CAST(balance AS SIGNED), CAST(name AS BINARY), CONVERT(age, DECIMAL(5,2)) FROM people ORDER BY id

SELECT id, name LIKE 'a%', age IS NULL, age BETWEEN 20 AND 30 FROM people ORDER BY id

SELECT id, LEFT(name, 3), SUBSTRING(name, 2, 2), CHAR_LENGTH(name), LENGTH(name), REVERSE(name), HEX(name) FROM people ORDER BY id

SELECT id, 'constant', 1, 2.50, 1e3, NULL, TRUE, DATE '2024-01-01' FROM people ORDER BY id LIMIT 2

SELECT id, 1E+3, -.5e-1, 1.50e2 + age, (2e0) FROM people WHERE age < 4.00e1 ORDER BY id LIMIT 3

SELECT id, placed, TIME(placed), placed + INTERVAL 90 MINUTE, UNIX_TIMESTAMP(placed) FROM orders ORDER BY id LIMIT 12

SELECT id, status, status + 0, CONCAT(status, '!') FROM orders ORDER BY id LIMIT 12

SELECT id FROM orders ORDER BY status, id LIMIT 20

SELECT id FROM orders ORDER BY placed DESC, id LIMIT 20

SELECT id FROM orders ORDER BY currency, total DESC, id LIMIT 25 OFFSET 3

SELECT customer_id, order_id, line, price FROM items ORDER BY price, customer_id, order_id, line LIMIT 30

SELECT x, y, v FROM grid ORDER BY y, x

SELECT x, y FROM grid ORDER BY y DESC, x LIMIT 9 OFFSET 4

SELECT rate FROM rates ORDER BY rate

SELECT rate FROM rates ORDER BY ABS(rate), rate

SELECT day, label FROM days ORDER BY day DESC

SELECT at, label FROM stamps ORDER BY at

SELECT HEX(k), label FROM blobs ORDER BY k

SELECT id, label FROM bigs ORDER BY id

SELECT id, label FROM bigs ORDER BY id DESC LIMIT 3

SELECT word FROM words ORDER BY word

SELECT id, d FROM kinds ORDER BY d, id

SELECT id, dd FROM kinds ORDER BY dd, id

SELECT id, f FROM kinds ORDER BY f DESC, id

SELECT id, ti FROM kinds ORDER BY ti, id

SELECT id, t6 FROM kinds ORDER BY t6 DESC, id

SELECT id, ts FROM kinds ORDER BY ts, id

SELECT id, y FROM kinds ORDER BY y, id

SELECT id, e FROM kinds ORDER BY e, id

SELECT id, se FROM kinds ORDER BY se, id

SELECT id, bi FROM kinds ORDER BY bi, id

SELECT id, bu FROM kinds ORDER BY bu, id

SELECT id, b FROM kinds ORDER BY b DESC, id

SELECT id, vb FROM kinds ORDER BY vb, id

SELECT id, bl FROM kinds ORDER BY bl, id

SELECT id, c FROM kinds ORDER BY c, id

SELECT id, iz FROM kinds ORDER BY iz, id

SELECT id, j FROM kinds WHERE id > 5 ORDER BY j, id

SELECT id, j->>'$.i' AS i FROM kinds ORDER BY id

SELECT people.* FROM people WHERE age > 40 ORDER BY id

SELECT p.id, p.* FROM people AS p WHERE p.city = 'Paris' ORDER BY p.id

SELECT id FROM people WHERE (SELECT COUNT(*) FROM products) > 3 ORDER BY id

SELECT id, (SELECT MAX(price) FROM products) AS top FROM people ORDER BY id LIMIT 3

SELECT id FROM people WHERE city IN (SELECT capital FROM countries) ORDER BY id

SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM countries c WHERE c.capital = p.city) ORDER BY id

SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = p.id AND o.total > 500) ORDER BY id

SELECT id FROM people p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = p.id) ORDER BY id

SELECT id FROM people p WHERE id IN (SELECT customer_id FROM orders o WHERE o.customer_id = p.id) ORDER BY id

SELECT id, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = p.id) AS n FROM people p ORDER BY id

SELECT id FROM people WHERE id IN (SELECT customer_id FROM orders) ORDER BY id

SELECT id FROM people WHERE age > (SELECT AVG(age) FROM people) ORDER BY id

SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM people ORDER BY id

SELECT * FROM (SELECT id, age FROM people ORDER BY id LIMIT 5) AS t ORDER BY id

SELECT * FROM (SELECT id, age FROM people WHERE age > 50) AS t ORDER BY id

SELECT t.a FROM (SELECT id AS a FROM people) AS t WHERE t.a BETWEEN 3 AND 6 ORDER BY t.a

WITH old AS (SELECT id, age FROM people WHERE age > 60) SELECT * FROM old ORDER BY id

SELECT id FROM people WHERE age > 60 UNION SELECT id FROM products ORDER BY id

SELECT id FROM people UNION ALL SELECT customer_id FROM orders ORDER BY 1

SELECT id FROM people WHERE id < 5 FOR UPDATE

SELECT id FROM people WHERE id < 5 ORDER BY id FOR SHARE

SELECT id FROM people ORDER BY id LIMIT 2 LOCK IN SHARE MODE

SELECT SQL_BIG_RESULT id FROM people WHERE id < 5 ORDER BY id

SELECT STRAIGHT_JOIN id FROM people WHERE id < 5 ORDER BY id

SELECT id FROM people USE INDEX (age) WHERE age > 50 ORDER BY id

SELECT id FROM people PARTITION (p0)

SELECT id FROM people ORDER BY nosuch

SELECT id, name FROM people WHERE name = CONCAT('Ada', ' ', 'Lovelace')

SELECT id FROM people WHERE name IN (SELECT name FROM products) ORDER BY id

SELECT 'a' AS a, id FROM people WHERE id < 3 ORDER BY a, id

SELECT id + 1 AS id FROM people ORDER BY id LIMIT 4

SELECT id FROM people HAVING id > 30 ORDER BY id

SELECT id, age AS a FROM people HAVING a > 50 ORDER BY id

-- ties
SELECT name AS n FROM people WHERE id < 4 ORDER BY UPPER(n)

-- refused
SELECT id FROM people ORDER BY RAND(1)

SELECT id, INET_NTOA(id) FROM people WHERE id > 0 ORDER BY id LIMIT 3

SELECT BIT_COUNT(id), id ^ 5, id | 8, id << 2, ~id FROM people WHERE id BETWEEN 1 AND 6 ORDER BY id

SELECT MD5(name), SHA2(name, 256), CRC32(name) FROM people ORDER BY id LIMIT 3

SELECT GREATEST(age, 30), LEAST(age, 30), NULLIF(age, 30), IFNULL(age, -1) FROM people ORDER BY id

SELECT JSON_OBJECT('id', id, 'n', name) FROM people ORDER BY id LIMIT 3

SELECT id, age IN (SELECT id FROM products) FROM people ORDER BY id LIMIT 5
