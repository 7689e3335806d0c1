package plan

// scope is a set of rows that conditions are stated about: the joined rows of a
// query block, or those of the side of an outer join that may be missing. What
// a condition says holds in its scope alone: `ON b.k = 5` of a LEFT JOIN, or
// the WHERE of a subquery, restricts no row outside.
type scope struct {
	// outer holds the rows that this scope's rows are matched with, nil for
	// the statement itself.
	outer *scope
	links []link
	facts []fact
}

// link is an equality of two refs' shard key columns. It is never true of NULL.
type link struct {
	a, b   *ref
	column int // its position in both shard keys
}

// fact says that a ref's shard key column has one of some values.
type fact struct {
	ref    *ref
	column int
	values []Operand
}

func (b *builder) newScope(outer *scope) *scope {
	s := &scope{outer: outer}
	b.scopes = append(b.scopes, s)
	return s
}

// within reports whether s is t or inside of it.
func (s *scope) within(t *scope) bool {
	for ; s != nil; s = s.outer {
		if s == t {
			return true
		}
	}
	return false
}

// unite makes classes of the refs whose rows meet on one shard wherever they
// matter. Scopes are settled from the inside out: they were made from the
// outside in.
func (b *builder) unite() {
	for i := len(b.scopes) - 1; i >= 0; i-- {
		b.scopes[i].settle()
	}
	b.uniteSingles()
}

// settle applies what is known in the scope.
//
// Two refs of the scope itself with equal keys are on one shard in every row of
// the scope, even if an outer join may leave one of them out: then it is not
// NULL, or the equality would not be true. A ref of the scope that equals one
// outside follows that one: its rows are looked at only beside its partner. It
// follows one partner alone and does not bring two of them together, for they
// may be there without it.
func (s *scope) settle() {
	for _, f := range s.facts {
		if root := f.ref.find(); root.head.within(s) {
			root.head = s
		}
	}
	pairs := s.linked()
	for _, p := range pairs {
		if p.a.scope.within(s) && p.b.scope.within(s) {
			s.join(p.a.find(), p.b.find())
		}
	}
	for _, p := range pairs {
		inner, outer := p.a, p.b
		if !inner.scope.within(s) {
			inner, outer = p.b, p.a
		}
		if !inner.scope.within(s) || outer.scope.within(s) {
			continue
		}
		if root := inner.find(); root.head.within(s) {
			root.class = outer.find()
		}
	}
}

// join makes one class of two, unless both already follow refs outside.
func (s *scope) join(a, z *ref) {
	if a == z {
		return
	}
	switch inA, inZ := a.head.within(s), z.head.within(s); {
	case inA && inZ:
		z.class, a.head = a, s
	case inZ:
		z.class = a
	case inA:
		a.class = z
	}
}

type pair struct{ a, b *ref }

// linked lists the pairs of refs whose whole shard keys are equal.
func (s *scope) linked() []pair {
	var whole []pair
	columns := map[pair]map[int]bool{}
	for _, l := range s.links {
		p := pair{l.a, l.b}
		if columns[pair{l.b, l.a}] != nil {
			p = pair{l.b, l.a}
		}
		if columns[p] == nil {
			columns[p] = map[int]bool{}
		}
		if columns[p][l.column] {
			continue
		}
		columns[p][l.column] = true
		if n := len(l.a.decl.ShardKey); n == len(l.b.decl.ShardKey) && len(columns[p]) == n {
			whole = append(whole, p)
		}
	}
	return whole
}

// given returns the values that a ref's whole shard key has by the facts of one
// scope that holds wherever the class's rows matter; nil if there is none.
func (b *builder) given(r *ref) [][]Operand {
	head := r.find().head
	for _, s := range b.scopes {
		if !head.within(s) {
			continue
		}
		values := make([][]Operand, len(r.decl.ShardKey))
		for _, f := range s.facts {
			if f.ref == r {
				values[f.column] = shorter(values[f.column], f.values)
			}
		}
		if complete(values) {
			return values
		}
	}
	return nil
}

func shorter(have, values []Operand) []Operand {
	if have == nil || len(values) < len(have) {
		return values
	}
	return have
}

func complete(values [][]Operand) bool {
	for _, v := range values {
		if len(v) == 0 {
			return false
		}
	}
	return len(values) > 0
}

// uniteSingles puts the single tables of a keyspace into one class: all their
// rows have token 0.
func (b *builder) uniteSingles() {
	first := map[string]*ref{}
	for _, r := range b.refs {
		if !r.single() {
			continue
		}
		if f := first[r.keyspace.Name]; f != nil {
			r.find().class = f.find()
		} else {
			first[r.keyspace.Name] = r
		}
	}
}

// find returns the root of the ref's class.
func (r *ref) find() *ref {
	for r.class != r {
		r.class = r.class.class
		r = r.class
	}
	return r
}
