# Ranges and lists: some shards, or all.
-- class: range


SELECT id, name FROM people WHERE id BETWEEN 5 AND 15 ORDER BY id

SELECT id, name FROM people WHERE id IN (1, 2, 3, 50, 77) ORDER BY id

SELECT id FROM people WHERE id IN (1, 2, 3) OR id = 7

SELECT id FROM people WHERE id = 1 OR id = 2 OR age = 21

SELECT id FROM people WHERE id IN (5, 5, 5)

SELECT id FROM people WHERE id IN (5, NULL, 6)

SELECT id FROM people WHERE id IN ('5', 6, 7.0)

SELECT id FROM people WHERE id NOT IN (1, 2, 3)

SELECT id FROM people WHERE id > 30

SELECT id FROM people WHERE id >= 30 AND id < 35

SELECT id FROM people WHERE id < 0 ORDER BY id DESC

SELECT id FROM people WHERE NOT (id > 3) ORDER BY id

SELECT id FROM people WHERE id <> 5 AND id < 10

SELECT id, age FROM people WHERE age BETWEEN 20 AND 40 ORDER BY age, id

SELECT id FROM people WHERE age IS NULL ORDER BY id

SELECT id FROM people WHERE email IS NOT NULL AND age IS NOT NULL ORDER BY id

SELECT id FROM people WHERE balance > 1000 ORDER BY balance DESC, id

SELECT id FROM people WHERE balance BETWEEN -100.5 AND 100.5

SELECT id FROM people WHERE born >= '1990-01-01' ORDER BY born, id

SELECT id FROM people WHERE born = '2000-02-29'

SELECT id FROM people WHERE YEAR(born) = 1999

SELECT id FROM people WHERE name LIKE 'a%' ORDER BY id

SELECT id FROM people WHERE name LIKE '%zola' ORDER BY id

SELECT id FROM people WHERE name LIKE '100\%'

SELECT id FROM people WHERE name LIKE 'under|_%' ESCAPE '|'

SELECT id FROM people WHERE name REGEXP '^[A-C]' ORDER BY id

SELECT id FROM people WHERE city IN ('Berlin', 'Paris') ORDER BY id

SELECT id FROM people WHERE city > 'M' ORDER BY id

SELECT id FROM people WHERE score > 1 AND score < 1e9

SELECT id FROM people WHERE score = 0.1e-6

SELECT id FROM people WHERE name = '' OR note = ''

SELECT id FROM people WHERE id IN (SELECT 5)

SELECT id FROM orders WHERE customer_id IN (1, 2, 3, 4, 5) AND total > 50 ORDER BY id

SELECT id FROM orders WHERE id = 10

SELECT id, customer_id FROM orders WHERE id BETWEEN 10 AND 20 ORDER BY id

SELECT id FROM orders WHERE placed BETWEEN '2024-03-01' AND '2024-06-30 23:59:59.999' ORDER BY placed, id

SELECT id FROM orders WHERE status IN ('new', 'lost') ORDER BY id LIMIT 7

SELECT id FROM orders WHERE status = 2 ORDER BY id

SELECT id FROM orders WHERE status > 'new' ORDER BY id

SELECT customer_id, order_id, line FROM items WHERE customer_id BETWEEN 3 AND 9 AND line > 1 ORDER BY 1, 2, 3

SELECT x, y FROM grid WHERE x IN (1, 2) AND y IN ('a', 'b') ORDER BY x, y

SELECT x, y FROM grid WHERE (x, y) IN ((1, 'a'), (2, 'b'), (3, 'zz')) ORDER BY x, y

SELECT x, y FROM grid WHERE x > 2 ORDER BY x DESC, y DESC

SELECT x, y FROM grid WHERE (x, y) > (2, 'b') ORDER BY x, y

SELECT rate FROM rates WHERE rate BETWEEN -1 AND 5 ORDER BY rate

SELECT rate FROM rates WHERE rate IN (1.5, 2.25, '3.10') ORDER BY rate

SELECT day FROM days WHERE day BETWEEN '2020-01-01' AND '2024-12-31' ORDER BY day

SELECT day FROM days WHERE day IN ('2020-02-29', '2024-02-29') ORDER BY day

SELECT day FROM days WHERE day > '2024-01-01' - INTERVAL 1 YEAR ORDER BY day

SELECT at FROM stamps WHERE at < '2000-01-01' ORDER BY at

SELECT id FROM bigs WHERE id > 9223372036854775807 ORDER BY id

SELECT id FROM bigs WHERE id IN (0, 1, 18446744073709551615) ORDER BY id DESC

SELECT n FROM blobs WHERE k > x'80' ORDER BY k

SELECT n FROM blobs WHERE k IN ('plain', 'Plain', x'00') ORDER BY n

SELECT word FROM words WHERE word BETWEEN 'a' AND 'n' ORDER BY word

SELECT word FROM words WHERE word IN ('APPLE', 'banana', 'strasse') ORDER BY word

SELECT word FROM words_bin WHERE word IN ('apple', 'Apple', 'aPPle') ORDER BY word

SELECT id FROM products WHERE price BETWEEN 2 AND 6 ORDER BY id

SELECT id FROM kinds WHERE y BETWEEN 1995 AND 2001 ORDER BY id

SELECT id FROM kinds WHERE ti > '10:00:00' ORDER BY id

SELECT id FROM kinds WHERE se = 'x,y' OR e = 'b' ORDER BY id

SELECT id FROM kinds WHERE FIND_IN_SET('z', se) ORDER BY id

SELECT id FROM kinds WHERE bi = b'1010101'

SELECT id FROM kinds WHERE bi & 3 = 1 ORDER BY id

SELECT id FROM kinds WHERE j->'$.i' > 10 ORDER BY id

SELECT id FROM kinds WHERE JSON_EXTRACT(j, '$.a[0]') = 1

SELECT id FROM kinds WHERE vb = x'00ff27'

SELECT id FROM people WHERE id > 5 AND id < 3

SELECT id FROM people WHERE FALSE

SELECT id FROM people WHERE id = id AND id < 4 ORDER BY id

SELECT id FROM people WHERE id IN (1, 2, 3) AND id IN (2, 3, 4) ORDER BY id

SELECT id FROM people WHERE CASE WHEN age > 50 THEN 1 ELSE 0 END = 1 ORDER BY id

SELECT id FROM people WHERE COALESCE(age, 0) = 0 ORDER BY id

SELECT id FROM people WHERE age IS TRUE AND score IS UNKNOWN ORDER BY id

SELECT id FROM people WHERE (age > 30 XOR balance > 1000) ORDER BY id

SELECT id FROM people WHERE id DIV 10 = 2 ORDER BY id

SELECT id FROM people WHERE id MOD 7 = 0 ORDER BY id

SELECT id FROM people WHERE id & 1 ORDER BY id

SELECT id FROM people WHERE age > ANY (SELECT 30 UNION SELECT 60) ORDER BY id
