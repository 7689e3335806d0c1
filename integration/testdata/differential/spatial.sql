# Spatial values.
-- class: spatial


-- refused
CREATE TABLE places (id INT PRIMARY KEY, p POINT, g GEOMETRY, label VARCHAR(10)) COMMENT='shardway:shard_key=id'

INSERT INTO places VALUES
  (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('LINESTRING(0 0, 1 1)'), 'one'),
  (2, ST_GeomFromText('POINT(3 4)'), NULL, 'two'),
  (3, NULL, ST_GeomFromText('POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))'), 'three'),
  (4, ST_GeomFromText('POINT(-1 0)'), ST_GeomFromText('POINT(9 9)'), NULL),
  (5, ST_GeomFromText('POINT(2 2)'), ST_GeomFromText('MULTIPOINT(1 1, 2 2)'), 'five'),
  (6, NULL, NULL, 'six'),
  (7, ST_GeomFromText('POINT(0 0)'), ST_GeomFromText('POLYGON((1 1, 2 1, 2 2, 1 1))'), 'seven'),
  (8, ST_GeomFromText('POINT(5 5)'), NULL, 'eight'),
  (9, ST_GeomFromText('POINT(1 2)'), NULL, 'one'),
  (10, ST_GeomFromText('POINT(6 8)'), NULL, 'ten');

-- each e: ST_AsText(p); ST_AsText(g); ST_X(p); ST_Y(p); ST_Distance(p, ST_GeomFromText('POINT(0 0)')); ST_Area(g); ST_Length(g); ST_GeometryType(g); ST_SRID(p); ST_Dimension(g); ST_IsEmpty(g); ST_Contains(g, ST_GeomFromText('POINT(1 1)')); ST_Equals(p, ST_GeomFromText('POINT(1 2)')); HEX(ST_AsBinary(p)); ST_AsGeoJSON(p); MBRContains(g, p); ST_NumPoints(g); ST_AsText(ST_Envelope(g)); ST_AsText(ST_Centroid(g)); p IS NULL; LENGTH(g); g
SELECT id, {e} AS v FROM places ORDER BY id

-- each w: ST_X(p) > 1; ST_Contains(g, p); p IS NOT NULL; ST_GeometryType(g) = 'POINT'; MBRIntersects(g, ST_GeomFromText('POINT(1 1)')); ST_Distance(p, ST_GeomFromText('POINT(1 2)')) < 2; p = ST_GeomFromText('POINT(1 2)')
SELECT id, label, ST_AsText(p) FROM places WHERE {w} ORDER BY id

SELECT label, COUNT(*), COUNT(p), COUNT(g) FROM places GROUP BY label ORDER BY label

SELECT * FROM places ORDER BY id

INSERT INTO places (id, p, label) VALUES (100, ST_GeomFromText('POINT(7 7)'), 'new'), (101, NULL, 'none')

UPDATE places SET p = ST_GeomFromText('POINT(8 8)') WHERE ST_X(p) = 7

DELETE FROM places WHERE p IS NULL AND g IS NULL

SELECT id, ST_AsText(p), label FROM places ORDER BY id
