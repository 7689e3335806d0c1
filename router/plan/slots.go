package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/parser"
)

// slotsOf numbers a statement's ? in the order in which they are written,
// which is not the order in which a tree is visited.
func slotsOf(stmt ast.Node) map[ast.Node]int {
	var found markers
	stmt.Accept(&found)
	slices.SortFunc(found.nodes, func(a, b *test_driver.ParamMarkerExpr) int { return a.Offset - b.Offset })
	slots := make(map[ast.Node]int, len(found.nodes))
	for i, n := range found.nodes {
		slots[n] = i
	}
	return slots
}

type markers struct {
	nodes []*test_driver.ParamMarkerExpr
}

func (m *markers) Enter(n ast.Node) (ast.Node, bool) {
	if p, ok := n.(*test_driver.ParamMarkerExpr); ok {
		m.nodes = append(m.nodes, p)
	}
	return n, false
}

func (m *markers) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// A hole stands in a tree as a column name that no client can write: its first
// character is the byte 0, which MySQL refuses in identifiers.
const holeMark = "\x00hole"

func (b *builder) holeNode(h Hole) ast.ExprNode {
	name := holeMark + strconv.Itoa(len(b.scratch.holes)) + "\x00"
	b.scratch.holes = append(b.scratch.holes, h)
	return &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ast.NewCIStr(name)}}
}

// template restores a tree as SQL text with its markers as holes.
func (b *builder) template(n ast.Node) (*Template, error) {
	n.Accept(&marking{b: b})
	text, err := parser.Restore(n, b.in.Mode)
	if err != nil {
		return nil, notSupported("this statement cannot be rewritten for several shards: %v", err)
	}
	return b.cut(text), nil
}

// cut splits restored text at its holes.
func (b *builder) cut(text string) *Template {
	t := &Template{}
	for {
		i := strings.Index(text, "`"+holeMark)
		if i < 0 {
			t.Parts = append(t.Parts, text)
			return t
		}
		rest := text[i+1+len(holeMark):]
		end := strings.IndexByte(rest, 0)
		index, err := strconv.Atoi(rest[:end])
		if err != nil {
			panic("plan: a hole without its number")
		}
		t.Parts = append(t.Parts, text[:i])
		t.Holes = append(t.Holes, b.scratch.holes[index])
		text = rest[end+2:]
	}
}

// marking replaces each ? by its hole.
type marking struct{ b *builder }

func (m *marking) Enter(n ast.Node) (ast.Node, bool) { return n, false }

func (m *marking) Leave(n ast.Node) (ast.Node, bool) {
	if p, ok := n.(*test_driver.ParamMarkerExpr); ok {
		if slot, known := m.b.slots[p]; known {
			return m.b.holeNode(Hole{Kind: HoleSlot, Slot: slot}), true
		}
	}
	return n, true
}
