package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// enterSelect walks one SELECT: its FROM, its conditions and every subquery.
func (b *builder) enterSelect(s *ast.SelectStmt, outer *block, nested bool) (*block, error) {
	blk := &block{outer: outer, nested: nested}
	if err := b.enterWith(blk, s.With); err != nil {
		return nil, err
	}
	if s.From != nil {
		if err := b.enterFrom(blk, s.From); err != nil {
			return nil, err
		}
	}
	if s.LockInfo != nil && s.LockInfo.LockType != ast.SelectLockNone {
		b.locking = true
	}
	if s.SelectIntoOpt != nil {
		b.scatter.into = true
	}
	if s.SelectStmtOpts != nil && s.CalcFoundRows {
		b.scatter.calcRows = true
	}
	if len(s.WindowSpecs) > 0 {
		b.scatter.window = true
	}
	if s.Where != nil {
		b.conjuncts(s.Where, condition{block: blk})
	}
	for _, n := range selectExpressions(s) {
		if err := b.subqueries(blk, n); err != nil {
			return nil, err
		}
	}
	return blk, nil
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
	blk.ctes = map[string]bool{}
	for _, cte := range w.CTEs {
		if w.IsRecursive {
			blk.ctes[cte.Name.O] = true
		}
		if err := b.nestedQuery(blk, cte.Query.Query); err != nil {
			return err
		}
		blk.ctes[cte.Name.O] = true
	}
	return nil
}

// nestedQuery walks a query whose rows are a table of blk.
func (b *builder) nestedQuery(blk *block, n ast.Node) error {
	switch q := n.(type) {
	case *ast.SelectStmt:
		_, err := b.enterSelect(q, blk, true)
		return err
	case *ast.SetOprStmt:
		return b.enterSetOperation(q, blk)
	case *ast.SetOprSelectList:
		return b.enterArms(q, blk)
	case *ast.SubqueryExpr:
		return b.nestedQuery(blk, q.Query)
	case *ast.TableSource:
		_, err := b.enterSource(blk, q)
		return err
	default:
		return notSupported("this kind of table expression is not supported")
	}
}

func (b *builder) enterSetOperation(s *ast.SetOprStmt, outer *block) error {
	blk := &block{outer: outer, nested: true}
	if err := b.enterWith(blk, s.With); err != nil {
		return err
	}
	if err := b.enterArms(s.SelectList, blk); err != nil {
		return err
	}
	if s.OrderBy != nil {
		return b.subqueries(blk, s.OrderBy)
	}
	return nil
}

func (b *builder) enterArms(list *ast.SetOprSelectList, blk *block) error {
	if list.With != nil {
		if err := b.enterWith(blk, list.With); err != nil {
			return err
		}
	}
	for _, arm := range list.Selects {
		if err := b.nestedQuery(blk, arm); err != nil {
			return err
		}
	}
	return nil
}

// subqueries walks the subqueries of an expression and notes the functions
// whose answer depends on where or when they run.
func (b *builder) subqueries(blk *block, n ast.Node) error {
	v := &finder{b: b, block: blk}
	n.Accept(v)
	return v.err
}

type finder struct {
	b     *builder
	block *block
	err   error
}

func (f *finder) Enter(n ast.Node) (ast.Node, bool) {
	if f.err != nil {
		return n, true
	}
	switch x := n.(type) {
	case *ast.SubqueryExpr:
		f.err = f.b.expressionQuery(f.block, x.Query)
		return n, true
	case *ast.WindowFuncExpr:
		f.b.scatter.window = true
	case *ast.VariableExpr:
		if !x.IsSystem {
			f.b.scatter.userVar = true
			if x.Value != nil {
				f.b.locking = true // an assignment is the primary's connection's
			}
		}
	case *ast.FuncCallExpr:
		f.b.call(x.FnName.L)
	}
	return n, false
}

func (f *finder) Leave(n ast.Node) (ast.Node, bool) { return n, f.err == nil }

// expressionQuery walks a subquery that is a value or a condition.
func (b *builder) expressionQuery(blk *block, n ast.ResultSetNode) error {
	if s, ok := n.(*ast.SelectStmt); ok {
		_, err := b.enterSelect(s, blk, false)
		return err
	}
	return b.nestedQuery(blk, n)
}

// call notes what a function needs.
func (b *builder) call(name string) {
	switch name {
	case "get_lock", "release_lock", "release_all_locks", "is_free_lock", "is_used_lock":
		b.scatter.getLock = true
		b.locking = true
	case "uuid", "uuid_short", "rand", "random_bytes":
		b.scatter.randomness = strings.ToUpper(name)
	case "now", "current_timestamp", "localtime", "localtimestamp", "curdate", "current_date", "curtime", "current_time", "sysdate", "utc_timestamp", "utc_date", "utc_time", "unix_timestamp":
		b.scatter.clock = true
	case "last_insert_id":
		b.locking = true
	}
}
