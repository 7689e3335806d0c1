package parser

import (
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

// TestRule22TextMeansTheStatement checks safety rule 22: a shape's text, parsed
// and with the literals put into the tree, is the statement that was scanned.
func TestRule22TextMeansTheStatement(t *testing.T) {
	compared := 0
	datadriven.Walk(t, "testdata/scan", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if compareTrees(t, unescapeTest(d.Input), testMode(t, d)) {
				compared++
			}
			return d.Expected
		})
	})
	if compared < 100 {
		t.Errorf("only %d statements could be compared", compared)
	}
}

// compareTrees compares what the parser says about a statement with what it says
// about its shape's text. It returns false if there is nothing to compare.
func compareTrees(t *testing.T, sql []byte, mode Mode) bool {
	t.Helper()
	var s Shape
	new(Scanner).Scan(sql, mode, &s)
	if s.Doubt || s.HintErr != nil || s.Flags.Has(Placeholders|Multi) {
		return false
	}
	whole, err := ParseOne(string(sql), mode)
	if err != nil {
		return false
	}
	want, err := Restore(whole, mode)
	if err != nil {
		return false // not every tree can be printed
	}
	text, err := ParseOne(string(s.Text), mode)
	if err != nil {
		t.Errorf("the text of %q does not parse: %q: %v", sql, s.Text, err)
		return false
	}
	fill := filler{t: t, sql: sql, mode: mode, s: &s}
	filled, _ := text.Accept(&fill)
	got, err := Restore(filled, mode)
	if err != nil || want != got {
		t.Errorf("%q\nhas text %q\nwhich means %s\ninstead of  %s", sql, s.Text, got, want)
	}
	return true
}

// filler puts literals in the place of parameters.
type filler struct {
	t    *testing.T
	sql  []byte
	mode Mode
	s    *Shape
}

// Enter implements ast.Visitor.
func (f *filler) Enter(n ast.Node) (ast.Node, bool) {
	switch n := n.(type) {
	case *ast.PatternInExpr:
		if len(n.List) == 1 {
			n.List = f.expand(n.List[0])
		}
	case *ast.InsertStmt:
		if f.s.HasRows {
			n.Lists = nil
			for r := range f.s.Rows.Count {
				var row []ast.ExprNode
				for c := range f.s.Rows.Width {
					row = append(row, f.value(f.s.Rows.Lit+r*f.s.Rows.Width+c))
				}
				n.Lists = append(n.Lists, row)
			}
		}
	}
	return n, false
}

// Leave implements ast.Visitor.
func (f *filler) Leave(n ast.Node) (ast.Node, bool) {
	if m, ok := n.(*test_driver.ParamMarkerExpr); ok {
		return f.value(f.s.Slots[m.Order].First), true
	}
	return n, true
}

// expand returns the elements of a list that stands as one parameter.
func (f *filler) expand(n ast.ExprNode) []ast.ExprNode {
	m, ok := n.(*test_driver.ParamMarkerExpr)
	if !ok || !f.s.Slots[m.Order].List {
		return []ast.ExprNode{n}
	}
	slot := f.s.Slots[m.Order]
	var list []ast.ExprNode
	for i := range slot.Count {
		list = append(list, f.value(slot.First+i))
	}
	return list
}

// value parses a literal by itself.
func (f *filler) value(i int) ast.ExprNode {
	lit := f.s.Literals[i]
	stmt, err := ParseOne("SELECT 1,"+string(f.sql[lit.Start:lit.End]), f.mode)
	if err != nil {
		f.t.Fatal(err)
	}
	return stmt.(*ast.SelectStmt).Fields.Fields[1].Expr
}
