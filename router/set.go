package router

import (
	"context"
	"errors"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

var errReleased = errors.New("the client asked to be released")

// set answers SET: each variable is tried on a server, so that its errors are
// MySQL's own, and remembered in the session's settings.
func (c *connection) set(ctx context.Context, s *ast.SetStmt) error {
	was, level := c.exec.Settings(), c.exec.Level
	var then []func() error
	for _, v := range s.Variables {
		if err := c.setVariable(ctx, v, &then); err != nil {
			c.exec.Restore(was)
			c.exec.Level = level
			return err
		}
	}
	c.followSettings()
	for _, do := range then {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// setVariable makes one of the assignments; all of them count or none. What
// cannot be undone is appended to then.
func (c *connection) setVariable(ctx context.Context, v *ast.VariableAssignment, then *[]func() error) error {
	name := strings.ToLower(v.Name)
	if v.IsSystem && !plainName(name) {
		return mysql.NewError(mysql.ErUnknownSystemVariable, "Unknown system variable '%s'", v.Name)
	}
	switch {
	case v.IsGlobal:
		return mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; SET GLOBAL and SET PERSIST act on one server and are not possible through the proxy; set the variable on the servers themselves")
	case name == "setnames":
		return c.setNames(ctx, v)
	case name == "setcharset":
		return c.setCharset(ctx, v)
	case !v.IsSystem:
		if strings.IndexByte(v.Name, 0) >= 0 {
			return mysql.NewError(mysql.ErWrongArguments, "a user variable's name has a NUL byte")
		}
		value, err := c.evaluate(ctx, v.Value)
		if err != nil {
			return err
		}
		return c.exec.SetVariable(v.Name, value)
	case name == "shardway.read":
		return c.setLevel(v.Value)
	case strings.HasPrefix(name, "session_track_"):
		return nil // what servers report is for the proxy
	case name == "tx_isolation_one_shot":
		return c.nextIsolation(v, then)
	case name == "autocommit":
		return c.setAutocommit(ctx, v.Value, then)
	case forbidden(name):
		return mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; variable %s belongs to the proxy and its replication and cannot be set by a client", name)
	}
	if name == "tx_read_only" { // SET SESSION TRANSACTION READ ONLY; the parser makes a text of it
		if text, err := parser.Restore(v.Value, c.mode); err == nil && (text == "'1'" || text == "'0'") {
			v.Value = ast.NewValueExpr(int64(text[1]-'0'), "", "")
		}
	}
	switch name {
	case "tx_isolation":
		name = "transaction_isolation"
	case "tx_read_only":
		name = "transaction_read_only"
	}
	return c.setSystem(ctx, name, v.Value, then)
}

// setAutocommit is decided here alone: switched on, it commits.
func (c *connection) setAutocommit(ctx context.Context, value ast.ExprNode, then *[]func() error) error {
	text, err := c.systemValue(ctx, "autocommit", value)
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.Trim(text, "'`")) {
	case "1", "on", "true", "default":
		if _, off := c.exec.Settings().Value("autocommit"); off {
			*then = append(*then, c.exec.Commit)
		}
		c.exec.Unset("autocommit")
		return nil
	case "0", "off", "false":
		return c.exec.Set("autocommit", "0")
	default:
		return mysql.NewError(mysql.ErWrongValueForVar, "Variable 'autocommit' can't be set to the value of '%s'", text)
	}
}

// plainName reports whether a name is letters, digits, _ and dots, so that it
// can stand in a statement of the proxy's own.
func plainName(name string) bool {
	for i := range len(name) {
		b := name[i]
		if b != '_' && b != '.' && (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'z') {
			return false
		}
	}
	return name != ""
}

// forbidden lists variables by which a client would break replication or the
// proxy's own accounting.
func forbidden(name string) bool {
	switch name {
	case "gtid_next", "sql_log_bin", "pseudo_thread_id", "pseudo_replica_mode", "pseudo_slave_mode", "binlog_format", "binlog_row_image", "rbr_exec_mode", "server_id", "rand_seed1", "rand_seed2", "completion_type", "transaction_allow_batching", "original_commit_timestamp", "immediate_server_version", "original_server_version", "identity":
		return true
	default:
		return false
	}
}

// setSystem sets a session variable of the server's.
func (c *connection) setSystem(ctx context.Context, name string, value ast.ExprNode, then *[]func() error) error {
	text, err := c.systemValue(ctx, name, value)
	if err != nil {
		return err
	}
	if name == "last_insert_id" || name == "insert_id" {
		return c.setInsertID(name, text, then)
	}
	stored, err := c.exec.Try(ctx, name, text)
	if err != nil {
		return err
	}
	switch {
	case name == "sql_auto_is_null" && stored != "0":
		return mysql.NewError(mysql.ErNotSupportedYet, "sql_auto_is_null is not supported; write LAST_INSERT_ID()")
	case text == "DEFAULT", name == "timestamp" && text == "0":
		c.exec.Unset(name)
		return nil
	default:
		return c.exec.Set(name, stored)
	}
}

// systemValue is the value as SQL text. What is more than a literal or a word
// is planned and computed like any other SELECT.
func (c *connection) systemValue(ctx context.Context, name string, value ast.ExprNode) (string, error) {
	switch e := value.(type) {
	case *ast.DefaultExpr:
		return "DEFAULT", nil
	case *ast.ColumnNameExpr: // SET sql_mode = ansi: a bare word
		return "'" + strings.ReplaceAll(e.Name.Name.O, "'", "''") + "'", nil
	case *test_driver.ValueExpr:
		text, err := parser.Restore(value, c.mode)
		if err != nil {
			return "", mysql.NewError(mysql.ErNotSupportedYet, "SET %s: %v", name, err)
		}
		return text, nil
	}
	return c.evaluate(ctx, value)
}

func (c *connection) setInsertID(name, value string, then *[]func() error) error {
	if name == "last_insert_id" {
		*then = append(*then, func() error { return c.exec.SetLastInsertID(value) })
		return nil
	}
	return mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; insert_id is set by the proxy; give the value in the INSERT itself")
}

// followSQLMode reads text from here on as the session's sql_mode says.
func (c *connection) followSQLMode(value string) {
	has := func(mode string) bool { return strings.Contains(value, mode) }
	c.mode.ANSIQuotes = has("ANSI_QUOTES")
	c.mode.NoBackslashEscapes = has("NO_BACKSLASH_ESCAPES")
	c.mode.PipesAsConcat = has("PIPES_AS_CONCAT")
	c.mode.HighNotPrecedence = has("HIGH_NOT_PRECEDENCE")
	c.mode.IgnoreSpace = has("IGNORE_SPACE")
}

// followSettings reads and compares text from here on as the session's
// variables say.
func (c *connection) followSettings() {
	if mode, set := c.exec.Settings().Value("sql_mode"); set {
		c.followSQLMode(mode)
	} else {
		c.followSQLMode("")
		c.mode.IgnoreSpace = c.client.Capabilities().Has(mysql.CapIgnoreSpace)
	}
	c.followCharset(c.exec.ClientCharset())
	c.args.Opaque = c.exec.Opaque()
}

// followCharset reads bytes from here on in the client's character set.
func (c *connection) followCharset(charset string) {
	c.mode.Charset = parser.ClassOf(charset)
	switch charset {
	case "", "utf8mb4", "utf8mb3", "utf8", "ascii":
		c.charset = shardkey.UTF8
	case "latin1":
		c.charset = shardkey.Latin1
	default:
		c.charset = shardkey.ASCIIOnly
	}
}

func (c *connection) setNames(ctx context.Context, v *ast.VariableAssignment) error {
	names := "DEFAULT"
	if _, isDefault := v.Value.(*ast.DefaultExpr); !isDefault {
		text, err := parser.Restore(v.Value, c.mode)
		if err != nil {
			return mysql.NewError(mysql.ErNotSupportedYet, "SET NAMES: %v", err)
		}
		names = strings.Trim(text, "`'_")
		if v.ExtendValue != nil {
			collation, err := parser.Restore(v.ExtendValue, c.mode)
			if err != nil {
				return mysql.NewError(mysql.ErNotSupportedYet, "SET NAMES: %v", err)
			}
			names += " COLLATE " + strings.Trim(collation, "`'_")
		}
	} else {
		names = "utf8mb4"
	}
	return c.takeNames(ctx, names)
}

// namesIn reads SET NAMES, with or without COLLATE, and SET CHARACTER SET from a
// text that the parser refuses: it does not know every character set of MySQL's.
func namesIn(text string) (names string, ok bool) {
	words := strings.Fields(text)
	for i := range words {
		words[i] = strings.Trim(words[i], "'\"`")
	}
	is := func(i int, word string) bool { return i < len(words) && strings.EqualFold(words[i], word) }
	switch {
	case is(1, "NAMES") && len(words) == 5 && is(3, "COLLATE"):
		return words[2] + " COLLATE " + words[4], true
	case is(1, "NAMES") && len(words) == 3, is(1, "CHARSET") && len(words) == 3:
		return words[2], true
	case is(1, "CHARACTER") && is(2, "SET") && len(words) == 4:
		return words[3], true
	default:
		return "", false
	}
}

// takeNames makes a character set that of the session, if MySQL knows it.
func (c *connection) takeNames(ctx context.Context, names string) error {
	for _, word := range strings.Fields(names) {
		if !plainName(word) {
			return mysql.NewError(1115, "Unknown character set: '%s'", word)
		}
	}
	if err := c.exec.TryNames(ctx, names); err != nil {
		return err
	}
	return c.exec.Set("names", names)
}

// setCharset is SET CHARACTER SET: like SET NAMES but for the connection's
// collation, which is the database's; ours are all utf8mb4.
func (c *connection) setCharset(ctx context.Context, v *ast.VariableAssignment) error {
	return c.setNames(ctx, v)
}

func (c *connection) setLevel(e ast.ExprNode) error {
	text, err := parser.Restore(e, c.mode)
	if err != nil {
		return mysql.NewError(mysql.ErWrongArguments, "SET shardway.read: %v", err)
	}
	level, err := exec.ParseLevel(strings.Trim(text, "'`\""))
	if err != nil {
		return mysql.NewError(mysql.ErWrongValueForVar, "Variable 'shardway.read' can't be set to the value of %s: %v", text, err)
	}
	c.exec.Level = level
	return nil
}

func (c *connection) nextIsolation(v *ast.VariableAssignment, then *[]func() error) error {
	text, err := parser.Restore(v.Value, c.mode)
	if err != nil {
		return mysql.NewError(mysql.ErNotSupportedYet, "SET TRANSACTION: %v", err)
	}
	*then = append(*then, func() error {
		return c.next("ISOLATION LEVEL " + strings.ReplaceAll(strings.Trim(text, "'"), "-", " "))
	})
	return nil
}

// next is SET TRANSACTION without SESSION.
func (c *connection) next(traits string) error {
	if c.exec.InTransaction() {
		return mysql.NewError(1568, "Transaction characteristics can't be changed while a transaction is in progress")
	}
	c.exec.NextIsolation("SET TRANSACTION " + traits)
	return nil
}

// nextTraits reads what SET TRANSACTION says of the next transaction. The parser
// takes READ ONLY there for the session's.
func nextTraits(text string) (string, bool) {
	words := strings.Fields(strings.ToUpper(strings.ReplaceAll(text, ",", " , ")))
	if len(words) < 4 || words[0] != "SET" || words[1] != "TRANSACTION" {
		return "", false
	}
	traits := strings.Split(strings.Join(words[2:], " "), " , ")
	for _, trait := range traits {
		switch trait {
		case "READ ONLY", "READ WRITE", "ISOLATION LEVEL READ UNCOMMITTED", "ISOLATION LEVEL READ COMMITTED", "ISOLATION LEVEL REPEATABLE READ", "ISOLATION LEVEL SERIALIZABLE":
		default:
			return "", false
		}
	}
	return strings.Join(traits, ", "), true
}

// evaluate computes an expression on a server and returns it as SQL text. It is
// planned like any other SELECT: it may have subqueries, which take grants and
// may need several shards, and functions of the session.
func (c *connection) evaluate(ctx context.Context, e ast.ExprNode) (string, error) {
	text, err := parser.Restore(e, c.mode)
	if err != nil {
		return "", mysql.NewError(mysql.ErNotSupportedYet, "SET: %v", err)
	}
	sql := []byte("SELECT " + text)
	stmt, err := parser.ParseOne(string(sql), c.mode)
	if err != nil {
		return "", mysql.NewError(mysql.ErNotSupportedYet, "SET: %v", err)
	}
	loaded, err := c.schemas(ctx, sql)
	if err != nil {
		return "", err
	}
	p, err := plan.Build(plan.Input{
		Text: string(sql), Stmt: stmt, Mode: c.mode, Keyspace: c.exec.Keyspace, Charset: c.charset, Opaque: c.args.Opaque,
		Snapshot: c.server.opts.Environment.Topology.Current(),
		Schema:   func(keyspace string) *plan.Schema { return loaded[keyspace] },
	})
	if err != nil {
		return "", err
	}
	if err := c.check(p); err != nil {
		return "", err
	}
	r, ok := p.Op.(*plan.Route)
	if !ok {
		return "", mysql.NewError(mysql.ErNotSupportedYet, "SET takes an expression")
	}
	args := plan.ShapeArgs{SQL: sql, Shape: &parser.Shape{}, Mode: c.mode, Charset: c.charset, Opaque: c.args.Opaque}
	return c.exec.Evaluate(ctx, r, &exec.Statement{SQL: sql, Args: &args})
}
