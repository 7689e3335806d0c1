package fuzzsql

import (
	"strings"
	"testing"
)

// everything is a case as text.
func everything(c *Case) string { return strings.Join(c.Setup(), ";\n") + ";\n" + c.Script() }

// TestASeedIsACase: a seed makes the same case each time, and other seeds others.
func TestASeedIsACase(t *testing.T) {
	seen := map[string]uint64{}
	for seed := range uint64(200) {
		text := everything(New(seed, 30))
		if text != everything(New(seed, 30)) {
			t.Fatalf("seed %d gives two cases", seed)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("seeds %d and %d give one case", seed, other)
		}
		seen[text] = seed
	}
}

// TestEveryKindIsMade: all kinds of tables and statements come up.
func TestEveryKindIsMade(t *testing.T) {
	var all strings.Builder
	for seed := range uint64(300) {
		all.WriteString(everything(New(seed, 40)))
	}
	text := all.String()
	for _, part := range []string{
		"shard_key=id,n", "shard_key=day", "shard_key=dk", "shardway:reference", "shardway:single", " JSON", "BIT(7)", "STORED", "VIRTUAL",
		"NATURAL JOIN", "USING (", "LATERAL (", "JSON_TABLE(", "WITH ROLLUP", "RECURSIVE", "INTERSECT ALL", "EXCEPT", "OVER (", "ALL (",
		"GROUP_CONCAT(DISTINCT", "AS fresh ON DUPLICATE", "REPLACE INTO", "DELETE u FROM", "ROLLBACK TO", "FOR UPDATE", "NOT EXISTS", "VALUES ROW",
		" YEAR", "KEY (e)", "KEY (se)",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no case has %s", part)
		}
	}
}

// TestUnlocked: a statement without its locks is the same query.
func TestUnlocked(t *testing.T) {
	locked := 0
	for seed := range uint64(100) {
		for _, s := range New(seed, 30).Statements {
			switch text := s.String(); {
			case strings.HasSuffix(text, " FOR UPDATE"), strings.HasSuffix(text, " FOR SHARE"):
				locked++
				if got := s.Unlocked(); text != got+" FOR UPDATE" && text != got+" FOR SHARE" {
					t.Errorf("%s without locks is %s", text, got)
				}
			case s.Unlocked() != text:
				t.Errorf("%s has no locks to lose: %s", text, s.Unlocked())
			}
		}
	}
	if locked == 0 {
		t.Error("no statement locks")
	}
}

// TestShrink: what a difference does not need goes.
func TestShrink(t *testing.T) {
	for seed := range uint64(60) {
		c := New(seed, 20)
		last := c.Statements[len(c.Statements)-1]
		table := c.tables[0]
		shows := func() bool {
			return strings.Contains(last.String(), table.name) && strings.Contains(last.String(), "SELECT")
		}
		if !shows() {
			continue
		}
		before := len(last.String())
		c.Shrink(last, shows, shows)
		if alive := c.Alive(); len(alive) != 1 || alive[0] != last {
			t.Errorf("seed %d: %d statements are left", seed, len(alive))
		}
		if len(c.tables) > 1 && !strings.Contains(last.String(), c.tables[1].name) {
			t.Errorf("seed %d: table %s is left", seed, c.tables[1].name)
		}
		if table.insert() != "" {
			t.Errorf("seed %d: rows are left: %s", seed, table.insert())
		}
		if len(last.String()) > before {
			t.Errorf("seed %d: longer than before: %s", seed, last)
		}
	}
}
