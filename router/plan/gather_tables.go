package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// gathering is the making of a Gather.
type gathering struct {
	b         *builder
	stmt      ast.Node
	mentioned map[mention]bool
	// grouped: primary keys are wanted for what MySQL infers from them.
	grouped bool
	// nullSafe: <=> is anywhere. Where both sides are NULL, MySQL 9.7 takes
	// a = b AND a <=> b for true if it looks one of them up in an index.
	nullSafe bool
	order    []*ref
}

func (n *gathering) plan() (*Gather, string) {
	g := &Gather{Keyspace: n.b.refs[0].keyspace, FixClock: n.b.scatter.clock, Aliases: aliases(n.stmt)}
	if n.b.assigns {
		g.Assigns = assigned(n.stmt)
	}
	n.order = n.collected()
	filters := make([]string, len(n.order))
	n.stmt.Accept(&marking{b: n.b})
	for i, r := range n.order {
		var reason string
		if filters[i], reason = n.filter(r); reason != "" {
			return nil, reason
		}
		g.Tables = append(g.Tables, n.table(g.Keyspace, r, filters[i]))
	}
	if reason := n.replace(g); reason != "" {
		return nil, reason
	}
	final, err := n.b.template(n.stmt)
	if err != nil {
		return nil, err.Error()
	}
	g.Final = final
	return g, ""
}

// aliases are those of a query's columns; of several queries the first one names them.
func aliases(n ast.Node) []string {
	switch s := n.(type) {
	case *ast.SetOprStmt:
		return aliases(s.SelectList.Selects[0])
	case *ast.SetOprSelectList:
		return aliases(s.Selects[0])
	case *ast.SelectStmt:
		if s.Fields == nil {
			return nil
		}
		var all []string
		for _, f := range s.Fields.Fields {
			if f.WildCard != nil {
				return nil
			}
			all = append(all, f.AsName.O)
		}
		return all
	}
	return nil
}

// table plans what is collected of a reference.
func (n *gathering) table(home *topology.Keyspace, r *ref, filter string) GatherTable {
	at := slices.Index(n.order, r)
	t := GatherTable{
		Name: gatherName(at), Keyspace: r.keyspace, Table: r.table,
		Target: Target{Parts: []Part{n.part(r)}},
	}
	columns := n.columns(r)
	selected := make([]string, len(columns))
	defined := make([]string, len(columns))
	for i, c := range columns {
		encoding := encodingOf(c)
		t.Columns = append(t.Columns, GatherColumn{Name: c.Name, Encoding: encoding, Charset: charsetOf(c.Collation)})
		selected[i], defined[i] = encoding.Selected(quoted(r.alias)+"."+quoted(c.Name)), c.definition()
		if c.Name == r.table.AutoIncrement {
			defined[i] += " AUTO_INCREMENT"
		}
	}
	defined = append(defined, n.keys(r, columns)...)
	t.Define = "CREATE TEMPORARY TABLE " + quoted(home.Name) + "." + quoted(t.Name) + " (" + strings.Join(defined, ", ") + ") ENGINE=InnoDB"
	text := "SELECT " + strings.Join(selected, ", ") + " FROM " + quoted(r.keyspace.Name) + "." + quoted(r.table.Name) + n.partitions(r) + " AS " + quoted(r.alias)
	if filter != "" {
		text, t.Filtered = text+" WHERE "+filter, true
	}
	t.Reduce, t.Lock = n.reductions(r), n.lock(r)
	t.Fetch = n.b.cut(text)
	return t
}

// part says which shards have a reference's rows that can matter.
func (n *gathering) part(r *ref) Part {
	if r.reference() {
		return Part{Keyspace: r.keyspace, Mode: ModeAny, Why: "reference table " + r.decl.Name + " is on every shard"}
	}
	return n.b.part(r.find())
}

func gatherName(at int) string { return "_shardway_g" + strconv.Itoa(at+1) }

// columns are those that the statement can see of a reference, in the table's order.
func (n *gathering) columns(r *ref) []*Column {
	var needed []*Column
	for i := range r.table.Columns {
		c := &r.table.Columns[i]
		name := strings.ToLower(c.Name)
		if (r.whole || len(n.b.in.Functions) > 0) && !c.Invisible || n.mentioned[mention{column: name}] || n.mentioned[mention{table: strings.ToLower(r.alias), column: name}] ||
			n.grouped && slices.ContainsFunc(r.table.Primary, func(p string) bool { return strings.EqualFold(p, c.Name) }) {
			needed = append(needed, c)
		}
	}
	if len(needed) == 0 { // COUNT(*) needs rows with anything in them
		needed = append(needed, n.smallest(r))
	}
	return needed
}

// smallest is a column that costs little: the first of the primary key.
func (n *gathering) smallest(r *ref) *Column {
	if len(r.table.Primary) > 0 {
		if i := r.table.Column(r.table.Primary[0]); i >= 0 {
			return &r.table.Columns[i]
		}
	}
	return &r.table.Columns[0]
}

// keysMax bounds the indexes of a temporary table.
const keysMax = 3

