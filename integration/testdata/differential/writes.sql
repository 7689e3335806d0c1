# Writes over shards, each followed by a look at what it left.
-- class: writes


# INSERT … SELECT.
-- each v: INSERT INTO; INSERT IGNORE INTO; REPLACE INTO
-- refused
{v} ledger (id, owner, cents, note) SELECT id + 100, owner, cents, 'copy' FROM ledger WHERE owner < 3 ORDER BY id

SELECT * FROM ledger ORDER BY id

-- refused
INSERT INTO ledger (id, owner, cents, note) SELECT s.id + 200, COALESCE(s.dept, 0), COALESCE(s.salary, 0), s.name FROM staff s LEFT JOIN depts d ON d.id = s.dept WHERE s.id = (SELECT MIN(x.id) FROM staff x LEFT JOIN depts y ON y.id = x.dept WHERE y.city = 'Paris' OR y.id IS NULL)

-- refused
INSERT INTO ledger (id, owner, cents) SELECT 300 + dept, dept, COUNT(*) FROM staff WHERE dept IS NOT NULL GROUP BY dept ORDER BY dept

-- refused
INSERT INTO ledger (id, owner, cents) SELECT MAX(id) + 1, 1, SUM(cents) FROM ledger

-- refused
INSERT INTO ledger (id, owner, cents, note) SELECT id + 1000, head, budget, title FROM depts WHERE head IS NOT NULL UNION SELECT 2000, 1, 1, 'u' ORDER BY 1

-- refused
INSERT INTO ledger (id, owner, cents) SELECT id, owner, cents FROM ledger WHERE id = 5

-- refused
INSERT INTO ledger (id, owner, cents) SELECT id, 1, 1 FROM ledger WHERE id = 6

-- refused
INSERT IGNORE INTO ledger (id, owner, cents) SELECT id, 1, 1 FROM ledger WHERE id < 9 ORDER BY id

-- refused
INSERT INTO ledger (id, owner, cents) SELECT id, 0, 1 FROM ledger WHERE id < 9 ORDER BY id ON DUPLICATE KEY UPDATE note = 'again'

-- refused
INSERT INTO ledger (id, owner, cents) SELECT id + 3, owner, cents FROM (SELECT * FROM ledger WHERE id BETWEEN 1 AND 4 ORDER BY id) x ON DUPLICATE KEY UPDATE ledger.cents = ledger.cents + x.cents

-- refused
REPLACE INTO ledger SELECT id, owner, cents + 1, 'repl', at FROM ledger WHERE id BETWEEN 10 AND 15 ORDER BY id

-- refused
INSERT INTO ledger SELECT 5000 + id, owner, NULL, note, at FROM ledger WHERE id < 4

-- refused
INSERT INTO ledger (id, owner) SELECT 6000, 1

-- refused
INSERT INTO ledger (id, owner, cents, note) WITH w AS (SELECT dept, COUNT(*) AS n FROM staff WHERE dept IS NOT NULL GROUP BY dept) SELECT 7000 + dept, dept, n, 'cte' FROM w ORDER BY dept

-- refused
INSERT INTO ledger (id, owner, cents) TABLE plainly ORDER BY id LIMIT 1

-- refused
INSERT INTO ledger (id, owner, cents) VALUES ROW(8000, 1, 2), ROW(8001, 2, 3), ROW(8002, 3, 4)

-- refused
INSERT INTO plainly (id, v) SELECT id + 500, owner FROM ledger WHERE id < 5 ORDER BY id

-- refused
INSERT INTO colours (id, name) SELECT id + 50, title FROM depts WHERE id < 4 ORDER BY id

-- refused
INSERT INTO ledger (id, owner, cents, note) SELECT 8100 + c.id, c.id, 7, c.name FROM colours c WHERE c.id < 4 ORDER BY c.id

-- refused
INSERT INTO pairs (a, b, n) SELECT a + 10, CONCAT(b, 'z'), n FROM pairs WHERE n > 5 ORDER BY a, b

-- refused
INSERT INTO sales (region, yr, q, amount) SELECT 'xx', yr, q, SUM(amount) FROM sales GROUP BY yr, q ORDER BY yr, q

