package plan

import (
	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
)

// Fed is an INSERT or REPLACE whose rows a SELECT gives: they are read under
// shared locks, and each is sent to its shard, in one transaction.
type Fed struct {
	// Verb is "INSERT" or "REPLACE".
	Verb string
	Read Op
	// Insert is told that a slot of a row is a column of Read; the slots of its
	// Head and Tail are still those of the statement.
	Insert *Insert
	// Stored says into which columns the values go.
	Stored []Stored
	// Besides counts the columns of Read behind the row: ON DUPLICATE KEY UPDATE
	// uses them.
	Besides int
	// Judged: names in ON DUPLICATE KEY UPDATE may be the SELECT's; MySQL has the
	// say whether they are clear.
	Judged bool
}

func (*Fed) op() {}

// fed plans INSERT … SELECT by way of the rows.
func (b *builder) fed(s *ast.InsertStmt, into *ref) (Op, error) {
	if err := b.fedAllowed(s, into); err != nil {
		return nil, err
	}
	op := &Fed{Verb: "INSERT", Insert: &Insert{Keyspace: into.keyspace, Table: into.decl, Folded: true, FixClock: true, Auto: -1, Ignore: s.IgnoreErr}}
	if s.IsReplace {
		op.Verb = "REPLACE"
	}
	i := op.Insert
	i.Copies = into.reference() && len(into.keyspace.Shards) > 1
	columns, err := b.insertColumns(s, into)
	if err != nil {
		return nil, err
	}
	i.Width = len(columns)
	if !into.single() && len(into.keyspace.Shards) > 1 {
		if err := b.insertKey(i, s, into, columns); err != nil {
			return nil, err
		}
	}
	row := make([]InsertValue, i.Width)
	for at := range row {
		row[at] = InsertValue{Operand: Operand{Slot: at}, Literal: true, Text: &Template{Parts: []string{"", ""}, Holes: []Hole{{Kind: HoleSlot, Slot: at}}}}
		op.Stored = append(op.Stored, storedIn(into, at, columns[at]))
	}
	i.Rows = [][]InsertValue{row}
	if i.Copies {
		if err := sameCopies(i, into, columns); err != nil {
			return nil, err
		}
	}
	op.Judged = len(s.OnDuplicate) > 0
	besides, err := b.besides(s, into, i.Width)
	if err != nil {
		return nil, err
	}
	op.Besides = len(besides)
	s.Select = nil
	if err := b.insertText(i, s); err != nil {
		return nil, err
	}
	op.Read, err = b.inner(func() (ast.StmtNode, error) { return b.source(besides) })
	return op, err
}

// fedAllowed refuses what the rows' own shard would do otherwise.
func (b *builder) fedAllowed(s *ast.InsertStmt, into *ref) error {
	facts := &b.scatter
	what := "INSERT … SELECT into " + into.decl.Name + " over several shards"
	switch {
	case facts.userVar:
		return notSupported("%s with user variables is not supported: each connection has its own; write the value instead", what)
	case facts.getLock || facts.setsID:
		return notSupported("%s of what belongs to one connection is not supported; compute the value first", what)
	}
	for _, a := range s.OnDuplicate {
		if err := b.onDuplicateAllowed(into, a); err != nil {
			return err
		}
		if hasSubquery(a.Expr) {
			return notSupported("%s with a subquery in ON DUPLICATE KEY UPDATE is not supported; read the value first", what)
		}
	}
	return nil
}

// besides replaces the columns of the SELECT that ON DUPLICATE KEY UPDATE uses by
// holes, and lists them: they are read beside the row.
func (b *builder) besides(s *ast.InsertStmt, into *ref, width int) ([]*ast.ColumnName, error) {
	v := &selected{b: b, into: into, width: width}
	for _, a := range s.OnDuplicate {
		e, _ := a.Expr.Accept(v)
		a.Expr = e.(ast.ExprNode)
	}
	q, ok := s.Select.(*ast.SelectStmt)
	if len(v.columns) > 0 && (!ok || q.Distinct || q.GroupBy != nil || hasAggregate(q.Fields)) {
		return nil, notSupported("INSERT … SELECT into %s over several shards: ON DUPLICATE KEY UPDATE may use columns of %s and VALUES(…) alone with this kind of SELECT", into.decl.Name, into.decl.Name)
	}
	return v.columns, nil
}

// selected finds the columns that are not the table's own.
type selected struct {
	b       *builder
	into    *ref
	width   int
	columns []*ast.ColumnName
}

// Enter implements ast.Visitor.
func (v *selected) Enter(n ast.Node) (ast.Node, bool) {
	_, values := n.(*ast.ValuesExpr) // VALUES(c) is of the table
	return n, values
}

// Leave implements ast.Visitor.
func (v *selected) Leave(n ast.Node) (ast.Node, bool) {
	c, ok := n.(*ast.ColumnNameExpr)
	if !ok || isHole(c) {
		return n, true
	}
	has, _ := v.into.has(c.Name.Name.L)
	if c.Name.Table.L == "" && has || c.Name.Table.L != "" && c.Name.Table.O == v.into.alias {
		return n, true
	}
	v.columns = append(v.columns, c.Name)
	return v.b.holeNode(Hole{Kind: HoleRead, Slot: v.width + len(v.columns) - 1}), true
}

