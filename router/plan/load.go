package plan

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Load is LOAD DATA LOCAL of a table with rows on several shards. The client's
// file is cut into its records, and each shard loads its own of them, bytes
// unchanged, by the same statement, so that what they mean is MySQL's business.
type Load struct {
	// File is the name that the client is asked for.
	File string
	// Text is the statement that loads records.
	Text   *Template
	Format LoadFormat
	// Skip is the number of lines before the first record.
	Skip uint64
	// Fields is the number of fields of a record that are columns or variables.
	Fields int
	// Insert has the table, the positions of the shard key and of the sequence-fed
	// column among the fields, and whether each shard takes every record. With
	// AutoAdded the column's value is put behind the last field.
	Insert *Insert
	// Charset is the file's.
	Charset shardkey.Charset
	// Sets are the user variables that fields are put into, without their @.
	Sets []string
}

func (*Load) op() {}

// LoadFormat is how the file is cut: FIELDS and LINES of the statement.
type LoadFormat struct {
	Separator, Start, End string
	// Enclosed and Escaped are empty or one byte.
	Enclosed, Escaped string
}

func (d *Description) load(l *Load) {
	d.Op = "load data"
	shards := "each record on the shard of its key"
	if l.Insert.Copies {
		shards = "every record on every shard"
	}
	d.Targets = append(d.Targets, TargetDescription{Keyspace: l.Insert.Keyspace.Name, Shards: shards})
	d.Each = l.Text.String()
}

// loadData plans LOAD DATA on a keyspace of several shards.
func (b *builder) loadData(s *ast.LoadDataStmt) (Op, error) {
	root := b.newBlock(nil, nil, nil)
	if err := b.enterFrom(root, &ast.TableRefsClause{TableRefs: &ast.Join{Left: &ast.TableSource{Source: s.Table}}}); err != nil {
		return nil, err
	}
	if len(root.refs) != 1 || root.refs[0].keyspace == nil || root.refs[0].table == nil {
		return nil, notSupported("LOAD DATA takes one table of a keyspace")
	}
	into := root.refs[0]
	b.need(into.keyspace.Name, topology.GrantWrite)
	if s.FileLocRef != ast.FileLocClient {
		b.files = true
	}
	if s.Format != nil || len(s.Options) > 0 {
		return nil, notSupported("this form of LOAD DATA is not supported")
	}
	if len(into.keyspace.Shards) == 1 || into.single() {
		r := &Route{Access: AccessWrite, Sets: variablesOf(s)}
		r.Target, _ = b.target()
		return r, nil
	}
	if s.FileLocRef != ast.FileLocClient {
		return nil, notSupported("LOAD DATA of a file of a server is not supported into %s, which has rows on %d shards; use LOAD DATA LOCAL", into.decl.Name, len(into.keyspace.Shards))
	}
	return b.loadSplit(s, into, root)
}

// loadSplit plans a file whose records are placed one by one.
func (b *builder) loadSplit(s *ast.LoadDataStmt, into *ref, root *block) (Op, error) {
	name := into.decl.Name
	if err := notKept(into); err != nil {
		return nil, err
	}
	if keys := into.keptBy(); len(keys) > 0 {
		return nil, notSupported("LOAD DATA into %s is not supported, because its unique key over %s is kept over all shards; use INSERT", name, names(keys[0].Columns))
	}
	op := &Load{File: s.Path, Sets: variablesOf(s)}
	if s.IgnoreLines != nil {
		op.Skip = *s.IgnoreLines
	}
	var err error
	if op.Format, err = loadFormat(s); err != nil {
		return nil, err
	}
	charset := b.loadCharset(s, into)
	switch charset {
	case "utf8mb4", "utf8mb3", "utf8", "ascii":
		op.Charset = shardkey.UTF8
	case "latin1":
		op.Charset = shardkey.Latin1
	case "binary":
		op.Charset = shardkey.ASCIIOnly
	default:
		return nil, notSupported("LOAD DATA into %s of a file in the character set %q is not supported, because the table has rows on several shards; say CHARACTER SET utf8mb4 and give the file in it", name, charset)
	}
	fields := loadFields(s, into)
	op.Fields = len(fields)
	op.Insert = &Insert{Keyspace: into.keyspace, Table: into.decl, Auto: -1, FixClock: true, Ignore: true, Copies: into.reference(), Width: len(fields)}
	if err := b.loadKey(op, into, fields); err != nil {
		return nil, err
	}
	if op.Insert.AutoAdded {
		fields = append(fields, quoted(into.decl.Sequence))
		if op.Format.Separator == "" {
			return nil, notSupported("LOAD DATA into %s without FIELDS TERMINATED BY is not supported, because column %s is given by a sequence", name, into.decl.Sequence)
		}
	}
	if err := b.loadAssignments(s, op, into, root); err != nil {
		return nil, err
	}
	op.Text, err = b.loadText(s, op, into, charset, fields)
	return op, err
}