-- each t: ledger; plainly; colours; pairs; sales
SELECT * FROM {t} ORDER BY 1, 2, 3

# Upserts and REPLACE.
-- differs: warnings
-- each u: n = n + 1; n = VALUES(n), seen = seen + 1; note = CONCAT(COALESCE(note, ''), '!'); n = n + VALUES(n); seen = 0, n = n * 2
INSERT INTO stock (sku, n) VALUES ('s1', 5), ('new1', 6), ('s2', 7), ('s30', 8) ON DUPLICATE KEY UPDATE {u}

-- each u: n = fresh.n; n = stock.n + fresh.n; note = fresh.sku; seen = seen + fresh.n
-- refused
INSERT INTO stock (sku, n) VALUES ('s3', 5), ('new2', 6), ('s4', 1) AS fresh ON DUPLICATE KEY UPDATE {u}

-- refused
INSERT INTO stock (sku, n) VALUES ('s3', 50), ('s5', 60) AS f (k, m) ON DUPLICATE KEY UPDATE n = m, note = k

INSERT INTO stock SET sku = 's6', n = 1 ON DUPLICATE KEY UPDATE n = n + 100

-- refused
INSERT INTO stock SET sku = 's6', n = 1 AS f ON DUPLICATE KEY UPDATE n = f.n + 100

INSERT IGNORE INTO stock (sku, n) VALUES ('s7', 1), ('s8', 2), ('new3', 3), ('new3', 4)

REPLACE INTO stock (sku, n) VALUES ('s9', 1), ('new4', 2), ('s10', 3)

REPLACE INTO stock SET sku = 's11', note = 'set'

REPLACE INTO stock (sku, n) VALUES ('dup', 1), ('dup', 2), ('dup', 3)

INSERT INTO stock (sku, n) VALUES ('x1', 1), ('x2', 2), ('s1', 3), ('x3', 4)

SELECT COUNT(*) FROM stock WHERE sku LIKE 'x%'

INSERT INTO stock (sku, n) VALUES ('y1', 1), ('y2', NULL)

INSERT IGNORE INTO stock (sku, n) VALUES ('y1', 1), ('y2', NULL), ('y3', '4x')

-- refused
INSERT INTO stock (sku, n) VALUES ('s12', 1) ON DUPLICATE KEY UPDATE sku = 's12'

-- refused
INSERT INTO stock (sku, n) VALUES ('s12', 1) ON DUPLICATE KEY UPDATE sku = 'moved12'

-- differs: warnings
INSERT INTO pairs (a, b, n) VALUES (1, 'k1', 77), (2, 'nn', 78), (3, 'k3', 79) ON DUPLICATE KEY UPDATE n = VALUES(n), note = 'up'

-- each t: stock; pairs
SELECT * FROM {t} ORDER BY 1, 2, 3

# UPDATE and DELETE with LIMIT, over all rows and some.
-- each w: ORDER BY id LIMIT 3; WHERE owner = 2 ORDER BY id DESC LIMIT 2; WHERE cents > 100 ORDER BY cents, id LIMIT 4; ORDER BY owner DESC, id LIMIT 5; WHERE FALSE ORDER BY id LIMIT 5; ORDER BY note, id LIMIT 1; WHERE id > 20 ORDER BY id LIMIT 0; WHERE owner IN (1, 3) ORDER BY at, id LIMIT 3
-- refused
UPDATE ledger SET cents = cents + 1, note = 'lim' {w}

SELECT id, owner, cents, note FROM ledger ORDER BY id

-- each w: ORDER BY id DESC LIMIT 3; WHERE owner = 2 ORDER BY id DESC LIMIT 1; WHERE id > 100 ORDER BY cents, id LIMIT 4; WHERE FALSE ORDER BY id LIMIT 5; WHERE note = 'copy' ORDER BY owner, id LIMIT 2
-- refused
DELETE FROM ledger {w}

SELECT id, owner, cents, note FROM ledger ORDER BY id

UPDATE ledger SET cents = 0 WHERE id = 1 LIMIT 1

DELETE FROM ledger WHERE id = 1 LIMIT 1

-- each n: 1; 2; 1000
-- refused
DELETE FROM ledger WHERE note = 'lim' ORDER BY id LIMIT {n}

