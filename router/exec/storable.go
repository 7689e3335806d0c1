package exec

import (
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// storable refuses the few values that MySQL stores from a column otherwise
// than from a literal: an ENUM or SET as its number, a BIT as its digits, JSON
// as what it holds.
func storable(from *mysql.Column, into plan.Stored) error {
	kind, _, _ := strings.Cut(strings.ToLower(into.Type), "(")
	kind, _, _ = strings.Cut(kind, " ")
	target := targetOf(kind)
	what := ""
	switch {
	case from.Flags&(mysql.FlagEnum|mysql.FlagSet) != 0 && (target == targetNumber || target == targetTime):
		what = "an ENUM or SET"
	case from.Type == mysql.TypeBit && target != targetNumber:
		what = "a BIT"
	case from.Type == mysql.TypeJSON && (target == targetNumber || target == targetTime):
		what = "JSON"
	case into.Type == "":
		what = "a value"
	default:
		return nil
	}
	return notSupported("%s of one shard's row is not stored in column %s (%s) of another's: MySQL converts it there by rules of its own; convert it with CAST", what, into.Column, into.Type)
}

// target is what a column holds, as far as conversions go.
type target uint8

const (
	targetText target = iota
	targetNumber
	targetTime
)

func targetOf(kind string) target {
	switch kind {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit", "year":
		return targetNumber
	case "date", "datetime", "timestamp", "time":
		return targetTime
	default:
		return targetText
	}
}

// strictly makes errors of the warnings that a SELECT has given where MySQL
// would have given them as errors: it is part of a statement that changes rows.
func (s *Session) strictly(ignore bool) error {
	if ignore || !s.strict() {
		return nil
	}
	for _, d := range s.heard {
		code, err := strconv.ParseUint(d.Code, 10, 16)
		if err == nil && d.Level != "Note" && isStrict(uint16(code)) && !ofHashJoin(uint16(code), d.Message) {
			s.heard = nil
			return mysql.NewError(uint16(code), "%s", d.Message)
		}
	}
	return nil
}

// ofHashJoin reports whether a warning is that of a hash join which compares an
// integer with a DECIMAL that has no room for it: MySQL warns that the value does
// not fit, and for want of a column names "(null)". Nothing is stored there, and an
// UPDATE or DELETE as it was written is not joined by hashes.
func ofHashJoin(code uint16, message string) bool {
	const outOfRange = 1264 // ER_WARN_DATA_OUT_OF_RANGE
	return code == outOfRange && strings.Contains(message, "'(null)'")
}

// strict reports whether sql_mode makes errors of values that do not fit.
func (s *Session) strict() bool {
	mode, set := s.settings.Value("sql_mode")
	return !set || strings.Contains(mode, "STRICT_") || strings.Contains(mode, "TRADITIONAL")
}

// isStrict reports whether a warning becomes an error under a strict sql_mode,
// as MySQL's own list of them has it.
func isStrict(code uint16) bool {
	switch code {
	case 1048, 1260, 1261, 1262, 1263, 1264, 1265, 1292, 1301, 1365, 1366, 1367, 1411, 1441, 1451, 1452, 1690, 3020, 3141, 3156, 3158:
		return true
	default:
		return false
	}
}
