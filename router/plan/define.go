package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/types"

	"github.com/shardway/shardway/topology"
)

// definition plans DDL: it goes to every group of the keyspace.
func (b *builder) definition(s ast.DDLNode) (Op, error) {
	switch d := s.(type) {
	case *ast.CreateDatabaseStmt:
		b.need(d.Name.O, topology.GrantAdmin)
		return &KeyspaceChange{Name: d.Name.O, IfExists: d.IfNotExists}, nil
	case *ast.DropDatabaseStmt:
		b.need(d.Name.O, topology.GrantAdmin)
		return &KeyspaceChange{Name: d.Name.O, Drop: true, IfExists: d.IfExists}, nil
	case *ast.CreateTableStmt:
		return b.createTable(d)
	case *ast.AlterTableStmt:
		return b.alterTable(d)
	case *ast.DropTableStmt:
		return b.dropTable(d)
	case *ast.TruncateTableStmt:
		return b.tableDefinition("TRUNCATE TABLE", d.Table)
	case *ast.CreateIndexStmt:
		return b.createIndex(d)
	case *ast.DropIndexStmt:
		return b.tableDefinition("DROP INDEX", d.Table)
	case *ast.RenameTableStmt:
		return b.renameTable(d)
	default:
		return b.otherDefinition()
	}
}

// otherDefinition sends what is not about one table's rows to a keyspace of one shard.
func (b *builder) otherDefinition() (Op, error) {
	ks, err := b.currentKeyspace()
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantDDL)
	if len(ks.Shards) > 1 {
		return nil, notSupported("this statement is not supported on %s, which has %d shards; it works on a keyspace with one shard", ks.Name, len(ks.Shards))
	}
	return &Definition{Keyspace: ks, Verb: "DDL"}, nil
}

func (b *builder) tableKeyspace(t *ast.TableName) (*topology.Keyspace, error) {
	name := t.Schema.O
	if name == "" {
		name = b.in.Keyspace
	}
	if name == "" {
		return nil, &Refusal{Code: codeNoDatabase, Message: "No database selected"}
	}
	if systemSchema(name) {
		return nil, &Refusal{Code: codeTableDenied, Message: "command denied for table '" + t.Name.O + "': the schema " + name + " is each server's own"}
	}
	ks, err := b.keyspace(name)
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantDDL)
	return ks, nil
}

func (b *builder) tableDefinition(verb string, t *ast.TableName) (Op, error) {
	ks, err := b.tableKeyspace(t)
	if err != nil {
		return nil, err
	}
	return &Definition{Keyspace: ks, Verb: verb}, nil
}

func (b *builder) dropTable(d *ast.DropTableStmt) (Op, error) {
	if d.TemporaryKeyword != ast.TemporaryNone {
		ks, err := b.currentKeyspace()
		if err != nil {
			return nil, err
		}
		return b.temporary(ks)
	}
	verb := "DROP TABLE"
	if d.IsView {
		verb = "DROP VIEW"
	}
	op := &Definition{Verb: verb}
	for _, t := range d.Tables {
		ks, err := b.tableKeyspace(t)
		if err != nil {
			return nil, err
		}
		if op.Keyspace != nil && op.Keyspace != ks {
			return nil, notSupported("%s takes tables of one keyspace", verb)
		}
		op.Keyspace = ks
		if ks.Tables[t.Name.O] != nil {
			op.Drops = append(op.Drops, t.Name.O)
		}
	}
	return op, nil
}

// temporary plans what is about temporary tables: they live on the session's
// own connection, so the session keeps it.
func (b *builder) temporary(ks *topology.Keyspace) (Op, error) {
	b.need(ks.Name, topology.GrantWrite)
	if len(ks.Shards) > 1 {
		return nil, notSupported("temporary tables are not supported on %s, which has %d shards", ks.Name, len(ks.Shards))
	}
	return &Route{Target: Target{Parts: []Part{{Keyspace: ks, Mode: ModeAll}}}, Access: AccessWrite, Pins: "a temporary table"}, nil
}

func (b *builder) renameTable(d *ast.RenameTableStmt) (Op, error) {
	op := &Definition{Verb: "RENAME TABLE"}
	for _, r := range d.TableToTables {
		from, err := b.tableKeyspace(r.OldTable)
		if err != nil {
			return nil, err
		}
		to, err := b.tableKeyspace(r.NewTable)
		if err != nil {
			return nil, err
		}
		if from != to {
			return nil, notSupported("RENAME TABLE does not move a table to another keyspace")
		}
		if decl := from.Tables[r.OldTable.Name.O]; decl != nil && decl.Kind != topology.KindSingle {
			return nil, notSupported("RENAME of the declared table %s is not supported; create the new table with its own declaration and copy the rows", r.OldTable.Name.O)
		}
		op.Keyspace = from
	}
	return op, nil
}