# Joins.
-- refused
UPDATE staff s JOIN depts d ON d.id = s.dept SET s.perks = 'car' WHERE d.city = 'Paris'

-- refused
UPDATE staff s JOIN depts d ON d.id = s.dept SET s.salary = s.salary + 1, s.grade = 'lead' WHERE d.budget > 10

-- refused
UPDATE staff s LEFT JOIN depts d ON d.id = s.dept SET s.grade = NULL WHERE d.id IS NULL

-- refused
UPDATE staff s, depts d SET s.perks = 'flat' WHERE s.id = d.head

-- refused
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.hired = b.hired WHERE s.hired IS NULL AND b.hired IS NOT NULL

-- refused
UPDATE staff s JOIN (SELECT dept, AVG(salary) AS pay FROM staff GROUP BY dept) a ON a.dept = s.dept SET s.salary = 1 WHERE s.salary < a.pay / 3

-- refused
UPDATE depts d JOIN staff s ON s.id = d.head SET d.budget = d.budget + s.id

-- refused
UPDATE staff s JOIN depts d ON d.head = s.id SET s.salary = 11, d.budget = 22 WHERE d.id = 1

UPDATE staff s JOIN colours c ON c.id = s.dept SET s.perks = 'phone' WHERE c.warm = 1

-- refused
UPDATE staff s JOIN plainly p ON p.id = s.id SET s.grade = 'junior' WHERE p.v > 4

-- refused
UPDATE plainly p JOIN staff s ON s.id = p.id SET p.w = 'z' WHERE s.dept = 2

-- refused
UPDATE colours c JOIN staff s ON s.id = c.id SET c.warm = 1 WHERE s.dept = 2

-- each t: staff; depts; plainly; colours
SELECT * FROM {t} ORDER BY 1, 2

-- refused
UPDATE staff SET salary = (SELECT budget FROM depts WHERE depts.id = staff.dept) WHERE id < 4

-- refused
UPDATE staff SET salary = (SELECT MAX(budget) FROM depts) WHERE id = 4

-- refused
UPDATE staff SET grade = 'senior' WHERE dept IN (SELECT id FROM depts WHERE city = 'Oslo')

-- refused
UPDATE staff SET grade = 'senior' WHERE id = (SELECT head FROM depts WHERE id = 2)

-- refused
UPDATE staff SET perks = '' WHERE NOT EXISTS (SELECT 1 FROM sales WHERE staff_id = staff.id)

-- refused
UPDATE staff SET salary = 5 WHERE salary > ALL (SELECT budget FROM depts WHERE budget IS NOT NULL)

-- refused
UPDATE staff SET salary = salary * 2 WHERE id IN (SELECT x.id FROM (SELECT id FROM staff ORDER BY salary DESC, id LIMIT 3) x)

-- refused
WITH rich AS (SELECT id FROM depts WHERE budget > 50) UPDATE staff SET perks = 'car,flat' WHERE dept IN (SELECT id FROM rich)

UPDATE staff SET salary = 1 WHERE dept IN (SELECT dept FROM staff WHERE id = 1)

SELECT * FROM staff ORDER BY id

-- refused
DELETE s FROM sales s JOIN staff t ON t.id = s.staff_id WHERE t.grade = 'junior'

-- refused
DELETE FROM s USING sales s LEFT JOIN staff t ON t.id = s.staff_id WHERE t.id IS NULL AND s.units IS NULL

-- refused
DELETE FROM sales WHERE staff_id IN (SELECT head FROM depts)

-- refused
DELETE FROM sales WHERE amount < (SELECT AVG(budget) FROM depts) / 1000

-- refused
DELETE FROM sales WHERE EXISTS (SELECT 1 FROM staff WHERE staff.id = sales.staff_id AND dept = 3)

-- refused
WITH gone AS (SELECT id FROM staff WHERE boss = 6) DELETE FROM sales WHERE staff_id IN (SELECT id FROM gone)

-- refused
DELETE s, d FROM staff s JOIN depts d ON d.id = s.dept WHERE d.id = 4

-- refused
DELETE s FROM staff s JOIN staff b ON b.id = s.boss WHERE b.id = 6

-- refused
DELETE FROM staff WHERE id IN (SELECT id FROM (SELECT MAX(id) AS id FROM staff) x)

