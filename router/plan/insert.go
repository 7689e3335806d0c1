package plan

import (
	"errors"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// insert plans INSERT and REPLACE.
func (b *builder) insert(s *ast.InsertStmt) (Op, error) {
	holes := b.replaceSessionFunctions(s)
	root := b.newBlock(nil, nil, nil)
	if err := b.enterFrom(root, s.Table); err != nil {
		return nil, err
	}
	if len(root.refs) != 1 || root.refs[0].keyspace == nil {
		return nil, &Refusal{Code: codeTableDenied, Message: "INSERT command denied: it takes one table of a keyspace; MySQL's own schemas are each server's"}
	}
	rowLists(s)
	into := root.refs[0]
	b.needOn(into.keyspace, into.decl.Name, topology.GrantWrite)
	if err := b.insertExpressions(s, root); err != nil {
		return nil, err
	}
	if b.overlooked(s) {
		return b.elsewhere()
	}
	if len(into.keyspace.Shards) == 1 || into.single() {
		return b.insertWhole(s, into, holes)
	}
	if s.Select != nil {
		return b.insertSelect(s, into, holes)
	}
	return b.insertRows(s, into)
}

func (b *builder) insertExpressions(s *ast.InsertStmt, root *block) error {
	for _, row := range s.Lists {
		for _, e := range row {
			if err := b.subqueries(root.place(), e); err != nil {
				return err
			}
		}
	}
	for _, a := range s.OnDuplicate {
		if err := b.subqueries(root.place(), a.Expr); err != nil {
			return err
		}
	}
	if s.Select != nil {
		return b.query(s.Select, nil, nil, root.scope)
	}
	return nil
}

// insertWhole plans an INSERT that one group takes as it is.
func (b *builder) insertWhole(s *ast.InsertStmt, into *ref, holes bool) (Op, error) {
	r := &Route{Access: AccessWrite, Pins: b.pins}
	b.keepVariables(r)
	if holes || b.confined > 0 {
		var err error
		if r.One, err = b.whole(); err != nil {
			return nil, err
		}
		r.Numbers = b.numbers
	}
	var roots []*ref
	r.Target, roots = b.target()
	r.Refusal = b.apart(roots)
	if r.Refusal == "" && severalGroups(r.Target) {
		r.Refusal = "INSERT … SELECT from rows of several shards into " + into.decl.Name + " is not supported; select the rows first and insert them with VALUES"
	}
	if r.Refusal != "" {
		return r, b.insertOtherwise(r, s, into)
	}
	return r, nil
}

// insertOtherwise plans the INSERT by way of its rows, for when one group does
// not have all that it reads.
func (b *builder) insertOtherwise(r *Route, s *ast.InsertStmt, into *ref) error {
	var op Op
	var err error
	if s.Select != nil {
		op, err = b.fed(s, into)
	} else {
		op, err = b.insertRows(s, into)
	}
	var refused *Refusal
	switch {
	case err == nil:
		r.Otherwise = op
	case errors.As(err, &refused):
		r.Refusal = refused.Message
	default:
		return err
	}
	return nil
}

// insertSelect plans INSERT … SELECT into a table whose rows are on several shards.
func (b *builder) insertSelect(s *ast.InsertStmt, into *ref, holes bool) (Op, error) {
	r, err := b.rowByRow(s, into, holes)
	if err != nil || r != nil {
		return r, err
	}
	return b.fed(s, into)
}

// insertRows plans an INSERT whose rows are placed one by one.
func (b *builder) insertRows(s *ast.InsertStmt, into *ref) (Op, error) {
	op := &Insert{
		Keyspace: into.keyspace, Table: into.decl, Folded: b.in.Folded, FixClock: true, Ignore: s.IgnoreErr, Auto: -1,
		Copies: into.reference() && len(into.keyspace.Shards) > 1,
	}
	columns, err := b.insertColumns(s, into)
	if err != nil {
		return nil, err
	}
	b.inserted = columns
	if err := b.insertAllowed(s, into); err != nil {
		return nil, err
	}
	if op.Width = len(columns); !into.single() && len(into.keyspace.Shards) > 1 {
		if err := b.insertKey(op, s, into, columns); err != nil {
			return nil, err
		}
	}
	for _, r := range b.refs {
		op.Judged = op.Judged || r != into && r.sameTable(into)
	}
	for i, row := range s.Lists {
		values, err := b.insertValues(row, op.Width, i)
		if err != nil {
			return nil, err
		}
		if err := b.askedFor(op, row, values, into, columns, i); err != nil {
			return nil, err
		}
		op.Rows = append(op.Rows, values)
	}
	if op.Copies {
		if err := sameCopies(op, into, columns); err != nil {
			return nil, err
		}
	}
	return op, b.insertText(op, s)
}

// insertAllowed refuses what cannot be split into rows.
func (b *builder) insertAllowed(s *ast.InsertStmt, into *ref) error {
	facts := &b.scatter
	name, shards := into.decl.Name, len(into.keyspace.Shards)
	switch {
	case facts.userVar:
		return notSupported("user variables in INSERT into %s, which has rows on %d shards, are not supported: each connection has its own; write the value instead", name, shards)
	case facts.getLock || b.system || facts.program != "":
		return notSupported("INSERT into %s, which has rows on %d shards, of what is each server's own is not supported; compute the value first", name, shards)
	}
	for _, a := range s.OnDuplicate {
		if err := b.onDuplicateAllowed(into, a); err != nil {
			return err
		}
		switch {
		case hasSubquery(a.Expr):
			return notSupported("a subquery in ON DUPLICATE KEY UPDATE of %s, which has rows on %d shards, is not supported; read the value first", name, shards)
		case into.reference() && facts.random != "":
			return notSupported("ON DUPLICATE KEY UPDATE of reference table %s with %s() is not supported: the copies would differ; give the value itself", name, upper(facts.random))
		}
	}
	return nil
}

// onDuplicateAllowed refuses to change what says where a row lives, or what
// only the sequence keeps unique. The row's own new values are no change: the
// duplicate was found on the shard that they belong to.
func (b *builder) onDuplicateAllowed(into *ref, a *ast.Assignment) error {
	column := a.Column.Name.L
	key, sequence := keyPosition(into.decl, column) >= 0, strings.EqualFold(into.decl.Sequence, column)
	if !key && !(sequence && into.sharded()) {
		return nil
	}
	switch x := unwrap(a.Expr).(type) {
	case *ast.ValuesExpr:
		if x.Column.Name.Name.L == column {
			return nil
		}
	case *ast.ColumnNameExpr:
		if b.meant(x.Name, into) == column {
			return nil
		}
	case *ast.FuncCallExpr: // the idiom id = LAST_INSERT_ID(id)
		if c, ok := onlyColumn(x); ok && !key && x.FnName.L == "last_insert_id" && c == column {
			return nil
		}
	}
	if key {
		return notSupported("ON DUPLICATE KEY UPDATE of the shard key column %s to anything but VALUES(%s) is not supported: the row might have to move to another shard", a.Column.Name.O, a.Column.Name.O)
	}
	return notSupported("ON DUPLICATE KEY UPDATE of the AUTO_INCREMENT column %s is not supported: each shard knows only its own rows", a.Column.Name.O)
}

func onlyColumn(f *ast.FuncCallExpr) (string, bool) {
	if len(f.Args) != 1 {
		return "", false
	}
	c, ok := f.Args[0].(*ast.ColumnNameExpr)
	if !ok {
		return "", false
	}
	return c.Name.Name.L, true
}

// insertColumns lists the columns that a row gives values for.
func (b *builder) insertColumns(s *ast.InsertStmt, into *ref) ([]string, error) {
	var columns []string
	for _, c := range s.Columns {
		columns = append(columns, c.Name.O)
	}
	if len(columns) > 0 {
		return columns, nil
	}
	if into.table == nil {
		return nil, &Refusal{Code: codeUnknownTable, Message: "Table '" + into.keyspace.Name + "." + into.decl.Name + "' doesn't exist"}
	}
	add := func(name string) {
		columns = append(columns, name)
		s.Columns = append(s.Columns, &ast.ColumnName{Name: ast.NewCIStr(name)})
	}
	if len(s.Lists) > 0 && len(s.Lists[0]) == 0 {
		if into.decl.Sequence == "" {
			return nil, notSupported("INSERT into %s without values is not supported on %d shards; name the columns and give their values", into.decl.Name, len(into.keyspace.Shards))
		}
		add(into.decl.Sequence)
		for i := range s.Lists {
			s.Lists[i] = append(s.Lists[i], &ast.DefaultExpr{})
		}
		return columns, nil
	}
	for i := range into.table.Columns {
		if !into.table.Columns[i].Invisible {
			add(into.table.Columns[i].Name)
		}
	}
	return columns, nil
}

// insertKey finds the shard key's and the sequence's columns.
func (b *builder) insertKey(op *Insert, s *ast.InsertStmt, into *ref, columns []string) error {
	op.Auto = -1
	if seq := into.decl.Sequence; seq != "" {
		if op.Auto = position(columns, seq); op.Auto < 0 {
			op.Auto, op.AutoAdded, b.added = len(columns), true, true
			columns = append(columns, seq)
			s.Columns = append(s.Columns, &ast.ColumnName{Name: ast.NewCIStr(seq)})
		}
		op.AutoUnsafe = keyPosition(into.decl, seq) < 0 && !op.Copies && !into.decl.UniqueShard
	}
	for _, k := range into.decl.ShardKey {
		i := position(columns, k.Name)
		if i < 0 {
			return notSupported("INSERT into %s must give its shard key column %s, which says on which shard the row lives", into.decl.Name, k.Name)
		}
		op.Key = append(op.Key, i)
	}
	return nil
}

func position(columns []string, name string) int {
	for i, c := range columns {
		if strings.EqualFold(c, name) {
			return i
		}
	}
	return -1
}

// sameCopies refuses rows of a reference table that each copy would fill in by
// itself: an AUTO_INCREMENT column without a sequence, a default that is random.
func sameCopies(op *Insert, into *ref, columns []string) error {
	if into.table == nil {
		return nil
	}
	for i := range into.table.Columns {
		c := &into.table.Columns[i]
		at := position(columns, c.Name)
		if strings.EqualFold(c.Name, into.decl.Sequence) {
			continue
		}
		auto := strings.EqualFold(c.Name, into.table.AutoIncrement)
		if !auto && !c.RandomDefault {
			continue
		}
		for _, row := range op.Rows {
			if at < 0 || row[at].Default || auto && !row[at].Literal {
				return notSupported("INSERT into reference table %s must give column %s: the copies would differ by its default", into.decl.Name, c.Name)
			}
		}
	}
	return nil
}
