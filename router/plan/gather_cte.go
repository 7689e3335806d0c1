package plan

import (
	"strconv"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// cteCopiesMax bounds the copies of common table expressions.
const cteCopiesMax = 32

// unshare gives each reference to a common table expression one of its own:
// MySQL opens the tables of an expression anew for each reference, and a
// temporary table cannot be opened twice.
func (b *builder) unshare(stmt ast.Node) string {
	index := map[*ast.CommonTableExpression]int{}
	for i, c := range ctesOf(stmt) {
		index[c] = i
	}
	for copies := 0; ; copies++ {
		shared, ref := sharedCTE(stmt)
		if shared == nil {
			return ""
		}
		if copies == cteCopiesMax {
			return "its common table expressions are referenced too often; split the statement"
		}
		if random := randomIn(shared); random != "" {
			return upper(random) + "() in a common table expression that is referenced twice would give each reference a value of its own; compute the value first"
		}
		fresh, err := b.reparse()
		if err != nil {
			return err.Error()
		}
		if err := b.expandViews(fresh); err != nil {
			return err.Error()
		}
		all := ctesOf(fresh)
		at := index[shared.cte]
		twin := all[at]
		for i, c := range ctesOf(twin) {
			index[c] = at + i
		}
		name := "_shardway_c" + strconv.Itoa(copies+1)
		renameCTE(twin, name)
		shared.insert(twin)
		if ref.source.AsName.O == "" {
			ref.source.AsName = ref.name.Name
		}
		ref.name.Name = ast.NewCIStr(name)
	}
}

// ctesOf lists common table expressions in the order of the text; one that is
// given is the first.
func ctesOf(n ast.Node) []*ast.CommonTableExpression {
	v := &cteSearch{}
	n.Accept(v)
	return v.found
}

type cteSearch struct{ found []*ast.CommonTableExpression }

// Enter implements ast.Visitor.
func (v *cteSearch) Enter(n ast.Node) (ast.Node, bool) {
	if c, ok := n.(*ast.CommonTableExpression); ok {
		v.found = append(v.found, c)
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *cteSearch) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// renameCTE gives an expression, and what in it means itself, another name.
func renameCTE(c *ast.CommonTableExpression, name string) {
	v := &cteReferences{}
	c.Accept(v)
	for _, r := range v.found {
		if r.cte != c {
			continue
		}
		if r.source.AsName.O == "" {
			r.source.AsName = r.name.Name
		}
		r.name.Name = ast.NewCIStr(name)
	}
	c.Name = ast.NewCIStr(name)
}

// sharedExpression is an expression that two references mean, and its WITH.
type sharedExpression struct {
	cte  *ast.CommonTableExpression
	with *ast.WithClause
}

// insert puts a copy behind the expression.
func (s *sharedExpression) insert(twin *ast.CommonTableExpression) {
	for i, c := range s.with.CTEs {
		if c == s.cte {
			rest := append([]*ast.CommonTableExpression{twin}, s.with.CTEs[i+1:]...)
			s.with.CTEs = append(s.with.CTEs[:i+1:i+1], rest...)
			return
		}
	}
}

// sharedCTE finds an expression that is referenced twice from outside of it, and
// its second reference.
func sharedCTE(stmt ast.Node) (*sharedExpression, *cteReference) {
	v := &cteReferences{}
	stmt.Accept(v)
	first := map[*ast.CommonTableExpression]bool{}
	for i := range v.found {
		r := &v.found[i]
		if r.inside {
			continue
		}
		if first[r.cte] {
			return &sharedExpression{cte: r.cte, with: r.with}, r
		}
		first[r.cte] = true
	}
	return nil, nil
}

func randomIn(s *sharedExpression) string {
	name := ""
	hasAnywhere(s.cte, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncCallExpr); ok && (volatilityOf(f.FnName.L, len(f.Args)) == volatileRandom || volatilityOf(f.FnName.L, len(f.Args)) == volatileSeed) {
			name = f.FnName.L
		}
		return name != ""
	})
	return name
}

// cteReference is a table name that means a common table expression.
type cteReference struct {
	cte    *ast.CommonTableExpression
	with   *ast.WithClause
	name   *ast.TableName
	source *ast.TableSource
	// inside: it stands in the expression itself, which is recursive.
	inside bool
}

// cteReferences follows which names mean which expression.
type cteReferences struct {
	frames []cteFrame
	open   []*ast.CommonTableExpression
	withs  []*ast.WithClause
	source []*ast.TableSource
	found  []cteReference
}

// cteFrame are the expressions that a query names, seen from inside of it.
type cteFrame struct {
	query ast.Node
	known []cteReference
}

// Enter implements ast.Visitor.
func (v *cteReferences) Enter(n ast.Node) (ast.Node, bool) {
	switch x := n.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt, *ast.SetOprSelectList:
		v.frames = append(v.frames, cteFrame{query: n})
	case *ast.WithClause:
		v.withs = append(v.withs, x)
	case *ast.CommonTableExpression:
		if len(v.frames) == 0 { // the expression by itself
			v.frames = append(v.frames, cteFrame{query: n})
		}
		if x.IsRecursive {
			v.know(x)
		}
		v.open = append(v.open, x)
	case *ast.TableSource:
		v.source = append(v.source, x)
	case *ast.TableName:
		v.take(x)
	}
	return n, false
}

func (v *cteReferences) know(c *ast.CommonTableExpression) {
	top := &v.frames[len(v.frames)-1]
	var with *ast.WithClause
	if len(v.withs) > 0 {
		with = v.withs[len(v.withs)-1]
	}
	for _, k := range top.known {
		if k.cte == c {
			return
		}
	}
	top.known = append(top.known, cteReference{cte: c, with: with})
}

func (v *cteReferences) take(t *ast.TableName) {
	if t.Schema.L != "" || len(v.source) == 0 || v.source[len(v.source)-1].Source != ast.ResultSetNode(t) {
		return
	}
	for i := len(v.frames) - 1; i >= 0; i-- {
		known := v.frames[i].known
		for j := len(known) - 1; j >= 0; j-- {
			if known[j].cte.Name.O != t.Name.O {
				continue
			}
			r := known[j]
			r.name, r.source = t, v.source[len(v.source)-1]
			for _, o := range v.open {
				r.inside = r.inside || o == r.cte
			}
			v.found = append(v.found, r)
			return
		}
	}
}

// Leave implements ast.Visitor.
func (v *cteReferences) Leave(n ast.Node) (ast.Node, bool) {
	switch x := n.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt, *ast.SetOprSelectList:
		v.frames = v.frames[:len(v.frames)-1]
	case *ast.WithClause:
		v.withs = v.withs[:len(v.withs)-1]
	case *ast.CommonTableExpression:
		v.open = v.open[:len(v.open)-1]
		v.know(x)
	case *ast.TableSource:
		v.source = v.source[:len(v.source)-1]
	}
	return n, true
}
