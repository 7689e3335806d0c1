# Expressions over every type, evaluated where the rows are and put together.
-- class: functions


-- each e: t + 1; tu + 1; s * 2; su DIV 3; m % 7; mu - 1; i / 4; iu + i; b DIV 1000; bu DIV 2; d * 2; d3 / 3; -t; ABS(s); SIGN(m); i & 15; t | 64; tu ^ 255; ~tu; su << 2; mu >> 3
-- each e: FLOOR(d); CEILING(d); ROUND(d, 2); ROUND(d, -2); TRUNCATE(d, 1); ROUND(f, 1); FLOOR(dd / 1e300); MOD(b, 10); MOD(d, 3); i DIV NULL; GREATEST(t, tu); LEAST(t, s, m); GREATEST(d, d3); NULLIF(t, 1); COALESCE(t, 0); IFNULL(s, -1); IF(t > 5, 'big', 'small')
-- each e: POW(tu, 2); SQRT(tu); LN(tu + 1); EXP(0); LOG2(tu + 1); RADIANS(tu); SIN(0); COS(0); ATAN(0); CRC32(vc); BIT_COUNT(tu); CONV(tu, 10, 16); HEX(tu); OCT(tu); BIN(tu); FORMAT(d, 2); CAST(d AS SIGNED); CAST(t AS CHAR); CAST(tu AS DECIMAL(8,2)); CAST(d AS DOUBLE)
-- each e: y + 1; y DIV 100; iz + 0; LPAD(iz, 8, '0'); bo + bo; NOT bo; bo AND t; bo XOR tu; bi + 0; BIN(bi); HEX(bi); CAST(bi AS UNSIGNED); ISNULL(t); t IS NULL; t <=> NULL; t IN (1, 6, NULL); t BETWEEN 1 AND 9; INTERVAL(tu, 1, 10, 100); FIELD(t, 1, 6, 7); ELT(1 + (tu % 3), 'a', 'b', 'c')
SELECT id, {e} AS v FROM kinds ORDER BY id

-- each e: DATE(dt); TIME(dt); YEAR(da); MONTH(da); DAY(da); QUARTER(da); WEEK(da); WEEK(da, 3); YEARWEEK(da); WEEKDAY(da); DAYOFWEEK(da); DAYOFYEAR(da); DAYNAME(da); MONTHNAME(da); LAST_DAY(da); TO_DAYS(da); TO_SECONDS(dt); HOUR(ti); MINUTE(ti); SECOND(ti); MICROSECOND(d6)
-- each e: DATE_FORMAT(dt, '%W %M %Y %H:%i:%s'); DATE_FORMAT(d6, '%f'); TIME_FORMAT(t6, '%H:%i:%s.%f'); DATE_ADD(da, INTERVAL 1 DAY); da - INTERVAL 1 YEAR; d6 + INTERVAL 1 MICROSECOND; ADDTIME(t6, '01:00:00'); SUBTIME(ti, '00:30:00'); TIMEDIFF(t6, '01:00:00'); DATEDIFF(da, '2010-01-01'); TIMESTAMPDIFF(DAY, da, '2020-01-01'); TIMESTAMPADD(WEEK, 1, da); EXTRACT(YEAR_MONTH FROM dt); EXTRACT(DAY_MICROSECOND FROM d6); PERIOD_ADD(202401, 2); STR_TO_DATE('01,5,2013', '%d,%m,%Y'); MAKEDATE(y, 32); MAKETIME(tu, 10, 11); SEC_TO_TIME(tu); TIME_TO_SEC(ti); UNIX_TIMESTAMP(ts); FROM_UNIXTIME(tu)
-- each e: CAST(dt AS DATE); CAST(d6 AS TIME(3)); CAST(ti AS CHAR); CAST(da AS DATETIME(3)); da < dt; COALESCE(da, '2000-01-01'); GREATEST(da, '2010-01-01'); IF(da > '2010-01-01', da, dt); DATE(NULL); CONVERT_TZ(dt, '+00:00', '+05:30'); ts + INTERVAL 1 HOUR; dt + 0; da + 0; ti + 0; GET_FORMAT(DATE, 'EUR')
SELECT id, {e} AS v FROM kinds WHERE id > 3 AND id <> 5 ORDER BY id

