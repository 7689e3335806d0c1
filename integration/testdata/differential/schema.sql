# Tables of every kind. The comments declare how a table is spread; a plain
# MySQL keeps them and thinks nothing of it.
-- class: ddl


-- setup
CREATE TABLE people (
  id INT PRIMARY KEY,
  name VARCHAR(40) NOT NULL,
  email VARCHAR(80),
  age TINYINT UNSIGNED,
  city VARCHAR(30),
  balance DECIMAL(12,2) NOT NULL DEFAULT 0,
  score DOUBLE,
  born DATE,
  note TEXT,
  KEY (city), KEY (age), KEY (name)
) COMMENT='customers; shardway:shard_key=id'

-- setup
CREATE TABLE orders (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL,
  placed DATETIME(3) NOT NULL,
  status ENUM('new','paid','sent','lost') NOT NULL DEFAULT 'new',
  total DECIMAL(10,2) NOT NULL,
  currency CHAR(3),
  KEY (customer_id), KEY (placed)
) COMMENT='shardway:shard_key=customer_id'

-- setup
CREATE TABLE items (
  customer_id INT NOT NULL,
  order_id BIGINT UNSIGNED NOT NULL,
  line SMALLINT NOT NULL,
  product_id INT NOT NULL,
  qty INT NOT NULL,
  price FLOAT NOT NULL,
  PRIMARY KEY (customer_id, order_id, line), KEY (product_id)
) COMMENT='shardway:shard_key=customer_id'

-- setup
CREATE TABLE products (
  id INT PRIMARY KEY,
  sku VARCHAR(20) NOT NULL UNIQUE,
  name VARCHAR(40) NOT NULL,
  price DECIMAL(8,3) NOT NULL,
  tags JSON,
  active BOOL NOT NULL
) COMMENT='shardway:reference'

-- setup
CREATE TABLE countries (
  code CHAR(2) PRIMARY KEY,
  name VARCHAR(40) NOT NULL,
  capital VARCHAR(30)
) COMMENT='shardway:reference'

-- setup
CREATE TABLE settings (
  name VARCHAR(20) PRIMARY KEY,
  value VARCHAR(40),
  rank_no INT
)

-- setup
CREATE TABLE tree (id INT PRIMARY KEY, parent INT, label VARCHAR(10), KEY (parent)) COMMENT='shardway:single'

-- setup
CREATE TABLE words (
  word VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci PRIMARY KEY,
  n INT NOT NULL, upper_word VARCHAR(40)
) COMMENT='shardway:shard_key=word'

-- setup
CREATE TABLE words_unicode (
  word VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci PRIMARY KEY,
  n INT NOT NULL, upper_word VARCHAR(40)
) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci COMMENT='shardway:shard_key=word'

-- setup
CREATE TABLE words_general (
  word VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY,
  n INT NOT NULL, upper_word VARCHAR(40)
) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci COMMENT='shardway:shard_key=word'

-- setup
CREATE TABLE words_bin (
  word VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,
  n INT NOT NULL, upper_word VARCHAR(40)
) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_bin COMMENT='shardway:shard_key=word'

-- setup
CREATE TABLE latin (
  word VARCHAR(30) CHARACTER SET latin1 COLLATE latin1_swedish_ci PRIMARY KEY,
  n INT NOT NULL
) DEFAULT CHARSET latin1 COMMENT='shardway:shard_key=word'

-- setup
CREATE TABLE grid (
  x INT NOT NULL, y VARCHAR(10) NOT NULL, v INT, mark CHAR(2),
  PRIMARY KEY (x, y)
) COMMENT='shardway:shard_key=x,y'

-- setup
CREATE TABLE rates (rate DECIMAL(10,2) PRIMARY KEY, label VARCHAR(10), n INT) COMMENT='shardway:shard_key=rate'

-- setup
CREATE TABLE days (day DATE PRIMARY KEY, n INT, label VARCHAR(10)) COMMENT='shardway:shard_key=day'

-- setup
CREATE TABLE stamps (at DATETIME(6) PRIMARY KEY, n INT, label VARCHAR(10)) COMMENT='shardway:shard_key=at'

-- setup
CREATE TABLE blobs (k VARBINARY(20) PRIMARY KEY, n INT, label VARCHAR(10)) COMMENT='shardway:shard_key=k'

-- setup
CREATE TABLE bigs (id BIGINT UNSIGNED PRIMARY KEY, n INT, label VARCHAR(10)) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE kinds (
  id INT PRIMARY KEY,
  t TINYINT, tu TINYINT UNSIGNED, s SMALLINT, su SMALLINT UNSIGNED, m MEDIUMINT, mu MEDIUMINT UNSIGNED,
  i INT, iu INT UNSIGNED, iz INT(6) UNSIGNED ZEROFILL, b BIGINT, bu BIGINT UNSIGNED,
  d DECIMAL(20,5), d3 DECIMAL(5,3), f FLOAT, dd DOUBLE, y YEAR,
  da DATE, dt DATETIME, d6 DATETIME(6), ts TIMESTAMP(3) NULL, ti TIME, t6 TIME(6),
  bi BIT(10), bo BOOL, c CHAR(5), vc VARCHAR(50), vb VARBINARY(20), bn BINARY(4), tx TEXT, bl BLOB,
  e ENUM('a','b','č'), se SET('x','y','z'), j JSON
) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE counters (id INT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, name VARCHAR(20)) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE events_log (
  id INT AUTO_INCREMENT PRIMARY KEY,
  kind VARCHAR(20) NOT NULL,
  payload VARCHAR(50),
  made TIMESTAMP DEFAULT '2024-01-01 00:00:00'
) COMMENT='shardway:shard_key=id'

-- setup
CREATE TABLE accounts (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  owner INT NOT NULL, mail VARCHAR(50) NOT NULL, n INT,
  UNIQUE KEY (owner, mail)
) COMMENT='shardway:shard_key=owner'

-- setup
CREATE TABLE docs (id INT PRIMARY KEY, title VARCHAR(50), body TEXT, FULLTEXT (title, body))
