# Queries within queries, in every place.
-- class: subqueries


-- each w: dept IN (SELECT id FROM depts WHERE city = 'Paris'); dept NOT IN (SELECT id FROM depts); dept NOT IN (SELECT head FROM depts); id IN (SELECT boss FROM staff); id NOT IN (SELECT boss FROM staff); id NOT IN (SELECT boss FROM staff WHERE boss IS NOT NULL); id IN (SELECT staff_id FROM sales WHERE amount > 300); boss IN (SELECT id FROM staff WHERE grade = 'lead'); (dept, grade) IN (SELECT dept, grade FROM staff WHERE id < 6); (id, dept) NOT IN (SELECT head, id FROM depts WHERE head IS NOT NULL)
-- each w: EXISTS (SELECT 1 FROM depts d WHERE d.head = s.id); NOT EXISTS (SELECT 1 FROM staff u WHERE u.boss = s.id); EXISTS (SELECT 1 FROM sales sa WHERE sa.staff_id = s.id AND sa.units > 5); EXISTS (SELECT 1 FROM depts d WHERE d.id = s.dept AND d.budget > s.salary * 10); EXISTS (SELECT 1 FROM staff u WHERE u.boss = s.id AND u.salary > s.salary); EXISTS (SELECT * FROM depts WHERE city = 'Oslo'); NOT EXISTS (SELECT 1 FROM depts WHERE city = 'nowhere'); EXISTS (SELECT 1 FROM depts d WHERE d.id = s.dept) OR s.id = 1
-- each w: salary = (SELECT MAX(salary) FROM staff); salary > (SELECT AVG(salary) FROM staff); salary > (SELECT AVG(u.salary) FROM staff u WHERE u.dept = s.dept); id = (SELECT head FROM depts WHERE id = 2); dept = (SELECT id FROM depts ORDER BY budget DESC, id LIMIT 1); (SELECT COUNT(*) FROM staff u WHERE u.boss = s.id) > 1; (SELECT title FROM depts d WHERE d.id = s.dept) = 'tools'; (SELECT title FROM depts d WHERE d.id = s.dept) IS NULL; salary < (SELECT SUM(amount) FROM sales WHERE staff_id = s.id); id + 0 = (SELECT MIN(id) FROM depts) + 1
-- each w: salary > ALL (SELECT salary FROM staff WHERE dept = 1 AND salary IS NOT NULL); salary >= ALL (SELECT salary FROM staff); salary > ANY (SELECT salary FROM staff WHERE grade = 'lead'); dept = ANY (SELECT id FROM depts WHERE budget > 1); dept <> ALL (SELECT id FROM depts WHERE city = 'Oslo'); dept < SOME (SELECT head FROM depts); salary <> ANY (SELECT budget FROM depts); id = ALL (SELECT id FROM depts WHERE FALSE); id <= ALL (SELECT boss FROM staff WHERE boss IS NOT NULL)
-- each w: ROW(dept, id) = (SELECT id, head FROM depts WHERE id = 1); (dept, boss) = (SELECT d.id, d.head FROM depts d WHERE d.id = s.dept); dept IN (SELECT id FROM depts WHERE id IN (SELECT dept FROM staff WHERE grade = 'senior')); dept IN (SELECT dept FROM staff GROUP BY dept HAVING COUNT(*) > 4); id IN (SELECT id FROM staff UNION SELECT head FROM depts); id IN (SELECT MAX(id) FROM staff GROUP BY dept); salary IN (SELECT DISTINCT salary FROM staff u WHERE u.id <> s.id); NOT (dept IN (SELECT id FROM depts)) IS TRUE; dept IN (SELECT id FROM colours WHERE warm); id IN (SELECT v FROM plainly)
SELECT s.id, s.name FROM staff s WHERE {w} ORDER BY s.id

-- each e: (SELECT title FROM depts d WHERE d.id = s.dept); (SELECT COUNT(*) FROM staff u WHERE u.boss = s.id); (SELECT MAX(salary) FROM staff); (SELECT SUM(amount) FROM sales WHERE staff_id = s.id); (SELECT u.name FROM staff u WHERE u.id = s.boss); (SELECT GROUP_CONCAT(u.name ORDER BY u.id) FROM staff u WHERE u.boss = s.id); EXISTS (SELECT 1 FROM depts d WHERE d.head = s.id); s.dept IN (SELECT id FROM depts); s.salary - (SELECT AVG(salary) FROM staff u WHERE u.dept = s.dept); COALESCE((SELECT budget FROM depts d WHERE d.id = s.dept), 0); s.salary > ALL (SELECT salary FROM staff u WHERE u.dept = s.dept AND u.id <> s.id); CASE WHEN s.id IN (SELECT head FROM depts) THEN 'head' ELSE 'hand' END; (SELECT name FROM colours c WHERE c.id = s.dept); (SELECT MAX(v) FROM plainly)
SELECT s.id, {e} AS v FROM staff s ORDER BY s.id

-- each o: (SELECT title FROM depts d WHERE d.id = s.dept), s.id; (SELECT COUNT(*) FROM staff u WHERE u.boss = s.id) DESC, s.id; s.dept IN (SELECT head FROM depts), s.id; EXISTS (SELECT 1 FROM depts d WHERE d.head = s.id) DESC, s.id DESC
SELECT s.id FROM staff s ORDER BY {o}

-- each g: (SELECT city FROM depts d WHERE d.id = s.dept); s.id IN (SELECT boss FROM staff); (SELECT COUNT(*) FROM sales WHERE staff_id = s.id)
SELECT {g} AS g, COUNT(*), SUM(s.salary) FROM staff s GROUP BY g ORDER BY g

