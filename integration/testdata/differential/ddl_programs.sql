# Views and stored programs: made on every shard, used where what they touch is
# on one.
-- class: programs


CREATE VIEW v_cheap AS SELECT id, price FROM products WHERE price < 50

CREATE OR REPLACE VIEW v_cheap AS SELECT id, price, name FROM products WHERE price < 60

ALTER VIEW v_cheap AS SELECT id, price FROM products WHERE price < 70

CREATE VIEW v_cheap AS SELECT 1

CREATE VIEW v_none AS SELECT * FROM no_such_table

CREATE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW v_orders AS SELECT id, total FROM orders

SELECT table_name, is_updatable, check_option, security_type FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY table_name

SHOW FULL TABLES WHERE Table_type = 'VIEW'

DROP VIEW v_orders

DROP VIEW v_orders

DROP VIEW IF EXISTS v_orders, v_cheap

CREATE FUNCTION f_twice(n INT) RETURNS INT DETERMINISTIC NO SQL RETURN n * 2

CREATE FUNCTION f_price(n INT) RETURNS DECIMAL(10,2) READS SQL DATA RETURN (SELECT price FROM products WHERE id = n)

CREATE FUNCTION f_people() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM people)

SELECT f_twice(21), f_price(1)

SELECT id, f_twice(id) FROM people WHERE id = 3

SELECT f_price(id) FROM products ORDER BY id

-- refused
SELECT f_people()

SELECT no_such_function(1)

CREATE PROCEDURE p_set(IN n INT, OUT m INT) BEGIN SELECT n * 3 INTO m; END

CALL p_set(4, @m)

SELECT @m

CREATE PROCEDURE p_people() BEGIN SELECT COUNT(*) FROM people; END

-- refused
CALL p_people()

CREATE PROCEDURE p_two() BEGIN SELECT id FROM products ORDER BY id LIMIT 2; SELECT COUNT(*) FROM products; END

CALL p_two()

CALL p_none()

DROP PROCEDURE p_two

DROP PROCEDURE p_two

DROP PROCEDURE IF EXISTS p_two

SELECT routine_name, routine_type FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY routine_name

CREATE TABLE tr (id INT PRIMARY KEY, a INT, b INT) COMMENT='shardway:shard_key=id'

CREATE TABLE tr_log (id INT PRIMARY KEY, a INT)

CREATE TRIGGER tr_bi BEFORE INSERT ON tr FOR EACH ROW SET NEW.b = NEW.a * 2

INSERT INTO tr (id, a) VALUES (1, 1), (2, 2), (3, 3), (4, 4)

SELECT * FROM tr ORDER BY id

CREATE TRIGGER tr_bi BEFORE UPDATE ON tr FOR EACH ROW SET NEW.b = 1

-- refused
CREATE TRIGGER tr_ai AFTER INSERT ON tr FOR EACH ROW INSERT INTO tr_log VALUES (NEW.id, NEW.a)

CREATE TRIGGER tr_bu BEFORE UPDATE ON tr FOR EACH ROW BEGIN IF NEW.a > 3 THEN SET NEW.b = -1; END IF; END

UPDATE tr SET a = a + 1

SELECT * FROM tr ORDER BY id

SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'tr\_b%'

DROP TRIGGER tr_bi

DROP TRIGGER tr_bi

DROP TRIGGER IF EXISTS tr_bi

INSERT INTO tr (id, a) VALUES (9, 9)

SELECT * FROM tr ORDER BY id

CREATE EVENT e_clean ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO DELETE FROM tr WHERE a = 0

-- refused
CREATE EVENT e_add ON SCHEDULE EVERY 1 DAY STARTS '2040-01-01 00:00:00' DO INSERT INTO tr_log VALUES (1, 1)

ALTER EVENT e_clean DISABLE

ALTER EVENT e_clean RENAME TO e_cleaned

SELECT event_name, status FROM information_schema.events WHERE event_schema = DATABASE() AND event_name LIKE 'e\_clean%'

DROP EVENT e_cleaned

DROP EVENT IF EXISTS e_cleaned

DROP EVENT IF EXISTS e_add

DROP TABLE tr, tr_log
