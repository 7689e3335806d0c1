package exec

import (
	"fmt"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// columns say how the values of combined rows are written into their table; nil
// if the text that a value travels as is not all of it.
func (c *computing) columns(of []mysql.Column) []plan.GatherColumn {
	all := make([]plan.GatherColumn, len(of))
	for i := range of {
		all[i].Name = fmt.Sprintf("_shardway_v%d", i+1)
		var exact bool
		if all[i].Encoding, exact = encodingOf(&of[i], c.st.binary()); !exact {
			return nil
		}
		if all[i].Encoding == plan.EncodingText {
			all[i].Charset = mysql.CharsetOf(of[i].Charset)
		}
	}
	return all
}

// encodingOf says how a value of a result's column is written as a literal.
func encodingOf(c *mysql.Column, binary bool) (e plan.Encoding, exact bool) {
	const notFixed = 31 // decimals of a FLOAT or DOUBLE that prints all its digits
	switch c.Type {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeLong, mysql.TypeInt24, mysql.TypeLongLong, mysql.TypeYear,
		mysql.TypeDecimal, mysql.TypeNewDecimal:
		return plan.EncodingNumber, true
	case mysql.TypeDouble:
		return plan.EncodingReal, binary || c.Decimals == notFixed
	case mysql.TypeDate, mysql.TypeNewDate, mysql.TypeDatetime, mysql.TypeTime:
		return plan.EncodingTime, true
	case mysql.TypeVarchar, mysql.TypeVarString, mysql.TypeString,
		mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob, mysql.TypeBlob, mysql.TypeEnum, mysql.TypeSet:
		// In the character set of the results, which need not be the column's own.
		switch mysql.CharsetOf(c.Charset) {
		case "":
			return 0, false
		case "binary":
			return plan.EncodingBytes, true
		}
		return plan.EncodingText, true
	case mysql.TypeBit, mysql.TypeNull:
		return plan.EncodingBytes, true
	default:
		// A FLOAT prints six digits, a TIMESTAMP may print like another, JSON hides
		// the types of its numbers.
		return 0, false
	}
}

// alike reports whether rows with some columns can be sent as rows with others.
func alike(a, z []mysql.Column) bool {
	if len(a) != len(z) {
		return false
	}
	for i := range a {
		x, y := &a[i], &z[i]
		if x.Type != y.Type || x.Decimals != y.Decimals || x.Charset != y.Charset || x.Unsigned() != y.Unsigned() ||
			(x.Flags^y.Flags)&mysql.FlagZerofill != 0 {
			return false
		}
	}
	return true
}
