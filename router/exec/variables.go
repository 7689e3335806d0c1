package exec

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// Set remembers a variable; value is SQL text.
func (s *Session) Set(name, value string) error {
	next := s.settings.With(name, value)
	if len(next.text) > settingsBytesMax {
		return mysql.NewError(mysql.ErUnknown, "the variables that this session has set exceed %d bytes; set some to NULL, or keep the values in the application", settingsBytesMax)
	}
	s.settings = next
	return nil
}

// SetVariable remembers a user variable, named without its @; value is SQL text.
func (s *Session) SetVariable(name, value string) error {
	return s.Set(variableSetting(name), value)
}

// variableSetting names a user variable among the settings.
func variableSetting(name string) string { return "@" + quoteName(strings.ToLower(name)) }

// settingsBytesMax bounds the variables of a session: each connection that
// serves it is given them.
const settingsBytesMax = 1 << 20

// Unset makes a variable what it was before the session set it.
func (s *Session) Unset(name string) { s.settings = s.settings.Without(name) }

// Restore goes back to what Settings returned before.
func (s *Session) Restore(was *Settings) { s.settings = was }

// SetLastInsertID is SET last_insert_id = value.
func (s *Session) SetLastInsertID(value string) error {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return mysql.NewError(mysql.ErWrongValueForVar, "Variable 'last_insert_id' can't be set to the value of '%s'", value)
	}
	s.ledger.LastInsertID = n
	return nil
}

// NextIsolation is SET TRANSACTION without SESSION: it holds for the next one.
func (s *Session) NextIsolation(statement string) { s.nextTraits = statement }

// ParseLevel reads the name of a read level.
func ParseLevel(name string) (Level, error) {
	switch strings.ToLower(name) {
	case "session":
		return LevelSession, nil
	case "primary":
		return LevelPrimary, nil
	case "bounded":
		return LevelBounded, nil
	case "eventual":
		return LevelEventual, nil
	case "snapshot":
		return LevelSnapshot, nil
	default:
		return 0, fmt.Errorf("the read levels are primary, session, bounded, eventual and snapshot")
	}
}

// String names the level.
func (l Level) String() string {
	return [...]string{"session", "primary", "bounded", "eventual", "snapshot"}[l]
}

// homeGroup is the first group of the current keyspace, or any.
func (s *Session) homeGroup() (string, error) {
	if ks := s.env.Topology.Current().Keyspaces[s.Keyspace]; ks != nil {
		return ks.Shards[0].Group, nil
	}
	return s.anyGroup()
}

// ask runs questions of the proxy's own: on a connection that the session has,
// or on one that it borrows, outside the client's transaction. touched is what
// the connection's settings are afterwards.
func (s *Session) ask(ctx context.Context, touched *Settings, statements ...string) (*mysql.Result, error) {
	group, err := s.homeGroup()
	if err != nil {
		return nil, err
	}
	return s.askOn(ctx, group, touched, statements...)
}

func (s *Session) askOn(ctx context.Context, group string, touched *Settings, statements ...string) (*mysql.Result, error) {
	l, err := s.borrow(ctx, group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	var res *mysql.Result
	for _, sql := range statements {
		if res, err = s.query(l, sql); err != nil {
			break
		}
		l.b.State.Settings = touched.text // not if the first, which sets, is refused
	}
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessLock, &Statement{}, true)
		return nil, err
	}
	s.giveBack(l)
	return res, nil
}

// borrow returns the session's own connection to a group, if it has one, or
// another to the group's primary.
func (s *Session) borrow(ctx context.Context, group string) (*lease, error) {
	l := s.pins[group]
	if l == nil && s.tx != nil {
		l = s.tx.leases[group]
	}
	if l != nil {
		return l, s.readyOwned(l)
	}
	if err := s.intact(); err != nil {
		return nil, err
	}
	return s.primary(ctx, group)
}

// Try sets a session variable on a server and returns its value there as SQL
// text: an error is MySQL's own.
func (s *Session) Try(ctx context.Context, name, value string) (string, error) {
	res, err := s.ask(ctx, s.settings.With(name, "?"), fmt.Sprintf("SET SESSION %s = %s", name, value), "SELECT @@SESSION."+name)
	if err != nil {
		return "", err
	}
	return s.cellText(res)
}

// TryNames tries SET NAMES.
func (s *Session) TryNames(ctx context.Context, charset string) error {
	_, err := s.ask(ctx, s.settings.With(names, charset), "SET NAMES "+charset)
	return err
}

