package flow

import (
	"regexp"
	"strings"

	"github.com/shardway/shardway/mysql/binlog"
)

// harmless begin statements that change no row and no table's shape.
func harmless() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^(ANALYZE|OPTIMIZE|FLUSH|GRANT|REVOKE|SET|(CREATE|ALTER|DROP|RENAME)\s+(USER|ROLE)|ALTER\s+(SCHEMA|DATABASE)\s+\S+\s+READ\s+ONLY\b)`)
}

// rowsByText begin statements that change rows without saying which.
func rowsByText() *regexp.Regexp {
	return regexp.MustCompile(`(?is)^(INSERT|UPDATE|DELETE|REPLACE|LOAD|CALL|WITH|BEGIN|XA)\b`)
}

// statements stops at what the log has as text, unless it surely leaves the
// tables that are moved as they are.
func (d *dispatch) statements(tx *binlog.Transaction) error {
	for _, s := range tx.Statements {
		if d.concerns(s) {
			return stop("the tables must stay as they are while their rows move: "+hintBeginAgain+" when they are as you want them",
				"%s: the source executed a statement that may change a table that is moved: %.200s", tx.GTIDs[0], s.Text)
		}
	}
	return nil
}

func (d *dispatch) concerns(s binlog.Statement) bool {
	text := strings.TrimSpace(s.Text)
	for strings.HasPrefix(text, "/*") && !strings.HasPrefix(text, "/*!") {
		_, rest, ok := strings.Cut(text, "*/")
		if !ok {
			return true
		}
		text = strings.TrimSpace(rest)
	}
	if harmless().MatchString(text) {
		return false
	}
	here := s.Schema == d.f.spec.Schema
	if !here && !mentions(text, d.f.spec.Schema) {
		return false
	}
	if rowsByText().MatchString(text) {
		return true
	}
	for _, t := range d.tables {
		if mentions(text, t.Name) {
			return true
		}
	}
	return dropsSchema().MatchString(text) && mentions(text, d.f.spec.Schema)
}

func dropsSchema() *regexp.Regexp { return regexp.MustCompile(`(?is)^DROP\s+(SCHEMA|DATABASE)\b`) }

// mentions reports whether a name may stand in a text, in any case: as a word,
// or anywhere if it is no plain word.
func mentions(text, name string) bool {
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return strings.Contains(strings.ToLower(strings.ReplaceAll(text, "``", "`")), strings.ToLower(name))
	}
	return regexp.MustCompile(`(?i)(^|[^a-z0-9_$])` + regexp.QuoteMeta(name) + `($|[^a-z0-9_$])`).MatchString(text)
}
