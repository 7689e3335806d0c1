package fuzzsql

import "strings"

// any is an expression of any kind.
func (g *gen) any(sc *scope, depth int) expr {
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		return g.num(sc, depth)
	case 4, 5, 6:
		return g.str(sc, depth)
	case 7, 8:
		return g.date(sc, depth)
	default:
		for _, k := range []Kind{Clock, Bytes, JSON} {
			if e, ok := g.columnOf(sc, k); ok && g.chance(60) {
				return e
			}
		}
		return g.num(sc, depth)
	}
}

func (g *gen) numLiteral() string {
	return g.pick("0", "1", "2", "3", "4", "5", "7", "10", "-1", "1.5", "2.25", "-2.250")
}

func number(parts ...any) expr { return expr{node: of(Num, parts...), kind: Num} }

// numLeaf is a column or a literal; small ones can be computed with.
func (g *gen) numLeaf(sc *scope, small bool) expr {
	e, ok := g.columnOf(sc, Num)
	switch {
	case !ok || g.chance(20):
		return number(&Node{text: g.numLiteral(), kind: Num})
	case small && e.raw:
		return number("SIGN(", e, ")")
	case small && e.unsigned:
		return number("CAST(", e, " AS SIGNED)")
	case e.year:
		return number("(", e, " + 0)")
	}
	return e
}

func (g *gen) num(sc *scope, depth int) expr {
	if depth <= 0 || g.chance(25) {
		return g.numLeaf(sc, false)
	}
	small := func() expr { return g.smallNum(sc, depth-1) }
	switch g.IntN(22) {
	case 0, 1, 2:
		return number("(", small(), g.pick(" + ", " - ", " * "), small(), ")")
	case 3:
		return number("(", small(), g.pick(" DIV ", " % "), g.pick("2", "3", "7"), ")")
	case 4:
		return number("(", small(), " / ", g.pick("2", "4", "3"), ")")
	case 5:
		return number(g.pick("ABS(", "SIGN(", "FLOOR(", "CEIL("), small(), ")")
	case 6:
		return number("ROUND(", small(), ", 1)")
	case 7:
		return number(g.pick("CHAR_LENGTH(", "LENGTH("), g.str(sc, depth-1), ")")
	case 8:
		return number("IF(", g.bool(sc, depth-1), ", ", small(), ", ", small(), ")")
	case 9:
		return number("CASE WHEN ", g.bool(sc, depth-1), " THEN ", small(), maybe(" ELSE ", small()), " END")
	case 10:
		return number(g.pick("COALESCE(", "IFNULL("), small(), ", ", small(), ")")
	case 11:
		return number("NULLIF(", small(), ", ", small(), ")")
	case 12:
		return number(g.pick("GREATEST(", "LEAST("), small(), ", ", small(), ")")
	case 13:
		return number(g.pick("YEAR(", "MONTH(", "DAYOFWEEK(", "QUARTER("), g.date(sc, depth-1), ")")
	case 14:
		return number("DATEDIFF(", g.date(sc, depth-1), ", ", g.date(sc, depth-1), ")")
	case 15:
		if e, ok := g.columnOf(sc, JSON); ok {
			return number("JSON_LENGTH(", e, ")")
		}
		return small()
	case 16, 17:
		return number("(", g.bool(sc, depth-1), ")")
	case 18:
		return number("CAST(", small(), " AS ", g.pick("SIGNED", "DECIMAL(12,2)"), ")")
	case 19:
		return number("INSTR(", g.str(sc, depth-1), ", 'a')")
	default:
		return g.scalar(sc, Num, depth)
	}
}

// smallNum is a number that can be computed with.
func (g *gen) smallNum(sc *scope, depth int) expr {
	if depth <= 0 || g.chance(40) {
		return g.numLeaf(sc, true)
	}
	e := g.num(sc, depth)
	switch {
	case e.raw:
		return number("SIGN(", e, ")")
	case e.unsigned:
		return number("CAST(", e, " AS SIGNED)")
	}
	return e
}

func text(e expr, parts ...any) expr {
	e.node, e.kind, e.raw, e.name, e.literal = of(Str, parts...), Str, false, "", false
	return e
}

// digits is text that is spelled in one way only.
func digits(parts ...any) expr { return expr{node: of(Str, parts...), kind: Str, coll: ci} }

