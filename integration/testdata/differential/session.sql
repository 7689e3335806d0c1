# Variables and functions of the session.
-- class: session


SELECT @@autocommit, @@sql_mode, @@time_zone

SET @x = 5

SELECT @x

SELECT @x + 1 AS y, @nosuch

SET @x = @x + 1, @y = 'text'

SELECT @x, @y

SET @d = 1.50, @f = 1e3, @n = NULL, @h = 0x41

SELECT @d, @f, @n, @h

SELECT id FROM people WHERE id > @x ORDER BY id

SELECT id FROM people WHERE id = 7 AND @x = 6

SELECT name FROM settings WHERE rank_no < @x ORDER BY name

SET @list = (SELECT MAX(id) FROM products)

SELECT @list

SET sql_mode = 'ANSI_QUOTES'

SELECT "id" FROM "people" WHERE "id" = 5

SELECT "id" FROM "people" ORDER BY "id" LIMIT 3

SET sql_mode = ''

SELECT "id" FROM people WHERE id = 5

INSERT INTO counters (id, n, name) VALUES (800, 'abc', REPEAT('x', 30))

-- text
SHOW WARNINGS

SELECT * FROM counters WHERE id = 800

UPDATE counters SET n = 'zzz' WHERE id IN (1, 2, 3)

-- text
SHOW WARNINGS

INSERT INTO counters (id, n, name) VALUES (801, 1, 'a'), (802, 'b', 'b'), (803, 3, 'c'), (804, 'd', REPEAT('x', 30)), (805, 'e', 'e')

-- text
SHOW WARNINGS

DELETE FROM counters WHERE id BETWEEN 800 AND 805

SELECT 1 / 0

SELECT city, name FROM people WHERE id < 4 GROUP BY city ORDER BY city

SET sql_mode = 'NO_BACKSLASH_ESCAPES'

SELECT 'a\' AS v

SELECT id FROM people WHERE name = 'Back\slash'

SELECT '\\', id FROM people WHERE id = 20

SET sql_mode = 'PIPES_AS_CONCAT'

SELECT 'a' || 'b', id || name FROM people WHERE id = 1

SELECT id || '-' || name AS v FROM people ORDER BY v LIMIT 4

SET sql_mode = DEFAULT

SELECT 'a' || 'b'

SET time_zone = '+03:00'

SELECT ts FROM kinds WHERE id = 1

SELECT ts FROM kinds ORDER BY ts, id

SELECT UNIX_TIMESTAMP('2024-01-01 00:00:00'), FROM_UNIXTIME(0)

SELECT id FROM kinds WHERE ts = '2012-12-12 12:12:07.250'

SET time_zone = DEFAULT

SELECT id FROM kinds WHERE ts = '2012-12-12 12:12:07.250'

SET SESSION group_concat_max_len = 20

SELECT GROUP_CONCAT(id ORDER BY id) FROM products

SET SESSION group_concat_max_len = DEFAULT

SET sql_select_limit = 3

SELECT id FROM products ORDER BY id

-- refused
SELECT id FROM people ORDER BY id

SET sql_select_limit = DEFAULT

SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED

SELECT @@transaction_isolation

SET TRANSACTION ISOLATION LEVEL SERIALIZABLE

BEGIN

SELECT COUNT(*) FROM people WHERE id = 1

COMMIT

SET SESSION transaction_isolation = 'REPEATABLE-READ'

SET div_precision_increment = 8

SELECT 1 / 3, AVG(age) FROM people

SELECT AVG(balance) FROM people

SET div_precision_increment = DEFAULT

SET lc_time_names = 'de_DE'

SELECT DAYNAME('2024-01-01'), MONTHNAME(born) FROM people WHERE id = 1

SET lc_time_names = DEFAULT

SET default_storage_engine = 'InnoDB', max_sort_length = 1024

SET @@session.max_sort_length = DEFAULT

SET timestamp = 1700000000

SELECT NOW(), UNIX_TIMESTAMP(), CURDATE()

SELECT id, NOW() FROM people ORDER BY id LIMIT 2

SET timestamp = DEFAULT

SET last_insert_id = 77

SELECT LAST_INSERT_ID()

SET foreign_key_checks = 0

SET foreign_key_checks = 1, unique_checks = 1

SET SQL_SAFE_UPDATES = 1

UPDATE people SET note = 'x'

DELETE FROM people

UPDATE people SET note = 'x' WHERE id = 1

SET SQL_SAFE_UPDATES = 0

SELECT COUNT(*) FROM docs WHERE MATCH (title, body) AGAINST ('quick')

SELECT id FROM docs WHERE MATCH (title, body) AGAINST ('quick dog' IN BOOLEAN MODE) ORDER BY id

SELECT FOUND_ROWS()

SELECT CONNECTION_ID() > 0, VERSION() <> '', 1 <> 2, 3 != 4, NOW() > '2020-01-01'

SELECT USER() <> '', CURRENT_USER() LIKE '%@%'

SELECT COERCIBILITY(USER()), CHARSET(CURRENT_USER()), COLLATION(USER()), ROW_COUNT() + 1, FOUND_ROWS() IS NULL

SELECT t.v, id <> 5 FROM (SELECT id, CONNECTION_ID() > 0 AS v, id != 3 FROM people WHERE id = 3) t

SELECT DATABASE() IS NOT NULL

SELECT 1; 

SELECT 1 -- trailing comment

/* leading */ SELECT 2 /* inner */ + 3

SELECT /*! 1 + */ 2

SELECT /*!50000 id, */ name FROM people WHERE id = 1

# the proxy has no warnings of an empty statement either
SELECT 1 WHERE FALSE

(SELECT id FROM people WHERE id = 1)

(SELECT id FROM people WHERE id = 1) UNION (SELECT 2) ORDER BY 1

VALUES ROW(1, 'a'), ROW(2, 'b')

SELECT @@version_comment IS NULL

SELECT @@global.max_connections > 0, @@session.autocommit

SHOW WARNINGS

SHOW ERRORS

SHOW COUNT(*) ERRORS

SELECT @@warning_count, @@error_count

SELECT CAST('x' AS SIGNED)

SELECT @@warning_count

SHOW STATUS LIKE 'nosuch%'

SET NAMES utf8mb4

SET CHARACTER SET utf8mb4

SET character_set_results = NULL

SELECT name FROM people WHERE id = 7

SET character_set_results = utf8mb4

SET collation_connection = utf8mb4_bin

SELECT 'a' = 'A'

SET collation_connection = utf8mb4_0900_ai_ci

SET SESSION sql_quote_show_create = 0

SHOW CREATE TABLE settings

SET SESSION sql_quote_show_create = 1

-- refused
FLUSH TABLES

SELECT GET_LOCK('shardway test lock', 0), RELEASE_LOCK('shardway test lock')

-- refused
HELP 'nosuchtopic'
