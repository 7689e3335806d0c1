# Every column type: values as they come out, and their definitions.
-- class: types


SELECT * FROM kinds WHERE id = 1

SELECT * FROM kinds WHERE id = 3

SELECT * FROM kinds ORDER BY id

SELECT t, tu, s, su, m, mu, i, iu, b, bu FROM kinds ORDER BY id

SELECT iz, iz + 1, CONCAT(iz) FROM kinds ORDER BY id

SELECT d, d3, d + d3, d * 2, -d, ROUND(d, 2), TRUNCATE(d3, 1) FROM kinds ORDER BY id

SELECT f, dd, f + 1, dd * 2, f = dd, FORMAT(dd, 2) FROM kinds WHERE id <> 5 ORDER BY id

SELECT f, dd FROM kinds WHERE id = 5

SELECT y, y + 1, da, dt, d6, ts FROM kinds ORDER BY id

SELECT ti, t6, TIME_TO_SEC(ti), ADDTIME(t6, '00:00:01.5') FROM kinds ORDER BY id

SELECT YEAR(da), QUARTER(da), WEEKDAY(da), LAST_DAY(dt), EXTRACT(MICROSECOND FROM d6) FROM kinds ORDER BY id

SELECT bi, bi + 0, BIN(bi), HEX(bi), bo, NOT bo FROM kinds ORDER BY id

SELECT c, LENGTH(c), vc, HEX(vc), CHAR_LENGTH(vc) FROM kinds ORDER BY id

SELECT vb, HEX(vb), bn, HEX(bn), LENGTH(bn) FROM kinds ORDER BY id

SELECT tx, bl, HEX(bl) FROM kinds ORDER BY id

SELECT e, e + 0, se, se + 0 FROM kinds ORDER BY id

SELECT j, JSON_TYPE(j), JSON_EXTRACT(j, '$.a'), j->>'$.i', JSON_LENGTH(j) FROM kinds ORDER BY id

SELECT MIN(t), MAX(tu), MIN(s), MAX(su), MIN(m), MAX(mu), MIN(i), MAX(iu), MIN(iz), MAX(b) FROM kinds

SELECT MIN(c), MAX(vc), MIN(tx), MAX(bl), MIN(bn) FROM kinds

SELECT MIN(bi), MAX(bi), MIN(bo) FROM kinds

SELECT MIN(f), MAX(f), MIN(dd), MAX(dd) FROM kinds WHERE id <> 5

SELECT MIN(j), MAX(j) FROM kinds WHERE id > 5

SELECT SUM(f), SUM(dd) FROM kinds WHERE id BETWEEN 6 AND 20

SELECT AVG(d), AVG(i), AVG(bu), AVG(y) FROM kinds

SELECT SUM(t), SUM(i), SUM(y), SUM(e), SUM(ti), SUM(da) FROM kinds

SELECT SUM(vc) FROM kinds WHERE id IN (6, 7)

SELECT COUNT(j), COUNT(bl), COUNT(DISTINCT e), COUNT(DISTINCT bi) FROM kinds

SELECT DISTINCT bo FROM kinds ORDER BY bo

SELECT DISTINCT d3 FROM kinds ORDER BY d3

SELECT DISTINCT f FROM kinds ORDER BY f

SELECT DISTINCT ti FROM kinds ORDER BY ti

SELECT DISTINCT bn FROM kinds ORDER BY bn

SELECT DISTINCT j FROM kinds WHERE id < 6

SELECT DISTINCT vc FROM kinds ORDER BY vc

SELECT da, COUNT(*) FROM kinds GROUP BY da ORDER BY da

SELECT y, SUM(d) FROM kinds GROUP BY y ORDER BY y

SELECT ti, MAX(ts) FROM kinds GROUP BY ti ORDER BY ti

SELECT bi, COUNT(*) FROM kinds GROUP BY bi ORDER BY bi

SELECT d3, COUNT(*) FROM kinds GROUP BY d3 ORDER BY d3

SELECT tu, bu FROM kinds WHERE bu > 9223372036854775807 ORDER BY bu

SELECT CAST(d AS DOUBLE), CAST(dd AS DECIMAL(20,3)), CAST(vc AS UNSIGNED) FROM kinds WHERE id IN (4, 6)

