package shardkey

import (
	"fmt"
	"strconv"
	"strings"
)

// SQL returns the expression that MySQL evaluates to the token of a stored
// row, as BIGINT UNSIGNED. The qualifier, if any, is a table's name or alias
// and is quoted; an unsupported key gives NULL. The text does not depend on
// the session's character set as long as that has ASCII in the usual place.
func (k Key) SQL(qualifier string) string {
	parts := make([]string, 0, len(k))
	for _, c := range k {
		f, reason := c.form()
		if reason != "" {
			return "NULL"
		}
		parts = append(parts, f.sql(columnName(qualifier, c.Name)))
	}
	switch len(parts) {
	case 0:
		return "NULL"
	case 1:
		return tokenSQL(parts[0])
	}
	for i, p := range parts {
		parts[i] = fmt.Sprintf("CAST(LENGTH(%s) AS CHAR CHARACTER SET ascii), x'3a', %s", p, p)
	}
	return tokenSQL("CONCAT(" + strings.Join(parts, ", ") + ")")
}

// RangePredicate returns the condition that a stored row's token lies in
// [start, end); end 0 stands for 2^64.
func (k Key) RangePredicate(qualifier string, start, end Token) string {
	last := uint64(end) - 1
	if start == 0 && end == 0 {
		return "TRUE"
	}
	return fmt.Sprintf("%s BETWEEN %d AND %s", k.SQL(qualifier), uint64(start), strconv.FormatUint(last, 10))
}

// tokenSQL hashes canonical bytes. CONV returns text, which would compare as
// DOUBLE, hence the cast.
func tokenSQL(canonical string) string {
	return "CAST(CONV(LEFT(SHA2(" + canonical + ", 256), 16), 16, 10) AS UNSIGNED)"
}

// sql is the expression for a column's canonical bytes.
func (f *form) sql(column string) string {
	switch f.class {
	case classInt:
		if f.unsigned { // the cast drops ZEROFILL's zeros
			return ascii("CAST(" + column + " AS UNSIGNED)")
		}
		return ascii(column)
	case classDecimal:
		return ascii(fmt.Sprintf("CAST(%s AS DECIMAL(%d,%d))", column, f.precision, f.scale))
	case classBinary:
		return column
	case classText:
		return f.text.sql(column)
	default:
		return ascii(column)
	}
}

func ascii(expression string) string {
	return "CAST(" + expression + " AS CHAR CHARACTER SET ascii)"
}

// sql is the expression for a text column's canonical bytes.
func (c collation) sql(column string) string {
	switch c.folding {
	case foldNone:
		return "TRIM(TRAILING x'20' FROM CAST(" + column + " AS BINARY))"
	case foldUCA900, foldUnicode:
		return "TRIM(TRAILING x'0209' FROM WEIGHT_STRING(" + column + "))"
	case foldGeneral:
		return "TRIM(TRAILING x'0020' FROM WEIGHT_STRING(" + column + "))"
	default:
		return "TRIM(TRAILING x'20' FROM WEIGHT_STRING(" + column + "))"
	}
}

func columnName(qualifier, name string) string {
	if qualifier == "" {
		return quote(name)
	}
	return quote(qualifier) + "." + quote(name)
}

func quote(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}
