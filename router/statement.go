package router

import (
	"context"
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// statement answers everything that is not a query or DML: what the session
// itself does, and what goes to servers as it is.
func (c *connection) statement(ctx context.Context, sql []byte) error {
	text := withoutWork(c.shape.Verb, string(sql[c.shape.Start:c.shape.End]))
	if err := c.guard(text); err != nil {
		return err
	}
	if p, ok := parser.ReadProgram([]byte(text), c.mode); ok {
		return c.program(ctx, sql, &p)
	}
	if done, err := c.maintenance(ctx, sql, text); done {
		return err
	}
	stmt, err := parser.ParseOne(text, c.mode)
	if err != nil {
		return c.statementByVerb(ctx, sql, err)
	}
	switch s := stmt.(type) {
	case *ast.BeginStmt:
		if err := begins(s); err != nil {
			return err
		}
		return c.begun(text)
	case *ast.PrepareStmt:
		if err := c.prepares(ctx, s); err != nil {
			return err
		}
		c.scanner.Scan(sql, c.mode, &c.shape)
		return c.whole(ctx, sql)
	case *ast.CommitStmt:
		opening := c.exec.Opening()
		return c.ended(c.exec.Commit(), s.CompletionType, opening)
	case *ast.RollbackStmt:
		if s.SavepointName != "" {
			return c.done(c.exec.Savepoint("ROLLBACK TO SAVEPOINT", s.SavepointName))
		}
		opening := c.exec.Opening()
		c.exec.Rollback()
		return c.ended(nil, s.CompletionType, opening)
	case *ast.SavepointStmt:
		return c.done(c.exec.Savepoint("SAVEPOINT", s.Name))
	case *ast.ReleaseSavepointStmt:
		return c.done(c.exec.Savepoint("RELEASE SAVEPOINT", s.Name))
	case *ast.UseStmt:
		return c.done(c.use(s.DBName))
	case *ast.SetStmt:
		if traits, ok := nextTraits(text); ok {
			return c.done(c.next(traits))
		}
		return c.done(c.set(ctx, s))
	case *ast.ShowStmt:
		return c.show(ctx, s, sql)
	case *ast.UnlockTablesStmt:
		if c.several() && !strings.Contains(c.exec.PinReason, "LOCK TABLES") {
			return c.ok() // nothing is locked: LOCK TABLES is refused there
		}
		return c.plain(ctx, stmt, sql)
	case *ast.KillStmt:
		return c.kill(uint32(s.ConnectionID), s.Query)
	case *ast.ExplainStmt:
		if strings.EqualFold(s.Format, "shardway") {
			return c.explain(ctx, text)
		}
		return c.plain(ctx, stmt, sql)
	}
	if handled, err := c.account(ctx, stmt); handled {
		return c.done(err)
	}
	if _, optimize := stmt.(*ast.OptimizeTableStmt); optimize { // it has rows for an answer, as CHECK and the like
		return c.whole(ctx, sql)
	}
	if _, call := stmt.(*ast.CallStmt); call && c.several() {
		return c.plain(ctx, stmt, sql)
	}
	if _, load := stmt.(*ast.LoadDataStmt); load && c.sharded() {
		return c.plain(ctx, stmt, sql)
	}
	if _, ddl := stmt.(ast.DDLNode); ddl || isShowLike(stmt) {
		return c.plain(ctx, stmt, sql)
	}
	if _, do := stmt.(*ast.DoStmt); do && c.exec.Keyspace == "" {
		return c.plain(ctx, stmt, sql)
	}
	return c.whole(ctx, sql)
}

// withoutWork leaves out the word WORK, which means nothing and which the
// parser does not know, of BEGIN, COMMIT and ROLLBACK.
func withoutWork(verb parser.Verb, text string) string {
	if verb != parser.Begin && verb != parser.Commit && verb != parser.Rollback {
		return text
	}
	words := strings.Fields(text)
	if len(words) < 2 || !strings.EqualFold(words[1], "WORK") {
		return text
	}
	return strings.Join(slices.Delete(words, 1, 2), " ")
}

// program runs a statement about a view or a stored program.
func (c *connection) program(ctx context.Context, sql []byte, p *parser.Program) error {
	c.server.opts.Environment.Schema.Invalidate(c.exec.Keyspace) // it must not be judged by an old one
	loaded, err := c.schemas(ctx, sql)
	if err != nil {
		return err
	}
	planned, err := plan.BuildProgram(plan.Input{
		Mode: c.mode, Keyspace: c.exec.Keyspace, Charset: c.charset, Opaque: c.args.Opaque, Snapshot: c.server.opts.Environment.Topology.Current(),
		Schema: func(keyspace string) *plan.Schema { return loaded[keyspace] },
	}, p)
	if err != nil {
		return err
	}
	c.shape.Slots, c.shape.Literals, c.shape.HasRows = c.shape.Slots[:0], c.shape.Literals[:0], false
	return c.run(ctx, planned, sql)
}

// maintenance runs ANALYZE, CHECK, OPTIMIZE and REPAIR of tables that are on
// several groups; done is false for any other statement.
func (c *connection) maintenance(ctx context.Context, sql []byte, text string) (done bool, _ error) {
	tables, ok := parser.ReadMaintenance([]byte(text), c.mode)
	if !ok {
		return false, nil
	}
	p, err := plan.BuildMaintenance(plan.Input{Keyspace: c.exec.Keyspace, Snapshot: c.server.opts.Environment.Topology.Current()}, tables)
	if err != nil || p == nil {
		return err != nil, err
	}
	return true, c.run(ctx, p, sql)
}

// several reports whether the current keyspace is on several groups.
func (c *connection) several() bool {
	ks := c.server.opts.Environment.Topology.Current().Serving(c.exec.Keyspace)
	return ks != nil && len(ks.Groups()) > 1
}

// sharded reports whether the current keyspace has several shards.
func (c *connection) sharded() bool {
	ks := c.server.opts.Environment.Topology.Current().Serving(c.exec.Keyspace)
	return ks != nil && len(ks.Shards) > 1
}

func isShowLike(stmt ast.StmtNode) bool {
	_, explain := stmt.(*ast.ExplainStmt)
	return explain
}

// done answers OK unless there is an error.
func (c *connection) done(err error) error {
	if err != nil {
		return err
	}
	return c.ok()
}

func (c *connection) begun(text string) error {
	if err := c.exec.Begin(text); err != nil {
		return err
	}
	return c.ok()
}

// ended answers COMMIT and ROLLBACK, which may release the client or chain
// another transaction, begun as the last one was.
func (c *connection) ended(err error, how ast.CompletionType, opening string) error {
	if err != nil {
		return err
	}
	switch how {
	case ast.CompletionTypeChain:
		if err := c.exec.Begin(opening); err != nil {
			return err
		}
	case ast.CompletionTypeRelease:
		if err := c.ok(); err != nil {
			return err
		}
		_ = c.client.Flush()
		return &exec.FatalError{Err: errReleased}
	case ast.CompletionTypeDefault:
	}
	return c.ok()
}

// plain plans a statement that was parsed whole, and runs it.
func (c *connection) plain(ctx context.Context, stmt ast.StmtNode, sql []byte) error {
	loaded, err := c.schemas(ctx, sql)
	if err != nil {
		return err
	}
	if err := c.refreshed(ctx, stmt); err != nil {
		return err
	}
	p, err := plan.Build(plan.Input{
		Text: string(sql), Stmt: stmt, Mode: c.mode, Keyspace: c.exec.Keyspace, Charset: c.charset, Opaque: c.args.Opaque,
		Snapshot: c.server.opts.Environment.Topology.Current(),
		Schema:   func(keyspace string) *plan.Schema { return loaded[keyspace] },
	})
	if err != nil {
		return err
	}
	c.shape.Slots, c.shape.Literals, c.shape.HasRows = c.shape.Slots[:0], c.shape.Literals[:0], false
	return c.run(ctx, p, sql)
}

// refreshed reads the schema anew before DDL, which must not be judged by an
// old one.
func (c *connection) refreshed(_ context.Context, stmt ast.StmtNode) error {
	if _, ddl := stmt.(ast.DDLNode); ddl {
		c.server.opts.Environment.Schema.Invalidate(c.exec.Keyspace)
	}
	return nil
}

// statementByVerb handles what the parser does not know.
func (c *connection) statementByVerb(ctx context.Context, sql []byte, cause error) error {
	switch c.shape.Verb {
	case parser.Start:
		if text := string(sql[c.shape.Start:c.shape.End]); startsTransaction(text) {
			return c.begun(text)
		}
	case parser.XA:
		return mysql.NewError(mysql.ErNotSupportedYet, "XA transactions are not supported through the proxy; use BEGIN and COMMIT")
	case parser.Prepare:
		if err := c.prepares(ctx, nil); err != nil {
			return err
		}
	case parser.Explain, parser.Describe:
		if without, _, ok := parser.WithoutRowAlias(sql[c.shape.Start:c.shape.End], c.mode); ok {
			stmt, err := parser.ParseOne(without, c.mode)
			if e, explain := stmt.(*ast.ExplainStmt); err == nil && explain && strings.EqualFold(e.Format, "shardway") {
				return c.explain(ctx, string(sql[c.shape.Start:c.shape.End]))
			}
		}
	case parser.Set:
		if names, ok := namesIn(string(sql[c.shape.Start:c.shape.End])); ok {
			if err := c.takeNames(ctx, names); err != nil {
				return err
			}
			c.followSettings()
			return c.ok()
		}
		return c.exec.AskSyntax(ctx, "", sql, mysql.NewError(mysql.ErNotSupportedYet, "this form of SET is not supported through the proxy: %v", cause))
	default: // the rest is one server's business
	}
	p, err := c.unparsed(ctx, sql, cause)
	if err != nil {
		return err
	}
	return c.runWhole(ctx, p, sql)
}

// startsTransaction reports whether a text is START TRANSACTION with a list of
// characteristics that MySQL knows; the parser takes one at most.
func startsTransaction(text string) bool {
	words := strings.Fields(strings.ToUpper(strings.ReplaceAll(text, ",", " , ")))
	if len(words) < 2 || words[0] != "START" || words[1] != "TRANSACTION" {
		return false
	}
	for _, characteristic := range strings.Split(strings.Join(words[2:], " "), " , ") {
		switch characteristic {
		case "WITH CONSISTENT SNAPSHOT", "READ ONLY", "READ WRITE":
		default:
			return false
		}
	}
	return true
}

// runWhole runs a statement that was not planned; DDL may have changed tables.
func (c *connection) runWhole(ctx context.Context, p *plan.Plan, sql []byte) error {
	if err := c.commitsFirst(); err != nil {
		return err
	}
	err := c.run(ctx, p, sql)
	switch c.shape.Verb {
	case parser.Create, parser.Alter, parser.Drop, parser.Rename, parser.Import:
		env := c.server.opts.Environment
		env.Schema.Invalidate(c.exec.Keyspace)
		if told := env.Control.SchemaChanged(ctx, c.exec.Keyspace); told != nil {
			env.Log.Warn("other proxies were not told of a changed schema", "keyspace", c.exec.Keyspace, "error", told)
		}
	default: // the rest changes no table
	}
	return err
}

// commitsFirst sees to a transaction over several groups before a statement by
// which one server would commit its part alone: it is committed on all of them.
func (c *connection) commitsFirst() error {
	if !c.exec.Spans() {
		return nil
	}
	switch c.shape.Verb {
	case parser.Create, parser.Alter, parser.Drop:
		if c.shape.Flags.Has(parser.Temporary) {
			return nil
		}
		return c.exec.Commit()
	case parser.Rename, parser.Truncate, parser.Import, parser.Lock, parser.Unlock, parser.Analyze, parser.Optimize, parser.Check, parser.Repair, parser.Flush, parser.Grant, parser.Revoke, parser.Cache:
		return c.exec.Commit()
	default:
		return nil
	}
}

// whole sends a statement that is not planned to the only shard of its keyspace.
func (c *connection) whole(ctx context.Context, sql []byte) error {
	p, err := c.unparsed(ctx, sql, nil)
	if err != nil {
		return err
	}
	return c.runWhole(ctx, p, sql)
}

// unparsed plans a text that was not parsed: on a keyspace with one shard
// MySQL is asked, whatever it is. Elsewhere it is refused, with MySQL's own
// error if the text is wrong for MySQL too.
func (c *connection) unparsed(ctx context.Context, sql []byte, cause error) (*plan.Plan, error) {
	snap := c.server.opts.Environment.Topology.Current()
	ks := snap.Serving(c.exec.Keyspace)
	if ks == nil {
		if cause != nil {
			return nil, c.exec.AskSyntax(ctx, "", sql, mysql.NewError(mysql.ErNoDB, "No database selected"))
		}
		return nil, mysql.NewError(mysql.ErNoDB, "No database selected")
	}
	for _, ref := range parser.References(sql, c.mode) {
		if ref.Schema != "" && ref.Schema != ks.Name && (snap.Keyspaces[ref.Schema] != nil || systemSchema(ref.Schema)) {
			return nil, mysql.NewError(mysql.ErNotSupportedYet, "this statement is not understood by the proxy and names %s beside %s; write it without the other schema", ref.Schema, ks.Name)
		}
	}
	group := ks.Shards[0].Group
	if tableless := c.shape.Verb == parser.Do && len(parser.References(sql, c.mode)) == 0; len(ks.Groups()) > 1 && !tableless {
		refused := mysql.NewError(mysql.ErNotSupportedYet, "this statement is not supported on %s, which has %d shards; it works on a keyspace with one shard", ks.Name, len(ks.Shards))
		return nil, c.exec.AskSyntax(ctx, group, sql, refused)
	}
	access, grant := wholeAccess(c.shape.Verb)
	if v := c.shape.Verb; (v == parser.With || v == parser.Explain || v == parser.Describe) && mayWrite(sql) {
		access, grant = plan.AccessWrite, topology.GrantWrite
	}
	return &plan.Plan{
		Op: &plan.Route{
			Target: plan.Target{Parts: []plan.Part{{Keyspace: ks, Mode: plan.ModeZero, Why: "the keyspace has one shard"}}},
			Access: access, MayWrite: access == plan.AccessLock, MayCommit: mayCommit(c.shape.Verb), Pins: wholePins(c.shape.Verb, c.shape.Flags),
		},
		Needs: []plan.Need{{Keyspace: ks.Name, Grant: grant}},
	}, nil
}

// wholeAccess says what a verb may do at most.
func wholeAccess(v parser.Verb) (plan.Access, topology.Grant) {
	switch v {
	case parser.Select, parser.With, parser.Paren, parser.Table, parser.Values, parser.Explain, parser.Describe, parser.Show, parser.Checksum, parser.Help:
		return plan.AccessLock, topology.GrantRead
	case parser.Insert, parser.Replace, parser.Update, parser.Delete, parser.Load, parser.Call, parser.Do, parser.Lock, parser.Unlock, parser.Handler, parser.Prepare, parser.Execute, parser.Deallocate, parser.Get, parser.Signal, parser.Resignal:
		return plan.AccessWrite, topology.GrantWrite
	case parser.Create, parser.Alter, parser.Drop, parser.Rename, parser.Truncate, parser.Analyze, parser.Optimize, parser.Check, parser.Repair, parser.Import:
		return plan.AccessWrite, topology.GrantDDL
	default:
		return plan.AccessWrite, topology.GrantAdmin
	}
}

// mayCommit reports whether a server may commit the open transaction when it
// gets a statement with this verb, or has done so when it answers with an error.
func mayCommit(v parser.Verb) bool {
	access, grant := wholeAccess(v)
	return v == parser.Call || v == parser.Execute || access == plan.AccessWrite && grant != topology.GrantWrite
}

// wholePins says why a statement ties the session to its connection.
func wholePins(v parser.Verb, f parser.Flags) string {
	switch {
	case v == parser.Lock:
		return "LOCK TABLES"
	case v == parser.Handler:
		return "HANDLER"
	case v == parser.Prepare:
		return "a statement prepared in SQL"
	case v == parser.Flush:
		return "FLUSH, which may lock tables"
	case f.Has(parser.Temporary):
		return "a temporary table"
	case f.Has(parser.UserVarAssign | parser.IntoVar):
		return "a user variable assigned inside a statement"
	case f.Has(parser.LockFunc):
		return "a named lock"
	case v == parser.Call:
		return "a procedure, which may set variables and make temporary tables"
	default:
		return ""
	}
}

func systemSchema(name string) bool {
	switch strings.ToLower(name) {
	case "mysql", "sys", "information_schema", "performance_schema":
		return true
	default:
		return false
	}
}
