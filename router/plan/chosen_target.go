package plan

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// rowKey lists the columns that name one row of a table on its shard: the
// primary key, or a unique key without NULLs. reason says why there is none.
func rowKey(r *ref) (columns []string, reason string) {
	if r.table == nil {
		return nil, "table " + r.decl.Name + " is not known to the proxy yet"
	}
	if r.table.View {
		return nil, r.decl.Name + " is a view; change the rows of its tables"
	}
	candidates := append([][]string{r.table.Primary}, r.table.Unique...)
	for _, key := range candidates {
		if len(key) > 0 && namesRows(r.table, key) {
			return key, ""
		}
	}
	return nil, "table " + r.decl.Name + " has no primary key, nor a unique key of columns that are NOT NULL, by which the chosen rows could be named; add one"
}

// namesRows reports whether a key's values name a row exactly: no column can be
// NULL, is cut to a prefix, or holds what does not equal its own literal.
func namesRows(t *Table, key []string) bool {
	for _, name := range key {
		i := t.Column(name)
		if i < 0 || !t.Columns[i].NotNull && !slices.Equal(key, t.Primary) {
			return false
		}
		switch typ := t.Columns[i].Type; {
		case strings.HasPrefix(typ, "float"), strings.HasPrefix(typ, "double"), strings.HasPrefix(typ, "json"):
			return false
		}
	}
	return true
}

// qualified is a column of a ref as an expression.
func qualified(r *ref, column string) *ast.ColumnNameExpr {
	return &ast.ColumnNameExpr{Name: &ast.ColumnName{Table: ast.NewCIStr(r.alias), Name: ast.NewCIStr(column)}}
}

// tableAs is FROM with one table under its alias.
func tableAs(r *ref) *ast.TableRefsClause {
	return &ast.TableRefsClause{TableRefs: &ast.Join{Left: &ast.TableSource{
		Source: &ast.TableName{Schema: ast.NewCIStr(r.keyspace.Name), Name: ast.NewCIStr(r.decl.Name)}, AsName: ast.NewCIStr(r.alias),
	}}}
}

// keyed makes what is known of a change before its text: where rows live, and
// what Read must give for that.
func (b *builder) keyed(r *ref, read *reading) (change KeyedChange, key []string, reason string) {
	change = KeyedChange{Keyspace: r.keyspace, Table: r.decl, Token: -1, Copies: r.reference() && len(r.keyspace.Shards) > 1}
	if key, reason = rowKey(r); reason != "" {
		return change, nil, reason
	}
	for _, column := range key {
		change.Key = append(change.Key, read.column(r, column))
	}
	if r.sharded() && len(r.keyspace.Shards) > 1 {
		change.Token = read.add(func(ast.StmtNode) (ast.ExprNode, error) { return b.sqlExpression(r.decl.ShardKey.SQL(r.alias)) })
	}
	return change, key, ""
}

// byKeys is the condition that a row's key is among those that are filled in.
func (b *builder) byKeys(r *ref, key []string) ast.ExprNode {
	var left ast.ExprNode = qualified(r, key[0])
	if len(key) > 1 {
		row := &ast.RowExpr{}
		for _, column := range key {
			row.Values = append(row.Values, qualified(r, column))
		}
		left = row
	}
	return &ast.PatternInExpr{Expr: left, List: []ast.ExprNode{b.holeNode(Hole{Kind: holeRows})}}
}

// around restores a statement and cuts it where rows or keys are filled in.
func (b *builder) around(n ast.Node) (head, tail *Template, err error) {
	t, err := b.template(n)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(t.Holes, func(h Hole) bool { return h.Kind == holeRows })
	if i < 0 {
		panic("plan: a statement lost the place of its rows")
	}
	return &Template{Parts: t.Parts[: i+1 : i+1], Holes: t.Holes[:i:i]}, &Template{Parts: t.Parts[i+1:], Holes: t.Holes[i+1:]}, nil
}
