package plan

import "github.com/pingcap/tidb/pkg/parser/ast"

// booleanMatches notes the MATCH … AGAINST that a condition asks only whether
// they hold, not how well.
func (b *builder) booleanMatches(e ast.ExprNode) {
	switch x := e.(type) {
	case *ast.ParenthesesExpr:
		b.booleanMatches(x.Expr)
	case *ast.BinaryOperationExpr:
		if logical(x.Op) {
			b.booleanMatches(x.L)
			b.booleanMatches(x.R)
		}
	case *ast.MatchAgainst:
		b.matches[x] = true
	}
}

// call notes what a function needs; nested: it stands in a subquery.
func (b *builder) call(f *ast.FuncCallExpr, nested bool) {
	name := f.FnName.L
	if name == ast.DateLiteral || name == ast.TimeLiteral || name == ast.TimestampLiteral {
		return
	}
	if f.Schema.L != "" || resultOf(name) == resultUnknown {
		b.scatter.program = f.FnName.O
		b.locking = true // it may write
		if b.denied == nil {
			b.denied = b.functionAllowed(f)
		}
		return
	}
	switch name {
	case "get_lock", "release_lock", "release_all_locks", "is_free_lock", "is_used_lock":
		b.scatter.getLock = true
		b.locking = true
		if name == "get_lock" {
			b.pins = "GET_LOCK"
		}
		if name == "is_used_lock" && b.denied == nil {
			b.denied = notSupported("IS_USED_LOCK gives the id of a server's connection, which is not the client's; IS_FREE_LOCK says whether the lock is taken")
		}
	case "load_file":
		b.files = true
	case "last_insert_id":
		if len(f.Args) > 0 {
			b.scatter.setsID = true
			b.locking = true
		}
	}
	switch volatilityOf(name, len(f.Args)) {
	case volatileSeed:
		b.scatter.random, b.scatter.seeded = f.FnName.L, true
	case volatileRandom:
		b.scatter.random = f.FnName.L
		b.scatter.nestedRandom = b.scatter.nestedRandom || nested
	case volatileClock:
		b.scatter.clock = true
	case volatileNot:
	}
}
