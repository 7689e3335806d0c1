package plan

import (
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

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
		if position(columns, k.Name) < 0 {
			return notSupported("a unique key of %s that does not contain its shard key column %s would hold within each shard only, and cannot be indexed over all shards in a table that exists; add the column to the key, create a new table with the key, or declare the table with unique=shard", table, k.Name)
		}
	}
	return nil
}

// keyColumns lists what a key is made of. A prefix of a column is not the
// column: two values may share it.
func keyColumns(parts []*ast.IndexPartSpecification) []string {
	var names []string
	for _, p := range parts {
		switch {
		case p.Column == nil:
			names = append(names, "(expression)")
		case p.Length > 0:
			names = append(names, p.Column.Name.O+"("+strconv.Itoa(p.Length)+")")
		default:
			names = append(names, p.Column.Name.O)
		}
	}
	return names
}

func (b *builder) alterTable(d *ast.AlterTableStmt) (Op, error) {
	ks, err := b.tableKeyspace(d.Table, topology.GrantDDL)
	if err != nil {
		return nil, err
	}
	a := alteration{b: b, ks: ks, table: d.Table.Name.O, decl: ks.Tables[d.Table.Name.O]}
	for _, spec := range d.Specs {
		if err := a.allowed(spec); err != nil {
			return nil, err
		}
	}
	return &Definition{Keyspace: ks, Verb: "ALTER TABLE", Copies: copied(ks, a.table), Objects: alteredObjects(d)}, nil
}

// alteredObjects are the table, and what it is renamed to.
func alteredObjects(d *ast.AlterTableStmt) []topology.JobObject {
	objects := []topology.JobObject{tableObject(d.Table)}
	for _, spec := range d.Specs {
		if spec.Tp == ast.AlterTableRenameTable {
			objects = append(objects, tableObject(spec.NewTable))
		}
	}
	return objects
}

// alteration is an ALTER TABLE that is being judged; decl is nil if the table
// is not declared.
type alteration struct {
	b     *builder
	ks    *topology.Keyspace
	table string
	decl  *topology.Table
}

func (a *alteration) allowed(spec *ast.AlterTableSpec) error {
	for _, o := range spec.Options {
		if err := a.option(o); err != nil {
			return err
		}
	}
	if spec.Constraint != nil {
		if err := a.constraint(spec.Constraint); err != nil {
			return err
		}
	}
	if a.decl == nil {
		return nil
	}
	if err := a.keysKept(spec); err != nil {
		return err
	}
	if spec.Tp == ast.AlterTableRenameTable {
		return notSupported("RENAME of %s, which is declared, is not supported; create the new table with its own declaration and copy the rows", a.table)
	}
	for _, c := range spec.NewColumns {
		if err := a.column(c); err != nil {
			return err
		}
	}
	changed := []string{}
	if spec.OldColumnName != nil {
		changed = append(changed, spec.OldColumnName.Name.O)
	}
	if spec.Tp == ast.AlterTableModifyColumn {
		for _, c := range spec.NewColumns {
			changed = append(changed, c.Name.Name.O)
		}
	}
	for _, c := range changed {
		if keyPosition(a.decl, c) >= 0 || a.decl.Sequence != "" && strings.EqualFold(a.decl.Sequence, c) || uniqueColumn(a.decl, c) {
			return notSupported("ALTER TABLE %s may not change column %s, which its declaration rests on; create a new table with its own declaration and copy the rows", a.table, c)
		}
	}
	return nil
}

func (a *alteration) option(o *ast.TableOption) error {
	switch o.Tp {
	case ast.TableOptionComment:
		if strings.Contains(o.StrValue, "shardway:") {
			return notSupported("ALTER TABLE does not change how %s is spread; use: shardway table distribute %s.%s --by COLUMN", a.table, a.ks.Name, a.table)
		}
	case ast.TableOptionCharset:
		if a.decl == nil || o.UintValue != ast.TableOptionCharsetWithConvertTo {
			return nil
		}
		for _, k := range a.decl.ShardKey {
			if k.Collation != "" {
				return notSupported("ALTER TABLE %s CONVERT TO CHARACTER SET is not supported: equality of the shard key column %s would change, and with it where rows live", a.table, k.Name)
			}
		}
	case ast.TableOptionAutoIncrement:
		if a.decl != nil && a.decl.Sequence != "" && len(a.ks.Shards) > 1 {
			return notSupported("ALTER TABLE %s AUTO_INCREMENT is not supported: a sequence gives the values of %s; insert a row with the value instead, which moves the sequence past it", a.table, a.decl.Sequence)
		}
	default: // the rest changes nothing that counts here
	}
	return nil
}

func (a *alteration) constraint(c *ast.Constraint) error {
	switch c.Tp {
	case ast.ConstraintPrimaryKey, ast.ConstraintUniq, ast.ConstraintUniqKey, ast.ConstraintUniqIndex:
		return uniqueAllowed(a.ks, a.table, keyColumns(c.Keys))
	case ast.ConstraintForeignKey:
		return a.foreignKey(c.Name, keyColumns(c.Keys), c.Refer)
	default: // the rest is not unique
	}
	return nil
}

// foreignKey judges a foreign key that is added (safety rule 26). Each shard then
// checks its own rows, beside which all their parents are.
func (a *alteration) foreignKey(name string, columns []string, r *ast.ReferenceDef) error {
	if len(a.ks.Shards) == 1 {
		return nil
	}
	var c CreateTable
	c.references(columns, r)
	fk := &c.ForeignKeys[0]
	err := a.ks.ForeignKeyAllowed(a.table, topology.ForeignKey{
		Name: name, Columns: fk.Columns, ParentKeyspace: fk.Keyspace, Parent: fk.Table, ParentColumns: fk.References, Acts: fk.Acts,
	})
	if refused, ok := topology.AsRefused(err); ok {
		return notSupported("%s; %s", refused.Message, refused.Hint)
	}
	return err
}

// column judges a column that is added or written anew.
func (a *alteration) column(c *ast.ColumnDef) error {
	for _, o := range c.Options {
		switch o.Tp {
		case ast.ColumnOptionPrimaryKey, ast.ColumnOptionUniqKey:
			if err := uniqueAllowed(a.ks, a.table, []string{c.Name.Name.O}); err != nil {
				return err
			}
		case ast.ColumnOptionAutoIncrement:
			if a.decl.Kind != topology.KindSingle && !strings.EqualFold(c.Name.Name.O, a.decl.Sequence) {
				return notSupported("ALTER TABLE %s may not make %s AUTO_INCREMENT: each shard would count by itself; create a new table with the column and copy the rows", a.table, c.Name.Name.O)
			}
		case ast.ColumnOptionReference:
			if err := a.foreignKey("", []string{c.Name.Name.O}, o.Refer); err != nil {
				return err
			}
		default: // the rest changes nothing that counts here
		}
	}
	return nil
}
