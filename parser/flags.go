package parser

import "strings"

// Flags are things that a statement mentions anywhere, also in the parts that
// the Scanner does not understand. They are hints to be cautious: a flag may be
// set without cause, it is never missing.
type Flags uint64

// The flags.
const (
	// LastInsertID: LAST_INSERT_ID( is called.
	LastInsertID Flags = 1 << iota
	// FoundRows: FOUND_ROWS( is called.
	FoundRows
	// RowCount: ROW_COUNT( is called.
	RowCount
	// CalcFoundRows: SQL_CALC_FOUND_ROWS.
	CalcFoundRows
	// UserVar: a user variable @x is mentioned.
	UserVar
	// UserVarAssign: @x := …
	UserVarAssign
	// SystemVar: @@x.
	SystemVar
	// SessionFunc: CONNECTION_ID, DATABASE, SCHEMA, USER, CURRENT_USER,
	// SESSION_USER, SYSTEM_USER, CURRENT_ROLE.
	SessionFunc
	// LockFunc: GET_LOCK and its family.
	LockFunc
	// Waits: SLEEP, BENCHMARK and the functions that wait for a position.
	Waits
	// LockingRead: FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE.
	LockingRead
	// IntoFile: INTO OUTFILE or INTO DUMPFILE.
	IntoFile
	// IntoVar: INTO @x.
	IntoVar
	// TimeFunc: NOW and its family; SET timestamp fixes all but SYSDATE.
	TimeFunc
	// RandomFunc: UUID, UUID_SHORT, RAND, RANDOM_BYTES, SYSDATE.
	RandomFunc
	// Temporary: CREATE TEMPORARY or DROP TEMPORARY.
	Temporary
	// ExecComment: an executable comment /*! was seen.
	ExecComment
	// OptimizerHint: a /*+ hint other than SHARDWAY was seen.
	OptimizerHint
	// SetVarHint: a SET_VAR hint was seen.
	SetVarHint
	// Multi: a semicolon with more text after it.
	Multi
	// Placeholders: the client's text has ?, which is a syntax error unless it is
	// being prepared: check before a cached plan is used.
	Placeholders
	// StoredProgram: CREATE or ALTER of a procedure, function, trigger or event,
	// whose body may have semicolons; it reaches to the end of the text.
	StoredProgram
)

// Has says whether any of the given flags is set.
func (f Flags) Has(any Flags) bool { return f&any != 0 }

// Nondeterministic are the flags of statements that give another result each
// time (safety rule 24).
const Nondeterministic = TimeFunc | RandomFunc

var flagNames = [...]string{
	"LastInsertID",
	"FoundRows",
	"RowCount",
	"CalcFoundRows",
	"UserVar",
	"UserVarAssign",
	"SystemVar",
	"SessionFunc",
	"LockFunc",
	"Waits",
	"LockingRead",
	"IntoFile",
	"IntoVar",
	"TimeFunc",
	"RandomFunc",
	"Temporary",
	"ExecComment",
	"OptimizerHint",
	"SetVarHint",
	"Multi",
	"Placeholders",
	"StoredProgram",
}

// String lists the flags that are set.
func (f Flags) String() string {
	var set []string
	for i, name := range flagNames {
		if f.Has(1 << i) {
			set = append(set, name)
		}
	}
	return strings.Join(set, " ")
}
