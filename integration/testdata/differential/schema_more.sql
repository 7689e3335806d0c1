# More tables: every type once more, NULLs everywhere, several collations side
# by side, JSON to take apart, a hierarchy, keys of two columns.
-- class: ddl


-- setup
CREATE TABLE staff (
  id INT PRIMARY KEY, boss INT, dept INT, name VARCHAR(20) COLLATE utf8mb4_bin NOT NULL,
  salary DECIMAL(10,2), hired DATE, skills JSON, grade ENUM('junior','senior','lead'), perks SET('car','phone','flat'),
  KEY (boss), KEY (dept)
) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE depts (id INT PRIMARY KEY, title VARCHAR(20) COLLATE utf8mb4_bin NOT NULL, head INT, budget DECIMAL(12,2), city VARCHAR(20) COLLATE utf8mb4_bin) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE sales (
  region CHAR(2) COLLATE utf8mb4_bin NOT NULL, yr YEAR NOT NULL, q TINYINT NOT NULL, staff_id INT, amount DECIMAL(10,2), units INT UNSIGNED, sold_at DATETIME(3),
  PRIMARY KEY (region, yr, q), KEY (staff_id)
) COMMENT='shardway:shard_key=region,yr'

-- setup
CREATE TABLE nulls (
  id INT PRIMARY KEY, i INT, b BIGINT, d DECIMAL(8,3), x DOUBLE, s VARCHAR(10) COLLATE utf8mb4_bin, c CHAR(3), t TEXT, bl BLOB, dt DATETIME(6), ti TIME(2), da DATE, ts TIMESTAMP NULL, y YEAR,
  j JSON, bi BIT(5), e ENUM('p','q'), se SET('m','n')
) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE mixed (
  id INT PRIMARY KEY,
  ai VARCHAR(12) COLLATE utf8mb4_0900_ai_ci, cs VARCHAR(12) COLLATE utf8mb4_0900_as_cs, bn VARCHAR(12) COLLATE utf8mb4_bin, gn VARCHAR(12) COLLATE utf8mb4_general_ci,
  l1 VARCHAR(12) CHARACTER SET latin1, u3 VARCHAR(12) CHARACTER SET utf8mb3, asc_ VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin, vb VARBINARY(12)
) DEFAULT CHARSET utf8mb4 COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE papers (id INT PRIMARY KEY, doc JSON, tags JSON) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE made (id INT PRIMARY KEY, a INT, b INT, total INT AS (a + b) STORED, half DECIMAL(10,2) AS (a / 2) VIRTUAL, word VARCHAR(20), folded VARCHAR(20) AS (UPPER(word)) VIRTUAL, KEY (total)) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE ledger (id INT PRIMARY KEY, owner INT NOT NULL, cents BIGINT NOT NULL, note VARCHAR(20) COLLATE utf8mb4_bin, at DATETIME DEFAULT '2024-01-01') COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE pairs (a INT NOT NULL, b VARCHAR(8) COLLATE utf8mb4_bin NOT NULL, n INT, note VARCHAR(20) COLLATE utf8mb4_bin, PRIMARY KEY (a, b)) COMMENT='shardway:shard_key=a,b'

-- setup
CREATE TABLE stock (sku VARCHAR(10) COLLATE utf8mb4_bin PRIMARY KEY, n INT NOT NULL DEFAULT 0, seen INT NOT NULL DEFAULT 1, note VARCHAR(20) COLLATE utf8mb4_bin) COMMENT='shardway:shard_key=sku'

-- setup
CREATE TABLE colours (id INT PRIMARY KEY, name VARCHAR(10) COLLATE utf8mb4_bin NOT NULL, warm BOOL) COMMENT='shardway:reference'

-- setup
CREATE TABLE plainly (id INT PRIMARY KEY, v INT, w VARCHAR(10) COLLATE utf8mb4_bin)

-- setup
CREATE TABLE marks (id INT PRIMARY KEY, n BIGINT, word VARCHAR(20) COLLATE utf8mb4_0900_as_cs)

-- setup
CREATE TABLE bounds (k VARCHAR(12) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, top BIGINT UNSIGNED) COMMENT='shardway:shard_key=k'
