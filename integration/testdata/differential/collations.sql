# Text: equality, order and grouping under several collations, spread by text keys.
-- class: collations


SELECT word, n FROM words WHERE word = 'STRASSE'

SELECT word, n FROM words WHERE word = 'straße'

SELECT word, n FROM words WHERE word = 'EMILE'

SELECT word, n FROM words WHERE word = 'unal'

SELECT word, n FROM words WHERE word = 'ΖΩΗ'

SELECT word, n FROM words WHERE word = 'ЯБЛОКО'

SELECT word, n FROM words WHERE word = 'FI'

SELECT word, n FROM words WHERE word = 'ﬁ'

SELECT word, n FROM words WHERE word = 'x'

SELECT word, n FROM words WHERE word = 'x '

SELECT word, n FROM words WHERE word = 'angstrom'

SELECT word, n FROM words WHERE word = '😀'

SELECT word, n FROM words WHERE word = 'o'

SELECT word, n FROM words WHERE word = 'tab	'

SELECT word, n FROM words WHERE word = 'A''B'

SELECT word, n FROM words WHERE word = "a'b"

SELECT word, n FROM words WHERE word = 'nothing like it'

SELECT word, n FROM words_general WHERE word = 'strase'

SELECT word, n FROM words_general WHERE word = 'STRASSE'

SELECT word, n FROM words_general WHERE word = 'EMILE'

SELECT word, n FROM words_general WHERE word = 'x'

SELECT word, n FROM words_general WHERE word = 'x   '

SELECT word, n FROM words_general WHERE word = 'APPLE'

SELECT word, n FROM words_general WHERE word = '😀'

SELECT word, n FROM words_unicode WHERE word = 'STRASSE'

SELECT word, n FROM words_unicode WHERE word = 'x'

SELECT word, n FROM words_unicode WHERE word = 'naive'

SELECT word, n FROM words_bin WHERE word = 'apple'

SELECT word, n FROM words_bin WHERE word = 'APPLE'

SELECT word, n FROM words_bin WHERE word = 'aPPLE'

SELECT word, n FROM words_bin WHERE word = 'x'

SELECT word, n FROM latin WHERE word = 'strasse'

SELECT word, n FROM latin WHERE word = 'STRAßE'

SELECT word, n FROM latin WHERE word = 'ÉMILE'

SELECT word, n FROM latin WHERE word = 'emile'

SELECT word, n FROM latin WHERE word = 'ÿ'

SELECT word, n FROM latin WHERE word = 'AB C'

SELECT word, n FROM latin WHERE word = '日本'

SELECT word, n FROM latin WHERE word = 'z1  '

SELECT word FROM words ORDER BY word DESC

SELECT word FROM words_general ORDER BY word

SELECT word FROM words_unicode ORDER BY word

SELECT word FROM words_bin ORDER BY word

SELECT word FROM latin ORDER BY word

SELECT word, n FROM words ORDER BY upper_word, n

SELECT word FROM words ORDER BY word COLLATE utf8mb4_bin

SELECT word FROM words ORDER BY word COLLATE utf8mb4_general_ci, n

SELECT word FROM words_bin ORDER BY word COLLATE utf8mb4_0900_ai_ci, word

SELECT word FROM words ORDER BY CONVERT(word USING latin1), n

SELECT word FROM words WHERE word = 'APPLE' COLLATE utf8mb4_bin

SELECT word FROM words WHERE word COLLATE utf8mb4_bin = 'APPLE'

-- differs: warnings
SELECT word FROM words WHERE BINARY word = 'apple'

SELECT word FROM words WHERE word = _latin1'apple'

SELECT word FROM words WHERE word = _utf8mb4 0x6170706C65

SELECT word FROM words WHERE word = 0x6170706C65

SELECT word FROM words WHERE word LIKE 'ba%'

SELECT word FROM words WHERE word LIKE '%ß%' ORDER BY word

SELECT word FROM words WHERE word IN ('APPLE', 'zoo', 'ÖÖ') ORDER BY word

