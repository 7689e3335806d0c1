package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// enterSelect walks one SELECT: its FROM, its conditions and every subquery.
func (b *builder) enterSelect(s *ast.SelectStmt, blk *block) error {
	if err := b.enterWith(blk, s.With); err != nil {
		return err
	}
	if s.From != nil {
		if err := b.enterFrom(blk, s.From); err != nil {
			return err
		}
	}
	blk.see(s)
	if s.LockInfo != nil && s.LockInfo.LockType != ast.SelectLockNone {
		blk.lock = s.LockInfo
		b.locking = true
		for _, t := range s.LockInfo.Tables {
			b.seen[t] = true // FOR UPDATE OF names tables of FROM
		}
	}
	if s.SelectIntoOpt != nil {
		b.scatter.into = true
		b.files = b.files || s.SelectIntoOpt.Tp != ast.SelectIntoVars
	}
	if s.SelectStmtOpts != nil && s.CalcFoundRows {
		b.scatter.calcRows = true
	}
	if len(s.WindowSpecs) > 0 {
		b.scatter.window = true
	}
	if s.Limit != nil && s.OrderBy == nil && blk.outer != nil && !blk.exists && !blk.sharded() {
		b.scatter.anyRows = true
	}
	if s.Where != nil {
		b.conjuncts(s.Where, blk.place())
		b.booleanMatches(s.Where)
	}
	for _, n := range selectExpressions(s) {
		if err := b.subqueries(blk.place(), n); err != nil {
			return err
		}
	}
	return nil
}

// see notes the tables of which a select list shows all columns. EXISTS shows none.
func (blk *block) see(s *ast.SelectStmt) {
	if blk.exists {
		return
	}
	for _, r := range blk.refs {
		r.whole = r.whole || s.Kind == ast.SelectStmtKindTable
		if s.Fields == nil {
			continue
		}
		for _, f := range s.Fields.Fields {
			r.whole = r.whole || f.WildCard != nil && (f.WildCard.Table.L == "" || f.WildCard.Table.L == strings.ToLower(r.alias))
		}
	}
}

// selectExpressions lists where a SELECT may hold subqueries, FROM left out.
func selectExpressions(s *ast.SelectStmt) []ast.Node {
	var all []ast.Node
	if s.Fields != nil {
		all = append(all, s.Fields)
	}
	if s.Where != nil {
		all = append(all, s.Where)
	}
	if s.GroupBy != nil {
		all = append(all, s.GroupBy)
	}
	if s.Having != nil {
		all = append(all, s.Having)
	}
	for i := range s.WindowSpecs {
		all = append(all, &s.WindowSpecs[i])
	}
	if s.OrderBy != nil {
		all = append(all, s.OrderBy)
	}
	for _, l := range s.Lists {
		all = append(all, l)
	}
	return all
}

func (b *builder) enterWith(blk *block, w *ast.WithClause) error {
	if w == nil {
		return nil
	}
	if blk.ctes == nil {
		blk.ctes = map[string]bool{}
	}
	for _, cte := range w.CTEs {
		if w.IsRecursive {
			blk.ctes[cte.Name.O] = true
		}
		if err := b.query(cte.Query.Query, blk, blk.names, blk.scope); err != nil {
			return err
		}
		blk.ctes[cte.Name.O] = true
	}
	return nil
}

// query walks a query inside another. names is the block whose columns it sees
// besides its own, at the scope beside whose rows it is evaluated.
func (b *builder) query(n ast.Node, outer, names *block, at *scope) error {
	switch q := n.(type) {
	case *ast.SelectStmt:
		return b.enterSelect(q, b.newBlock(outer, names, at))
	case *ast.SetOprStmt:
		blk := b.newBlock(outer, names, at)
		if err := b.enterWith(blk, q.With); err != nil {
			return err
		}
		return b.arms(q.SelectList, blk, q.OrderBy, q.Limit)
	case *ast.SetOprSelectList:
		blk := b.newBlock(outer, names, at)
		if err := b.enterWith(blk, q.With); err != nil {
			return err
		}
		return b.arms(q, blk, q.OrderBy, q.Limit)
	case *ast.SubqueryExpr:
		return b.query(q.Query, outer, names, at)
	default:
		return notSupported("this kind of table expression is not supported; name the table, or write a SELECT")
	}
}

