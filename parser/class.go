package parser

// Class is what kind of statement it is.
type Class uint8

// The classes.
const (
	// Unknown is anything not named below.
	Unknown Class = iota
	// ReadOnly: SELECT without locks or side effects, SHOW, EXPLAIN, …
	ReadOnly
	// LockingReadClass: SELECT … FOR UPDATE and its kind; it needs the primary.
	LockingReadClass
	// DML: INSERT, REPLACE, UPDATE, DELETE, LOAD DATA, CALL.
	DML
	// DDL: definitions of tables, schemas, views, programs.
	DDL
	// Transaction: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, …
	Transaction
	// Session: SET, USE, PREPARE, LOCK TABLES, …
	Session
	// Admin: users, privileges, KILL, FLUSH, ANALYZE and the like.
	Admin
)
