package plan

import (
	"regexp"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// createTable reads the statement's columns and keys.
func (b *builder) createTable(d *ast.CreateTableStmt) (Op, error) {
	if d.TemporaryKeyword != ast.TemporaryNone {
		return b.temporary(d.Table)
	}
	ks, err := b.tableKeyspace(d.Table, topology.GrantDDL)
	if err != nil {
		return nil, err
	}
	if d.Select != nil {
		if spread(ks) {
			return nil, notSupported("CREATE TABLE … SELECT is not supported on %s, which has %d shards; create the table, then insert the rows", ks.Name, len(ks.Shards))
		}
		return &Definition{Keyspace: ks, Verb: "CREATE TABLE"}, nil
	}
	c := &CreateTable{Table: &Table{Name: d.Table.Name.O}, IfNotExists: d.IfNotExists}
	op := &Definition{Keyspace: ks, Verb: "CREATE TABLE", Create: c, Objects: []topology.JobObject{tableObject(d.Table)}, Tolerant: d.IfNotExists}
	if d.ReferTable != nil {
		return op, b.createLike(c, ks, d.ReferTable)
	}
	collation := b.tableCollation(ks, d.Options)
	for _, o := range d.Options {
		if o.Tp == ast.TableOptionAutoIncrement {
			c.FirstValue = o.UintValue
		}
		if o.Tp == ast.TableOptionComment {
			c.Comment = o.StrValue
		}
	}
	if national(b.in.Text) && (spread(ks) || strings.Contains(c.Comment, "shardway:")) {
		return nil, notSupported("NATIONAL CHAR and NCHAR are not understood here; write CHAR(n) CHARACTER SET utf8mb3")
	}
	for _, col := range d.Cols {
		c.column(col, collation)
	}
	for _, k := range d.Constraints {
		c.constraint(k)
	}
	c.primaryNotNull()
	return op, nil
}

// national reports whether the text has one of the types whose character set
// the parser does not tell.
func national(text string) bool {
	return regexp.MustCompile(`(?i)\b(nchar|nvarchar|national\s+(char|character|varchar))\b`).MatchString(text)
}

// tableCollation is what a text column gets that says nothing of its own.
func (b *builder) tableCollation(ks *topology.Keyspace, options []*ast.TableOption) string {
	collation := ""
	if schema := b.in.Schema(ks.Name); schema != nil {
		collation = schema.DefaultCollation
	}
	for _, o := range options {
		if o.Tp == ast.TableOptionCharset && o.StrValue != "" {
			collation = defaultCollation(o.StrValue)
		}
	}
	for _, o := range options {
		if o.Tp == ast.TableOptionCollate {
			collation = collationName(o.StrValue)
		}
	}
	return collation
}

func (b *builder) createLike(c *CreateTable, ks *topology.Keyspace, like *ast.TableName) error {
	if like.Schema.O != "" && like.Schema.O != ks.Name {
		return notSupported("CREATE TABLE … LIKE takes a table of the same keyspace; write its columns")
	}
	schema := b.in.Schema(ks.Name)
	if schema == nil || schema.Tables[like.Name.O] == nil {
		return &Refusal{Code: codeUnknownTable, Message: "Table '" + ks.Name + "." + like.Name.O + "' doesn't exist"}
	}
	t := *schema.Tables[like.Name.O]
	t.Name = c.Table.Name
	c.Table = &t
	if decl := ks.Tables[like.Name.O]; decl != nil {
		c.Comment = declarationComment(decl)
	}
	return nil
}

func (c *CreateTable) column(col *ast.ColumnDef, tableCollation string) {
	name := col.Name.Name.O
	column := Column{Name: name, NullDefault: true}
	stated := ""
	for _, o := range col.Options {
		switch o.Tp {
		case ast.ColumnOptionPrimaryKey:
			c.primary([]string{name})
		case ast.ColumnOptionUniqKey:
			c.Table.Unique = append(c.Table.Unique, []string{name})
		case ast.ColumnOptionAutoIncrement:
			c.Table.AutoIncrement = name
			column.NotNull = true
		case ast.ColumnOptionNotNull:
			column.NotNull = true
		case ast.ColumnOptionGenerated:
			column.Generated = true
		case ast.ColumnOptionOnUpdate:
			column.SetsItself = true
		case ast.ColumnOptionDefaultValue:
			column.RandomDefault, column.NullDefault = random(o.Expr), isNull(o.Expr)
		case ast.ColumnOptionCollate:
			stated = o.StrValue
		case ast.ColumnOptionReference:
			c.references([]string{name}, o.Refer)
		default: // the rest does not matter here
		}
	}
	column.NullDefault = column.NullDefault && !column.NotNull
	column.Collation = columnCollation(col.Tp, stated, tableCollation)
	column.Type = columnType(col.Tp, column.Collation)
	c.Table.Columns = append(c.Table.Columns, column)
}

// random reports whether a default has another value each time.
func random(e ast.ExprNode) bool {
	return hasNode(e, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncCallExpr)
		return ok && volatilityOf(f.FnName.L, len(f.Args)) > volatileClock
	})
}

func (c *CreateTable) primary(columns []string) {
	c.Table.Primary = columns
	c.Table.Unique = append(c.Table.Unique, columns)
}

// primaryNotNull: the columns of a primary key are NOT NULL even if they do not
// say so.
func (c *CreateTable) primaryNotNull() {
	for i := range c.Table.Columns {
		if position(c.Table.Primary, c.Table.Columns[i].Name) >= 0 {
			c.Table.Columns[i].NotNull, c.Table.Columns[i].NullDefault = true, false
		}
	}
}

func (c *CreateTable) constraint(k *ast.Constraint) {
	switch k.Tp {
	case ast.ConstraintPrimaryKey:
		c.primary(keyColumns(k.Keys))
	case ast.ConstraintUniq, ast.ConstraintUniqKey, ast.ConstraintUniqIndex:
		c.Table.Unique = append(c.Table.Unique, keyColumns(k.Keys))
	case ast.ConstraintForeignKey:
		c.references(keyColumns(k.Keys), k.Refer)
	default: // the rest does not matter here
	}
}

func (c *CreateTable) references(columns []string, r *ast.ReferenceDef) {
	fk := ForeignKey{Columns: columns, Keyspace: r.Table.Schema.O, Table: r.Table.Name.O, References: keyColumns(r.IndexPartSpecifications)}
	acts := func(o ast.ReferOptionType) bool {
		return o == ast.ReferOptionCascade || o == ast.ReferOptionSetNull
	}
	fk.Acts = r.OnDelete != nil && acts(r.OnDelete.ReferOpt) || r.OnUpdate != nil && acts(r.OnUpdate.ReferOpt)
	c.ForeignKeys = append(c.ForeignKeys, fk)
}

// declarationComment writes a declaration as a table's comment does.
func declarationComment(t *topology.Table) string {
	switch t.Kind {
	case topology.KindReference:
		return "shardway:reference"
	case topology.KindSingle:
		return "shardway:single"
	case topology.KindSharded:
	}
	comment := "shardway:shard_key=" + strings.ReplaceAll(names(t.ShardKey), ", ", ",")
	if t.UniqueShard {
		comment += ";unique=shard"
	}
	return comment
}
