package exec

import (
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// fill makes a template's text for this execution.
func (s *Session) fill(t *plan.Template, st *Statement) ([]byte, error) {
	text, err := t.Append(s.scratch[:0], st.Args, s.appendFact)
	if err != nil {
		return nil, mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	s.scratch = text
	return text, nil
}

// Text is a template's text with a ? for each parameter that args does not have.
func (s *Session) Text(t *plan.Template, args plan.Args) (string, error) {
	text, err := s.fill(t, &Statement{Args: args})
	return string(text), err
}

// appendFact writes what a session function returns.
func (s *Session) appendFact(dst []byte, kind plan.HoleKind) []byte {
	switch kind {
	case plan.HoleConnectionID:
		return strconv.AppendUint(dst, uint64(s.Identity.ConnectionID), 10)
	case plan.HoleUser:
		return mysql.AppendQuoted(dst, []byte(s.Identity.User+"@"+s.Identity.Host), s.LiteralMode())
	case plan.HoleCurrentUser:
		return mysql.AppendQuoted(dst, []byte(s.Identity.User+"@%"), s.LiteralMode())
	case plan.HoleLastInsertID:
		return strconv.AppendUint(dst, s.ledger.LastInsertID, 10)
	case plan.HoleFoundRows:
		return strconv.AppendInt(dst, s.ledger.FoundRows, 10)
	case plan.HoleRowCount:
		return strconv.AppendInt(dst, s.ledger.RowCount, 10)
	case plan.HoleSchemas:
		return s.appendSchemas(dst)
	case plan.HoleTables:
		return append(dst, s.tables...)
	default:
		return append(dst, "NULL"...)
	}
}

// LiteralMode is how the session's text is read.
func (s *Session) LiteralMode() mysql.LiteralMode {
	mode, _ := s.settings.Value("sql_mode")
	return mysql.LiteralMode{NoBackslashEscapes: strings.Contains(mode, "NO_BACKSLASH_ESCAPES"), Charset: s.clientCharset()}
}
