# One shard key value: one shard answers.
-- class: point


SELECT * FROM people WHERE id = 7

SELECT name, email FROM people WHERE id = 12

SELECT name FROM people WHERE 7 = id

SELECT name FROM people WHERE id = 7 AND age > 10

SELECT name FROM people WHERE id = 7 AND 1 = 1 AND name <> ''

SELECT p.name AS n, p.* FROM people p WHERE p.id = 3

SELECT people.name FROM people WHERE people.id = 3

SELECT * FROM people WHERE id = 99999

SELECT name FROM people WHERE id = -1

SELECT name FROM people WHERE id = - 2

SELECT name FROM people WHERE id = +5

SELECT name FROM people WHERE id = 2147483647

SELECT name FROM people WHERE id = -2147483648

SELECT name FROM people WHERE id = 99999999999

SELECT name FROM people WHERE id = '8'

SELECT name FROM people WHERE id = ' 8'

-- differs: warnings
SELECT name FROM people WHERE id = '8abc'

SELECT name FROM people WHERE id = 8.0

SELECT name FROM people WHERE id = 8.5

SELECT name FROM people WHERE id = 8e0

SELECT name FROM people WHERE id = 0x08

SELECT name FROM people WHERE id = TRUE

SELECT name FROM people WHERE id = NULL

SELECT name FROM people WHERE id <=> 9

SELECT name FROM people WHERE id <=> NULL

SELECT name FROM people WHERE id = 4 + 5

SELECT name FROM people WHERE id = ABS(-9)

SELECT name FROM people WHERE id = 5 OR id = 5

SELECT name FROM people WHERE id IN (11)

SELECT name FROM people WHERE (id) = (11)

SELECT name FROM people WHERE id = 11 AND id = 12

SELECT name FROM people WHERE id = 11 AND id IN (11, 12, 13)

SELECT name FROM people WHERE (id, age) = (11, 40)

SELECT name FROM people WHERE id BETWEEN 11 AND 11

SELECT name FROM people WHERE id = 7 LIMIT 1

SELECT name FROM people WHERE id = 7 ORDER BY name DESC LIMIT 1 OFFSET 0

SELECT COUNT(*) FROM people WHERE id = 7

SELECT MAX(age), MIN(age), SUM(balance) FROM people WHERE id = 7

SELECT * FROM orders WHERE customer_id = 5

SELECT id, total FROM orders WHERE customer_id = 5 AND status = 'paid'

SELECT status, COUNT(*) FROM orders WHERE customer_id = 13 GROUP BY status WITH ROLLUP

SELECT id, RANK() OVER (ORDER BY total DESC) AS r FROM orders WHERE customer_id = 13

WITH c AS (SELECT * FROM orders WHERE customer_id = 13) SELECT COUNT(*), SUM(total) FROM c

SELECT * FROM (SELECT id, total FROM orders WHERE customer_id = 13) AS o WHERE o.total > 100

SELECT v, mark FROM grid WHERE x = 1 AND y = 'a'

SELECT v FROM grid WHERE y = 'a' AND x = 1

SELECT v FROM grid WHERE (x, y) = (2, 'b')

SELECT v FROM grid WHERE x = 1 AND y = 'A'

SELECT v FROM grid WHERE x = 7 AND y = ''

SELECT v FROM grid WHERE x = 7

SELECT label FROM rates WHERE rate = 1.50

SELECT label FROM rates WHERE rate = 1.5

SELECT label FROM rates WHERE rate = 1.500

SELECT label FROM rates WHERE rate = '1.50'

SELECT label FROM rates WHERE rate = 10

SELECT label FROM rates WHERE rate = 1.505

SELECT label FROM rates WHERE rate = -0.00

SELECT label FROM rates WHERE rate = 1.5e0

SELECT n FROM days WHERE day = '2020-02-29'

SELECT n FROM days WHERE day = DATE '2020-02-29'

SELECT n FROM days WHERE day = '2020-2-29'

SELECT n FROM days WHERE day = 20200229

SELECT n FROM days WHERE day = '20200229'

SELECT n FROM days WHERE day = '2020-02-29 00:00:00'

SELECT n FROM days WHERE day = '2020-02-29 12:00:00'

SELECT n FROM days WHERE day = TIMESTAMP '2020-02-29 00:00:00'

-- differs: warnings
SELECT n FROM days WHERE day = '2020-02-30'

SELECT n FROM stamps WHERE at = '2020-02-29 12:00:00'

SELECT n FROM stamps WHERE at = '2021-06-30 12:34:56.789'

SELECT n FROM stamps WHERE at = '2021-06-30T12:34:56.789000'

SELECT n FROM stamps WHERE at = TIMESTAMP '2000-01-01 00:00:00.5'

SELECT n FROM stamps WHERE at = '2020-01-01'

SELECT label FROM bigs WHERE id = 18446744073709551615

SELECT label FROM bigs WHERE id = 9223372036854775808

SELECT label FROM bigs WHERE id = '18446744073709551614'

SELECT label FROM bigs WHERE id = 1e1

SELECT label FROM bigs WHERE id = 10.0

SELECT label FROM bigs WHERE id = -1

SELECT n, HEX(k) FROM blobs WHERE k = 'plain'

SELECT n, HEX(k) FROM blobs WHERE k = x'c3a9'

SELECT n, HEX(k) FROM blobs WHERE k = 'PLAIN'

SELECT n, HEX(k) FROM blobs WHERE k = 'plain '

SELECT n, HEX(k) FROM blobs WHERE k = _binary'ünï'

SELECT n FROM words WHERE word = 'apple'

SELECT n FROM words WHERE word = 'APPLE'

SELECT n FROM words WHERE word LIKE 'apple'

SELECT n FROM words WHERE word = 10

SELECT n FROM words WHERE word = '10'

SELECT n FROM words WHERE word = 10.0

SELECT value FROM settings WHERE name = 'theme'

SELECT value FROM settings

SELECT * FROM products WHERE id = 3

SELECT sku FROM products ORDER BY id

SELECT name FROM people WHERE id = 7 FOR UPDATE

SELECT name FROM people WHERE id = 7 FOR SHARE

SELECT name FROM people WHERE id = 7 LOCK IN SHARE MODE

SELECT name FROM people FORCE INDEX (PRIMARY) WHERE id = 7

SELECT SQL_NO_CACHE name FROM people WHERE id = 7

SELECT /*+ MAX_EXECUTION_TIME(10000) */ name FROM people WHERE id = 7

SELECT HIGH_PRIORITY name FROM people WHERE id = 7

TABLE settings

SELECT * FROM people WHERE id = (SELECT 7)

SELECT name FROM people WHERE id = 7 UNION ALL SELECT name FROM people WHERE id = 7

SELECT EXISTS (SELECT 1 FROM people WHERE id = 7)

SELECT (SELECT name FROM people WHERE id = 7) AS the_name

SELECT 1

SELECT 1 + 1 AS two, 'x', NULL

SELECT DATABASE() IS NULL, SCHEMA() = DATABASE()

SELECT 1 FROM DUAL WHERE 1 = 0
