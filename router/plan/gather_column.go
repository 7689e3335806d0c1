package plan

import "strings"

// Encoding says how a column's values travel from a shard into a temporary
// table so that not one of them changes on the way.
type Encoding uint8

// The encodings.
const (
	// EncodingNumber is sent as it is printed: integers, decimals, YEAR.
	EncodingNumber Encoding = iota
	// EncodingReal is sent as a double with all its digits, also of a FLOAT,
	// which prints six.
	EncodingReal
	// EncodingOrdinal is the number behind an ENUM's or SET's names.
	EncodingOrdinal
	// EncodingTime is sent as it is printed: DATE, TIME, DATETIME.
	EncodingTime
	// EncodingInstant is a TIMESTAMP as seconds since 1970: in a time zone with
	// summer time an hour of the year is printed like another.
	EncodingInstant
	// EncodingText is sent as the bytes that are stored, in the column's
	// character set.
	EncodingText
	// EncodingJSON is sent as text in utf8mb4.
	EncodingJSON
	// EncodingBytes is sent as bytes: BINARY, BLOB, BIT, spatial and vector values.
	EncodingBytes
)

// String names the encoding.
func (e Encoding) String() string {
	return [...]string{"number", "real", "ordinal", "time", "instant", "text", "json", "bytes"}[e]
}

// encodingOf is how a column's values travel.
func encodingOf(c *Column) Encoding {
	switch baseType(c.Type) {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric", "year", "bool", "boolean":
		return EncodingNumber
	case "float", "double", "real":
		return EncodingReal
	case "enum", "set":
		return EncodingOrdinal
	case "date", "time", "datetime":
		return EncodingTime
	case "timestamp":
		return EncodingInstant
	case "json":
		return EncodingJSON
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		if c.Collation != "" && c.Collation != "binary" {
			return EncodingText
		}
	}
	return EncodingBytes
}

// baseType is a type's first word.
func baseType(columnType string) string {
	end := strings.IndexFunc(columnType, func(r rune) bool { return r == '(' || r == ' ' })
	if end < 0 {
		end = len(columnType)
	}
	return strings.ToLower(columnType[:end])
}

// Selected is the expression that a shard is asked for in a column's place.
// name is the column's, quoted and qualified.
func (e Encoding) Selected(name string) string {
	switch e {
	case EncodingReal:
		return "CAST(" + name + " AS DOUBLE)"
	case EncodingOrdinal:
		return "(" + name + " + 0)"
	case EncodingInstant:
		return "UNIX_TIMESTAMP(" + name + ")"
	case EncodingText:
		return "CAST(" + name + " AS BINARY)"
	case EncodingJSON:
		return "CAST(CONVERT(" + name + " USING utf8mb4) AS BINARY)"
	case EncodingNumber, EncodingTime, EncodingBytes:
	}
	return name
}

// indexed reports whether an ordinary index can hold the column.
func (e Encoding) indexed(columnType string) bool {
	switch e {
	case EncodingJSON, EncodingBytes:
		t := baseType(columnType)
		return t == "binary" || t == "varbinary"
	case EncodingText:
		return !strings.HasSuffix(baseType(columnType), "text")
	case EncodingNumber, EncodingReal, EncodingOrdinal, EncodingTime, EncodingInstant:
	}
	return true
}

// definition is a column of a temporary table, so that expressions over it are
// what they are over the column itself.
func (c *Column) definition() string {
	t := c.Declared
	if t == "" {
		t = c.Type
	}
	def := quoted(c.Name) + " " + t
	if c.Collation != "" && c.Collation != "binary" {
		def += " COLLATE " + c.Collation
	}
	if c.NotNull {
		def += " NOT NULL"
	} else {
		def += " NULL"
	}
	if c.Invisible {
		def += " INVISIBLE"
	}
	return def
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