func (g *gen) strLiteral() expr {
	t := g.pick("'a'", "'b'", "'A'", "'x1'", "''", "'abc'", "'ss'", "'2'", "'c'", "'o%'")
	return expr{node: &Node{text: t, kind: Str}, kind: Str, coll: ci, ambiguous: true, literal: true}
}

func (g *gen) str(sc *scope, depth int) expr {
	e, ok := g.columnOf(sc, Str)
	if !ok || g.chance(10) {
		e = g.strLiteral()
	}
	if depth <= 0 || g.chance(35) {
		return e
	}
	switch g.IntN(14) {
	case 0:
		return text(e, "CONCAT(", e, ", ", g.pick("'-'", "'x'", "'A'"), ")")
	case 1:
		return text(e, g.pick("UPPER(", "LOWER(", "REVERSE(", "TRIM("), e, ")")
	case 2:
		return text(e, "LEFT(", e, ", ", g.pick("1", "2"), ")")
	case 3:
		return text(e, "SUBSTRING(", e, ", 2)")
	case 4:
		return text(e, "COALESCE(", e, ", ", g.pick("'none'", "'a'"), ")")
	case 5:
		other, ok := g.column(sc, func(o expr) bool { return o.kind == Str && o.coll == e.coll })
		if !ok {
			other = g.strLiteral()
		}
		return text(e, "IF(", g.bool(sc, depth-1), ", ", e, ", ", other, ")")
	case 6:
		return digits("CAST(", g.castable(sc, depth-1), " AS CHAR)")
	case 7:
		if j, ok := g.columnOf(sc, JSON); ok {
			return expr{node: of(Str, "JSON_UNQUOTE(JSON_EXTRACT(", j, ", '$.a'))"), kind: Str, coll: bin}
		}
		return e
	case 8:
		return digits("DATE_FORMAT(", g.date(sc, depth-1), ", '%Y-%m')")
	case 9:
		if b, ok := g.columnOf(sc, Bytes); ok {
			return digits("HEX(", b, ")")
		}
		return e
	case 10:
		return text(e, "REPLACE(", e, ", 'a', 'zz')")
	case 11:
		return text(e, "LPAD(", e, ", 3, '.')")
	default:
		return g.scalar(sc, Str, depth)
	}
}

// castable is a number whose text is the same however it was computed.
func (g *gen) castable(sc *scope, depth int) expr {
	e, ok := g.column(sc, func(e expr) bool {
		return e.kind == Num && e.name != "x" && e.name != "f" && e.name != "bi" && e.name != ""
	})
	if ok {
		return e
	}
	return number("CHAR_LENGTH(", g.str(sc, depth), ")")
}

func (g *gen) date(sc *scope, depth int) expr {
	e, ok := g.columnOf(sc, Date)
	if !ok || g.chance(8) {
		e = expr{node: &Node{text: g.pick("DATE '2024-01-31'", "TIMESTAMP '2024-02-29 12:00:00.5'", "DATE '1999-12-31'"), kind: Date}, kind: Date}
	}
	if depth <= 0 || g.chance(50) {
		return e
	}
	made := func(parts ...any) expr { return expr{node: of(Date, parts...), kind: Date} }
	switch g.IntN(5) {
	case 0, 1:
		return made("(", e, g.pick(" + ", " - "), "INTERVAL ", g.pick("1", "2", "10"), g.pick(" DAY", " MONTH", " YEAR"), ")")
	case 2:
		return made(g.pick("DATE(", "LAST_DAY("), e, ")")
	case 3:
		return made("COALESCE(", e, ", ", g.date(sc, 0), ")")
	default:
		return g.scalar(sc, Date, depth)
	}
}

// distinctForm is an expression whose equal values look the same: of a text with
// spellings, what the collation sees of it.
func distinctForm(e expr) expr {
	if !e.ambiguous {
		return e
	}
	return digits("HEX(WEIGHT_STRING(RTRIM(", e, ")))")
}

// extremeForm is distinctForm for MIN and MAX: of an ENUM or SET its text, as MySQL
// compares numbers where it finds the answer in an index, and else texts.
func extremeForm(e expr) expr {
	if e.raw {
		return expr{node: of(Str, "CONCAT(", e, ")"), kind: Str, coll: e.coll}
	}
	return distinctForm(e)
}

// grouped is whether an expression can be grouped by: JSON and FLOAT are equal
// in ways that can be seen.
func grouped(e expr) bool { return e.kind != JSON && e.name != "f" }

func joinTexts(all []expr, sep string) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = e.ref()
	}
	return strings.Join(texts, sep)
}
