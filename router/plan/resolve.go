package plan

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/topology"
)

// ref is one reference to a table: the same table named twice is two refs.
type ref struct {
	block *block
	scope *scope
	alias string
	// keyspace and decl are nil for a derived table, a common table expression
	// or a system schema's table.
	keyspace *topology.Keyspace
	decl     *topology.Table
	table    *Table // nil if the schema does not know it
	// name and source are where the statement names it; whole: it sees all of
	// the columns.
	name   *ast.TableName
	source *ast.TableSource
	whole  bool
	// fields are a mergeable derived table's columns and what they show, nil for
	// anything else; complete: there are no others.
	fields   map[string]column
	complete bool
	// class is the union-find parent; a root points to itself. A root's head is
	// the scope of which each row belongs to one shard by its class.
	class *ref
	head  *scope
}

// block is one SELECT (or UPDATE, DELETE) with its own FROM.
type block struct {
	// outer is the block around it, whose common table expressions it sees.
	outer *block
	// names is the block in which column names are looked up next: a derived
	// table does not see the tables beside it.
	names *block
	scope *scope
	refs  []*ref
	ctes  map[string]bool
	// exists: it is the query of an EXISTS.
	exists bool
	// lock is its locking clause.
	lock *ast.SelectLockInfo
	// hidden lists, by column in lower case, the refs whose column NATURAL or
	// USING has merged into another's; unclear: such a join is not understood.
	hidden  map[string][]*ref
	unclear bool
}

func (b *builder) newBlock(outer, names *block, at *scope) *block {
	return &block{outer: outer, names: names, scope: b.newScope(at)}
}

// place is where an expression stands: the refs that it sees first, and the
// scope that it is about.
type place struct {
	block *block
	refs  []*ref
	scope *scope
}

func (blk *block) place() place { return place{block: blk, refs: blk.refs, scope: blk.scope} }

// has reports whether a ref has the column; known is false if that cannot be told.
func (r *ref) has(column string) (has, known bool) {
	switch {
	case r.table != nil:
		return r.table.Column(column) >= 0, true
	case r.fields != nil:
		_, has = r.fields[strings.ToLower(column)]
		return has, has || r.complete
	case r.decl != nil && keyPosition(r.decl, column) >= 0:
		return true, true
	default:
		return false, false
	}
}

// resolve finds the ref that a column name belongs to, from the inside out. It
// returns nil unless it is certain.
func resolve(n *ast.ColumnName, at place) *ref {
	refs, blk := at.refs, at.block
	for {
		r, stop := resolveIn(n, refs, blk)
		if r != nil || stop || blk.names == nil {
			return r
		}
		blk = blk.names
		refs = blk.refs
	}
}

// resolveIn looks in one block; stop says that no block further out is meant,
// or that nothing is certain there.
func resolveIn(n *ast.ColumnName, refs []*ref, blk *block) (r *ref, stop bool) {
	if n.Table.L != "" {
		for _, r := range refs {
			if r.alias == n.Table.O && (n.Schema.L == "" || r.keyspace == nil || r.keyspace.Name == n.Schema.O) {
				return r, true
			}
		}
		return nil, false
	}
	unsure := blk.unclear
	for _, candidate := range refs {
		has, known := candidate.has(n.Name.L)
		switch {
		case blk.hides(n.Name.L, candidate):
		case !known:
			// A derived table beside it makes the name ambiguous at worst, and
			// then MySQL refuses it; an unknown table may be the one.
			unsure = true
		case has && r != nil:
			return nil, true // ambiguous
		case has:
			r = candidate
		}
	}
	if blk.unclear {
		return nil, true
	}
	return r, r != nil || unsure
}

func (blk *block) sharded() bool {
	for _, r := range blk.refs {
		if r.sharded() {
			return true
		}
	}
	return false
}

func (blk *block) hides(column string, r *ref) bool {
	for _, h := range blk.hidden[column] {
		if h == r {
			return true
		}
	}
	return false
}

// merge notes that a join shows the column once, as the shown ref's.
func (blk *block) merge(column string, hidden []*ref) {
	if blk.hidden == nil {
		blk.hidden = map[string][]*ref{}
	}
	blk.hidden[column] = append(blk.hidden[column], hidden...)
}

// onlyWith returns the ref of one side of a join that a column shown there
// belongs to; nil if that is not certain.
func (blk *block) onlyWith(refs []*ref, column string) *ref {
	var one *ref
	for _, r := range refs {
		if blk.hides(column, r) {
			continue
		}
		has, known := r.has(column)
		if !known || has && one != nil {
			return nil
		}
		if has {
			one = r
		}
	}
	return one
}

// common lists the columns that NATURAL joins two sides by; known is false if
// a side has a table whose columns are not known.
func common(left, right []*ref) (columns []string, known bool) {
	names := map[string]bool{}
	for _, r := range left {
		if r.table == nil {
			return nil, false
		}
		for i := range r.table.Columns {
			names[strings.ToLower(r.table.Columns[i].Name)] = true
		}
	}
	for _, r := range right {
		if r.table == nil {
			return nil, false
		}
		for i := range r.table.Columns {
			if c := strings.ToLower(r.table.Columns[i].Name); names[c] {
				columns = append(columns, c)
				names[c] = false
			}
		}
	}
	return columns, true
}
