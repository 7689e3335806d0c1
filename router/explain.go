package router

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// Explanation is what the proxy would do with a statement.
type Explanation struct {
	Text string `json:"text"`
	// Places names each shard, its group and the server that would be asked.
	Places []string `json:"places"`
}

// Explain plans a statement without executing it, for operators.
func (s *Server) Explain(ctx context.Context, keyspace, sql string) (*Explanation, error) {
	c := &connection{server: s}
	c.exec = exec.NewSession(s.opts.Environment, mysql.NewConn(nil, mysql.ConnOptions{}), exec.Identity{}, "")
	c.exec.Keyspace = keyspace
	p, places, err := c.planFor(ctx, []byte(sql))
	if err != nil {
		return nil, asMySQL(err)
	}
	return &Explanation{Text: p.String() + strings.Join(places, "\n") + "\n", Places: places}, nil
}

// explain answers EXPLAIN FORMAT='shardway' …: what the proxy would do.
func (c *connection) explain(ctx context.Context, text string) error {
	inner, err := innerStatement(text, c.mode)
	if err != nil {
		return err
	}
	p, places, err := c.planFor(ctx, []byte(inner))
	if err != nil {
		return err
	}
	if err := c.check(p); err != nil {
		return err
	}
	var rows [][]mysql.Cell
	for _, line := range append(strings.Split(strings.TrimRight(p.String(), "\n"), "\n"), places...) {
		rows = append(rows, []mysql.Cell{{Data: []byte(line)}})
	}
	return c.exec.Answer([]string{"EXPLAIN"}, rows)
}

// innerStatement is what follows EXPLAIN FORMAT='shardway'.
func innerStatement(text string, mode parser.Mode) (string, error) {
	stmt, err := parser.ParseOne(text, mode)
	if without, _, ok := parser.WithoutRowAlias([]byte(text), mode); err != nil && ok {
		stmt, err = parser.ParseOne(without, mode)
	}
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

// planFor plans a text and says where this execution would go, a line a group.
func (c *connection) planFor(ctx context.Context, sql []byte) (*plan.Plan, []string, error) {
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
		return nil, nil, err
	}
	c.args.SQL, c.args.Shape, c.args.Mode, c.args.Charset, c.args.Params = sql, &c.shape, c.mode, c.charset, nil
	return p, c.places(p), nil
}

// places names the shards and servers of a plan's execution.
func (c *connection) places(p *plan.Plan) []string {
	switch op := p.Op.(type) {
	case *plan.Route:
		placed, err := op.Target.Groups(nil, &c.args)
		if err != nil {
			return []string{"shard: none, because " + err.Error()}
		}
		groups := placed.Groups
		if placed.Any {
			groups = groups[:min(1, len(groups))]
		}
		var lines []string
		for _, group := range groups {
			line := "shard: " + shardsOn(&op.Target, group) + " on group " + group + ", asks " + c.exec.Server(group, op.Access, c.levelOf(c.shape.Hint))
			if placed.Any {
				line += "; any other group would do"
			}
			lines = append(lines, line)
		}
		return lines
	case *plan.Insert:
		return []string{fmt.Sprintf("shard: %d rows, each to the shard of its key, on the groups' primaries", op.RowCount(&c.args))}
	default:
		return []string{"shard: every one, on the groups' primaries"}
	}
}

// shardsOn names the shards of the target's keyspaces that a group holds.
func shardsOn(t *plan.Target, group string) string {
	var names []string
	for i := range t.Parts {
		ks := t.Parts[i].Keyspace
		for _, shard := range ks.Shards {
			if name := topology.ShardName(ks.Name, shard.Range); shard.Group == group && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "any"
	}
	return strings.Join(names, ", ")
}