func (b *builder) createIndex(d *ast.CreateIndexStmt) (Op, error) {
	ks, err := b.tableKeyspace(d.Table)
	if err != nil {
		return nil, err
	}
	if d.KeyType == ast.IndexKeyTypeUnique {
		if err := uniqueAllowed(ks, d.Table.Name.O, keyColumns(d.IndexPartSpecifications)); err != nil {
			return nil, err
		}
	}
	return &Definition{Keyspace: ks, Verb: "CREATE INDEX"}, nil
}

// uniqueAllowed refuses a unique key that would hold within each shard only.
func uniqueAllowed(ks *topology.Keyspace, table string, columns []string) error {
	decl := ks.Tables[table]
	if decl == nil || decl.Kind != topology.KindSharded || decl.UniqueShard || len(ks.Shards) == 1 {
		return nil
	}
	if len(columns) == 1 && strings.EqualFold(columns[0], decl.Sequence) {
		return nil
	}
	for _, k := range decl.ShardKey {
		found := false
		for _, c := range columns {
			found = found || strings.EqualFold(c, k.Name)
		}
		if !found {
			return notSupported("a unique key of %s that does not contain its shard key column %s would hold within each shard only; add the column to the key, or declare the table with unique=shard", table, k.Name)
		}
	}
	return nil
}

func keyColumns(parts []*ast.IndexPartSpecification) []string {
	var names []string
	for _, p := range parts {
		if p.Column != nil {
			names = append(names, p.Column.Name.O)
		} else {
			names = append(names, "(expression)")
		}
	}
	return names
}

func (b *builder) alterTable(d *ast.AlterTableStmt) (Op, error) {
	ks, err := b.tableKeyspace(d.Table)
	if err != nil {
		return nil, err
	}
	decl := ks.Tables[d.Table.Name.O]
	for _, spec := range d.Specs {
		if err := alterAllowed(ks, decl, d.Table.Name.O, spec); err != nil {
			return nil, err
		}
	}
	return &Definition{Keyspace: ks, Verb: "ALTER TABLE"}, nil
}

func alterAllowed(ks *topology.Keyspace, decl *topology.Table, table string, spec *ast.AlterTableSpec) error {
	for _, o := range spec.Options {
		if o.Tp == ast.TableOptionComment && strings.Contains(o.StrValue, "shardway:") {
			return notSupported("ALTER TABLE does not change how %s is spread; use: shardway table distribute %s.%s --by COLUMN", table, ks.Name, table)
		}
	}
	if spec.Constraint != nil {
		switch spec.Constraint.Tp { //nolint:exhaustive // the rest are not unique
		case ast.ConstraintPrimaryKey, ast.ConstraintUniq, ast.ConstraintUniqKey, ast.ConstraintUniqIndex:
			if err := uniqueAllowed(ks, table, keyColumns(spec.Constraint.Keys)); err != nil {
				return err
			}
		case ast.ConstraintForeignKey:
			if len(ks.Shards) > 1 {
				return notSupported("ADD FOREIGN KEY is not supported on %s, which has %d shards; state it in CREATE TABLE", ks.Name, len(ks.Shards))
			}
		}
	}
	if decl == nil || decl.Kind != topology.KindSharded {
		return nil
	}
	var changed []string
	if spec.OldColumnName != nil {
		changed = append(changed, spec.OldColumnName.Name.O)
	}
	if spec.Tp == ast.AlterTableModifyColumn {
		for _, c := range spec.NewColumns {
			changed = append(changed, c.Name.Name.O)
		}
	}
	if spec.Tp == ast.AlterTableRenameTable {
		return notSupported("RENAME of the declared table %s is not supported", table)
	}
	for _, c := range changed {
		if keyPosition(decl, c) >= 0 || strings.EqualFold(decl.Sequence, c) {
			return notSupported("ALTER TABLE %s may not change column %s, which its declaration rests on", table, c)
		}
	}
	return nil
}

// createTable reads the statement's columns and keys.
func (b *builder) createTable(d *ast.CreateTableStmt) (Op, error) {
	ks, err := b.tableKeyspace(d.Table)
	if err != nil {
		return nil, err
	}
	if d.TemporaryKeyword != ast.TemporaryNone {
		return b.temporary(ks)
	}
	if d.Select != nil {
		if len(ks.Shards) > 1 {
			return nil, notSupported("CREATE TABLE … SELECT is not supported on %s, which has %d shards; create the table, then insert the rows", ks.Name, len(ks.Shards))
		}
		return &Definition{Keyspace: ks, Verb: "CREATE TABLE"}, nil
	}
	c := &CreateTable{Table: &Table{Name: d.Table.Name.O}, IfNotExists: d.IfNotExists}
	if d.ReferTable != nil {
		if err := b.createLike(c, ks, d.ReferTable); err != nil {
			return nil, err
		}
		return &Definition{Keyspace: ks, Verb: "CREATE TABLE", Create: c}, nil
	}
	collation := ""
	if schema := b.in.Schema(ks.Name); schema != nil {
		collation = schema.DefaultCollation
	}
	for _, o := range d.Options {
		switch o.Tp { //nolint:exhaustive // the rest does not matter here
		case ast.TableOptionComment:
			c.Comment = o.StrValue
		case ast.TableOptionCharset:
			collation = defaultCollation(o.StrValue)
		}
	}
	for _, o := range d.Options {
		if o.Tp == ast.TableOptionCollate {
			collation = o.StrValue
		}
	}
	for _, col := range d.Cols {
		c.column(col, collation)
	}
	for _, k := range d.Constraints {
		c.constraint(k, ks.Name)
	}
	return &Definition{Keyspace: ks, Verb: "CREATE TABLE", Create: c}, nil
}

