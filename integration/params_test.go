package integration

import (
	"encoding/binary"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
)

// parametrize turns a statement's literals into parameters of their types.
func parametrize(sql string) (string, []mysql.Param) {
	var scanner parser.Scanner
	var shape parser.Shape
	scanner.Scan([]byte(sql), parser.Mode{}, &shape)
	text, params, end := "", []mysql.Param(nil), 0
	for _, lit := range shape.Literals {
		p, ok := param(sql, lit)
		if !ok {
			continue
		}
		before := sql[end:lit.Start]
		if signs.MatchString(before) {
			if negative, ok := negated(p); ok {
				before, p = strings.TrimSuffix(before, "-"), negative
			}
		}
		text += before + "?"
		params, end = append(params, p), lit.End
	}
	return text + sql[end:], params
}

// signs matches text that ends in a minus that is a number's sign, and no
// subtraction. Clients bind a number with its sign; of -?, MySQL makes the negative of
// a number that it may take for unsigned, an error where it comes to compute it.
var signs = regexp.MustCompile(`(?i)([(,=<>]|\b(between|and|or|then|else|when|select|limit|where|not|on|having|by))\s*-$`)

// negated is an integer or decimal with a minus.
func negated(p mysql.Param) (mysql.Param, bool) {
	switch p.Type {
	case mysql.TypeLongLong:
		n := binary.LittleEndian.Uint64(p.Value)
		p.Value = binary.LittleEndian.AppendUint64(nil, -n)
		return p, !p.Unsigned
	case mysql.TypeNewDecimal:
		p.Value = append([]byte("-"), p.Value...)
		return p, true
	default:
		return p, false
	}
}

// param is a literal as a client binds it; false for what stays in the text.
func param(sql string, lit parser.Literal) (mysql.Param, bool) {
	raw := sql[lit.Start:lit.End]
	switch lit.Kind {
	case parser.Int:
		n, err := strconv.ParseUint(raw, 10, 64)
		if err != nil {
			return mysql.Param{}, false
		}
		p := mysql.Param{Value: binary.LittleEndian.AppendUint64(nil, n)}
		p.Type, p.Unsigned = mysql.TypeLongLong, n > math.MaxInt64
		return p, true
	case parser.Decimal:
		return mysql.Param{ParamType: mysql.ParamType{Type: mysql.TypeNewDecimal}, Value: []byte(raw)}, true
	case parser.Float:
		f, err := strconv.ParseFloat(raw, 64)
		return mysql.Param{ParamType: mysql.ParamType{Type: mysql.TypeDouble}, Value: binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))}, err == nil
	case parser.String:
		value, err := parser.Unquote([]byte(sql), lit, parser.Mode{}, []byte{})
		return mysql.Param{ParamType: mysql.ParamType{Type: mysql.TypeVarString}, Value: value}, err == nil
	case parser.NString, parser.BinaryString, parser.Hex, parser.Bit, parser.Param:
	}
	return mysql.Param{}, false
}
