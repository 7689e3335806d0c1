package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"

	"github.com/shardway/shardway/topology"
)

// schemaColumn names the column of a table of information_schema that says
// whose schema a row is about. open: the table is about no schema, and harmless.
func schemaColumn(table string) (column string, open bool) {
	switch table = strings.ToUpper(table); table {
	case "TABLES", "COLUMNS", "STATISTICS", "VIEWS", "TABLE_CONSTRAINTS", "KEY_COLUMN_USAGE", "PARTITIONS", "TABLES_EXTENSIONS",
		"COLUMNS_EXTENSIONS", "ST_GEOMETRY_COLUMNS", "VIEW_TABLE_USAGE", "VIEW_ROUTINE_USAGE":
		return "TABLE_SCHEMA", false
	case "SCHEMATA", "SCHEMATA_EXTENSIONS", "COLUMN_STATISTICS":
		return "SCHEMA_NAME", false
	case "REFERENTIAL_CONSTRAINTS", "CHECK_CONSTRAINTS", "TABLE_CONSTRAINTS_EXTENSIONS":
		return "CONSTRAINT_SCHEMA", false
	case "TRIGGERS":
		return "TRIGGER_SCHEMA", false
	case "ROUTINES":
		return "ROUTINE_SCHEMA", false
	case "PARAMETERS":
		return "SPECIFIC_SCHEMA", false
	case "EVENTS":
		return "EVENT_SCHEMA", false
	case "CHARACTER_SETS", "COLLATIONS", "COLLATION_CHARACTER_SET_APPLICABILITY", "ENGINES", "KEYWORDS", "PLUGINS", "PROFILING",
		"OPTIMIZER_TRACE", "RESOURCE_GROUPS", "ST_SPATIAL_REFERENCE_SYSTEMS", "ST_UNITS_OF_MEASURE", "USER_PRIVILEGES", "SCHEMA_PRIVILEGES",
		"TABLE_PRIVILEGES", "COLUMN_PRIVILEGES", "APPLICABLE_ROLES", "ENABLED_ROLES", "ADMINISTRABLE_ROLE_AUTHORIZATIONS", "USER_ATTRIBUTES":
		return "", true
	default:
		return "", false
	}
}

// ownPerformance reports whether a table of performance_schema tells of the
// session and the server alone, and not of what others do.
func ownPerformance(table string) bool {
	switch strings.ToUpper(table) {
	case "SESSION_VARIABLES", "GLOBAL_VARIABLES", "SESSION_STATUS", "GLOBAL_STATUS", "KEYWORDS", "VARIABLES_INFO":
		return true
	default:
		return strings.HasPrefix(strings.ToUpper(table), "SETUP_")
	}
}

// systemRef notes a table of MySQL's own schemas. Those that describe the
// logical database may be read, confined to what the user may see; the ones
// that tell of others take an administrator; the ones that hold accounts may not.
func (b *builder) systemRef(schema, table string) error {
	switch schema = strings.ToLower(schema); schema {
	case "information_schema":
		b.system = true
		column, open := schemaColumn(table)
		switch {
		case column != "":
			b.confined++
		case !open:
			b.need(topology.AllKeyspaces, topology.GrantAdmin)
		}
		return nil
	case "performance_schema":
		b.system = true
		if !ownPerformance(table) {
			b.need(topology.AllKeyspaces, topology.GrantAdmin)
		}
		return nil
	default:
		return &Refusal{Code: codeTableDenied, Message: "command denied for table '" + table + "': the schema " + schema + " is each server's own; ask the server itself"}
	}
}

// confinement adds to each table of information_schema that its rows are about
// schemas that the user may see, and puts numbers of all shards where one
// shard's would be.
type confinement struct {
	b *builder
	// numbers: the statement reads sizes or row counts, and some keyspace is on
	// several groups.
	numbers bool
	done    int
	unclear string
}

// confine rewrites a statement that reads information_schema. It reports
// whether the numbers of tables are asked for.
func (b *builder) confine(stmt ast.Node) (numbers bool, err error) {
	v := &confinement{b: b}
	search := &numberSearch{}
	stmt.Accept(search)
	v.numbers = search.found && b.several()
	counted := len(b.holes)
	stmt.Accept(v)
	if v.unclear != "" {
		return false, notSupported("%s", v.unclear)
	}
	if v.done < b.confined {
		return false, &Refusal{Code: codeTableDenied, Message: "command denied: MySQL's own schemas are each server's, and can be read in the FROM of a SELECT only"}
	}
	for _, h := range b.holes[counted:] {
		numbers = numbers || h.Kind == HoleTables
	}
	return numbers, nil
}

// several reports whether any keyspace is on several groups.
func (b *builder) several() bool {
	for _, ks := range b.snapshot.Keyspaces {
		if spread(ks) {
			return true
		}
	}
	return false
}

// numberSearch looks for them anywhere.
type numberSearch struct{ found bool }

// Enter implements ast.Visitor.
func (v *numberSearch) Enter(n ast.Node) (ast.Node, bool) {
	v.found = v.found || isTableNumber(n)
	return n, v.found
}

// Leave implements ast.Visitor.
func (v *numberSearch) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// isTableNumber finds columns that differ from shard to shard, and *.
func isTableNumber(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.SelectField:
		return x.WildCard != nil
	case *ast.ColumnNameExpr:
		switch x.Name.Name.L {
		case "table_rows", "avg_row_length", "data_length", "index_length", "data_free", "auto_increment", "create_time", "update_time", "check_time":
			return true
		}
	case *ast.SelectStmt:
		return x.Kind == ast.SelectStmtKindTable
	}
	return false
}