func (b *builder) createLike(c *CreateTable, ks *topology.Keyspace, like *ast.TableName) error {
	schema := b.in.Schema(ks.Name)
	if like.Schema.O != "" && like.Schema.O != ks.Name {
		return notSupported("CREATE TABLE … LIKE takes a table of the same keyspace")
	}
	if schema == nil || schema.Tables[like.Name.O] == nil {
		return &Refusal{Code: 1146, Message: "Table '" + ks.Name + "." + like.Name.O + "' doesn't exist"}
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
	column := Column{Name: name, Type: columnType(col.Tp), Collation: columnCollation(col.Tp, tableCollation)}
	for _, o := range col.Options {
		switch o.Tp { //nolint:exhaustive // the rest does not matter here
		case ast.ColumnOptionPrimaryKey:
			c.primary([]string{name})
		case ast.ColumnOptionUniqKey:
			c.Table.Unique = append(c.Table.Unique, []string{name})
		case ast.ColumnOptionAutoIncrement:
			c.Table.AutoIncrement = name
		case ast.ColumnOptionNotNull:
			column.NotNull = true
		case ast.ColumnOptionGenerated:
			column.Generated = true
		case ast.ColumnOptionCollate:
			if column.Collation != "" {
				column.Collation = o.StrValue
			}
		case ast.ColumnOptionReference:
			c.references([]string{name}, o.Refer)
		}
	}
	if strings.EqualFold(col.Tp.String(), "serial") {
		c.Table.AutoIncrement = name
	}
	c.Table.Columns = append(c.Table.Columns, column)
}

func (c *CreateTable) primary(columns []string) {
	c.Table.Primary = columns
	c.Table.Unique = append(c.Table.Unique, columns)
}

func (c *CreateTable) constraint(k *ast.Constraint, _ string) {
	switch k.Tp { //nolint:exhaustive // the rest does not matter here
	case ast.ConstraintPrimaryKey:
		c.primary(keyColumns(k.Keys))
	case ast.ConstraintUniq, ast.ConstraintUniqKey, ast.ConstraintUniqIndex:
		c.Table.Unique = append(c.Table.Unique, keyColumns(k.Keys))
	case ast.ConstraintForeignKey:
		c.references(keyColumns(k.Keys), k.Refer)
	}
}

func (c *CreateTable) references(columns []string, r *ast.ReferenceDef) {
	fk := ForeignKey{Columns: columns, Keyspace: r.Table.Schema.O, Table: r.Table.Name.O, References: keyColumns(r.IndexPartSpecifications)}
	for _, act := range []ast.ReferOptionType{r.OnDelete.ReferOpt, r.OnUpdate.ReferOpt} {
		if act == ast.ReferOptionCascade || act == ast.ReferOptionSetNull {
			fk.Acts = true
		}
	}
	c.ForeignKeys = append(c.ForeignKeys, fk)
}

// columnType prints a type as information_schema does since MySQL 8.0.19:
// integers without their display width.
func columnType(t *types.FieldType) string {
	text := strings.ToLower(t.InfoSchemaStr())
	switch t.GetType() {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeInt24, mysql.TypeLong, mysql.TypeLonglong:
		if open := strings.IndexByte(text, '('); open >= 0 {
			end := strings.IndexByte(text, ')')
			return text[:open] + text[end+1:]
		}
	}
	return text
}

func columnCollation(t *types.FieldType, table string) string {
	switch t.GetType() {
	case mysql.TypeVarchar, mysql.TypeString, mysql.TypeVarString, mysql.TypeBlob, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob, mysql.TypeEnum, mysql.TypeSet:
	default:
		return ""
	}
	switch {
	case t.GetCharset() == "binary":
		return ""
	case t.GetCollate() != "":
		return t.GetCollate()
	case t.GetCharset() != "":
		return defaultCollation(t.GetCharset())
	default:
		return table
	}
}

// defaultCollation is what MySQL 8.0 and later take for a character set.
func defaultCollation(charset string) string {
	switch strings.ToLower(charset) {
	case "utf8mb4":
		return "utf8mb4_0900_ai_ci"
	case "utf8", "utf8mb3":
		return "utf8mb3_general_ci"
	case "latin1":
		return "latin1_swedish_ci"
	case "ascii":
		return "ascii_general_ci"
	default:
		return strings.ToLower(charset) + "_default"
	}
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
	var names []string
	for _, c := range t.ShardKey {
		names = append(names, c.Name)
	}
	comment := "shardway:shard_key=" + strings.Join(names, ",")
	if t.UniqueShard {
		comment += ";unique=shard"
	}
	return comment
}