-- refused
DELETE p FROM plainly p JOIN staff s ON s.id = p.id WHERE s.dept = 2

DELETE FROM staff WHERE dept = (SELECT dept FROM staff WHERE id = 1)

-- each t: staff; depts; sales; plainly
SELECT * FROM {t} ORDER BY 1, 2, 3

# Keys that move.
-- refused
UPDATE ledger SET id = 9001 WHERE id = 2

-- refused
UPDATE ledger SET id = id + 10000 WHERE id IN (3, 4, 5)

-- refused
UPDATE ledger SET id = 9001 WHERE id = 6

-- refused
UPDATE ledger SET id = id WHERE id = 7

-- refused
UPDATE ledger SET id = 9002, cents = 1, note = 'moved' WHERE id = 8 AND owner > 0

-- refused
UPDATE ledger SET id = 9003 WHERE id = 99999

-- refused
UPDATE ledger SET id = NULL WHERE id = 9

-- refused
UPDATE ledger SET id = -id WHERE id > 9000 ORDER BY id

UPDATE IGNORE ledger SET id = 11 WHERE id = 10

-- refused
UPDATE pairs SET b = 'moved' WHERE a = 2 AND b = 'nn'

-- refused
UPDATE pairs SET a = a + 100, n = 0 WHERE n IS NULL

-- refused
UPDATE stock SET sku = UPPER(sku) WHERE sku IN ('s13', 's14', 's15')

-- refused
UPDATE stock SET sku = CONCAT('m', sku) WHERE n > 20

-- refused
UPDATE sales SET region = 'zz' WHERE region = 'jp'

-- refused
UPDATE sales SET yr = yr + 1 WHERE region = 'zz' ORDER BY yr DESC

-- refused
UPDATE ledger l JOIN depts d ON d.id = l.owner SET l.id = l.id + 20000 WHERE l.id BETWEEN 20 AND 24

-- each t: ledger; pairs; stock; sales
SELECT * FROM {t} ORDER BY 1, 2, 3

# The other kinds of tables and columns.
INSERT INTO made (id, a, b, word) VALUES (100, 1, 1, 'a'), (101, 2, 2, 'b'), (102, DEFAULT, 3, NULL)

UPDATE made SET a = a + 1, word = CONCAT(word, '+') WHERE total > 5

UPDATE made SET total = 5 WHERE id = 1

DELETE FROM made WHERE total IS NULL

SELECT * FROM made ORDER BY id

UPDATE papers SET doc = JSON_SET(COALESCE(doc, JSON_OBJECT()), '$.seen', TRUE) WHERE JSON_TYPE(doc) = 'OBJECT'

UPDATE papers SET tags = JSON_ARRAY_APPEND(tags, '$', id) WHERE tags IS NOT NULL

INSERT INTO papers VALUES (100, '{"new": [1]}', NULL), (101, JSON_OBJECT('k', 1), JSON_ARRAY(1, 'x'))

INSERT INTO papers VALUES (102, '{broken', NULL)

SELECT * FROM papers ORDER BY id

INSERT INTO nulls (id) VALUES (100), (101), (102)

INSERT INTO nulls VALUES (103, 1, 2, 3.5, 4.25, 's', 'c', 't', x'ff', '2024-01-01', '10:00', '2024-01-01', '2024-01-01 10:00:00', 2024, '[1]', b'11', 'p', 'm')

UPDATE nulls SET i = COALESCE(i, 0) + 1, bi = b'1', e = 'q', se = 'n' WHERE i IS NULL OR i < 0

UPDATE nulls SET y = 1999, ti = ADDTIME(ti, '00:01'), dt = dt + INTERVAL 1 DAY WHERE id % 3 = 0

DELETE FROM nulls WHERE s IS NULL AND i IS NOT NULL

SELECT * FROM nulls ORDER BY id

-- each v: 'z'; NULL; 7; '2024-13-01'
UPDATE nulls SET e = {v} WHERE id < 20

-- each c: i; b; d; y; da; ti; bi; c
-- each v: 'text'; '99999999999999999999'; ''
UPDATE nulls SET {c} = {v} WHERE id = 103

SELECT * FROM nulls WHERE id = 103
