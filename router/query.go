package router

import (
	"cmp"
	"context"
	"errors"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
)

// query answers COM_QUERY.
func (c *connection) query(ctx context.Context, sql []byte) error {
	c.scanner.Scan(sql, c.mode, &c.shape)
	if c.shape.Verb == parser.Empty {
		return mysql.NewError(mysql.ErEmptyQuery, "Query was empty")
	}
	if c.shape.HintErr != nil {
		return mysql.NewError(mysql.ErWrongArguments, "%v", c.shape.HintErr)
	}
	if c.shape.Flags.Has(parser.Placeholders) {
		return mysql.NewError(mysql.ErParse, "You have an error in your SQL syntax; a placeholder ? belongs in a statement that is prepared")
	}
	if err := single(&c.shape, sql); err != nil {
		return err
	}
	if !c.shape.Verb.Query() {
		return c.statement(ctx, sql)
	}
	p, err := c.planText(ctx, sql)
	if err == nil {
		err = c.run(ctx, p, sql)
	}
	return c.judged(ctx, sql, err)
}

// judged has MySQL look at a text that the proxy refuses, because what MySQL
// refuses too is better told by MySQL.
func (c *connection) judged(ctx context.Context, sql []byte, err error) error {
	if err == nil {
		return nil
	}
	refused := asMySQL(err)
	snap := c.server.opts.Environment.Topology.Current()
	if refused.Code != mysql.ErNotSupportedYet || snap.Keyspaces[c.exec.Keyspace] == nil {
		return err
	}
	for _, ref := range parser.References(sql, c.mode) {
		if ref.Schema != "" && ref.Schema != c.exec.Keyspace && snap.Keyspaces[ref.Schema] != nil {
			return err // no server need have them both
		}
	}
	judgement := c.exec.AskSyntax(ctx, "", sql, refused)
	if errors.Is(judgement, refused) {
		// MySQL takes it: perhaps the proxy does not know of a changed table.
		c.server.opts.Environment.Schema.Suspect(c.exec.Keyspace)
	}
	return judgement
}

// run executes a plan of the text in c.shape.
func (c *connection) run(ctx context.Context, p *plan.Plan, sql []byte) error {
	if err := c.check(p); err != nil {
		return err
	}
	c.blanked, c.hint = nil, c.hint[:0]
	if h := c.shape.HintSpan; h.End > h.Start {
		c.blanked = sql[h.Start:h.End]
		c.hint = append(c.hint[:0], c.blanked...)
		for i := h.Start; i < h.End; i++ {
			sql[i] = ' ' // MySQL would warn about a hint that it does not know
		}
	}
	c.args.SQL, c.args.Shape, c.args.Mode, c.args.Charset, c.args.Params = sql, &c.shape, c.mode, c.charset, nil
	st := exec.Statement{SQL: sql, Forward: true, Args: &c.args, Flags: c.shape.Flags, Level: c.levelOf(c.shape.Hint)}
	if c.executing != nil {
		st.Forward, st.Prepared, st.Execute = false, &c.executing.Prepared, c.execution
	}
	return c.exec.Run(ctx, p, &st)
}

// check refuses what the user's grants do not cover.
func (c *connection) check(p *plan.Plan) error {
	for i := range p.Needs {
		if n := &p.Needs[i]; !c.allows(n.Keyspace, n.Grant) {
			return mysql.NewError(mysql.ErDBAccessDenied, "Access denied for user '%s'@'%%' to database '%s': the statement needs the grant %s", c.user, n.Keyspace, n.Grant)
		}
	}
	return nil
}

// levelOf is a statement's read level: its hint's, or the session's.
func (c *connection) levelOf(hint parser.ReadHint) exec.Level {
	switch hint {
	case parser.HintPrimary:
		return exec.LevelPrimary
	case parser.HintSession:
		return exec.LevelSession
	case parser.HintBounded:
		return exec.LevelBounded
	case parser.HintEventual:
		return exec.LevelEventual
	case parser.HintSnapshot:
		return exec.LevelSnapshot
	case parser.HintNone:
	}
	return c.exec.Level
}

