package plan

import (
	"fmt"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// viewsMax bounds the views that a statement reads, those behind others included.
const viewsMax = 64

// expandViews puts the queries behind views into a query in their places, where
// a view's rows are on several groups: no group's own view has them all.
func (b *builder) expandViews(stmt ast.Node) error {
	switch stmt.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt:
	default:
		return nil
	}
	for range viewsMax {
		source, ks, view := b.findView(stmt)
		if source == nil {
			return nil
		}
		b.need(ks.Name, topology.GrantRead)
		query, err := parser.ParseOne(view.ViewText, parser.Mode{})
		if err != nil {
			return notSupported("view %s.%s cannot be read over several shards: its query is not understood: %v; query its tables", ks.Name, view.Name, err)
		}
		body, ok := query.(ast.ResultSetNode)
		if !ok {
			return notSupported("view %s.%s cannot be read over several shards: it is not a SELECT; query its tables", ks.Name, view.Name)
		}
		if source.AsName.O == "" {
			source.AsName = ast.NewCIStr(view.Name)
		}
		source.Source = body
	}
	return &Refusal{Code: codeNotSupported, Message: fmt.Sprintf("the statement reads more than %d views, or views that read each other", viewsMax)}
}

// findView finds a view that must be expanded.
func (b *builder) findView(stmt ast.Node) (*ast.TableSource, *topology.Keyspace, *Table) {
	references := &cteReferences{}
	stmt.Accept(references)
	expressions := map[*ast.TableName]bool{}
	for _, r := range references.found {
		expressions[r.name] = true
	}
	v := &sourceSearch{}
	stmt.Accept(v)
	for _, s := range v.found {
		name := s.Source.(*ast.TableName)
		if expressions[name] {
			continue
		}
		schema := name.Schema.O
		if schema == "" {
			schema = b.in.Keyspace
		}
		ks := b.snapshot.Serving(schema)
		if ks == nil || !spread(ks) {
			continue
		}
		known := b.in.Schema(ks.Name)
		if known == nil {
			continue
		}
		if t := known.Tables[name.Name.O]; t != nil && t.View && t.ViewText != "" {
			return s, ks, t
		}
	}
	return nil, nil, nil
}

// sourceSearch lists where tables are named in FROM.
type sourceSearch struct{ found []*ast.TableSource }

// Enter implements ast.Visitor.
func (v *sourceSearch) Enter(n ast.Node) (ast.Node, bool) {
	if s, ok := n.(*ast.TableSource); ok {
		if _, named := s.Source.(*ast.TableName); named {
			v.found = append(v.found, s)
		}
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *sourceSearch) Leave(n ast.Node) (ast.Node, bool) { return n, true }
