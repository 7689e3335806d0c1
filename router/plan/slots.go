package plan

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/parser"
)

// A hole stands in a tree as a column name that no client can write: its first
// character is the byte 0, which MySQL refuses in identifiers.
const holeMark = "\x00hole"

func (b *builder) holeNode(h Hole) ast.ExprNode {
	name := holeMark + strconv.Itoa(len(b.holes)) + "\x00"
	b.holes = append(b.holes, h)
	return &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ast.NewCIStr(name)}}
}

func isHole(c *ast.ColumnNameExpr) bool { return strings.HasPrefix(c.Name.Name.O, holeMark) }

// template restores a tree as SQL text with its markers as holes. It changes
// the tree; nodes that stand at several places of it are changed once.
func (b *builder) template(n ast.Node) (*Template, error) {
	n.Accept(&marking{b: b})
	text, err := parser.Restore(n, b.in.Mode)
	if err != nil {
		return nil, notSupported("this statement cannot be rewritten for several shards: %v; give the shard key", err)
	}
	return b.cut(text), nil
}

// cut splits restored text at its holes, once table functions are back in their places.
func (b *builder) cut(text string) *Template {
	for name, function := range b.in.Functions {
		// MySQL takes no table function alone in parentheses, where a list of tables is restored so.
		alone := regexp.MustCompile(`\((` + quoted(name) + " AS `(?:[^`]|``)+`)\\)")
		text = alone.ReplaceAllString(text, "$1")
		text = strings.ReplaceAll(text, quoted(name), function)
	}
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
		before, hole := text[:i], b.holes[index]
		text = rest[end+2:]
		if hole.Kind == holeNumber {
			text = before + hole.text + text
			continue
		}
		t.Parts = append(t.Parts, before)
		t.Holes = append(t.Holes, hole)
	}
}

// marking replaces each ? by its hole, and each number with an exponent by one
// for what the client has written.
type marking struct {
	b *builder
	// numbers are the texts of numbers; nil if they have not been looked for.
	numbers map[float64]string
}

// Enter implements ast.Visitor.
func (m *marking) Enter(n ast.Node) (ast.Node, bool) { return n, false }

// Leave implements ast.Visitor.
func (m *marking) Leave(n ast.Node) (ast.Node, bool) {
	switch n := n.(type) {
	case *test_driver.ParamMarkerExpr:
		return m.b.holeNode(Hole{Kind: HoleSlot, Slot: n.Order}), true
	case *test_driver.ValueExpr:
		if n.Kind() != test_driver.KindFloat64 {
			break
		}
		if m.numbers == nil {
			m.numbers = parser.Spellings(m.b.in.Text, m.b.in.Mode)
		}
		if text, ok := m.numbers[n.GetFloat64()]; ok {
			return m.b.holeNode(Hole{Kind: holeNumber, text: text}), true
		}
	}
	return n, true
}
