package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"
)

// askedFor has MySQL evaluate the values of an INSERT that must be known before
// its rows can be placed: expressions in the shard key or the sequence's column,
// and whatever holds a subquery. at counts the rows from 0.
func (b *builder) askedFor(op *Insert, row []ast.ExprNode, values []InsertValue, into *ref, columns []string, at int) error {
	var asked []int
	for i, e := range row {
		v := &values[i]
		needed := hasSubquery(e) || b.placing(op, i) && !v.Literal && !v.Default || op.Copies && b.scatter.random != "" && !v.Literal && !v.Default
		if !needed {
			continue
		}
		if hasColumn(e) {
			return notSupported("INSERT into %s: the value of column %s must be known before the row, so that it cannot use the row's other columns; write them out", op.Table.Name, columns[i])
		}
		asked = append(asked, i)
		v.Computed = len(asked)
		v.Stored = storedIn(into, len(asked)-1, columns[i])
		v.Text = &Template{Parts: []string{"", ""}, Holes: []Hole{{Kind: HoleRead, Slot: len(asked) - 1}}}
	}
	if len(asked) == 0 {
		op.Compute = append(op.Compute, nil)
		return nil
	}
	read, err := b.inner(func() (ast.StmtNode, error) { return b.asking(at, asked) })
	if err != nil {
		return err
	}
	op.Compute = append(op.Compute, read)
	return nil
}

// placing reports whether a column says where a row goes, or what its number is.
func (b *builder) placing(op *Insert, column int) bool {
	if column == op.Auto {
		return true
	}
	for _, k := range op.Key {
		if k == column {
			return true
		}
	}
	return false
}

// asking is the SELECT of some values of a row.
func (b *builder) asking(row int, columns []int) (ast.StmtNode, error) {
	stmt, err := b.reparse()
	if err != nil {
		return nil, err
	}
	s, ok := stmt.(*ast.InsertStmt)
	if !ok {
		return nil, notSupported("this statement is not understood")
	}
	rowLists(s)
	read := &reading{}
	for _, c := range columns {
		read.add(func(ast.StmtNode) (ast.ExprNode, error) { return s.Lists[row][c], nil })
	}
	fields, err := read.list(s)
	if err != nil {
		return nil, err
	}
	q := &ast.SelectStmt{SelectStmtOpts: &ast.SelectStmtOpts{SQLCache: true}, Kind: ast.SelectStmtKindSelect, Fields: fields}
	q.Accept(&sharing{})
	return q, nil
}
