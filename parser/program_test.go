package parser

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadProgram(t *testing.T) {
	const definer = "`d`@`%`"
	for _, c := range []struct{ sql, want, text string }{
		{"CREATE VIEW v AS SELECT 1", "CREATE VIEW .v", "CREATE DEFINER = D VIEW v AS SELECT 1"},
		{"create or replace algorithm=merge sql security invoker view a.v as select 1", "CREATE VIEW a.v tolerant", "create or replace algorithm=merge DEFINER = D sql security invoker view a.v as select 1"},
		{"CREATE DEFINER=`root`@`localhost` PROCEDURE p() SELECT 1", "CREATE PROCEDURE .p", "CREATE DEFINER = D  PROCEDURE p() SELECT 1"},
		{"CREATE DEFINER = 'x'@'%' FUNCTION `a`.`f`() RETURNS INT RETURN 1", "CREATE FUNCTION a.f", "CREATE DEFINER = D  FUNCTION `a`.`f`() RETURNS INT RETURN 1"},
		{"CREATE DEFINER=CURRENT_USER() TRIGGER IF NOT EXISTS tr BEFORE INSERT ON s.t FOR EACH ROW SET NEW.a=1", "CREATE TRIGGER .tr on s.t before tolerant", "CREATE DEFINER = D  TRIGGER IF NOT EXISTS tr BEFORE INSERT ON s.t FOR EACH ROW SET NEW.a=1"},
		{"/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER tr AFTER DELETE ON t FOR EACH ROW BEGIN END */", "CREATE TRIGGER .tr on .t", "/*!50003 CREATE*/ /*!50017 DEFINER = D */ /*!50003 TRIGGER tr AFTER DELETE ON t FOR EACH ROW BEGIN END */"},
		{"ALTER VIEW v AS SELECT 2", "ALTER VIEW .v", "ALTER DEFINER = D VIEW v AS SELECT 2"},
		{"ALTER EVENT e DISABLE", "ALTER EVENT .e", "ALTER DEFINER = D EVENT e DISABLE"},
		{"ALTER PROCEDURE p COMMENT 'x'", "ALTER PROCEDURE .p", "ALTER PROCEDURE p COMMENT 'x'"},
		{"DROP TRIGGER IF EXISTS a.b", "DROP TRIGGER a.b tolerant", "DROP TRIGGER IF EXISTS a.b"},
		{"DROP VIEW v, w", "", ""},
		{"CREATE FUNCTION f RETURNS STRING SONAME 'x.so'", "", ""},
		{"CREATE TABLE event (id INT)", "", ""},
		{"CREATE USER view", "", ""},
		{"SELECT 1", "", ""},
	} {
		p, ok := ReadProgram([]byte(c.sql), Mode{})
		if !ok {
			if c.want != "" {
				t.Errorf("%s: is none", c.sql)
			}
			continue
		}
		got := fmt.Sprintf("%s %s %s.%s", p.Verb, p.Kind, p.Name.Schema, p.Name.Name)
		if p.Table.Name != "" {
			got += " on " + p.Table.Schema + "." + p.Table.Name
		}
		if p.Before {
			got += " before"
		}
		if p.Tolerant {
			got += " tolerant"
		}
		if got != c.want {
			t.Errorf("%s: %s", c.sql, got)
		}
		if text := strings.ReplaceAll(string(p.WithDefiner(definer)), definer, "D"); text != c.text {
			t.Errorf("%s: %s", c.sql, text)
		}
	}
}

func TestWords(t *testing.T) {
	got := strings.Join(Words([]byte("BEGIN set new.`K` = 'insert' /* update */; call a.p(1); -- x\n END"), Mode{}), " ")
	if got != "BEGIN SET NEW K = ; CALL a p ; END" {
		t.Error(got)
	}
}
