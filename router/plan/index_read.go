package plan

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
)

// indexedTable finds a table of the statement's own, not of a subquery, that has
// keys which are kept over all shards and that the statement changes so.
func (b *builder) indexedTable(changes func(*ref) bool) *ref {
	for _, r := range b.refs {
		if r.decl != nil && len(r.decl.Unique) > 0 && spread(r.keyspace) && r.block.outer == nil && changes(r) {
			return r
		}
	}
	return nil
}

// indexes reports whether an assignment to the column may change a row of one of
// the table's index tables.
func (r *ref) indexes(c *ast.ColumnName) bool {
	if c.Table.L != "" && !strings.EqualFold(c.Table.O, r.alias) {
		return false
	}
	for i := range r.decl.Unique {
		for _, column := range r.decl.IndexColumns(&r.decl.Unique[i]) {
			if strings.EqualFold(column.Name, c.Name.O) {
				return true
			}
		}
	}
	return false
}

// deletes reports whether a DELETE over several tables may delete rows of a table.
func deletes(s *ast.DeleteStmt, r *ref) bool {
	return slices.ContainsFunc(s.Tables.Tables, func(t *ast.TableName) bool {
		return strings.EqualFold(t.Name.O, r.alias) || strings.EqualFold(t.Name.O, r.decl.Name)
	})
}

// indexed makes the plan of a change of one table whose index tables follow.
func (b *builder) indexed(op Op, r *ref, verb string, several bool) (Op, error) {
	facts, name := &b.scatter, r.decl.Name
	refuse := func(what, instead string) error {
		return notSupported("%s of %s %s is not supported, because a unique key of the table is kept over all shards; %s", verb, name, what, instead)
	}
	route, ok := op.(*Route)
	switch {
	case !ok || several:
		return nil, refuse("with several tables, WITH or LIMIT, or that moves rows", "read the keys first")
	case len(b.refs) != 1:
		// Reading the rows first would see the other table as it was, and the
		// change itself as it is.
		return nil, refuse("with a subquery", "read the keys first")
	case facts.random != "" || facts.userVar || facts.program != "" || facts.getLock || b.system:
		return nil, refuse("with what has another value each time it is computed", "compute the value first")
	case route.Pins != "":
		return nil, refuse("on a connection that is kept ("+route.Pins+")", "write the value itself")
	case r.table == nil:
		return nil, refuse("before its columns are known", "try again")
	}
	c := &Indexed{Change: route, Verb: verb, Keyspace: r.keyspace, Table: r.decl}
	if verb == "UPDATE" {
		if why := c.rowKey(r); why != "" {
			return nil, refuse(why, "give it a primary key of integers, decimals, dates, bytes or text")
		}
	}
	head := c.keyed(r)
	return c, b.indexRead(c, r, head)
}

// keyed sets how the table's keys are read and changed. It returns the beginning
// of a SELECT of rows with their keys.
func (c *Indexed) keyed(r *ref) (head string) {
	fields := slices.Clone(c.Row)
	for _, k := range r.keptBy() {
		columns := r.decl.IndexColumns(k)
		fields = append(fields, k.Columns.SQL(""))
		list := make([]string, len(k.Columns))
		for i, column := range columns {
			fields = append(fields, literalSQL(column))
			if i < len(list) {
				list[i] = quoted(column.Name)
			}
		}
		key := strings.Join(list, ", ")
		if len(list) > 1 {
			key = "(" + key + ")"
		}
		c.Keys = append(c.Keys, IndexedKey{
			Key: k, Name: r.keyName(k), Columns: len(columns), Width: len(list),
			Insert: indexHead(r, k), Delete: "DELETE FROM " + indexName(r, k) + " WHERE " + key + " IN ",
		})
	}
	head = "SELECT " + strings.Join(fields, ", ") + " FROM "
	c.Again = head + quoted(r.keyspace.Name) + "." + quoted(r.decl.Name) + " WHERE "
	return head
}

