package parser

// Verb is a statement's first keyword.
type Verb uint8

// The verbs. Describe is also DESC; Analyze, Optimize, Check, Repair and
// Checksum are the maintenance statements for tables.
const (
	Empty Verb = iota
	Other
	Paren // a query that begins with "("
	Select
	Insert
	Replace
	Update
	Delete
	With
	Table
	Values
	Begin
	Start
	Commit
	Rollback
	Savepoint
	Release
	Set
	Reset
	Show
	Use
	Create
	Alter
	Drop
	Truncate
	Rename
	Explain
	Describe
	Call
	Do
	Lock
	Unlock
	Handler
	Kill
	Load
	Grant
	Revoke
	Prepare
	Execute
	Deallocate
	XA
	Analyze
	Optimize
	Check
	Checksum
	Repair
	Flush
	Install
	Uninstall
	Change
	Stop
	Purge
	Binlog
	Help
	Import
	Clone
	Shutdown
	Restart
	Cache
	Signal
	Resignal
	Get
)

// Query says whether the statement is a query or DML, whose literals are taken
// out.
func (v Verb) Query() bool { return v >= Paren && v <= Values }

var verbNames = [...]string{
	Empty:      "empty",
	Other:      "other",
	Paren:      "(",
	Select:     "SELECT",
	Insert:     "INSERT",
	Replace:    "REPLACE",
	Update:     "UPDATE",
	Delete:     "DELETE",
	With:       "WITH",
	Table:      "TABLE",
	Values:     "VALUES",
	Begin:      "BEGIN",
	Start:      "START",
	Commit:     "COMMIT",
	Rollback:   "ROLLBACK",
	Savepoint:  "SAVEPOINT",
	Release:    "RELEASE",
	Set:        "SET",
	Reset:      "RESET",
	Show:       "SHOW",
	Use:        "USE",
	Create:     "CREATE",
	Alter:      "ALTER",
	Drop:       "DROP",
	Truncate:   "TRUNCATE",
	Rename:     "RENAME",
	Explain:    "EXPLAIN",
	Describe:   "DESCRIBE",
	Call:       "CALL",
	Do:         "DO",
	Lock:       "LOCK",
	Unlock:     "UNLOCK",
	Handler:    "HANDLER",
	Kill:       "KILL",
	Load:       "LOAD",
	Grant:      "GRANT",
	Revoke:     "REVOKE",
	Prepare:    "PREPARE",
	Execute:    "EXECUTE",
	Deallocate: "DEALLOCATE",
	XA:         "XA",
	Analyze:    "ANALYZE",
	Optimize:   "OPTIMIZE",
	Check:      "CHECK",
	Checksum:   "CHECKSUM",
	Repair:     "REPAIR",
	Flush:      "FLUSH",
	Install:    "INSTALL",
	Uninstall:  "UNINSTALL",
	Change:     "CHANGE",
	Stop:       "STOP",
	Purge:      "PURGE",
	Binlog:     "BINLOG",
	Help:       "HELP",
	Import:     "IMPORT",
	Clone:      "CLONE",
	Shutdown:   "SHUTDOWN",
	Restart:    "RESTART",
	Cache:      "CACHE",
	Signal:     "SIGNAL",
	Resignal:   "RESIGNAL",
	Get:        "GET",
}

// String is the keyword.
func (v Verb) String() string {
	if int(v) < len(verbNames) {
		return verbNames[v]
	}
	return verbNames[Other]
}