SELECT word FROM words WHERE word BETWEEN 'x' AND 'zz' ORDER BY word

SELECT word FROM words_bin WHERE word BETWEEN 'A' AND 'Z' ORDER BY word

-- differs: spelling
SELECT DISTINCT name FROM people ORDER BY name

-- differs: spelling
SELECT DISTINCT name FROM people WHERE name LIKE '%zola'

SELECT COUNT(DISTINCT name) FROM people

SELECT COUNT(DISTINCT name COLLATE utf8mb4_bin) FROM people

SELECT COUNT(*) FROM people GROUP BY name ORDER BY COUNT(*), MIN(id)

SELECT name COLLATE utf8mb4_bin AS b, COUNT(*) FROM people GROUP BY b ORDER BY b

SELECT MIN(id), COUNT(*) FROM people GROUP BY name COLLATE utf8mb4_general_ci ORDER BY MIN(id)

SELECT MIN(id), COUNT(*) FROM people GROUP BY LOWER(city) ORDER BY MIN(id)

SELECT id FROM people WHERE name = 'EMILE ZOLA' ORDER BY id

SELECT id FROM people WHERE name = 'strasse muller' ORDER BY id

SELECT id FROM people WHERE name > 'Ω' ORDER BY name, id

SELECT id FROM people WHERE name = 'finn' ORDER BY id

SELECT id FROM people WHERE name COLLATE utf8mb4_tr_0900_ai_ci LIKE 'ı%' ORDER BY id

SELECT id FROM people ORDER BY name COLLATE utf8mb4_de_pb_0900_as_cs, id

SELECT MAX(name), MIN(name) FROM people WHERE name <> ''

SELECT MIN(word), MAX(word) FROM words_bin

SELECT MIN(word), MAX(word) FROM latin

SELECT x, y FROM grid WHERE x = 1 AND y = 'é'

SELECT x, y FROM grid WHERE x = 1 AND y = 'E'

SELECT mark, MIN(x) FROM grid WHERE mark IS NOT NULL GROUP BY mark COLLATE utf8mb4_bin, mark ORDER BY mark COLLATE utf8mb4_bin

SELECT name FROM settings WHERE name = 'LANG'

SELECT name FROM settings WHERE name = 'grosse' ORDER BY rank_no

SELECT name FROM products WHERE name = 'CAFÉ'

SELECT name, COUNT(*) OVER (PARTITION BY name) AS n FROM products ORDER BY id

SELECT COLLATION(word), CHARSET(word), COERCIBILITY(word) FROM latin ORDER BY n LIMIT 1

SELECT COLLATION('x'), CHARSET('x'), @@collation_connection, @@character_set_results

SELECT CONCAT(w.word, l.word) FROM words w, latin l WHERE w.word = 'apple' AND l.word = 'apple'

SELECT 'a' COLLATE latin1_swedish_ci

SELECT id FROM people WHERE name = 'x' COLLATE utf8mb4_bin OR name = _utf8mb4'X' COLLATE utf8mb4_bin ORDER BY id

-- text
SET NAMES latin1

-- text
SELECT word FROM latin WHERE n = 4

-- text
SELECT n FROM latin WHERE word = 'Ö'

-- text
SELECT HEX(word), word FROM latin ORDER BY word

-- text
SELECT n FROM words WHERE word = 'apple'

-- text
SELECT n FROM words WHERE word = _utf8mb4'émile'

-- text
SET NAMES utf8mb4 COLLATE utf8mb4_bin

-- text
SELECT n FROM words WHERE word = 'APPLE'

-- text
SELECT 'a' = 'A', COLLATION('a')

-- text
SELECT id FROM people WHERE name = 'EMILE ZOLA' ORDER BY id

-- text
SET NAMES gbk

-- text
SELECT n FROM words WHERE word = 'apple'

-- text
SELECT n, word FROM words ORDER BY n LIMIT 3

-- text
SET NAMES utf8mb4