// source is the SELECT of an INSERT, once more, with locks on what it reads.
func (b *builder) source(besides []*ast.ColumnName) (ast.StmtNode, error) {
	stmt, err := b.reparse()
	if err != nil {
		return nil, err
	}
	s, ok := stmt.(*ast.InsertStmt)
	if !ok {
		return nil, notSupported("this statement is not understood")
	}
	switch q := s.Select.(type) {
	case *ast.SelectStmt:
		if q.Kind == ast.SelectStmtKindTable {
			q.Kind, q.SelectStmtOpts = ast.SelectStmtKindSelect, &ast.SelectStmtOpts{SQLCache: true}
			q.Fields = &ast.FieldList{Fields: []*ast.SelectField{{WildCard: &ast.WildCardField{}}}}
		}
		q.IsInBraces = false
		for _, c := range besides {
			name := *c
			q.Fields.Fields = append(q.Fields.Fields, &ast.SelectField{Expr: &ast.ColumnNameExpr{Name: &name}})
		}
		q.Accept(&sharing{})
		return q, nil
	case *ast.SetOprStmt:
		q.Accept(&sharing{})
		return q, nil
	default:
		return nil, notSupported("this kind of INSERT … SELECT is not understood")
	}
}

// rowLists takes VALUES ROW(…), ROW(…) as the rows that it is.
func rowLists(s *ast.InsertStmt) {
	q, ok := s.Select.(*ast.SelectStmt)
	if !ok || q.Kind != ast.SelectStmtKindValues || q.OrderBy != nil || q.Limit != nil || q.With != nil {
		return
	}
	s.Select = nil
	for _, row := range q.Lists {
		s.Lists = append(s.Lists, row.Values)
	}
}

// rowByRow plans INSERT … SELECT where each shard inserts what it selects: every
// row comes from the shard that it goes to. It returns nil if that is not sure.
func (b *builder) rowByRow(s *ast.InsertStmt, into *ref, holes bool) (*Route, error) {
	if !into.sharded() || into.decl.Sequence != "" || len(s.OnDuplicate) > 0 {
		return nil, nil
	}
	stmt, err := b.source(nil)
	if err != nil {
		return nil, nil //nolint:nilerr // it is refused elsewhere
	}
	q, ok := stmt.(*ast.SelectStmt)
	if !ok || q.Limit != nil || q.Distinct || q.GroupBy != nil || q.Having != nil || hasAggregate(q.Fields) {
		return nil, nil
	}
	in := b.in
	in.Stmt, in.again = q, func() (ast.StmtNode, error) { return b.source(nil) }
	sub := newBuilder(in)
	root := sub.newBlock(nil, nil, nil)
	if err := sub.enterSelect(q, root); err != nil || sub.overlooked(q) {
		return nil, err
	}
	target, roots := sub.target()
	if len(roots) != 1 || sub.colocated(root, roots) != "" || !sub.givesKey(q, root, s, into, roots[0]) {
		return nil, nil
	}
	r := &Route{Target: target, Access: AccessWrite}
	if holes {
		if r.One, err = b.whole(); err != nil {
			return nil, err
		}
	}
	r.Scatter, r.FixClock = &Scatter{Text: r.One}, true
	return r, nil
}

// givesKey reports whether a SELECT puts the shard key of its own rows into the
// shard key of the table.
func (b *builder) givesKey(q *ast.SelectStmt, root *block, s *ast.InsertStmt, into, class *ref) bool {
	var given []*ast.ColumnName
	for _, f := range q.Fields.Fields {
		if f.WildCard != nil {
			if len(root.refs) != 1 || root.refs[0].table == nil {
				return false
			}
			for i := range root.refs[0].table.Columns {
				if c := &root.refs[0].table.Columns[i]; !c.Invisible {
					given = append(given, &ast.ColumnName{Table: ast.NewCIStr(root.refs[0].alias), Name: ast.NewCIStr(c.Name)})
				}
			}
			continue
		}
		c, ok := unwrap(f.Expr).(*ast.ColumnNameExpr)
		if !ok {
			given = append(given, nil)
			continue
		}
		given = append(given, c.Name)
	}
	columns, err := b.insertColumns(&ast.InsertStmt{Columns: s.Columns}, into)
	if err != nil || len(columns) != len(given) {
		return false
	}
	var from *ref
	for i, k := range into.decl.ShardKey {
		at := position(columns, k.Name)
		if at < 0 || given[at] == nil {
			return false
		}
		r := resolve(given[at], root.place())
		if r == nil || from != nil && r != from || !r.sharded() || r.keyspace != into.keyspace || r.find() != class || r.scope != root.scope {
			return false
		}
		if from = r; keyPosition(r.decl, given[at].Name.L) != i || len(r.decl.ShardKey) != len(into.decl.ShardKey) || !sameForm(r.decl.ShardKey[i], k) {
			return false
		}
	}
	return from != nil
}

// sameForm reports whether two columns of shard keys hold a value alike.
func sameForm(a, z shardkey.Column) bool { return a.Type == z.Type && a.Collation == z.Collation }