// Enter implements ast.Visitor.
func (v *confinement) Enter(n ast.Node) (ast.Node, bool) {
	if s, ok := n.(*ast.SelectStmt); ok && s.From != nil {
		if s.Kind == ast.SelectStmtKindTable { // TABLE t takes no condition
			s.Kind, s.SelectStmtOpts = ast.SelectStmtKindSelect, &ast.SelectStmtOpts{SQLCache: true}
			s.Fields = &ast.FieldList{Fields: []*ast.SelectField{{WildCard: &ast.WildCardField{}}}}
		}
		v.tables(s.From.TableRefs, func(e ast.ExprNode) { s.Where = conjunction(s.Where, e) })
	}
	return n, false
}

// Leave implements ast.Visitor.
func (v *confinement) Leave(n ast.Node) (ast.Node, bool) { return n, true }

func conjunction(a, b ast.ExprNode) ast.ExprNode {
	if a == nil {
		return b
	}
	return &ast.BinaryOperationExpr{Op: opcode.LogicAnd, L: &ast.ParenthesesExpr{Expr: a}, R: b}
}

// tables confines what stands on one side of a join; and adds a condition where
// it holds for rows of that side. What an outer join may leave out is confined
// in its ON.
func (v *confinement) tables(n ast.ResultSetNode, and func(ast.ExprNode)) {
	switch t := n.(type) {
	case *ast.Join:
		left, right := and, and
		on := func(e ast.ExprNode) {
			if t.On == nil {
				v.unclear = "an outer join with information_schema needs ON; USING and NATURAL are not supported there"
				return
			}
			t.On.Expr = conjunction(t.On.Expr, e)
		}
		switch {
		case t.Right == nil:
		case t.Tp == ast.LeftJoin:
			right = on
		case t.Tp == ast.RightJoin:
			left = on
		}
		v.tables(t.Left, left)
		if t.Right != nil {
			v.tables(t.Right, right)
		}
	case *ast.TableSource:
		switch source := t.Source.(type) {
		case *ast.TableName:
			v.table(t, source, and)
		case *ast.Join:
			v.tables(source, and)
		}
	}
}

func (v *confinement) table(s *ast.TableSource, t *ast.TableName, and func(ast.ExprNode)) {
	schema := t.Schema.L
	if schema == "" {
		schema = strings.ToLower(v.b.in.Keyspace)
	}
	column, _ := schemaColumn(t.Name.O)
	if schema != "information_schema" || column == "" {
		return
	}
	v.done++
	alias := s.AsName
	if alias.O == "" {
		alias = t.Name
	}
	if v.numbers && t.Name.L == "partitions" {
		v.unclear = "the numbers of information_schema.PARTITIONS would be one shard's; name other columns"
	}
	if v.numbers && t.Name.L == "tables" {
		hole := v.b.holeNode(Hole{Kind: HoleTables}).(*ast.ColumnNameExpr)
		s.Source, s.AsName = &ast.TableName{Name: hole.Name.Name}, alias
		return
	}
	and(v.among(&ast.ColumnName{Table: alias, Name: ast.NewCIStr(column)}))
	if namesTables(t.Name.O) {
		and(notOwn(&ast.ColumnName{Table: alias, Name: ast.NewCIStr("TABLE_NAME")}))
	}
}

// namesTables reports whether a table of information_schema is about tables that
// it names.
func namesTables(table string) bool {
	switch strings.ToUpper(table) {
	case "TABLES", "COLUMNS", "STATISTICS", "TABLE_CONSTRAINTS", "KEY_COLUMN_USAGE", "PARTITIONS", "TABLES_EXTENSIONS", "COLUMNS_EXTENSIONS",
		"REFERENTIAL_CONSTRAINTS", "TABLE_CONSTRAINTS_EXTENSIONS":
		return true
	default:
		return false
	}
}

// notOwn is the condition that a table is not one of Shardway's own.
func notOwn(c *ast.ColumnName) ast.ExprNode {
	return &ast.BinaryOperationExpr{
		Op: opcode.NE, R: ast.NewValueExpr(topology.HiddenPrefix, "", ""),
		L: call("LEFT", &ast.ColumnNameExpr{Name: c}, ast.NewValueExpr(len(topology.HiddenPrefix), "", "")),
	}
}

// among is the condition that a column names a schema that the user may see.
func (v *confinement) among(c *ast.ColumnName) ast.ExprNode {
	return &ast.PatternInExpr{Expr: &ast.ColumnNameExpr{Name: c}, List: []ast.ExprNode{v.b.holeNode(Hole{Kind: HoleSchemas})}}
}

// confineShow lists the routines of schemas that the user may see.
func (b *builder) confineShow(s *ast.ShowStmt, r *Route) error {
	v := &confinement{b: b}
	where := v.among(&ast.ColumnName{Name: ast.NewCIStr("Db")})
	if s.Pattern != nil {
		where = conjunction(&ast.PatternLikeOrIlikeExpr{
			Expr: &ast.ColumnNameExpr{Name: &ast.ColumnName{Name: ast.NewCIStr("Name")}}, Pattern: s.Pattern.Pattern, IsLike: true, Escape: '\\',
		}, where)
	}
	s.Pattern, s.Where = nil, conjunction(s.Where, where)
	var err error
	r.One, err = b.template(s)
	return err
}