// rowKey makes the primary key what names a row, or says why it cannot be.
func (c *Indexed) rowKey(r *ref) (why string) {
	if len(r.table.Primary) == 0 {
		return "that has no primary key"
	}
	for _, name := range r.table.Primary {
		at := r.table.Column(name)
		if at < 0 {
			return "whose primary key is over a prefix of a column"
		}
		column := shardkey.Column{Name: r.table.Columns[at].Name, Type: r.table.Columns[at].Type, Collation: r.table.Columns[at].Collation}
		if column.Check() != nil {
			return "whose primary key has column " + name
		}
		c.Row, c.RowColumns = append(c.Row, literalSQL(column)), append(c.RowColumns, column.Name)
	}
	return ""
}

// indexRead writes the SELECT of the rows that the statement is about to change:
// its own table and condition, parsed anew, since the tree in hand has become
// the statement itself.
func (b *builder) indexRead(c *Indexed, r *ref, head string) error {
	stmt, err := b.in.parsed()
	if err != nil {
		return err
	}
	b.replaceSessionFunctions(stmt)
	if explain, ok := stmt.(*ast.ExplainStmt); ok {
		stmt = explain.Stmt
	}
	var from *ast.TableRefsClause
	var where ast.ExprNode
	switch s := stmt.(type) {
	case *ast.UpdateStmt:
		from, where = s.TableRefs, s.Where
	case *ast.DeleteStmt:
		from, where = s.TableRefs, s.Where
	}
	source, ok := from.TableRefs.Left.(*ast.TableSource)
	table, named := (*ast.TableName)(nil), false
	if ok {
		table, named = source.Source.(*ast.TableName)
	}
	if !named || from.TableRefs.Right != nil || table.Name.O != r.decl.Name {
		return notSupported("%s of %s by way of a view or a join is not supported, because a unique key of the table is kept over all shards; change the table itself", c.Verb, r.decl.Name)
	}
	tables, err := b.template(from)
	if err != nil {
		return err
	}
	c.Read = (&Template{Parts: []string{head}}).join(tables)
	if where != nil {
		condition, err := b.valueText(where)
		if err != nil {
			return err
		}
		c.Read = c.Read.join(&Template{Parts: []string{" WHERE "}}).join(condition)
	}
	c.Read = c.Read.join(&Template{Parts: []string{" FOR UPDATE"}})
	return nil
}

// join is the template followed by another.
func (t *Template) join(o *Template) *Template {
	last := len(t.Parts) - 1
	parts := slices.Clone(t.Parts)
	parts[last] += o.Parts[0]
	return &Template{Parts: append(parts, o.Parts[1:]...), Holes: append(slices.Clone(t.Holes), o.Holes...)}
}

// literalSQL is an expression that gives a literal of a column's value, in ASCII:
// MySQL writes it, and reads the same value from it in any session.
func literalSQL(c shardkey.Column) string {
	name := quoted(c.Name)
	base, _, _ := strings.Cut(c.Type, "(")
	base, _, _ = strings.Cut(base, " ")
	switch {
	case c.Collation != "" && c.Collation != "binary":
		charset, _, _ := strings.Cut(c.Collation, "_")
		return "CONCAT('_" + charset + " x''', HEX(" + name + "), '''')"
	case base == "date" || base == "datetime" || base == "time":
		return "CONCAT('''', " + name + ", '''')"
	case strings.HasSuffix(base, "binary") || strings.HasSuffix(base, "blob"):
		return "CONCAT('x''', HEX(" + name + "), '''')"
	default:
		return "CONCAT(" + name + ")"
	}
}

func (d *Description) indexed(c *Indexed) {
	d.route(c.Change)
	first := c.Read.String()
	d.Notes = append(d.Notes, "in one transaction, first on the same shards: "+first)
	for i := range c.Keys {
		k := &c.Keys[i]
		text := k.Delete + "(…)"
		if c.Verb == "UPDATE" {
			text += " and " + k.Insert + "…"
		}
		d.Notes = append(d.Notes, "then, for the unique key "+k.Name+": "+text)
	}
}
