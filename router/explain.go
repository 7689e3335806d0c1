package router

import (
	"context"
	"fmt"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
)

// Explanation is what the proxy would do with a statement.
type Explanation struct {
	Text   string `json:"text"`
	Groups string `json:"groups"`
}

// Explain plans a statement without executing it, for operators.
func (s *Server) Explain(ctx context.Context, keyspace, sql string) (*Explanation, error) {
	c := &connection{server: s}
	c.exec = exec.NewSession(s.opts.Environment, mysql.NewConn(nil, mysql.ConnOptions{}), exec.Identity{}, "")
	c.exec.Keyspace = keyspace
	p, groups, err := c.planFor(ctx, []byte(sql))
	if err != nil {
		return nil, asMySQL(err)
	}
	return &Explanation{Text: p.String() + "groups: " + groups + "\n", Groups: groups}, nil
}

// explain answers EXPLAIN FORMAT='shardway' …: what the proxy would do.
func (c *connection) explain(ctx context.Context, text string) error {
	inner, err := innerStatement(text, c.mode)
	if err != nil {
		return err
	}
	p, groups, err := c.planFor(ctx, []byte(inner))
	if err != nil {
		return err
	}
	if err := c.check(p); err != nil {
		return err
	}
	var rows [][]mysql.Cell
	for _, line := range strings.Split(strings.TrimRight(p.String(), "\n")+"\ngroups: "+groups, "\n") {
		rows = append(rows, []mysql.Cell{{Data: []byte(line)}})
	}
	return c.exec.Answer([]string{"EXPLAIN"}, rows)
}

// innerStatement is what follows EXPLAIN FORMAT='shardway'.
func innerStatement(text string, mode parser.Mode) (string, error) {
	stmt, err := parser.ParseOne(text, mode)
	if err != nil {
		return "", mysql.NewError(mysql.ErParse, "%v", err)
	}
	e, ok := stmt.(*ast.ExplainStmt)
	if !ok || e.Stmt == nil {
		return "", mysql.NewError(mysql.ErParse, "EXPLAIN FORMAT='shardway' takes a statement")
	}
	at := strings.Index(strings.ToLower(text), "shardway")
	return strings.TrimLeft(strings.TrimLeft(text[at+len("shardway"):], "'\""), " \t\r\n"), nil
}

// planFor plans a text and says which groups this execution would go to.
func (c *connection) planFor(ctx context.Context, sql []byte) (*plan.Plan, string, error) {
	own := c.shape
	c.shape = parser.Shape{}
	defer func() { c.shape = own }()
	c.scanner.Scan(sql, c.mode, &c.shape)
	var p *plan.Plan
	var err error
	if c.shape.Verb.Query() {
		p, err = c.planText(ctx, sql)
	} else {
		p, err = c.unparsed(ctx, sql, nil)
	}
	if err != nil {
		return nil, "", err
	}
	c.args.SQL, c.args.Shape, c.args.Mode, c.args.Charset, c.args.Params = sql, &c.shape, c.mode, c.charset, nil
	return p, c.groupsOf(p), nil
}

func (c *connection) groupsOf(p *plan.Plan) string {
	switch op := p.Op.(type) {
	case *plan.Route:
		placed, err := op.Target.Groups(nil, &c.args)
		switch {
		case err != nil:
			return err.Error()
		case placed.Any:
			return "any one of " + strings.Join(placed.Groups, ", ")
		default:
			return strings.Join(placed.Groups, ", ")
		}
	case *plan.Insert:
		return fmt.Sprintf("%d rows, each to the group of its shard key", op.RowCount(&c.args))
	default:
		return "every group of the keyspace"
	}
}
