package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// definition plans DDL: it goes to every group of the keyspace.
func (b *builder) definition(s ast.DDLNode) (Op, error) {
	switch d := s.(type) {
	case *ast.CreateDatabaseStmt:
		b.need(d.Name.O, topology.GrantAdmin)
		op := &KeyspaceChange{Name: d.Name.O, IfExists: d.IfNotExists}
		for _, o := range d.Options {
			switch o.Tp {
			case ast.DatabaseOptionCharset:
				op.Charset = o.Value
			case ast.DatabaseOptionCollate:
				op.Collation = o.Value
			default: // the rest are other servers' options
			}
		}
		return op, nil
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
		return b.truncate(d)
	case *ast.CreateIndexStmt:
		return b.createIndex(d)
	case *ast.DropIndexStmt:
		return b.dropIndex(d)
	case *ast.RenameTableStmt:
		return b.renameTable(d)
	case *ast.CreateViewStmt:
		p, ok := parser.ReadProgram([]byte(b.in.Text), b.in.Mode)
		if !ok {
			return nil, notSupported("this form of CREATE VIEW is not understood")
		}
		return b.defineProgram(&p)
	case *ast.LockTablesStmt:
		return b.lockTables()
	case *ast.UnlockTablesStmt:
		return b.elsewhere()
	default:
		return b.otherDefinition()
	}
}

// lockTables plans LOCK TABLES. Over several groups a statement that writes on two
// of them begins a transaction, which is what ends table locks in MySQL.
func (b *builder) lockTables() (Op, error) {
	ks, err := b.currentKeyspace()
	if err != nil {
		return nil, err
	}
	if spread(ks) {
		return nil, notSupported("LOCK TABLES is not supported on %s, which has %d shards: a write over several shards is a transaction, and beginning one ends the locks; "+
			"lock rows with SELECT … FOR UPDATE in a transaction, or have all clients take GET_LOCK('name', seconds)", ks.Name, len(ks.Shards))
	}
	r, err := b.elsewhere()
	if err != nil {
		return nil, err
	}
	r.Pins = "LOCK TABLES"
	return r, nil
}

// otherDefinition sends what is not about one table's rows to a keyspace on one group.
func (b *builder) otherDefinition() (Op, error) {
	ks, err := b.currentKeyspace()
	if err != nil {
		return nil, err
	}
	b.need(ks.Name, topology.GrantDDL)
	if spread(ks) {
		return nil, notSupported("this statement is not supported on %s, which has %d shards; it works on a keyspace with one shard", ks.Name, len(ks.Shards))
	}
	return &Definition{Keyspace: ks, Verb: "DDL"}, nil
}

func (b *builder) tableKeyspace(t *ast.TableName, grant topology.Grant) (*topology.Keyspace, error) {
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
	b.need(ks.Name, grant)
	if strings.HasPrefix(t.Name.L, topology.HiddenPrefix) {
		return nil, ownTableDenied(t.Name.O)
	}
	return ks, nil
}

// tableObject is a table, or a view, as a job looks at it.
func tableObject(t *ast.TableName) topology.JobObject {
	return topology.JobObject{Kind: "TABLE", Name: t.Name.O}
}

func (b *builder) tableDefinition(verb string, t *ast.TableName, tolerant bool) (Op, error) {
	ks, err := b.tableKeyspace(t, topology.GrantDDL)
	if err != nil {
		return nil, err
	}
	return &Definition{Keyspace: ks, Verb: verb, Copies: copied(ks, t.Name.O), Objects: []topology.JobObject{tableObject(t)}, Tolerant: tolerant}, nil
}

// copied reports whether every shard holds a copy of the table.
func copied(ks *topology.Keyspace, table string) bool {
	decl := ks.Tables[table]
	return decl != nil && decl.Kind == topology.KindReference
}

func (b *builder) dropTable(d *ast.DropTableStmt) (Op, error) {
	if d.TemporaryKeyword != ast.TemporaryNone {
		return b.temporary(d.Tables[0])
	}
	verb := "DROP TABLE"
	if d.IsView {
		verb = "DROP VIEW"
	}
	op := &Definition{Verb: verb, Tolerant: d.IfExists}
	for _, t := range d.Tables {
		ks, err := b.tableKeyspace(t, topology.GrantDDL)
		if err != nil {
			return nil, err
		}
		if op.Keyspace != nil && op.Keyspace != ks {
			return nil, notSupported("%s takes tables of one keyspace; drop those of each in a statement of its own", verb)
		}
		op.Keyspace = ks
		op.Objects = append(op.Objects, tableObject(t))
		if ks.Tables[t.Name.O] != nil {
			op.Drops = append(op.Drops, t.Name.O)
		}
	}
	return op, nil
}

// temporary plans what is about temporary tables: they live on the session's
// own connection, so the session keeps it.
func (b *builder) temporary(t *ast.TableName) (Op, error) {
	ks, err := b.tableKeyspace(t, topology.GrantWrite)
	if err != nil {
		return nil, err
	}
	if spread(ks) {
		return nil, notSupported("temporary tables are not supported on %s, which has %d shards; use a table and drop it", ks.Name, len(ks.Shards))
	}
	return &Route{Target: Target{Parts: []Part{{Keyspace: ks, Mode: ModeAll, Why: "the keyspace is on one group"}}}, Access: AccessWrite, Pins: "a temporary table"}, nil
}

func (b *builder) renameTable(d *ast.RenameTableStmt) (Op, error) {
	op := &Definition{Verb: "RENAME TABLE"}
	for _, r := range d.TableToTables {
		from, err := b.tableKeyspace(r.OldTable, topology.GrantDDL)
		if err != nil {
			return nil, err
		}
		to, err := b.tableKeyspace(r.NewTable, topology.GrantDDL)
		if err != nil {
			return nil, err
		}
		if from != to || op.Keyspace != nil && op.Keyspace != from {
			return nil, notSupported("RENAME TABLE does not move a table to another keyspace; 'shardway reshard move' does, with its rows")
		}
		for _, name := range []string{r.OldTable.Name.O, r.NewTable.Name.O} {
			if decl := from.Tables[name]; decl != nil {
				return nil, notSupported("RENAME TABLE of %s, which is declared, is not supported; create the new table with its own declaration and copy the rows", name)
			}
		}
		op.Keyspace = from
		op.Objects = append(op.Objects, tableObject(r.OldTable), tableObject(r.NewTable))
	}
	return op, nil
}

func (b *builder) createIndex(d *ast.CreateIndexStmt) (Op, error) {
	ks, err := b.tableKeyspace(d.Table, topology.GrantDDL)
	if err != nil {
		return nil, err
	}
	if d.KeyType == ast.IndexKeyTypeUnique {
		if err := uniqueAllowed(ks, d.Table.Name.O, keyColumns(d.IndexPartSpecifications)); err != nil {
			return nil, err
		}
	}
	return &Definition{Keyspace: ks, Verb: "CREATE INDEX", Copies: copied(ks, d.Table.Name.O), Objects: []topology.JobObject{tableObject(d.Table)}, Tolerant: d.IfNotExists}, nil
}
