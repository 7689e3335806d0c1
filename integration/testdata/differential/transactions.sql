# Transactions over several shards.
-- class: transactions


-- text
BEGIN

UPDATE ledger SET cents = cents - 10 WHERE id = 12

UPDATE ledger SET cents = cents + 10 WHERE id = 13

UPDATE ledger SET cents = cents + 10 WHERE id = 14

SELECT id, cents FROM ledger WHERE id IN (12, 13, 14) ORDER BY id

-- text
COMMIT

SELECT id, cents FROM ledger WHERE id IN (12, 13, 14) ORDER BY id

-- text
START TRANSACTION

DELETE FROM ledger

SELECT COUNT(*) FROM ledger

INSERT INTO ledger (id, owner, cents) VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 4)

SELECT id, owner FROM ledger ORDER BY id

-- text
ROLLBACK

SELECT COUNT(*) FROM ledger

-- text
BEGIN

INSERT INTO ledger (id, owner, cents) VALUES (501, 1, 1), (502, 1, 1), (503, 1, 1)

-- text
SAVEPOINT one

UPDATE ledger SET cents = 5 WHERE id > 500 AND id < 504

INSERT INTO plainly (id, v) VALUES (501, 1)

INSERT INTO colours (id, name) VALUES (501, 'tx')

-- text
SAVEPOINT two

DELETE FROM ledger WHERE id = 502

SELECT id, cents FROM ledger WHERE id > 500 AND id < 504 ORDER BY id

-- text
ROLLBACK TO SAVEPOINT two

SELECT id, cents FROM ledger WHERE id > 500 AND id < 504 ORDER BY id

-- text
ROLLBACK TO one

SELECT id, cents FROM ledger WHERE id > 500 AND id < 504 ORDER BY id

SELECT COUNT(*) FROM colours WHERE id = 501

-- text
RELEASE SAVEPOINT one

-- text
ROLLBACK TO SAVEPOINT one

-- text
COMMIT

SELECT id, cents FROM ledger WHERE id > 500 AND id < 504 ORDER BY id

-- text
BEGIN

INSERT INTO ledger (id, owner, cents) VALUES (501, 1, 1)

INSERT INTO ledger (id, owner, cents) VALUES (601, 1, 1), (602, 1, 1), (502, 1, 1)

SELECT id FROM ledger WHERE id IN (601, 602) ORDER BY id

UPDATE ledger SET cents = 7 WHERE id IN (501, 502, 503)

-- text
COMMIT

SELECT id, cents FROM ledger WHERE id BETWEEN 500 AND 700 ORDER BY id

-- text
START TRANSACTION READ ONLY

SELECT COUNT(*), SUM(cents) FROM ledger

INSERT INTO ledger (id, owner, cents) VALUES (701, 1, 1)

UPDATE ledger SET cents = 0

-- text
COMMIT

-- text
START TRANSACTION WITH CONSISTENT SNAPSHOT

SELECT COUNT(*), SUM(cents) FROM ledger

-- text
COMMIT AND CHAIN

UPDATE ledger SET cents = cents + 1 WHERE owner = 1

-- text
ROLLBACK AND CHAIN

SELECT SUM(cents) FROM ledger

-- text
COMMIT

-- text
SET autocommit = 0

UPDATE ledger SET note = 'ac0' WHERE owner = 2

SELECT COUNT(*) FROM ledger WHERE note = 'ac0'

-- text
ROLLBACK

SELECT COUNT(*) FROM ledger WHERE note = 'ac0'

UPDATE ledger SET note = 'ac1' WHERE owner = 2

-- text
SET autocommit = 1

SELECT COUNT(*) FROM ledger WHERE note = 'ac1'

-- each l: READ COMMITTED; REPEATABLE READ; SERIALIZABLE
-- text
SET SESSION TRANSACTION ISOLATION LEVEL {l}

-- text
BEGIN

SELECT COUNT(*) FROM ledger WHERE owner < 3

-- text
COMMIT

-- text
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- text
BEGIN

INSERT INTO stock (sku, n) VALUES ('t1', 1), ('t2', 2), ('t3', 3)

-- refused
UPDATE stock SET sku = 't9' WHERE sku = 't1'

-- refused
DELETE FROM stock WHERE sku LIKE 't%' ORDER BY sku LIMIT 1

-- refused
INSERT INTO stock (sku, n) SELECT CONCAT('c', sku), n FROM stock WHERE sku LIKE 't%' ORDER BY sku

SELECT s.sku, t.sku FROM stock s JOIN stock t ON t.n = s.n AND t.sku <> s.sku WHERE s.sku LIKE 't%' ORDER BY 1, 2

-- text
ROLLBACK

SELECT COUNT(*) FROM stock WHERE sku LIKE 't%' OR sku LIKE 'ct%'

-- each n: 1; 2; 3
-- each v: INSERT INTO plainly (id, v) VALUES (90{n}, {n}); INSERT INTO colours (id, name) VALUES (90{n}, 'x'); UPDATE ledger SET cents = cents + {n} WHERE owner = {n}; SELECT SUM(cents) FROM ledger
{v}