// variablesOf are the user variables that the statement puts fields into.
func variablesOf(s *ast.LoadDataStmt) []string {
	var all []string
	for _, f := range s.ColumnsAndUserVars {
		if f.UserVar != nil {
			all = append(all, f.UserVar.Name)
		}
	}
	return all
}

// loadFields are the columns and variables that a record's fields go into, as SQL.
func loadFields(s *ast.LoadDataStmt, into *ref) []string {
	var all []string
	for _, f := range s.ColumnsAndUserVars {
		if f.UserVar != nil {
			all = append(all, "@"+quoted(f.UserVar.Name))
		} else {
			all = append(all, quoted(f.ColumnName.Name.O))
		}
	}
	if len(all) > 0 {
		return all
	}
	for i := range into.table.Columns {
		if c := &into.table.Columns[i]; !c.Invisible {
			all = append(all, quoted(c.Name))
		}
	}
	return all
}

// loadKey finds the shard key and the sequence-fed column among the fields.
func (b *builder) loadKey(op *Load, into *ref, fields []string) error {
	at := func(column string) int {
		return slices.IndexFunc(fields, func(f string) bool { return strings.EqualFold(f, quoted(column)) })
	}
	i := op.Insert
	if seq := into.decl.Sequence; seq != "" {
		if i.Auto = at(seq); i.Auto < 0 {
			i.Auto, i.AutoAdded = len(fields), true
		}
		i.AutoUnsafe = keyPosition(into.decl, seq) < 0 && !i.Copies && !into.decl.UniqueShard
	}
	if i.Copies {
		for c := range into.table.Columns {
			column := &into.table.Columns[c]
			if column.RandomDefault && at(column.Name) < 0 {
				return notSupported("LOAD DATA into reference table %s must give column %s: the copies would differ by its default", into.decl.Name, column.Name)
			}
		}
		return nil
	}
	for _, k := range into.decl.ShardKey {
		p := at(k.Name)
		if p < 0 && i.AutoAdded && strings.EqualFold(k.Name, into.decl.Sequence) {
			p = i.Auto
		}
		if p < 0 {
			return notSupported("LOAD DATA into %s must have a field for its shard key column %s, which says on which shard the row lives", into.decl.Name, k.Name)
		}
		i.Key = append(i.Key, p)
	}
	return nil
}

// loadAssignments judges SET.
func (b *builder) loadAssignments(s *ast.LoadDataStmt, op *Load, into *ref, root *block) error {
	known := map[string]bool{}
	for _, v := range op.Sets {
		known[strings.ToLower(v)] = true
	}
	for _, a := range s.ColumnAssignments {
		column := a.Column.Name.O
		if keyPosition(into.decl, column) >= 0 || strings.EqualFold(into.decl.Sequence, column) {
			return notSupported("LOAD DATA into %s may not SET column %s, which says on which shard a row lives, or which a sequence gives; have a field for it", into.decl.Name, column)
		}
		if err := b.subqueries(root.place(), a.Expr); err != nil {
			return err
		}
		foreign := hasNode(a.Expr, func(n ast.Node) bool {
			v, ok := n.(*ast.VariableExpr)
			return ok && !v.IsSystem && (v.Value != nil || !known[strings.ToLower(v.Name)])
		})
		switch facts := &b.scatter; {
		case hasSubquery(a.Expr):
			return notSupported("LOAD DATA into %s with a subquery in SET is not supported, because the table has rows on several shards", into.decl.Name)
		case foreign:
			return notSupported("LOAD DATA into %s: user variables in SET must be those that fields are put into, because the table has rows on several shards; write the value instead", into.decl.Name)
		case facts.getLock || facts.setsID || facts.program != "":
			return notSupported("LOAD DATA into %s of what is each server's own is not supported; compute the value first", into.decl.Name)
		case op.Insert.Copies && facts.random != "":
			return notSupported("LOAD DATA into reference table %s with %s() is not supported: the copies would differ", into.decl.Name, upper(facts.random))
		}
	}
	return nil
}