-- each h: COUNT(*) > (SELECT COUNT(*) FROM depts) - 3; SUM(salary) > (SELECT MAX(budget) FROM depts) / 10; dept IN (SELECT id FROM depts); MAX(salary) = (SELECT MAX(salary) FROM staff); EXISTS (SELECT 1 FROM depts d WHERE d.id = s.dept AND d.city = 'Paris')
SELECT dept, COUNT(*) FROM staff s GROUP BY dept HAVING {h} ORDER BY dept

-- each j: LEFT JOIN depts d ON d.id = s.dept AND d.budget > (SELECT AVG(budget) FROM depts); LEFT JOIN depts d ON d.id IN (SELECT boss FROM staff WHERE id = s.id); JOIN depts d ON d.id = (SELECT MIN(dept) FROM staff u WHERE u.boss = s.id); LEFT JOIN depts d ON EXISTS (SELECT 1 FROM sales WHERE staff_id = s.id) AND d.id = s.dept
SELECT s.id, d.id FROM staff s {j} ORDER BY 1, 2

-- each f: (SELECT id FROM staff WHERE dept = (SELECT MIN(id) FROM depts)) x; (SELECT dept AS id FROM staff WHERE salary > (SELECT AVG(salary) FROM staff)) x; (SELECT (SELECT MAX(id) FROM staff) AS id) x; (SELECT id FROM depts d WHERE NOT EXISTS (SELECT 1 FROM staff WHERE dept = d.id)) x
SELECT x.id FROM {f} ORDER BY x.id

-- each q: (SELECT MAX(id) FROM staff) + (SELECT MIN(id) FROM depts); (SELECT COUNT(*) FROM staff) = (SELECT COUNT(*) FROM people); EXISTS (SELECT 1 FROM staff WHERE id = 5); 5 IN (SELECT id FROM staff); 7 > ALL (SELECT dept FROM staff WHERE dept IS NOT NULL); NULL IN (SELECT id FROM staff); 3 NOT IN (SELECT boss FROM staff)
SELECT {q} AS v

-- each w: id = 5; id = 5 OR id = 6; id > 25; TRUE
-- each l: (SELECT COUNT(*) FROM depts); (SELECT COUNT(*) FROM staff u WHERE u.id < s.id); (SELECT MAX(u.id) FROM staff u WHERE u.dept = s.dept AND u.id < s.id)
SELECT s.id, {l} AS v FROM staff s WHERE {w} ORDER BY s.id

SELECT s.id FROM staff s WHERE s.dept = (SELECT dept FROM staff WHERE grade = 'lead')

SELECT s.id FROM staff s WHERE s.dept = (SELECT id, head FROM depts)

SELECT id FROM staff WHERE id IN (SELECT id FROM depts ORDER BY id LIMIT 2)

SELECT d.id, (SELECT COUNT(*) FROM staff s WHERE s.dept = d.id AND s.salary > (SELECT AVG(u.salary) FROM staff u WHERE u.dept = d.id)) AS above FROM depts d ORDER BY d.id

SELECT p.id, (SELECT o.total FROM orders o WHERE o.customer_id = p.id ORDER BY o.total DESC, o.id LIMIT 1) AS best FROM people p ORDER BY p.id

SELECT p.id FROM people p WHERE p.balance > (SELECT SUM(total) FROM orders) / 10 ORDER BY p.id

SELECT p.id FROM people p WHERE p.id NOT IN (SELECT customer_id FROM orders) ORDER BY p.id

SELECT p.id FROM people p WHERE p.age > ALL (SELECT age FROM people WHERE city = 'Paris' AND age IS NOT NULL) ORDER BY p.id

SELECT pr.id FROM products pr WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.product_id = pr.id) ORDER BY pr.id

SELECT pr.id, (SELECT SUM(qty) FROM items i WHERE i.product_id = pr.id) AS sold FROM products pr ORDER BY pr.id

SELECT c.code, (SELECT COUNT(*) FROM people p WHERE p.city = c.capital) AS n FROM countries c ORDER BY c.code

SELECT s.name, (SELECT COUNT(*) FROM people) AS n FROM settings s ORDER BY s.name

-- each j: LEFT JOIN; RIGHT JOIN
SELECT b.id, a.id FROM depts a {j} staff b ON a.id = b.dept AND EXISTS (SELECT 1 FROM sales s WHERE s.units > b.id)

-- each j: LEFT JOIN; RIGHT JOIN
SELECT COUNT(*), COUNT(a.id), COUNT(b.id) FROM colours a {j} colours b ON a.warm = b.warm AND EXISTS (SELECT 1 FROM sales s WHERE s.units > b.id)

-- each j: LEFT JOIN; RIGHT JOIN
SELECT COUNT(*), COUNT(a.id), COUNT(b.id) FROM depts a {j} staff b ON a.id = b.dept AND b.id NOT IN (SELECT boss FROM staff)

# MySQL 9.7 may return a row of such a join once for each row of the subquery.
SELECT b.n AS c1, b.word AS c2, COUNT(*) FROM marks a RIGHT JOIN marks b ON a.word = b.word AND EXISTS (SELECT 1 FROM bounds c WHERE c.top > b.n) GROUP BY c1, c2

SELECT b.n, b.word, a.id FROM marks b LEFT JOIN marks a ON a.word = b.word AND EXISTS (SELECT 1 FROM bounds c WHERE c.top > b.n) ORDER BY b.id, a.id