// Evaluate runs the plan of SELECT expression and returns the value as SQL text.
func (s *Session) Evaluate(ctx context.Context, r *plan.Route, st *Statement) (string, error) {
	placed, err := r.Target.Groups(nil, st.Args)
	switch {
	case err != nil:
		return "", notSupported("this SET is not supported: %v", err)
	case len(placed.Groups) > 1 && !placed.Any:
		return "", notSupported("SET takes a value from rows of %d shards, which is not supported; SELECT it first", len(placed.Groups))
	case r.Pins != "":
		return "", notSupported("SET of an expression with %s is not supported; use SELECT", r.Pins)
	}
	group := ""
	if len(placed.Groups) > 0 {
		group = s.pickAny(placed.Groups)
	} else if group, err = s.homeGroup(); err != nil {
		return "", err
	}
	text := st.SQL
	if r.One != nil {
		if text, err = s.fill(r.One, st); err != nil {
			return "", err
		}
	}
	res, err := s.askOn(ctx, group, s.settings, string(text))
	if err != nil {
		return "", err
	}
	s.saw(group, "")
	return s.cellText(res)
}

// cellText writes the only value of a result as a literal that means the same
// whatever the sql_mode and character set of the session that reads it: text
// that is not plain goes as hexadecimal.
func (s *Session) cellText(res *mysql.Result) (string, error) {
	if len(res.Rows) != 1 || len(res.Columns) != 1 {
		return "", mysql.NewError(1241, "Operand should contain 1 column(s)")
	}
	cell := res.Rows[0][0]
	if cell.Null {
		return "NULL", nil
	}
	switch res.Columns[0].Type {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeInt24, mysql.TypeLong, mysql.TypeLongLong, mysql.TypeNewDecimal, mysql.TypeDecimal, mysql.TypeYear:
		return string(cell.Data), nil
	case mysql.TypeFloat, mysql.TypeDouble:
		if strings.ContainsAny(string(cell.Data), "eE") {
			return string(cell.Data), nil
		}
		return string(cell.Data) + "e0", nil
	default: // the rest is text
	}
	if binaryString(&res.Columns[0]) {
		return fmt.Sprintf("X'%X'", cell.Data), nil
	}
	if plainText(cell.Data) {
		return "'" + string(cell.Data) + "'", nil
	}
	return fmt.Sprintf("CONVERT(X'%X' USING %s)", cell.Data, s.charset()), nil
}

// binaryString reports whether a column holds bytes, not characters: they are
// compared and sorted otherwise.
func binaryString(c *mysql.Column) bool {
	switch c.Type {
	case mysql.TypeVarchar, mysql.TypeVarString, mysql.TypeString, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob, mysql.TypeBlob:
		return c.Charset == mysql.CollationBinary
	default: // the rest is text without being a string
	}
	return false
}

// plainText reports whether text between quotes reads back as it is in every
// sql_mode and character set.
func plainText(text []byte) bool {
	for _, b := range text {
		if b < 0x20 || b > 0x7e || b == '\'' || b == '\\' {
			return false
		}
	}
	return true
}

// charset is the character set in which the session gets its results.
func (s *Session) charset() string {
	if value, set := s.settings.Value("character_set_results"); set && value != "NULL" {
		return strings.Trim(value, "'")
	}
	if value, set := s.settings.Value(names); set {
		charset, _, _ := strings.Cut(value, " ")
		return strings.Trim(charset, "'")
	}
	return "utf8mb4"
}

// AskSyntax has a server judge a text that the proxy does not answer. If MySQL
// refuses it too, that is the answer; else it is what the caller says. (1295:
// MySQL cannot prepare such a statement, so it has no say.)
func (s *Session) AskSyntax(ctx context.Context, group string, sql []byte, otherwise *mysql.Error) error {
	if group == "" {
		var err error
		if group, err = s.homeGroup(); err != nil {
			return err
		}
	}
	_, err := s.Prepare(ctx, group, string(sql))
	var my *mysql.Error
	if errors.As(err, &my) && my.Code != mysql.ErUnsupportedPS {
		return my
	}
	return otherwise
}

// HomeGroup is the group that answers what is about no table.
func (s *Session) HomeGroup() (string, error) { return s.homeGroup() }

// clientCharset is the character set of the session's statements.
func (s *Session) clientCharset() string {
	if value, set := s.settings.Value("character_set_client"); set {
		return strings.Trim(value, "'")
	}
	if value, set := s.settings.Value(names); set {
		charset, _, _ := strings.Cut(value, " ")
		return strings.Trim(charset, "'")
	}
	return "utf8mb4"
}

// Opaque reports whether a server converts the session's strings before it
// compares or stores them, so that their bytes do not tell where a row lives.
func (s *Session) Opaque() bool {
	connection := "utf8mb4"
	for _, v := range s.settings.list {
		value := strings.Trim(v.value, "'")
		switch v.name {
		case names:
			connection, _, _ = strings.Cut(value, " ")
		case "character_set_connection":
			connection = value
		case "collation_connection":
			connection, _, _ = strings.Cut(value, "_")
		}
	}
	return strings.Trim(connection, "'") != s.clientCharset()
}

// ClientCharset is the character set of the session's statements.
func (s *Session) ClientCharset() string { return s.clientCharset() }
