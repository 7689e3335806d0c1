package parser

// knownWords lists the words that the Scanner acts on.
func knownWords() []word {
	var list []word
	list = append(list, verbWords()...)
	list = append(list, clauseWords()...)
	list = append(list, functionWords()...)
	list = append(list, typeWords()...)
	return list
}

func verbWords() []word {
	return []word{
		{text: "select", kw: kwSelect, verb: Select},
		{text: "insert", kw: kwInsert, verb: Insert},
		{text: "replace", kw: kwReplace, verb: Replace},
		{text: "update", kw: kwUpdate, verb: Update},
		{text: "delete", kw: kwDelete, verb: Delete},
		{text: "with", verb: With},
		{text: "table", kw: kwObject, verb: Table},
		{text: "values", kw: kwValues, verb: Values},
		{text: "begin", verb: Begin},
		{text: "start", verb: Start},
		{text: "commit", verb: Commit},
		{text: "rollback", verb: Rollback},
		{text: "savepoint", verb: Savepoint},
		{text: "release", verb: Release},
		{text: "set", verb: Set},
		{text: "reset", verb: Reset},
		{text: "show", verb: Show},
		{text: "use", verb: Use},
		{text: "create", kw: kwCreate, verb: Create},
		{text: "alter", kw: kwCreate, verb: Alter},
		{text: "drop", kw: kwCreate, verb: Drop},
		{text: "truncate", verb: Truncate},
		{text: "rename", verb: Rename},
		{text: "explain", verb: Explain},
		{text: "describe", verb: Describe},
		{text: "desc", verb: Describe},
		{text: "call", verb: Call},
		{text: "do", verb: Do},
		{text: "lock", kw: kwLock, verb: Lock},
		{text: "unlock", verb: Unlock},
		{text: "handler", verb: Handler},
		{text: "kill", verb: Kill},
		{text: "load", verb: Load},
		{text: "grant", verb: Grant},
		{text: "revoke", verb: Revoke},
		{text: "prepare", verb: Prepare},
		{text: "execute", verb: Execute},
		{text: "deallocate", verb: Deallocate},
		{text: "xa", verb: XA},
		{text: "analyze", verb: Analyze},
		{text: "optimize", verb: Optimize},
		{text: "check", verb: Check},
		{text: "checksum", verb: Checksum},
		{text: "repair", verb: Repair},
		{text: "flush", verb: Flush},
		{text: "install", verb: Install},
		{text: "uninstall", verb: Uninstall},
		{text: "change", verb: Change},
		{text: "stop", verb: Stop},
		{text: "purge", verb: Purge},
		{text: "binlog", verb: Binlog},
		{text: "help", verb: Help},
		{text: "import", verb: Import},
		{text: "clone", verb: Clone},
		{text: "shutdown", verb: Shutdown},
		{text: "restart", verb: Restart},
		{text: "cache", verb: Cache},
		{text: "signal", verb: Signal},
		{text: "resignal", verb: Resignal},
		{text: "get", verb: Get},
	}
}

func clauseWords() []word {
	list := []word{
		{text: "from", kw: kwFrom},
		{text: "where", kw: kwWhere},
		{text: "having", kw: kwHaving},
		{text: "union", kw: kwUnion},
		{text: "distinct", kw: kwDistinct},
		{text: "into", kw: kwInto},
		{text: "in", kw: kwIn},
		{text: "value", kw: kwValues},
		{text: "for", kw: kwFor},
		{text: "share", kw: kwShare},
		{text: "temporary", kw: kwTemporary},
		{text: "sql_calc_found_rows", bare: CalcFoundRows},
	}
	list = append(
		list,
		word{text: "database", kw: kwObject, call: SessionFunc},
		word{text: "schema", kw: kwObject, call: SessionFunc},
		word{text: "user", kw: kwObject, call: SessionFunc},
	)
	for kw, texts := range map[keyword][]string{
		kwKeep:     {"group", "order", "limit", "window"},
		kwFile:     {"outfile", "dumpfile"},
		kwProgram:  {"procedure", "function", "trigger", "event", "library"},
		kwObject:   {"view", "index", "role", "server", "tablespace", "logfile", "instance", "resource", "undo"},
		kwKeepNext: {"as", "separator", "collate", "escape", "using", "charset", "offset"},
	} {
		for _, text := range texts {
			list = append(list, word{text: text, kw: kw})
		}
	}
	return list
}

// functionWords are the functions with a flag of their own. Those of the
// standard that need no parentheses have it whether or not "(" follows.
func functionWords() []word {
	var list []word
	for flag, texts := range map[Flags][]string{
		LastInsertID: {"last_insert_id"},
		FoundRows:    {"found_rows"},
		RowCount:     {"row_count"},
		SessionFunc:  {"connection_id", "session_user", "system_user", "current_role"},
		LockFunc:     {"get_lock", "release_lock", "release_all_locks", "is_free_lock", "is_used_lock"},
		Waits: {
			"sleep", "benchmark", "master_pos_wait", "source_pos_wait", "wait_for_executed_gtid_set",
			"wait_until_sql_thread_after_gtids",
		},
		RandomFunc: {"uuid", "uuid_short", "rand", "random_bytes", "sysdate"},
	} {
		for _, text := range texts {
			list = append(list, word{text: text, call: flag})
		}
	}
	for _, text := range []string{"curdate", "curtime", "unix_timestamp"} {
		list = append(list, word{text: text, call: TimeFunc})
	}
	for _, text := range []string{"utc_date", "current_date"} {
		list = append(list, word{text: text, bare: TimeFunc, call: TimeFunc})
	}
	return append(list, word{text: "current_user", bare: SessionFunc, call: SessionFunc})
}

// typeWords are types and functions that take a length or a precision, which
// must be written as a number.
func typeWords() []word {
	var list []word
	for _, text := range []string{
		"char", "varchar", "nchar", "nvarchar", "binary", "varbinary", "decimal", "dec", "numeric", "fixed", "float",
		"double", "real", "bit", "tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year", "datetime",
		"blob", "text", "json_table", "json_value", "vector",
	} {
		list = append(list, word{text: text, kw: kwType})
	}
	for _, text := range []string{"current_timestamp", "current_time", "localtime", "localtimestamp", "utc_time", "utc_timestamp"} {
		list = append(list, word{text: text, kw: kwType, bare: TimeFunc, call: TimeFunc})
	}
	list = append(list, word{text: "now", kw: kwType, call: TimeFunc})
	// DATE '2026-01-01' is one literal: its text stays.
	list = append(list, word{text: "date", kw: kwKeepNext}, word{text: "time", kw: kwType}, word{text: "timestamp", kw: kwType})
	return list
}
