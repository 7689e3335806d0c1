package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// column is a ref's column, named in lower case.
type column struct {
	ref  *ref
	name string
}

// mergeable reports whether a derived table is another way to write its FROM and
// WHERE: each of its rows is one of theirs. Then what holds of its rows and
// columns holds of theirs, and the other way round.
func mergeable(s *ast.TableSource) (*ast.SelectStmt, bool) {
	q, ok := s.Source.(*ast.SelectStmt)
	if !ok || s.Lateral || q.From == nil || q.Kind != ast.SelectStmtKindSelect || q.Distinct || q.With != nil || q.LockInfo != nil || len(q.WindowSpecs) > 0 || !plainRows(q) {
		return nil, false
	}
	if q.SelectStmtOpts != nil && q.CalcFoundRows || q.OrderBy != nil {
		return nil, false
	}
	odd := hasNode(q.Fields, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.WindowFuncExpr, *ast.VariableExpr, *ast.SubqueryExpr:
			return true
		}
		return false
	})
	return q, !odd
}

// enterMergeable walks a mergeable derived table: its conditions are stated
// about the rows around it.
func (b *builder) enterMergeable(blk *block, s *ast.TableSource, q *ast.SelectStmt, at *scope) (*ref, error) {
	inner := &block{outer: blk, names: blk.names, scope: at}
	if err := b.enterSelect(q, inner); err != nil {
		return nil, err
	}
	r := &ref{alias: s.AsName.O, fields: map[string]column{}}
	r.complete = r.show(q, inner)
	return blk.add(r, at), nil
}

// show notes which columns of its own tables a derived table shows under which
// names; an expression has none behind it. It reports whether all names are known.
func (r *ref) show(q *ast.SelectStmt, inner *block) bool {
	for _, f := range q.Fields.Fields {
		if f.WildCard != nil {
			if !r.showAll(f.WildCard, inner) {
				return false
			}
			continue
		}
		name := f.AsName.L
		c, plain := unwrap(f.Expr).(*ast.ColumnNameExpr)
		switch {
		case plain && name == "":
			name = c.Name.Name.L
		case name == "":
			return false // it is called by its text
		}
		r.fields[name] = column{}
		if plain && !isHole(c) {
			if of, known := resolveColumn(c.Name, inner.place()); known {
				r.fields[name] = of
			}
		}
	}
	return true
}

func (r *ref) showAll(w *ast.WildCardField, inner *block) bool {
	if len(inner.hidden) > 0 || inner.unclear {
		return false
	}
	for _, of := range inner.refs {
		if w.Table.L != "" && w.Table.L != strings.ToLower(of.alias) {
			continue
		}
		switch {
		case of.table != nil:
			for i := range of.table.Columns {
				if c := &of.table.Columns[i]; !c.Invisible {
					r.fields[strings.ToLower(c.Name)] = column{of, strings.ToLower(c.Name)}
				}
			}
		case of.complete:
			for name, c := range of.fields {
				r.fields[name] = c
			}
		default:
			return false
		}
	}
	return true
}

// resolveColumn finds the column of a table that a name means, also through
// mergeable derived tables. known is false unless it is certain.
func resolveColumn(n *ast.ColumnName, at place) (c column, known bool) {
	r := resolve(n, at)
	if r == nil {
		return column{}, false
	}
	if r.fields == nil {
		return column{r, n.Name.L}, true
	}
	c = r.fields[n.Name.L]
	return c, c.ref != nil
}
