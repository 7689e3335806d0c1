package topology

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The longest names: MySQL's limits for schemas, tables and users, ours for ids.
const (
	nameLengthMax = 64
	userLengthMax = 32
	idLengthMax   = 48
)

// systemSchemas are the schemas that belong to MySQL or to Shardway.
func systemSchemas() []string {
	return []string{"mysql", "sys", "information_schema", "performance_schema", "_shardway", "shardway"}
}

// IsSystemSchema reports whether name is a schema of MySQL's or Shardway's
// own, in any case.
func IsSystemSchema(name string) bool {
	return slices.Contains(systemSchemas(), strings.ToLower(name))
}

// CheckKeyspaceName refuses a name that cannot be a keyspace: 1 to 64 ASCII
// letters, digits, _, $ and -, and no system schema.
func CheckKeyspaceName(name string) error {
	if name == "" || len(name) > nameLengthMax || !consistsOf(name, isKeyspaceByte) {
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("%q cannot be the name of a keyspace", name),
			Hint:    fmt.Sprintf("use 1 to %d letters, digits, _, $ and -", nameLengthMax),
		}
	}
	if IsSystemSchema(name) {
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("%q is a system schema and cannot be a keyspace", name),
			Hint:    "choose another name",
		}
	}
	return nil
}

// CheckTableName refuses a name that MySQL would not take for a table.
func CheckTableName(name string) error {
	return checkText("table", name, nameLengthMax)
}

// CheckUserName refuses a name that MySQL would not take for a user, and those
// that MySQL keeps for itself.
func CheckUserName(name string) error {
	if strings.HasPrefix(name, "mysql.") {
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("the user name %q is MySQL's own", name),
			Hint:    "choose a name that does not begin with mysql.",
		}
	}
	return checkText("user", name, userLengthMax)
}

func checkText(what, name string, lengthMax int) error {
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > lengthMax ||
		strings.ContainsRune(name, 0) || strings.HasSuffix(name, " ") {
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("%q cannot be the name of a %s", name, what),
			Hint:    fmt.Sprintf("use 1 to %d characters that do not end in a space", lengthMax),
		}
	}
	return nil
}

// CheckID refuses what cannot be the id of a group or an instance.
func CheckID(what, id string) error {
	if id == "" || len(id) > idLengthMax || !consistsOf(id, isIDByte) || !isAlphanumeric(id[0]) {
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("%q cannot be the id of %s", id, what),
			Hint:    fmt.Sprintf("use 1 to %d letters, digits, _, - and ., a letter or digit first", idLengthMax),
		}
	}
	return nil
}

func consistsOf(name string, allowed func(byte) bool) bool {
	for i := range len(name) {
		if !allowed(name[i]) {
			return false
		}
	}
	return true
}

func isKeyspaceByte(b byte) bool {
	return isAlphanumeric(b) || b == '_' || b == '$' || b == '-'
}

func isIDByte(b byte) bool {
	return isAlphanumeric(b) || b == '_' || b == '-' || b == '.'
}

func isAlphanumeric(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}