// keys are the temporary table's indexes: the primary key, where no two shards
// can have the same one, and the columns that the reference is joined by.
func (n *gathering) keys(r *ref, columns []*Column) []string {
	has := func(name string) *Column {
		for _, c := range columns {
			if strings.EqualFold(c.Name, name) {
				return c
			}
		}
		return nil
	}
	var keys, primary []string
	for _, name := range r.table.Primary {
		if c := has(name); c != nil && encodingOf(c).indexed(c.Type) {
			primary = append(primary, quoted(c.Name))
		}
	}
	if len(primary) > 0 && len(primary) == len(r.table.Primary) && uniqueEverywhere(r) {
		keys = append(keys, "PRIMARY KEY ("+strings.Join(primary, ", ")+")")
	}
	var done []string
	if auto := r.table.AutoIncrement; has(auto) != nil && (len(keys) == 0 || primary[0] != quoted(auto)) {
		done, keys = append(done, auto), append(keys, "KEY ("+quoted(auto)+")") // MySQL asks for one
	}
	if n.nullSafe {
		return keys
	}
	for _, e := range n.b.equalities {
		for _, side := range []column{e.a, e.b} {
			c := has(side.name)
			if side.ref != r || c == nil || slices.Contains(done, c.Name) || len(done) == keysMax || !encodingOf(c).indexed(c.Type) || tooWide(c) {
				continue
			}
			done = append(done, c.Name)
			keys = append(keys, "KEY ("+quoted(c.Name)+")")
		}
	}
	return keys
}

// tooWide reports whether a text is longer than an index takes.
func tooWide(c *Column) bool {
	_, rest, ok := strings.Cut(c.Type, "(")
	if !ok {
		return false
	}
	digits, _, _ := strings.Cut(rest, ")")
	length, err := strconv.Atoi(digits)
	return err == nil && length*charsetBytes(charsetOf(c.Collation)) > indexBytesMax
}

// indexBytesMax is InnoDB's bound for the narrowest row format.
const indexBytesMax = 767

// uniqueEverywhere reports whether no two shards have rows of one primary key:
// the shard key is in it, or a sequence gives it.
func uniqueEverywhere(r *ref) bool {
	if !r.sharded() {
		return true
	}
	for i := range r.decl.ShardKey {
		if !slices.ContainsFunc(r.table.Primary, func(p string) bool { return strings.EqualFold(p, r.decl.ShardKey[i].Name) }) {
			return len(r.table.Primary) == 1 && strings.EqualFold(r.decl.Sequence, r.table.Primary[0])
		}
	}
	return true
}

// partitions keeps PARTITION (…).
func (n *gathering) partitions(r *ref) string {
	if len(r.name.PartitionNames) == 0 {
		return ""
	}
	names := make([]string, len(r.name.PartitionNames))
	for i, p := range r.name.PartitionNames {
		names[i] = quoted(p.O)
	}
	return " PARTITION (" + strings.Join(names, ", ") + ")"
}

// lock is the locking clause of a reference whose block has one.
func (n *gathering) lock(r *ref) string {
	info := r.block.lock
	if info == nil || info.LockType == ast.SelectLockNone {
		return ""
	}
	if len(info.Tables) > 0 && !slices.ContainsFunc(info.Tables, func(t *ast.TableName) bool { return t.Name.O == r.alias }) {
		return ""
	}
	return " " + strings.ToUpper(info.LockType.String())
}

// replace puts the temporary tables into the statement.
func (n *gathering) replace(g *Gather) string {
	n.stmt.Accept(&unqualifier{})
	guardOuterJoins(n.stmt)
	for i, r := range n.order {
		if r.source == nil {
			return "a table is named in a way that is not understood"
		}
		r.source.Source = &ast.TableName{Schema: ast.NewCIStr(g.Keyspace.Name), Name: ast.NewCIStr(g.Tables[i].Name)}
		r.source.AsName = ast.NewCIStr(r.alias)
	}
	return ""
}

// unqualifier takes schemas off column names, for the temporary tables may be in
// another, and what is the tables' own matter off the statement.
type unqualifier struct{}

// Enter implements ast.Visitor.
func (u *unqualifier) Enter(n ast.Node) (ast.Node, bool) {
	switch x := n.(type) {
	case *ast.ColumnName:
		x.Schema = ast.CIStr{}
	case *ast.SelectField:
		if x.WildCard != nil {
			x.WildCard.Schema = ast.CIStr{}
		}
	case *ast.SelectStmt:
		x.LockInfo, x.TableHints = nil, nil
		if x.Kind == ast.SelectStmtKindTable { // TABLE t takes no alias
			selectAll(x)
		}
	}
	return n, false
}

// Leave implements ast.Visitor.
func (u *unqualifier) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// selectAll makes a SELECT of TABLE t.
func selectAll(s *ast.SelectStmt) {
	s.Kind, s.Fields = ast.SelectStmtKindSelect, &ast.FieldList{Fields: []*ast.SelectField{{WildCard: &ast.WildCardField{}}}}
	s.SelectStmtOpts = &ast.SelectStmtOpts{SQLCache: true}
}

// assigned lists the user variables that a statement sets.
func assigned(stmt ast.Node) []string {
	var names []string
	hasAnywhere(stmt, func(n ast.Node) bool {
		if v, ok := n.(*ast.VariableExpr); ok && !v.IsSystem && v.Value != nil && !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
		return false
	})
	return names
}

// mention is a column name as it is written, in lower case; table is empty if it
// is not qualified.
type mention struct{ table, column string }

// mentioned lists all column names of a statement.
func mentioned(stmt ast.Node) map[mention]bool {
	v := &mentions{seen: map[mention]bool{}}
	stmt.Accept(v)
	return v.seen
}

type mentions struct{ seen map[mention]bool }

// Enter implements ast.Visitor.
func (v *mentions) Enter(n ast.Node) (ast.Node, bool) {
	if c, ok := n.(*ast.ColumnName); ok {
		v.seen[mention{c.Table.L, c.Name.L}] = true
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *mentions) Leave(n ast.Node) (ast.Node, bool) { return n, true }
