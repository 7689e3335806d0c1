# Window functions over rows of several shards.
-- class: windows


-- each f: ROW_NUMBER(); RANK(); DENSE_RANK(); PERCENT_RANK(); CUME_DIST(); NTILE(3); LAG(id); LEAD(id, 2); LAG(salary, 1, 0); FIRST_VALUE(name); LAST_VALUE(name); NTH_VALUE(name, 2); COUNT(*); SUM(salary); AVG(salary); MIN(id); MAX(salary)
-- each o: (ORDER BY id); (PARTITION BY dept ORDER BY id); (PARTITION BY grade ORDER BY salary DESC, id); (PARTITION BY dept, grade ORDER BY hired, id)
SELECT id, {f} OVER {o} AS v FROM staff ORDER BY id

-- each f: COUNT(*); SUM(salary); MAX(id); AVG(dept); COUNT(DISTINCT 1)
-- each o: (); (PARTITION BY dept); (PARTITION BY grade); (PARTITION BY dept IS NULL, grade)
SELECT id, {f} OVER {o} AS v FROM staff ORDER BY id

-- each f: SUM(salary); COUNT(salary); MIN(salary); FIRST_VALUE(id); LAST_VALUE(id); AVG(id)
-- each r: ROWS UNBOUNDED PRECEDING; ROWS 2 PRECEDING; ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING; ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING; RANGE BETWEEN 3 PRECEDING AND CURRENT ROW; RANGE UNBOUNDED PRECEDING; ROWS BETWEEN 2 FOLLOWING AND 4 FOLLOWING
SELECT id, {f} OVER (ORDER BY id {r}) AS v FROM staff ORDER BY id

-- each r: RANGE BETWEEN INTERVAL 1 YEAR PRECEDING AND CURRENT ROW; RANGE CURRENT ROW
SELECT id, hired, COUNT(*) OVER (ORDER BY hired {r}) AS n FROM staff ORDER BY id

SELECT region, yr, q, SUM(amount) OVER (PARTITION BY region ORDER BY yr, q) AS running FROM sales ORDER BY region, yr, q

SELECT region, yr, q, amount - LAG(amount) OVER (PARTITION BY region, q ORDER BY yr) AS growth FROM sales ORDER BY region, yr, q

SELECT region, SUM(amount) AS total, RANK() OVER (ORDER BY SUM(amount) DESC) AS place FROM sales GROUP BY region ORDER BY place, region

SELECT dept, COUNT(*) AS n, SUM(COUNT(*)) OVER () AS all_of FROM staff GROUP BY dept ORDER BY dept

SELECT dept, COUNT(*), ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC, dept) AS r FROM staff GROUP BY dept ORDER BY r LIMIT 3

SELECT * FROM (SELECT id, dept, ROW_NUMBER() OVER (PARTITION BY dept ORDER BY salary DESC, id) AS r FROM staff) x WHERE r <= 2 ORDER BY dept, r

SELECT id, ROW_NUMBER() OVER w AS r, SUM(id) OVER w AS s FROM staff WINDOW w AS (PARTITION BY grade ORDER BY id) ORDER BY id

SELECT id, SUM(id) OVER (w ROWS 1 PRECEDING) AS s FROM staff WINDOW w AS (PARTITION BY dept ORDER BY id) ORDER BY id

SELECT DISTINCT dept, COUNT(*) OVER (PARTITION BY dept) AS n FROM staff ORDER BY dept

SELECT s.id, d.title, RANK() OVER (PARTITION BY d.city ORDER BY s.salary DESC) AS r FROM staff s JOIN depts d ON d.id = s.dept ORDER BY s.id, d.id

SELECT id, name FROM staff ORDER BY ROW_NUMBER() OVER (ORDER BY salary DESC, id) LIMIT 5

SELECT id, SUM(salary) OVER (ORDER BY id) / SUM(salary) OVER () AS share FROM staff ORDER BY id

SELECT id FROM staff WHERE id IN (SELECT x.id FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY hired, id) AS r FROM staff) x WHERE x.r < 5) ORDER BY id

SELECT customer_id, id, total, SUM(total) OVER (PARTITION BY customer_id ORDER BY id) AS running FROM orders ORDER BY customer_id, id

SELECT customer_id, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY total DESC, id) AS r FROM orders ORDER BY customer_id, r

-- each w: id = 5; id IN (5, 6, 7); id > 20; dept = 2
SELECT id, ROW_NUMBER() OVER (ORDER BY name) AS r, COUNT(*) OVER () AS n FROM staff WHERE {w} ORDER BY id

-- each c: i; d; s; da; y; e; ti; bi
SELECT id, RANK() OVER (ORDER BY {c}) AS r, COUNT(*) OVER (PARTITION BY {c}) AS n FROM nulls ORDER BY id
