package plan

import (
	"fmt"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// tableIn is a table of a keyspace.
type tableIn struct{ keyspace, table string }

// follow has a statement name the tables that have moved to other keyspaces where
// they are now. Whoever may use a table by the name that it had may still do so: the
// grants that a statement takes are those of the keyspace that it names.
func (in *Input) follow(stmt ast.Node) {
	moved := false
	for _, ks := range in.Snapshot.Keyspaces {
		moved = moved || len(ks.Moved) > 0
	}
	if !moved {
		return
	}
	references := &cteReferences{}
	stmt.Accept(references)
	f := &following{in: in, expressions: map[*ast.TableName]bool{}}
	for _, r := range references.found {
		f.expressions[r.name] = true
	}
	stmt.Accept(f)
}

// follows reports whether the statement names a table that has moved.
func (in *Input) follows() bool { return len(in.named) > 0 }

// followable refuses to follow a table in what is about its definition, or is read by
// MySQL as the client has written it.
func (in *Input) followable() error {
	if !in.follows() {
		return nil
	}
	switch in.Stmt.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt, *ast.DoStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.ExplainStmt, *ast.ShowStmt:
		return nil
	}
	for at, named := range in.named {
		return &Refusal{Code: codeUnknownTable, Message: fmt.Sprintf("Table '%s.%s' has moved to keyspace %s, and only queries and changes of rows find it there by the name that it had; name it as %s.%s",
			named, at.table, at.keyspace, at.keyspace, at.table)}
	}
	return nil
}

// parsed parses the text once more.
func (in *Input) parsed() (ast.StmtNode, error) {
	stmt, err := parser.ParseOne(in.Text, in.Mode)
	if err == nil && in.follows() {
		in.follow(stmt)
	}
	return stmt, err
}

// needOn notes that the statement takes at least this grant on the keyspace by which
// it names a table.
func (b *builder) needOn(ks *topology.Keyspace, table string, grant topology.Grant) {
	name := ks.Name
	if named := b.in.named[tableIn{ks.Name, table}]; named != "" {
		name = named
	}
	b.need(name, grant)
}

// following changes the names.
type following struct {
	in *Input
	// expressions are the names that mean common table expressions.
	expressions map[*ast.TableName]bool
}

// Enter implements ast.Visitor.
func (f *following) Enter(n ast.Node) (ast.Node, bool) {
	switch x := n.(type) {
	case *ast.ShowStmt:
		if x.Table != nil && x.Table.Schema.O == "" {
			x.Table.Schema = ast.NewCIStr(x.DBName)
			if f.table(x.Table) {
				x.DBName = x.Table.Schema.O
			}
		}
	case *ast.TableName:
		f.table(x)
	case *ast.ColumnName:
		f.qualifier(&x.Schema, x.Table)
	case *ast.SelectField:
		if x.WildCard != nil {
			f.qualifier(&x.WildCard.Schema, x.WildCard.Table)
		}
	}
	return n, false
}

// Leave implements ast.Visitor.
func (f *following) Leave(n ast.Node) (ast.Node, bool) { return n, true }

func (f *following) table(t *ast.TableName) bool {
	if f.expressions[t] || f.in.Functions[t.Name.O] != "" {
		return false
	}
	named := t.Schema.O
	if named == "" {
		named = f.in.Keyspace
	}
	home := f.in.Snapshot.Home(named, t.Name.O)
	if home == named {
		return false
	}
	if f.in.named == nil {
		f.in.named = map[tableIn]string{}
	}
	f.in.named[tableIn{home, t.Name.O}] = named
	t.Schema = ast.NewCIStr(home)
	return true
}

// qualifier follows the keyspace that stands before a table's name and a column.
func (f *following) qualifier(schema *ast.CIStr, table ast.CIStr) {
	if schema.O == "" {
		return
	}
	if home := f.in.Snapshot.Home(schema.O, table.O); home != schema.O {
		*schema = ast.NewCIStr(home)
	}
}