// planText finds or makes the plan of the text in c.shape.
func (c *connection) planText(ctx context.Context, sql []byte) (*plan.Plan, error) {
	env := c.server.opts.Environment
	snap, schemas := env.Topology.Current(), env.Schema.Generation()
	if !c.shape.Doubt {
		c.key = c.appendKey(c.key[:0])
		if p := c.server.plans.get(c.key, snap, schemas); p != nil {
			c.server.stats.PlanHits.Add(1)
			return p, nil
		}
	}
	c.server.stats.PlanMisses.Add(1)
	stmt, text, row, err := c.parse(sql)
	var said parser.Rephrased
	if err != nil {
		if said, stmt = c.rephrased(sql); stmt == nil {
			return c.unparsed(ctx, sql, err)
		}
		text = said.Text
	}
	loaded, err := c.schemas(ctx, sql)
	if err != nil {
		return nil, err
	}
	p, err := plan.Build(plan.Input{
		Text: text, Stmt: stmt, Mode: c.mode, Snapshot: snap, Keyspace: c.exec.Keyspace, Charset: c.charset, Opaque: c.args.Opaque,
		Folded:    c.shape.HasRows && len(c.shape.Slots) > 0,
		Functions: said.Functions, Into: said.Into, Row: row,
		Schema: func(keyspace string) *plan.Schema { return loaded[keyspace] },
	})
	if err != nil {
		return nil, err
	}
	if p.Cacheable && !c.shape.Doubt && len(c.key) <= planKeyMax {
		c.server.plans.put(c.key, &cachedPlan{plan: p, snapshot: snap, schemas: schemas})
	}
	return p, nil
}

// planKeyMax bounds the text, in bytes, whose plan is cached: a dump's INSERT
// with thousands of rows does not come again.
const planKeyMax = 16 << 10

// appendKey makes the fingerprint's key: everything that the meaning of the
// shape's text depends on (safety rule 22).
func (c *connection) appendKey(dst []byte) []byte {
	var bits byte
	for i, set := range [...]bool{c.mode.ANSIQuotes, c.mode.NoBackslashEscapes, c.mode.PipesAsConcat, c.mode.IgnoreSpace, c.mode.HighNotPrecedence, c.args.Opaque} {
		if set {
			bits |= 1 << i
		}
	}
	dst = append(dst, bits, byte(c.mode.Charset), byte(c.charset))
	dst = append(dst, c.exec.Keyspace...)
	dst = append(dst, 0)
	return append(dst, c.shape.Text...)
}

// parse parses the shape's text or, where that is doubtful or does not parse,
// the client's own; then the shape has no slots. row is what an INSERT calls its
// row, nil for nothing.
func (c *connection) parse(sql []byte) (stmt ast.StmtNode, text string, row *parser.RowAlias, err error) {
	if !c.shape.Doubt {
		if stmt, text, row, err = c.parseText(c.shape.Text); err == nil {
			return stmt, text, row, nil
		}
		c.shape.Doubt = true
		c.shape.Literals, c.shape.Slots, c.shape.HasRows = c.shape.Literals[:0], c.shape.Slots[:0], false
	}
	return c.parseText(sql)
}

// parseText parses a text as it is or, an INSERT, without the name of its row.
func (c *connection) parseText(sql []byte) (ast.StmtNode, string, *parser.RowAlias, error) {
	text := string(sql)
	stmt, err := parser.ParseOne(text, c.mode)
	if err == nil || c.shape.Verb != parser.Insert {
		return stmt, text, nil, err
	}
	without, row, ok := parser.WithoutRowAlias(sql, c.mode)
	if !ok {
		return nil, text, nil, err
	}
	if stmt, again := parser.ParseOne(without, c.mode); again == nil {
		return stmt, without, &row, nil
	}
	return nil, text, nil, err
}

// rephrased says a query that only MySQL's own parser reads in other words, for
// a keyspace with several groups; the tree is nil if there are none. With one
// group MySQL itself reads it.
func (c *connection) rephrased(sql []byte) (parser.Rephrased, ast.StmtNode) {
	ks := c.server.opts.Environment.Topology.Current().Serving(c.exec.Keyspace)
	if ks == nil || len(ks.Groups()) < 2 {
		return parser.Rephrased{}, nil
	}
	said, ok := parser.Rephrase(sql, c.mode)
	if !ok {
		return parser.Rephrased{}, nil
	}
	stmt, err := parser.ParseOne(said.Text, c.mode)
	if err != nil {
		return parser.Rephrased{}, nil
	}
	switch stmt.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt:
		return said, stmt
	default:
		return parser.Rephrased{}, nil
	}
}

// schemas reads the schemas of all keyspaces that the text may mention.
func (c *connection) schemas(ctx context.Context, sql []byte) (map[string]*plan.Schema, error) {
	env := c.server.opts.Environment
	snap := env.Topology.Current()
	loaded := map[string]*plan.Schema{}
	load := func(name string) error {
		ks := snap.Keyspaces[name]
		if ks == nil || loaded[name] != nil {
			return nil
		}
		schema, err := env.Schema.Get(ctx, ks)
		loaded[name] = schema
		return err
	}
	if err := load(c.exec.Keyspace); err != nil {
		return nil, err
	}
	for _, ref := range parser.References(sql, c.mode) {
		if err := load(ref.Schema); err != nil {
			return nil, err
		}
		if err := load(snap.Home(cmp.Or(ref.Schema, c.exec.Keyspace), ref.Name)); err != nil {
			return nil, err
		}
	}
	return loaded, nil
}
