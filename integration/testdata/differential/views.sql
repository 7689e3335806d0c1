# Views over tables of every kind.
-- class: views


CREATE VIEW v_staff AS SELECT id, name, dept, salary FROM staff

CREATE VIEW v_paris AS SELECT s.id, s.name, d.title FROM staff s JOIN depts d ON d.id = s.dept WHERE d.city = 'Paris'

CREATE VIEW v_groups AS SELECT dept, COUNT(*) AS n, SUM(salary) AS total FROM staff GROUP BY dept

CREATE VIEW v_union AS SELECT id, name FROM staff UNION SELECT id, title FROM depts

CREATE VIEW v_over AS SELECT g.dept, g.n, s.name FROM v_groups g JOIN v_staff s ON s.dept = g.dept

CREATE VIEW v_single AS SELECT id, v FROM plainly WHERE v > 2

CREATE VIEW v_colours AS SELECT * FROM colours

-- differs: view
-- each v: v_staff; v_paris; v_groups; v_union; v_over; v_single; v_colours
-- each q: SELECT * FROM {v} ORDER BY 1, 2, 3; SELECT COUNT(*) FROM {v}; SELECT * FROM {v} ORDER BY 1 LIMIT 1
{q}

SELECT * FROM v_staff WHERE id = 5

SELECT * FROM v_staff WHERE id IN (5, 6) ORDER BY id

-- differs: view
SELECT v.name, d.title FROM v_staff v LEFT JOIN depts d ON d.id = v.dept ORDER BY v.id

SELECT * FROM v_groups WHERE n > 2 ORDER BY dept

SELECT MAX(n) FROM v_groups

SELECT a.id FROM v_paris a WHERE a.id IN (SELECT boss FROM staff) ORDER BY a.id

SELECT u.id, c.name FROM v_union u JOIN v_colours c ON c.id = u.id ORDER BY 1, 2, u.name

-- text
SHOW TABLES LIKE 'v\_%'

SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'v\_%' ORDER BY table_name

-- refused
UPDATE v_staff SET salary = 77 WHERE id = 5

-- refused
DELETE FROM v_single WHERE id = 1

-- refused
INSERT INTO v_colours (id, name) VALUES (700, 'view')

SELECT salary FROM staff WHERE id = 5

CREATE OR REPLACE VIEW v_staff AS SELECT id, name FROM staff WHERE id < 10

-- differs: view
SELECT * FROM v_staff ORDER BY id

ALTER VIEW v_single AS SELECT id FROM plainly

SELECT * FROM v_single ORDER BY id

DROP VIEW v_over, v_groups

SELECT * FROM v_groups

DROP VIEW IF EXISTS v_groups, v_staff, v_paris, v_union, v_single, v_colours

# User variables.
-- text
SET @n = 3, @s = 'de', @d = 1.5, @m = 2, @c = 3, @a = 'x', @b = 4, @r = 0, @many = 1

SELECT id, id + @n FROM staff WHERE id < 5 ORDER BY id

SELECT * FROM sales WHERE region = @s ORDER BY yr, q

SELECT id FROM ledger WHERE cents > @d * 10 ORDER BY id

SELECT @m := MAX(id) FROM staff

SELECT @m

SELECT COUNT(*) INTO @c FROM staff

SELECT @c

SELECT name, id INTO @a, @b FROM staff WHERE id = 5

SELECT @a, @b

SELECT id INTO @many FROM staff

SELECT @r := 0

SELECT @r := @r + 1 AS r, id FROM (SELECT id FROM staff ORDER BY id) x ORDER BY id

SELECT SQL_CALC_FOUND_ROWS id FROM staff ORDER BY id LIMIT 3

SELECT FOUND_ROWS()
