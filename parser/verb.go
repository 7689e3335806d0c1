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