-- differs: warnings
-- each e: CONCAT(c, vc); CONCAT_WS('-', c, vc, tx); UPPER(vc); LOWER(vc); LENGTH(vc); CHAR_LENGTH(vc); LEFT(vc, 2); RIGHT(vc, 2); MID(vc, 2, 1); SUBSTRING_INDEX(vc, 'c', 1); REVERSE(vc); REPEAT(c, 2); REPLACE(vc, 'v', 'W'); INSERT(vc, 1, 1, 'xx'); INSTR(vc, 'c'); LOCATE('c', vc, 2); POSITION('c' IN vc); LPAD(vc, 8, '*'); RPAD(vc, 8, '*'); TRIM(c); LTRIM(c); RTRIM(c); TRIM(LEADING 'v' FROM vc); SPACE(2)
-- each e: ASCII(vc); ORD(vc); HEX(vc); UNHEX(HEX(vc)); TO_BASE64(vb); FROM_BASE64(TO_BASE64(vc)); QUOTE(vc); SOUNDEX(vc); STRCMP(vc, 'vc7'); vc LIKE 'vc1%'; vc LIKE '_c7' ESCAPE '|'; vc NOT LIKE '%1%'; vc REGEXP '^vc1[0-3]$'; REGEXP_REPLACE(vc, '[0-9]', '#'); REGEXP_SUBSTR(vc, '[0-9]+'); REGEXP_INSTR(vc, '[0-9]'); REGEXP_LIKE(vc, 'VC', 'c'); FIND_IN_SET('x', se); MAKE_SET(tu, 'a', 'b', 'c'); EXPORT_SET(tu, 'Y', 'N', ',', 4); CHAR(77, 121); CHARSET(vc); COLLATION(vc); COERCIBILITY(vc)
-- each e: HEX(vb); LENGTH(vb); LEFT(vb, 1); CONCAT(vb, bn); HEX(bn); bn = 'b6'; HEX(bl); SHA2(vc, 256); MD5(NULL); COMPRESS(NULL); vc COLLATE utf8mb4_bin; CONVERT(vc USING latin1); CAST(vc AS BINARY); BINARY vc = vc; _utf8mb4 'x'; N'x'; WEIGHT_STRING(vc); HEX(WEIGHT_STRING(c)); INET_ATON('10.0.0.1'); INET_NTOA(tu); IS_IPV4(vc); UUID_TO_BIN('6ccd780c-baba-1026-9564-5b8c656024db'); BIN_TO_UUID(NULL)
-- each e: e + 0; CONCAT(e, ''); e = 'a'; e IN ('a', 'b'); e > 1; se + 0; se = 'x,z'; CONCAT(se, '|'); se LIKE '%x%'; UPPER(e); LENGTH(se); HEX(e); CASE e WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 3 END; CAST(e AS UNSIGNED); COALESCE(e, 'none'); IF(se = '', 'empty', se); NULLIF(e, 'a')
SELECT id, {e} AS v FROM kinds WHERE id < 25 ORDER BY id

-- each e: j->'$.i'; j->>'$.i'; JSON_TYPE(j); JSON_VALID(j); JSON_LENGTH(j); JSON_DEPTH(j); JSON_KEYS(j); JSON_EXTRACT(j, '$.a', '$.i'); JSON_UNQUOTE(JSON_EXTRACT(j, '$.a[2]')); JSON_CONTAINS(j, '6', '$.i'); JSON_CONTAINS_PATH(j, 'one', '$.a', '$.i'); JSON_SEARCH(j, 'one', 'x'); JSON_SET(j, '$.z', 1); JSON_INSERT(j, '$.i', 0); JSON_REPLACE(j, '$.i', 0); JSON_REMOVE(j, '$.i'); JSON_ARRAY(id, vc, NULL); JSON_OBJECT('id', id, 'd', d)
-- each e: JSON_MERGE_PATCH(j, '{"m": true}'); JSON_MERGE_PRESERVE(j, '[1]'); JSON_ARRAY_APPEND(j, '$', 9); JSON_PRETTY(j); JSON_QUOTE(vc); JSON_STORAGE_SIZE(j) > 0; JSON_VALUE(j, '$.i' RETURNING SIGNED); JSON_VALUE(j, '$.i' RETURNING DECIMAL(5,2)); CAST(j AS CHAR); CAST(id AS JSON); 6 MEMBER OF (j->'$.i'); JSON_OVERLAPS(j, '{"i": 6}'); j = CAST('{"i": 6}' AS JSON); j->'$.i' + 1; COALESCE(j, JSON_OBJECT()); JSON_SCHEMA_VALID('{"type": "object"}', j); LENGTH(j); j IS NULL
-- refused
SELECT id, {e} AS v FROM kinds ORDER BY id

-- each e: doc->'$.a'; doc->>'$.items[0].t'; doc->'$.items[*].n'; doc->'$.b.c[last]'; doc->'$**.n'; JSON_TYPE(doc); JSON_TYPE(doc->'$.a'); JSON_LENGTH(doc, '$.items'); JSON_EXTRACT(doc, '$.b.c[0 to 1]'); JSON_CONTAINS(tags, '2'); 'b' MEMBER OF (tags); JSON_OVERLAPS(tags, '[1, "a"]'); JSON_KEYS(doc); JSON_DEPTH(doc); JSON_SEARCH(tags, 'all', 'b'); JSON_UNQUOTE(doc); doc->'$."k\\"q"'; CAST(doc->'$.a' AS SIGNED) IS NULL; JSON_VALUE(doc, '$.s'); JSON_VALUE(doc, '$.a' DEFAULT '7' ON ERROR)
-- refused
SELECT id, {e} AS v FROM papers ORDER BY id

