package plan

import (
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Emptied is TRUNCATE of a table whose unique keys index tables keep. The rows
// of all of them go in one transaction, between which no other one can come.
type Emptied struct {
	Keyspace *topology.Keyspace
	Table    *topology.Table
	// Deletes are statements for every group, in their order.
	Deletes []string
}

func (*Emptied) op() {}

func (d *Description) emptied(e *Emptied) {
	d.Op = "truncate table"
	d.Targets = append(d.Targets, TargetDescription{Keyspace: e.Keyspace.Name, Shards: "every group, in one transaction"})
	d.Each = strings.Join(e.Deletes, "; ")
}

// truncate plans TRUNCATE TABLE.
func (b *builder) truncate(d *ast.TruncateTableStmt) (Op, error) {
	op, err := b.tableDefinition("TRUNCATE TABLE", d.Table, false)
	if err != nil {
		return nil, err
	}
	ks := op.(*Definition).Keyspace
	decl := ks.Tables[d.Table.Name.O]
	if decl == nil || len(decl.KeptKeys()) == 0 {
		return op, nil
	}
	e := &Emptied{Keyspace: ks, Table: decl}
	for _, k := range decl.KeptKeys() {
		e.Deletes = append(e.Deletes, "DELETE FROM "+quoted(ks.Name)+"."+quoted(k.Index))
	}
	e.Deletes = append(e.Deletes, "DELETE FROM "+quoted(ks.Name)+"."+quoted(decl.Name))
	return e, nil
}

// dropIndex plans DROP INDEX. A key that is kept over all shards stays.
func (b *builder) dropIndex(d *ast.DropIndexStmt) (Op, error) {
	op, err := b.tableDefinition("DROP INDEX", d.Table, d.IfExists)
	if err != nil {
		return nil, err
	}
	ks := op.(*Definition).Keyspace
	return op, b.keyStays(ks, d.Table.Name.O, d.IndexName)
}

// keyStays refuses to drop a unique key that an index table keeps.
func (b *builder) keyStays(ks *topology.Keyspace, table, key string) error {
	decl := ks.Tables[table]
	if decl == nil || len(decl.Unique) == 0 {
		return nil
	}
	r := &ref{keyspace: ks, decl: decl}
	if schema := b.in.Schema(ks.Name); schema != nil {
		r.table = schema.Tables[table]
	}
	for i := range decl.Unique {
		if r.table == nil || strings.EqualFold(r.keyName(&decl.Unique[i]), table+"."+key) {
			return notSupported("key %s of %s cannot be dropped: it is kept over all shards by an index table; create a new table without it and copy the rows", key, table)
		}
	}
	return nil
}

// keysKept refuses what ALTER TABLE may not do to a table with keys that are
// kept over all shards.
func (a *alteration) keysKept(spec *ast.AlterTableSpec) error {
	if len(a.decl.Unique) == 0 {
		return nil
	}
	switch spec.Tp { //nolint:exhaustive // the rest does not touch keys or what is in them
	case ast.AlterTableDropPrimaryKey:
		return a.b.keyStays(a.ks, a.table, "PRIMARY")
	case ast.AlterTableDropIndex:
		return a.b.keyStays(a.ks, a.table, spec.Name)
	case ast.AlterTableOption:
		for _, o := range spec.Options {
			if o.Tp == ast.TableOptionCharset && o.UintValue == ast.TableOptionCharsetWithConvertTo {
				return notSupported("ALTER TABLE %s CONVERT TO CHARACTER SET is not supported: equality of the columns of its unique keys would change, which are kept over all shards", a.table)
			}
		}
	default:
	}
	return nil
}

// uniqueColumn reports whether a column is in a key that is kept over all shards.
func uniqueColumn(decl *topology.Table, column string) bool {
	for i := range decl.Unique {
		if slices.ContainsFunc(decl.Unique[i].Columns, func(c shardkey.Column) bool { return strings.EqualFold(c.Name, column) }) {
			return true
		}
	}
	return false
}
