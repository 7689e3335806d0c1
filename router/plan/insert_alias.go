package plan

import (
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// rowAlias is what an INSERT calls its row, as SQL, empty if it has no name. A
// column that was added to the statement's own gets a name that nobody uses.
func (b *builder) rowAlias(s *ast.InsertStmt) string {
	row := b.in.Row
	if row == nil {
		return ""
	}
	if len(row.Columns) == 0 {
		return " AS " + quoted(row.Name)
	}
	list := make([]string, len(row.Columns))
	for i, c := range row.Columns {
		list[i] = quoted(c)
	}
	if b.added && len(s.Columns) == len(list)+1 {
		list = append(list, quoted("_shardway_"+strconv.Itoa(len(list))))
	}
	return " AS " + quoted(row.Name) + " (" + strings.Join(list, ", ") + ")"
}

// meant is the column of a table, in lower case, that a name in ON DUPLICATE KEY
// UPDATE stands for, whether it is the stored row's or the new one's.
func (b *builder) meant(name *ast.ColumnName, into *ref) string {
	row := b.in.Row
	if row == nil || len(row.Columns) == 0 || name.Table.O != "" && name.Table.O != row.Name {
		return name.Name.L
	}
	at := position(row.Columns, name.Name.O)
	if at < 0 {
		return name.Name.L
	}
	if at < len(b.inserted) {
		return strings.ToLower(b.inserted[at])
	}
	return ""
}

// withRowAlias is the text of an INSERT with rows of its own, whose row has a name.
func (b *builder) withRowAlias(s *ast.InsertStmt) (*Template, error) {
	lists := s.Lists
	all := &Template{Parts: []string{""}}
	join := func(t *Template) {
		all.Parts[len(all.Parts)-1] += t.Parts[0]
		all.Parts, all.Holes = append(all.Parts, t.Parts[1:]...), append(all.Holes, t.Holes...)
	}
	text := func(s string) { join(&Template{Parts: []string{s}}) }
	for i, row := range lists {
		if i > 0 {
			text(", ")
		}
		text("(")
		for j, e := range row {
			if j > 0 {
				text(", ")
			}
			t, err := b.valueText(e)
			if err != nil {
				return nil, err
			}
			join(t)
		}
		text(")")
	}
	head, tail, err := b.aroundRows(s)
	if err != nil {
		return nil, err
	}
	rows := all
	all = &Template{Parts: []string{""}}
	join(head)
	join(rows)
	join(tail)
	return all, nil
}
