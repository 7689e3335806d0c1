package topology

import (
	"fmt"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// checkForeignKeys applies safety rule 26: foreign keys hold between tables of
// one shard key and onto reference tables; others are refused. While the
// keyspace has one shard every row still has its parent beside it, so a table
// that nobody has declared yet is only warned about: it can be declared next.
func (k *Keyspace) checkForeignKeys(table Table, schema *TableSchema) ([]string, error) {
	var warnings []string
	judge := func(fk ForeignKey, child, parent *Table, other string) error {
		why := fkProblem(fk, child, parent)
		if why == "" {
			return nil
		}
		if _, declared := k.Tables[other]; !declared && other != table.Name && len(k.Shards) == 1 {
			warnings = append(warnings, fmt.Sprintf("%s of %s: %s; declare %s before the keyspace is split",
				fk.label(), child.Name, why, other))
			return nil
		}
		return &Refused{
			Code:    CodeUnsupported,
			Message: fmt.Sprintf("%s of table %s onto %s would not hold across shards: %s", fk.label(), child.Name, parent.Name, why),
			Hint:    "shard both tables by the columns of the foreign key, make the parent a reference table, or drop the foreign key",
		}
	}
	for _, fk := range schema.ForeignKeys {
		if fk.ParentKeyspace != "" && fk.ParentKeyspace != k.Name {
			return nil, &Refused{
				Code:    CodeUnsupported,
				Message: fmt.Sprintf("%s of table %s refers to another keyspace, %s", fk.label(), table.Name, fk.ParentKeyspace),
				Hint:    "drop the foreign key, or keep both tables in one keyspace",
			}
		}
		parent := &table
		if fk.Parent != table.Name {
			parent = k.tableOrUndeclared(fk.Parent)
		}
		if err := judge(fk, &table, parent, fk.Parent); err != nil {
			return nil, err
		}
	}
	for _, fk := range schema.ReferencedBy {
		if fk.ChildKeyspace != "" && fk.ChildKeyspace != k.Name || fk.Child == table.Name {
			continue // another keyspace's is refused there; its own was judged above
		}
		if err := judge(fk, k.tableOrUndeclared(fk.Child), &table, fk.Child); err != nil {
			return nil, err
		}
	}
	return warnings, nil
}

// ForeignKeyAllowed applies safety rule 26 to a foreign key that is added to a
// table of a keyspace with several shards. The error is a *Refused.
func (k *Keyspace) ForeignKeyAllowed(child string, fk ForeignKey) error {
	table := k.tableOrUndeclared(child)
	if fk.Acts && len(table.Unique) > 0 {
		return &Refused{
			Code: CodeUnsupported,
			Message: fmt.Sprintf("%s of table %s would change or delete its rows (CASCADE or SET NULL), which MySQL does unseen; "+
				"but a unique key of the table is kept over all shards", fk.label(), child),
			Hint: "say ON DELETE RESTRICT and ON UPDATE RESTRICT",
		}
	}
	_, err := k.checkForeignKeys(*table, &TableSchema{ForeignKeys: []ForeignKey{fk}})
	return err
}

// label names a foreign key, which need not have a name.
func (f *ForeignKey) label() string {
	if f.Name == "" {
		return "a foreign key"
	}
	return "foreign key " + f.Name
}

// tableOrUndeclared returns the declaration of a table; one that was never
// declared exists as a single one.
func (k *Keyspace) tableOrUndeclared(name string) *Table {
	if table := k.Tables[name]; table != nil {
		return table
	}
	return &Table{Name: name, Kind: KindSingle}
}

// fkProblem says why a row and its parent might not be on one shard; "" if
// they always are.
func fkProblem(fk ForeignKey, child, parent *Table) string {
	if parent.Kind == KindReference {
		return "" // every shard has all of it
	}
	if child.Kind != parent.Kind {
		return fmt.Sprintf("%s is %s and %s is %s", child.Name, child.Kind, parent.Name, parent.Kind)
	}
	if child.Kind == KindSingle {
		return ""
	}
	if len(child.ShardKey) != len(parent.ShardKey) {
		return "their shard keys differ"
	}
	for i, column := range child.ShardKey {
		at := indexFold(fk.Columns, column.Name)
		if at < 0 || at >= len(fk.ParentColumns) || !strings.EqualFold(fk.ParentColumns[at], parent.ShardKey[i].Name) {
			return fmt.Sprintf("it does not tie the shard key of %s to the shard key of %s", child.Name, parent.Name)
		}
		if !sameForm(column, parent.ShardKey[i]) {
			return fmt.Sprintf("columns %s and %s of the shard keys differ in type or collation", column.Name, parent.ShardKey[i].Name)
		}
	}
	return ""
}

// sameForm reports whether equal values of two columns have equal tokens: the
// columns' expressions for it in SQL are the same but for the name.
func sameForm(a, b shardkey.Column) bool {
	b.Name = a.Name
	return shardkey.Key{a}.SQL("") == shardkey.Key{b}.SQL("")
}
