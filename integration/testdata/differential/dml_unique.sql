# REPLACE, INSERT IGNORE and ON DUPLICATE KEY UPDATE of tables with unique keys that index tables keep.
-- class: global unique keys

CREATE TABLE badges (tenant INT NOT NULL, id INT NOT NULL, email VARCHAR(30), badge INT, note VARCHAR(20), PRIMARY KEY (tenant, id), UNIQUE KEY email (email), UNIQUE KEY badge (badge)) COMMENT='shardway:shard_key=tenant'

INSERT INTO badges VALUES (1, 1, 'a@x', 1, ''), (2, 1, 'b@x', 2, ''), (3, 1, 'c@x', 3, ''), (4, 1, NULL, 4, ''), (5, 1, 'e@x', NULL, ''), (6, 1, NULL, NULL, '')

INSERT IGNORE INTO badges VALUES (7, 1, 'g@x', 7, 'new')

-- differs: warnings
INSERT IGNORE INTO badges VALUES (7, 2, 'A@X', 70, 'dup')

-- differs: warnings
INSERT IGNORE INTO badges VALUES (7, 3, 'h@x', 2, 'dup'), (8, 1, 'h@x', 8, 'fine'), (1, 1, 'i@x', 9, 'dup'), (9, 1, 'i@x', 9, 'fine'), (9, 2, 'i@x', NULL, 'dup')

SELECT * FROM badges ORDER BY tenant, id

REPLACE INTO badges VALUES (10, 1, 'j@x', 10, 'new'), (11, 1, NULL, NULL, 'new')

REPLACE INTO badges VALUES (10, 1, 'j@x', 10, 'same')

REPLACE INTO badges VALUES (10, 1, 'j@x', 10, 'same')

REPLACE INTO badges VALUES (10, 1, 'jj@x', 11, 'other values')

REPLACE INTO badges VALUES (12, 1, 'jj@x', 12, 'moved')

REPLACE INTO badges VALUES (12, 1, 'a@x', 2, 'eats three')

REPLACE INTO badges VALUES (13, 1, 'c@x', 4, 'eats two'), (13, 1, 'd@x', 4, 'eats one'), (14, 1, 'd@x', 14, 'eats that')

INSERT INTO badges VALUES (20, 1, 'jj@x', 11, 'free again'), (20, 2, 'c@x', 3, 'free again')

SELECT * FROM badges ORDER BY tenant, id

INSERT INTO badges VALUES (21, 1, 'u@x', 21, 'new') ON DUPLICATE KEY UPDATE note = 'updated'

INSERT INTO badges VALUES (21, 1, 'u@x', 21, 'new') ON DUPLICATE KEY UPDATE note = 'updated'

INSERT INTO badges VALUES (21, 1, 'u@x', 21, 'new') ON DUPLICATE KEY UPDATE note = 'updated'

INSERT INTO badges VALUES (22, 1, 'u@x', 22, 'new') ON DUPLICATE KEY UPDATE note = CONCAT(badges.note, '+')

INSERT INTO badges VALUES (21, 1, 'uu@x', 22, 'new') AS n ON DUPLICATE KEY UPDATE email = n.email, badge = n.badge

INSERT INTO badges VALUES (23, 1, 'u@x', 21, 'free again')

-- refused
INSERT INTO badges VALUES (24, 1, 'uu@x', 21, 'two others') ON DUPLICATE KEY UPDATE note = 'one'

SELECT * FROM badges WHERE tenant > 20 ORDER BY tenant, id

INSERT INTO badges VALUES (25, 1, 'x@x', 25, 'new'), (26, 1, 'uu@x', 26, 'met'), (27, 1, 'x@x', 27, 'met'), (28, 1, NULL, 28, 'new') AS n ON DUPLICATE KEY UPDATE note = CONCAT(n.note, n.tenant)

INSERT INTO badges VALUES (21, 1, 'y@x', 99, 'x') ON DUPLICATE KEY UPDATE badge = 3

INSERT INTO badges (tenant, id, badge) VALUES (30, 1, 30) ON DUPLICATE KEY UPDATE badge = badge + 1000

INSERT INTO badges (tenant, id, badge) VALUES (30, 1, 31) ON DUPLICATE KEY UPDATE badge = badge + 1000, email = 'late@x'

SELECT * FROM badges ORDER BY tenant, id

BEGIN

INSERT IGNORE INTO badges VALUES (40, 1, 'in@x', 40, ''), (41, 1, 'late@x', 41, '')

REPLACE INTO badges VALUES (42, 1, 'in@x', 42, '')

INSERT INTO badges VALUES (43, 1, 'in@x', 43, '') ON DUPLICATE KEY UPDATE badge = 44

SELECT * FROM badges WHERE tenant BETWEEN 40 AND 49 ORDER BY tenant, id

ROLLBACK

INSERT INTO badges VALUES (44, 1, 'in@x', 44, '')

SELECT * FROM badges WHERE email IN ('in@x', 'a@x', 'u@x') OR badge IN (44, 2) ORDER BY tenant, id

INSERT IGNORE INTO badges (tenant, id, email, badge) VALUES (50, 1, 'in@x', NULL), (50, 1, 'fifty@x', NULL), (50, 1, 'fifty-one@x', NULL)

INSERT INTO badges VALUES (51, 1, 'fifty-one@x', 51, '')

SELECT COUNT(*), COUNT(email), COUNT(badge), SUM(badge) FROM badges

CREATE TABLE numbered (id BIGINT AUTO_INCREMENT PRIMARY KEY, owner INT NOT NULL, mail VARCHAR(30) NOT NULL, n INT DEFAULT 0, UNIQUE KEY mail (mail)) COMMENT='shardway:shard_key=owner'

INSERT INTO numbered (owner, mail) VALUES (1, 'a'), (2, 'b'), (3, 'c')

INSERT INTO numbered (owner, mail, n) VALUES (4, 'b', 5) ON DUPLICATE KEY UPDATE n = n + VALUES(n)

INSERT INTO numbered (owner, mail, n) VALUES (5, 'e', 1), (6, 'a', 2), (7, 'f', 3) AS r ON DUPLICATE KEY UPDATE n = numbered.n + r.n

REPLACE INTO numbered (owner, mail, n) VALUES (8, 'c', 8)

INSERT IGNORE INTO numbered (owner, mail, n) VALUES (9, 'h', 9)

-- differs: warnings
INSERT IGNORE INTO numbered (owner, mail, n) VALUES (9, 'a', 9), (10, 'i', 9)

INSERT INTO numbered (owner, mail) VALUES (11, 'b') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)

SELECT COUNT(*) FROM numbered WHERE id = LAST_INSERT_ID() AND mail = 'b'

SELECT owner, mail, n FROM numbered ORDER BY mail
