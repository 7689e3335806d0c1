package plan

import (
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
)

// insertValues takes the values of a row, which is counted from 0.
func (b *builder) insertValues(row []ast.ExprNode, width, number int) ([]InsertValue, error) {
	if len(row) != width {
		return nil, &Refusal{Code: codeColumnCount, Message: "Column count doesn't match value count at row " + strconv.Itoa(number+1)}
	}
	values := make([]InsertValue, len(row))
	for i, e := range row {
		v := &values[i]
		v.Operand, v.Literal = b.operand(e)
		v.Null = v.Literal && v.Operand.Slot < 0 && v.Operand.Const.Kind == shardkey.Null
		if d, ok := unwrap(e).(*ast.DefaultExpr); ok {
			v.Default = d.Name == nil
		}
		var err error
		if v.Text, err = b.valueText(e); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// valueText is the text of one value. Parentheses around it give a bare ? a
// parent whose child can be replaced; they are taken off again.
func (b *builder) valueText(e ast.ExprNode) (*Template, error) {
	t, err := b.template(&ast.ParenthesesExpr{Expr: e})
	if err != nil {
		return nil, err
	}
	last := len(t.Parts) - 1
	t.Parts[0] = strings.TrimPrefix(t.Parts[0], "(")
	t.Parts[last] = strings.TrimSuffix(t.Parts[last], ")")
	return t, nil
}

// insertText cuts the statement's text around its rows.
func (b *builder) insertText(op *Insert, s *ast.InsertStmt) error {
	var err error
	op.Head, op.Tail, err = b.aroundRows(s)
	return err
}

// aroundRows is the text before and after an INSERT's rows.
func (b *builder) aroundRows(s *ast.InsertStmt) (head, tail *Template, err error) {
	s.Setlist = false
	s.Lists = [][]ast.ExprNode{{b.holeNode(Hole{Kind: holeRows})}}
	t, err := b.template(s)
	if err != nil {
		return nil, nil, err
	}
	for i, h := range t.Holes {
		if h.Kind == holeRows {
			head = &Template{Parts: append([]string(nil), t.Parts[:i+1]...), Holes: t.Holes[:i]}
			tail = &Template{Parts: append([]string(nil), t.Parts[i+1:]...), Holes: t.Holes[i+1:]}
			head.Parts[i] = strings.TrimSuffix(head.Parts[i], "(")
			tail.Parts[0] = b.rowAlias(s) + strings.TrimPrefix(tail.Parts[0], ")")
			return head, tail, nil
		}
	}
	panic("plan: an INSERT lost its rows")
}

// unfolded is the whole text of an INSERT whose rows the shape has folded into
// one: a hole stands for all of them.
func (b *builder) unfolded(s *ast.InsertStmt) (*Template, error) {
	row := &Template{Parts: []string{""}}
	for i, e := range s.Lists[0] {
		t, err := b.valueText(e)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			row.Parts[len(row.Parts)-1] += ", "
		}
		row.Parts[len(row.Parts)-1] += t.Parts[0]
		row.Parts = append(row.Parts, t.Parts[1:]...)
		row.Holes = append(row.Holes, t.Holes...)
	}
	head, tail, err := b.aroundRows(s)
	if err != nil {
		return nil, err
	}
	return &Template{
		Parts: append(append([]string(nil), head.Parts...), tail.Parts...),
		Holes: append(append(append([]Hole(nil), head.Holes...), Hole{Kind: HoleRows, Row: row}), tail.Holes...),
	}, nil
}
