package plan

import (
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// columnType prints a type as information_schema.columns does since MySQL
// 8.0.19: integers without their display width, unless ZEROFILL needs it.
// collation is the column's own, where it has one.
func columnType(t *types.FieldType, collation string) string {
	switch t.GetType() {
	case mysql.TypeTiny:
		if t.GetFlen() == 1 && !mysql.HasUnsignedFlag(t.GetFlag()) {
			return "tinyint(1)"
		}
		return integerType("tinyint", t, 3)
	case mysql.TypeShort:
		return integerType("smallint", t, 5)
	case mysql.TypeInt24:
		return integerType("mediumint", t, 8)
	case mysql.TypeLong:
		return integerType("int", t, 10)
	case mysql.TypeLonglong:
		return integerType("bigint", t, 20)
	case mysql.TypeNewDecimal:
		return "decimal(" + strconv.Itoa(orElse(t.GetFlen(), 10)) + "," + strconv.Itoa(max(t.GetDecimal(), 0)) + ")" + signs(t)
	case mysql.TypeFloat:
		return floatType("float", t)
	case mysql.TypeDouble:
		return floatType("double", t)
	case mysql.TypeYear:
		return "year"
	case mysql.TypeDatetime:
		return fraction("datetime", t)
	case mysql.TypeTimestamp:
		return fraction("timestamp", t)
	case mysql.TypeDuration:
		return fraction("time", t)
	case mysql.TypeBlob, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob:
		return blobType(t, collation)
	case mysql.TypeEnum:
		return "enum" + elements(t)
	case mysql.TypeSet:
		return "set" + elements(t)
	case mysql.TypeString:
		return lengthType("char", "binary", t, 1)
	case mysql.TypeVarchar, mysql.TypeVarString:
		return lengthType("varchar", "varbinary", t, 0)
	default:
		return strings.ToLower(t.InfoSchemaStr())
	}
}

func integerType(name string, t *types.FieldType, digits int) string {
	if mysql.HasZerofillFlag(t.GetFlag()) {
		name += "(" + strconv.Itoa(orElse(t.GetFlen(), digits)) + ")"
	}
	return name + signs(t)
}

func signs(t *types.FieldType) string {
	switch {
	case mysql.HasZerofillFlag(t.GetFlag()):
		return " unsigned zerofill"
	case mysql.HasUnsignedFlag(t.GetFlag()):
		return " unsigned"
	default:
		return ""
	}
}

func floatType(name string, t *types.FieldType) string {
	if t.GetDecimal() >= 0 && t.GetFlen() >= 0 {
		name += "(" + strconv.Itoa(t.GetFlen()) + "," + strconv.Itoa(t.GetDecimal()) + ")"
	}
	return name + signs(t)
}

func fraction(name string, t *types.FieldType) string {
	if t.GetDecimal() > 0 {
		return name + "(" + strconv.Itoa(t.GetDecimal()) + ")"
	}
	return name
}

// lengthType is CHAR or VARCHAR, or what they are in the binary character set.
func lengthType(text, binary string, t *types.FieldType, length int) string {
	name := text
	if t.GetCharset() == "binary" {
		name = binary
	}
	return name + "(" + strconv.Itoa(orElse(t.GetFlen(), length)) + ")"
}

// blobType chooses the smallest type that holds the length, if there is one.
func blobType(t *types.FieldType, collation string) string {
	kind := "text"
	width := charsetBytes(charsetOf(collation))
	if t.GetCharset() == "binary" {
		kind, width = "blob", 1
	}
	size := ""
	switch t.GetType() {
	case mysql.TypeTinyBlob:
		size = "tiny"
	case mysql.TypeMediumBlob:
		size = "medium"
	case mysql.TypeLongBlob:
		size = "long"
	default:
		if length := t.GetFlen(); length >= 0 {
			size = blobSize(length * width)
		}
	}
	return size + kind
}

func blobSize(bytes int) string {
	switch {
	case bytes < 1<<8:
		return "tiny"
	case bytes < 1<<16:
		return ""
	case bytes < 1<<24:
		return "medium"
	default:
		return "long"
	}
}

func elements(t *types.FieldType) string {
	quoted := make([]string, len(t.GetElems()))
	for i, e := range t.GetElems() {
		quoted[i] = "'" + strings.ReplaceAll(e, "'", "''") + "'"
	}
	return "(" + strings.Join(quoted, ",") + ")"
}

func orElse(n, other int) int {
	if n < 0 {
		return other
	}
	return n
}

// columnCollation is a column's collation, empty unless it holds characters.
// stated is what COLLATE says, table the table's collation.
func columnCollation(t *types.FieldType, stated, table string) string {
	switch t.GetType() {
	case mysql.TypeVarchar, mysql.TypeString, mysql.TypeVarString, mysql.TypeBlob, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob, mysql.TypeEnum, mysql.TypeSet:
	default:
		return ""
	}
	enumerated := t.GetType() == mysql.TypeEnum || t.GetType() == mysql.TypeSet
	charset := strings.ToLower(t.GetCharset())
	binary := mysql.HasBinaryFlag(t.GetFlag())
	switch {
	case charset == "binary" && enumerated:
		return "binary"
	case charset == "binary":
		return ""
	case stated != "":
		return collationName(stated)
	case t.GetCollate() != "":
		return collationName(t.GetCollate())
	case binary && charset != "":
		return collationName(charset + "_bin")
	case binary:
		return charsetOf(table) + "_bin"
	case charset != "":
		return defaultCollation(charset)
	default:
		return table
	}
}