// loadText writes the statement that each shard gets for its records.
func (b *builder) loadText(s *ast.LoadDataStmt, op *Load, into *ref, charset string, fields []string) (*Template, error) {
	t := &Template{Parts: []string{"LOAD DATA LOCAL INFILE 'records' "}}
	add := func(text string) { t.Parts[len(t.Parts)-1] += text }
	switch s.OnDuplicate { //nolint:exhaustive // an error is IGNORE with LOCAL
	case ast.OnDuplicateKeyHandlingReplace:
		add("REPLACE ")
	default:
		add("IGNORE ")
	}
	f := &op.Format
	add("INTO TABLE " + quoted(into.keyspace.Name) + "." + quoted(into.decl.Name) + " CHARACTER SET " + charset)
	add(" FIELDS TERMINATED BY " + loadString(f.Separator) + " ENCLOSED BY " + loadString(f.Enclosed) + " ESCAPED BY " + loadString(f.Escaped))
	add(" LINES STARTING BY " + loadString(f.Start) + " TERMINATED BY " + loadString(f.End))
	add(" (" + strings.Join(fields, ", ") + ")")
	b.replaceSessionFunctions(s)
	for i, a := range s.ColumnAssignments {
		if i == 0 {
			add(" SET ")
		} else {
			add(", ")
		}
		add(quoted(a.Column.Name.O) + " = ")
		value, err := b.valueText(a.Expr)
		if err != nil {
			return nil, err
		}
		add(value.Parts[0])
		t.Parts, t.Holes = append(t.Parts, value.Parts[1:]...), append(t.Holes, value.Holes...)
	}
	return t, nil
}

// loadString is a text of the format as SQL, whatever its bytes and the session's
// sql_mode are.
func loadString(s string) string {
	if s == "" {
		return "''"
	}
	return "0x" + hex.EncodeToString([]byte(s))
}

// loadCharset is the character set of the file: what the statement says, or the
// one of the current keyspace.
func (b *builder) loadCharset(s *ast.LoadDataStmt, into *ref) string {
	if s.Charset != nil {
		return strings.ToLower(*s.Charset)
	}
	name := b.in.Keyspace
	if name == "" {
		name = into.keyspace.Name
	}
	schema := b.in.Schema(name)
	if schema == nil {
		return ""
	}
	charset, _, _ := strings.Cut(schema.DefaultCollation, "_")
	return charset
}

// loadFormat takes FIELDS and LINES, and refuses what its own way of cutting the
// file does not cover.
func loadFormat(s *ast.LoadDataStmt) (LoadFormat, error) {
	f := LoadFormat{Separator: "\t", Escaped: "\\", End: "\n"}
	take := func(into, from *string) {
		if from != nil {
			*into = *from
		}
	}
	if i := s.FieldsInfo; i != nil {
		if i.DefinedNullBy != nil {
			return f, notSupported("DEFINED NULL BY is not MySQL's")
		}
		take(&f.Separator, i.Terminated)
		take(&f.Enclosed, i.Enclosed)
		take(&f.Escaped, i.Escaped)
	}
	if i := s.LinesInfo; i != nil {
		take(&f.Start, i.Starting)
		take(&f.End, i.Terminated)
	}
	why := ""
	for _, text := range []string{f.Separator, f.Enclosed, f.Escaped, f.Start, f.End} {
		for i := range len(text) {
			if text[i] >= 0x80 {
				why = "a byte above 127, " + strconv.Itoa(int(text[i]))
			}
		}
	}
	switch {
	case why != "":
	case f.Separator == "" && f.Enclosed == "":
		why = "fields of fixed width"
	case f.End == "":
		why = "lines without an end"
	case f.End == f.Separator:
		why = "lines that end as fields do"
	case len(f.Enclosed) > 1 || len(f.Escaped) > 1:
		why = "more than one character in ENCLOSED BY or ESCAPED BY"
	}
	if why != "" {
		return f, notSupported("LOAD DATA with %s is not supported on several shards; use another FIELDS or LINES clause", why)
	}
	return f, nil
}
