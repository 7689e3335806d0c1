package plan

import "strings"

// result is what kind of value a function returns, as far as comparing two of
// them goes.
type result uint8

const (
	// resultUnknown: not a function of MySQL's own but a stored or loaded one.
	resultUnknown result = iota
	resultNumber
	resultText
	// resultTime: a date, a time, or text that spells one.
	resultTime
	resultJSON
	resultSpatial
	// resultArgs: what its arguments are.
	resultArgs
)

// resultOf tells what a built-in function returns, named in lower case as the
// parser does. https://dev.mysql.com/doc/refman/9.7/en/built-in-function-reference.html
func resultOf(name string) result {
	switch name {
	case "abs", "acos", "ascii", "asin", "atan", "atan2", "benchmark", "bit_count", "bit_length", "ceil", "ceiling", "char_length", "character_length",
		"coercibility", "connection_id", "cos", "cot", "crc32", "datediff", "day", "dayofmonth", "dayofweek", "dayofyear", "degrees", "distance",
		"exp", "extract", "field", "find_in_set", "floor", "found_rows", "get_lock", "grouping", "gtid_subset", "hour", "inet_aton", "instr",
		"interval", "is_free_lock", "is_ipv4", "is_ipv4_compat", "is_ipv4_mapped", "is_ipv6", "is_used_lock", "is_uuid", "isnull",
		"json_contains", "json_contains_path", "json_depth", "json_length", "json_memberof", "json_overlaps", "json_schema_valid", "json_storage_free",
		"json_storage_size", "json_valid", "last_insert_id", "length", "ln", "locate", "log", "log10", "log2", "master_pos_wait", "microsecond",
		"minute", "mod", "month", "octet_length", "ord", "period_add", "period_diff", "pi", "position", "pow", "power", "ps_current_thread_id",
		"ps_thread_id", "quarter", "radians", "rand", "regexp_instr", "regexp_like", "release_all_locks", "release_lock", "round", "row_count",
		"second", "sign", "sin", "sleep", "source_pos_wait", "sqrt", "strcmp", "tan", "time_to_sec", "timestampdiff", "to_days", "to_seconds",
		"truncate", "uncompressed_length", "unix_timestamp", "uuid_short", "validate_password_strength", "vector_dim",
		"wait_for_executed_gtid_set", "week", "weekday", "weekofyear", "year", "yearweek":
		return resultNumber
	case "aes_decrypt", "aes_encrypt", "bin", "bin_to_uuid", "char", "char_func", "charset", "collation", "compress", "concat", "concat_ws", "conv", "convert",
		"current_role", "current_user", "database", "date_format", "dayname", "elt", "export_set", "extractvalue", "format", "format_bytes",
		"format_pico_time", "from_base64", "from_unixtime", "get_format", "gtid_subtract", "hex", "icu_version", "inet6_aton", "inet6_ntoa", "inet_ntoa",
		"insert", "insert_func", "json_pretty", "json_quote", "json_type", "json_unquote", "json_value", "lcase", "left", "load_file", "lower", "lpad", "ltrim",
		"make_set", "md5", "mid", "monthname", "oct", "password", "quote", "random_bytes", "regexp_replace", "regexp_substr", "repeat", "replace", "reverse",
		"right", "roles_graphml", "rpad", "rtrim", "schema", "session_user", "sha", "sha1", "sha2", "soundex", "space", "statement_digest",
		"statement_digest_text", "substr", "substring", "substring_index", "system_user", "time_format", "to_base64", "trim", "ucase", "uncompress",
		"unhex", "updatexml", "upper", "user", "uuid", "uuid_to_bin", "vector_to_string", "version", "weight_string":
		return resultText
	case "adddate", "addtime", "convert_tz", "curdate", "current_date", "current_time", "current_timestamp", "curtime", "date", "date_add", "date_sub",
		"from_days", "last_day", "localtime", "localtimestamp", "makedate", "maketime", "now", "sec_to_time", "str_to_date", "subdate",
		"subtime", "sysdate", "time", "timediff", "timestamp", "timestampadd", "utc_date", "utc_time", "utc_timestamp":
		return resultTime
	case "json_array", "json_array_append", "json_array_insert", "json_extract", "json_insert", "json_keys", "json_merge", "json_merge_patch",
		"json_merge_preserve", "json_object", "json_remove", "json_replace", "json_schema_validation_report", "json_search", "json_set":
		return resultJSON
	case "any_value", "coalesce", "greatest", "if", "ifnull", "least", "name_const", "nullif":
		return resultArgs
	case "geomcollection", "geometrycollection", "linestring", "multilinestring", "multipoint", "multipolygon", "point", "polygon",
		"string_to_vector", "to_vector":
		return resultSpatial
	}
	if strings.HasPrefix(name, "st_") || strings.HasPrefix(name, "mbr") {
		return resultSpatial
	}
	return resultUnknown
}

// volatility says on what besides its arguments a function's value depends.
type volatility uint8

const (
	volatileNot volatility = iota
	// volatileClock: the time at which the statement began, which SET
	// timestamp fixes.
	volatileClock
	// volatileRandom: another value at each call.
	volatileRandom
	// volatileSeed: RAND(n), whose values depend on the order of the rows.
	volatileSeed
)

func volatilityOf(name string, args int) volatility {
	switch name {
	case "rand":
		if args > 0 {
			return volatileSeed
		}
		return volatileRandom
	case "uuid", "uuid_short", "random_bytes", "sysdate":
		return volatileRandom
	case "now", "current_timestamp", "localtime", "localtimestamp", "curdate", "current_date", "curtime", "current_time", "utc_timestamp", "utc_date", "utc_time":
		return volatileClock
	case "unix_timestamp":
		if args == 0 {
			return volatileClock
		}
	}
	return volatileNot
}