# Conditions on every type.
-- each w: t = 6; t > 100; tu >= 250; s IN (-600, 0, NULL); m BETWEEN -1 AND 7000; mu <> 0; i < -100000; iu > 4000000000; iz = 000042; b = -9223372036854775808; bu > 9223372036854775807; d > 500; d = 1; d3 < 0; f = 1.5; f > 1e37; dd = 2.125; dd BETWEEN 2 AND 3; y = 2000; y IN (1999, 2155)
-- each w: da = '2026-11-23'; da > '2015-01-01'; da BETWEEN '2006-01-01' AND '2009-12-31'; dt = '2000-02-29 12:34:56'; dt < '2005-01-01'; d6 >= '2010-10-10 10:10:10.011110'; ts = '2012-12-12 12:12:06.250'; ts IS NULL; ti > '100:00:00'; ti = '06:30:00'; t6 < 0; t6 BETWEEN '05:00:00' AND '07:00:00'; YEAR(da) = 2010; da IN ('2006-07-15', '2007-08-15'); MONTH(da) = MONTH(dt); da = DATE '2000-02-29'; dt = TIMESTAMP '2000-02-29 12:34:56'; da + INTERVAL 1 DAY = '2006-07-16'
-- each w: bi = b'110'; bi > 10; bi = 7; bo; NOT bo; bo IS TRUE; bo IS NOT TRUE; c = 'ab'; c = 'AB'; c LIKE 'c1%'; vc = 'größe'; vc = 'GRÖSSE'; vc IN ('vc6', 'VC7', 'none'); vc BETWEEN 'vc1' AND 'vc2'; vb = x'00ff27'; vb > x'20'; bn = x'41424300'; bn = 'ABC'; tx = 'text'; tx LIKE '%x1_'; bl = x'ff'; LENGTH(bl) = 3; e = 'b'; e = 2; e <> 'a'; e IN ('a', 'č'); se = 'x,y'; se = 3; FIND_IN_SET('z', se); se & 4
-- each w: j IS NULL; j->'$.i' = 7; j->>'$.i' > '6'; j->'$.i' IN (6, 7); JSON_LENGTH(j) = 0; JSON_CONTAINS(j, '"x"', '$.a'); j = CAST('[]' AS JSON); j->'$.a' IS NOT NULL; JSON_TYPE(j) = 'OBJECT'; (t, tu) = (6, 18); (t, e) IN ((6, 'a'), (7, 'b'), (8, 'x')); t = tu / 3; t IS NULL OR tu > 200; NOT (t > 5); t <=> NULL; t > 5 XOR e = 'a'; t > 5 AND e = 'a' OR y = 1999; (t > 5 AND e = 'a') IS NOT TRUE; COALESCE(t, -5) < 0; CASE WHEN t IS NULL THEN TRUE ELSE t > 15 END; t DIV 10 = 1; LENGTH(CONCAT(c, vc)) > 5
SELECT id FROM kinds WHERE {w} ORDER BY id

# Sorting by every type, both ways.
-- each c: t; tu; s; su; m; mu; i; iu; iz; b; bu; d; d3; f; dd; y; da; dt; d6; ts; ti; t6; bi; bo; c; vc; vb; bn; e; se; tx; bl
-- each d: ASC; DESC
SELECT id, {c} FROM kinds ORDER BY {c} {d}, id LIMIT 12

-- each c: i; b; d; x; s; c; dt; ti; da; ts; y; bi; e; se
-- each d: ASC; DESC
SELECT id, {c} FROM nulls ORDER BY {c} {d}, id DESC LIMIT 25 OFFSET 3

-- each c: ai; cs; bn; gn; l1; u3; asc_; vb
SELECT {c}, id FROM mixed ORDER BY {c}, id

-- each c: ai; cs; bn; gn; l1; u3; asc_; vb
SELECT id FROM mixed WHERE {c} = 'a' ORDER BY id

-- each c: ai; cs; bn; gn; l1; u3
-- each w: > 'A'; LIKE 'a%'; IN ('ss', 'B'); <> 'b'; BETWEEN 'a' AND 'b'; = 'ß'
SELECT id FROM mixed WHERE {c} {w} ORDER BY id

-- each c: total; half; folded; total + half; CONCAT(folded, word)
SELECT id, {c} AS v FROM made ORDER BY id

-- each w: total = 3; total > 10; half IS NULL; folded = 'ONE'; total BETWEEN 0 AND 14; half < 1
SELECT id, total FROM made WHERE {w} ORDER BY id

SELECT * FROM made ORDER BY total, id

SELECT total, COUNT(*), SUM(half) FROM made GROUP BY total ORDER BY total