SELECT CAST(da AS DATETIME), CAST(dt AS DATE), CAST(dt AS TIME), CAST(ti AS CHAR) FROM kinds ORDER BY id

SELECT CAST('2024-01-01' AS DATE), CAST('12:30' AS TIME(2)), CAST(5 AS YEAR), CAST('[1]' AS JSON)

SELECT id, dt + 0, d6 + 0, ti + 0, da + 0 FROM kinds ORDER BY id

SELECT id FROM kinds WHERE dt > '2012-01-01' AND dt < NOW() + INTERVAL 1000 YEAR ORDER BY id

SELECT id FROM kinds WHERE ts = '2012-12-12 12:12:07.250'

SELECT id FROM kinds WHERE f = 1.5

SELECT id FROM kinds WHERE d = 37.00007 * 6 OR d = 222.00006

SELECT id FROM kinds WHERE e = 1 ORDER BY id

SELECT id FROM kinds WHERE c = 'ü' OR c = 'ab'

SELECT id FROM kinds WHERE bn = 'xyz'

SELECT id FROM kinds WHERE bn = x'78797a00'

SELECT id FROM kinds WHERE j = CAST('{"i": 7}' AS JSON)

SELECT id FROM kinds WHERE y = 99

SELECT id, IFNULL(t, 'none'), COALESCE(d, dd, 0), NULLIF(i, 1) FROM kinds ORDER BY id

SELECT id, IF(id > 5, d, dd), CASE WHEN id < 4 THEN da ELSE dt END FROM kinds WHERE id > 5 ORDER BY id

SELECT id, GREATEST(da, dt), LEAST(d, d3, i) FROM kinds WHERE id > 5 ORDER BY id

SELECT id, CONCAT(t, '|', d, '|', da, '|', ti) FROM kinds ORDER BY id

SELECT id, HEX(WEIGHT_STRING(vc)) FROM kinds ORDER BY id

SELECT 18446744073709551615, -9223372036854775808, 1.10, .5, 5., 1e400 IS NULL

SELECT 0x41, x'4142', b'01000001', 0x41 + 0, N'é', _utf8mb4'é' COLLATE utf8mb4_bin, _latin1'x'

SELECT TRUE, FALSE, NULL, NOT NULL, 1 IS TRUE

SELECT 7 / 2, 7 DIV 2, 7 % 2, 1 / 0, 2 ** 3

SELECT 7 / 2, 7 DIV 2, 7 % 2, 1 / 0, POW(2, 3)

SELECT '5' + 3, '5a' + 3, 'a' = 0, '1e2' * 1

SELECT 1 = 1.0, '1' = 1, 'a' = 'A', BINARY 'a' = 'A', NULL <=> NULL

SELECT DATE '2024-02-29' + INTERVAL 1 YEAR, TIME '10:00' - INTERVAL 90 MINUTE, TIMESTAMP '2024-01-01 00:00:00' - INTERVAL 1 SECOND

SELECT MAKEDATE(2024, 60), STR_TO_DATE('03.02.2024', '%d.%m.%Y'), FROM_DAYS(738000), SEC_TO_TIME(4000)

SELECT JSON_ARRAY(1, 'a', NULL), JSON_OBJECT('a', 1.5), JSON_MERGE_PATCH('{"a":1}', '{"b":2}')

SELECT INET_ATON('10.0.0.1'), INET6_NTOA(INET6_ATON('::1')), BIN_TO_UUID(UUID_TO_BIN('6ccd780c-baba-1026-9564-5b8c656024db'))

SELECT CHAR(77, 121), ORD('é'), ASCII('é'), SOUNDEX('hello'), FORMAT(12345.678, 1)

SELECT ST_AsText(ST_GeomFromText('POINT(1 2)')), ST_X(POINT(3, 4))

SELECT REGEXP_REPLACE('abc', 'b', 'x'), REGEXP_SUBSTR('abc123', '[0-9]+'), REPLACE('abc', 'b', ''), LPAD('5', 3, '0'), TRIM(BOTH 'x' FROM 'xax')

SELECT AES_DECRYPT(AES_ENCRYPT('a', 'k'), 'k'), TO_BASE64('abc'), UNHEX('4142'), COMPRESS('') = ''
