package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// Partial answers a SELECT that computes something from aggregates: the shards'
// partial aggregates are combined as for any other, but the combined rows, one a
// group, go into a temporary table on one server, and that server, being MySQL,
// computes the answer from them. So no row of a table is collected.
type Partial struct {
	// Keyspace is the one in whose schema the temporary table is made, on any of
	// its groups.
	Keyspace *topology.Keyspace
	// Name is the temporary table's. Its columns are those of the combined rows.
	Name string
	// Scatter makes the combined rows.
	Scatter *Scatter
	// Define is the statement that makes the table: MySQL chooses the types.
	Define *Template
	// Shape is the statement itself without rows, which tells how MySQL describes
	// the answer's columns. Final is the statement on the combined rows.
	Shape, Final *Template
}

// partial plans a SELECT so, or says why that is not possible. It begins again
// with the text, for the tree in hand may have been rewritten.
func (b *builder) partial() (*Partial, string) {
	s, p, reason := b.again()
	if reason != "" {
		return nil, reason
	}
	root := p.newBlock(nil, nil, nil)
	if err := p.enterSelect(s, root); err != nil {
		return nil, err.Error()
	}
	target, roots := p.target()
	if len(target.Parts) == 0 || len(roots) != 1 {
		return nil, "it reads tables that are not together"
	}
	if reason := p.colocated(root, roots); reason != "" {
		return nil, reason
	}
	c := &computing{b: p, s: s, w: &rewriter{b: p, s: s, root: root, merge: &Merge{}, weights: map[ColumnRef]ColumnRef{}}, made: map[ast.Node]bool{}}
	return c.plan(roots[0].keyspace)
}

// again reads the statement anew.
func (b *builder) again() (*ast.SelectStmt, *builder, string) {
	stmt, err := b.in.parsed()
	if err != nil {
		return nil, nil, err.Error()
	}
	fresh := newBuilder(b.in)
	if err := fresh.expandViews(stmt); err != nil {
		return nil, nil, err.Error()
	}
	s, ok := stmt.(*ast.SelectStmt)
	if !ok {
		return nil, nil, "it is not a SELECT"
	}
	s.Accept(&sessionFunctions{b: fresh, names: true})
	return s, fresh, ""
}

// computing is the making of a Partial.
type computing struct {
	b *builder
	s *ast.SelectStmt
	w *rewriter
	// keys are the expressions that the statement groups by.
	keys []ast.ExprNode
	// fields are what the combined rows hold: aggregates and group keys.
	fields []*ast.SelectField
	// made are the nodes that stand for fields.
	made   map[ast.Node]bool
	reason string
}

func (c *computing) plan(ks *topology.Keyspace) (*Partial, string) {
	if reason := c.unfit(); reason != "" {
		return nil, reason
	}
	p := &Partial{Keyspace: ks, Name: gatherName(0), Scatter: &Scatter{}}
	from, where := c.s.From, c.s.Where
	if reason := c.groupKeys(); reason != "" {
		return nil, reason
	}
	if reason := c.compute(ks, p.Name); reason != "" {
		return nil, reason
	}
	partial := func() *ast.SelectStmt {
		s := &ast.SelectStmt{Kind: ast.SelectStmtKindSelect, SelectStmtOpts: &ast.SelectStmtOpts{SQLCache: true}, From: from, Where: where}
		s.Fields = &ast.FieldList{Fields: append([]*ast.SelectField(nil), c.fields...)}
		if len(c.keys) > 0 {
			s.GroupBy = &ast.GroupByClause{}
			for _, e := range c.keys {
				s.GroupBy.Items = append(s.GroupBy.Items, &ast.ByItem{Expr: e, NullOrder: true})
			}
		}
		return s
	}
	w := &rewriter{b: c.b, s: partial(), root: c.w.root, merge: &Merge{}, weights: map[ColumnRef]ColumnRef{}}
	if reason := w.rewrite(); reason != "" {
		return nil, reason
	}
	empty := partial()
	empty.Limit = noRows()
	p.Scatter.Merge = w.merge
	var err error
	for _, t := range []struct {
		to   **Template
		from ast.Node
	}{{&p.Scatter.Text, w.s}, {&p.Define, empty}, {&p.Final, c.s}} {
		if *t.to, err = c.b.template(t.from); err != nil {
			return nil, err.Error()
		}
	}
	p.Define.Parts[0] = "CREATE TEMPORARY TABLE " + quoted(ks.Name) + "." + quoted(p.Name) + " ENGINE=InnoDB " + p.Define.Parts[0]
	var reason string
	p.Shape, reason = c.b.shape()
	return p, reason
}

// shape is the statement without rows.
func (b *builder) shape() (*Template, string) {
	s, fresh, reason := b.again()
	if reason != "" {
		return nil, reason
	}
	s.Limit = noRows()
	t, err := fresh.template(s)
	if err != nil {
		return nil, err.Error()
	}
	return t, ""
}

func noRows() *ast.Limit { return &ast.Limit{Count: ast.NewValueExpr(uint64(0), "", "")} }

// unfit names what is left to collected rows.
func (c *computing) unfit() string {
	s := c.s
	aggregates := hasAggregate(s.Fields) || s.Having != nil && hasAggregate(s.Having) || s.OrderBy != nil && hasAggregate(s.OrderBy)
	switch {
	case !aggregates && s.GroupBy == nil:
		return "it has no groups"
	case s.With != nil || s.LockInfo != nil || s.SelectIntoOpt != nil || s.Kind != ast.SelectStmtKindSelect:
		return "it is more than a plain SELECT"
	case c.w.rollup():
		return "WITH ROLLUP"
	case s.Distinct && s.OrderBy != nil:
		return "DISTINCT with ORDER BY"
	case c.b.scatter.random != "" || c.b.locking:
		return "functions whose values differ each time"
	}
	c.w.shown = len(s.Fields.Fields)
	for _, f := range s.Fields.Fields {
		if f.WildCard != nil {
			return "*"
		}
		if column, ok := unwrap(f.Expr).(*ast.ColumnNameExpr); ok && f.AsName.O == "" {
			f.AsName = column.Name.Name
		}
	}
	return ""
}