// existence walks the query of EXISTS, of which it matters only whether there
// are rows.
func (b *builder) existence(n ast.Node, p place) error {
	s, ok := n.(*ast.SelectStmt)
	if !ok {
		return b.query(n, p.block, p.block, p.scope)
	}
	blk := b.newBlock(p.block, p.block, p.scope)
	blk.exists = true
	return b.enterSelect(s, blk)
}

func (b *builder) arms(list *ast.SetOprSelectList, blk *block, order *ast.OrderByClause, limit *ast.Limit) error {
	for _, arm := range list.Selects {
		if err := b.query(arm, blk, blk.names, blk.scope); err != nil {
			return err
		}
	}
	if limit != nil && order == nil {
		b.scatter.anyRows = true
	}
	if order != nil {
		return b.subqueries(blk.place(), order)
	}
	return nil
}

// subqueries walks the subqueries of an expression and notes what in it
// depends on where, when or among which rows it is evaluated.
func (b *builder) subqueries(p place, n ast.Node) error {
	v := &finder{b: b, place: p}
	n.Accept(v)
	return v.err
}

type finder struct {
	b     *builder
	place place
	err   error
}

// Enter implements ast.Visitor.
func (f *finder) Enter(n ast.Node) (ast.Node, bool) {
	if f.err != nil {
		return n, true
	}
	facts := &f.b.scatter
	switch x := n.(type) {
	case *ast.SubqueryExpr:
		f.err = f.b.query(x.Query, f.place.block, f.place.block, f.place.scope)
		return n, true
	case *ast.ExistsSubqueryExpr:
		if q, ok := x.Sel.(*ast.SubqueryExpr); ok {
			f.err = f.b.existence(q.Query, f.place)
			return n, true
		}
	case *ast.PatternInExpr:
		if q, ok := x.Sel.(*ast.SubqueryExpr); ok {
			f.among(x.Expr, q)
			return n, true
		}
	case *ast.CompareSubqueryExpr:
		if q, ok := x.R.(*ast.SubqueryExpr); ok && x.Op == opcode.EQ && !x.All {
			f.among(x.L, q)
			return n, true
		}
	case *ast.AggregateFuncExpr:
		if f.place.block.names != nil && !f.local(x) {
			facts.outerAggregate = true
		}
	case *ast.WindowFuncExpr:
		facts.window = true
	case *ast.MatchAgainst:
		if !f.b.matches[x] {
			facts.relevance = true
		}
	case *ast.VariableExpr:
		f.variable(x)
	case *ast.FuncCallExpr:
		f.b.call(x, f.place.block.outer != nil)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (f *finder) Leave(n ast.Node) (ast.Node, bool) { return n, f.err == nil }

func (f *finder) variable(x *ast.VariableExpr) {
	if x.IsSystem {
		return
	}
	f.b.scatter.userVar = true
	if x.Value != nil {
		f.b.assigns = true
	}
}

// local reports whether an aggregate in a subquery is surely the subquery's
// own: one over columns of the query around it belongs to that one.
func (f *finder) local(a *ast.AggregateFuncExpr) bool {
	for _, arg := range a.Args {
		foreign := hasNode(arg, func(n ast.Node) bool {
			c, ok := n.(*ast.ColumnNameExpr)
			if !ok {
				return false
			}
			r := resolve(c.Name, f.place)
			return r == nil || r.block != f.place.block
		})
		if foreign {
			return false
		}
	}
	return true
}
