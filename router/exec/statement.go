package exec

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
)

// Statement is one statement on its way: what the client sent, and how.
type Statement struct {
	// SQL is the client's text.
	SQL []byte
	// Command: the text is in the packet that was last read from the client
	// and can be forwarded as it is.
	Forward bool
	Args    plan.Args
	Flags   parser.Flags
	Level   Level
	// Text writes the SQL of a prepared statement with its parameters in it.
	Text Interpolator
	// Prepared is set for the execution of a prepared statement.
	Prepared *Prepared
	Execute  *mysql.Execute
	// computed are the values of an INSERT that were asked for first, by row.
	computed []*rowArgs
}

// binary reports whether rows go to the client in binary encoding.
func (st *Statement) binary() bool { return st.Prepared != nil }

// repeatable reports whether the statement may be sent again after no byte of
// its answer has gone to the client: it reads, and does nothing else.
func (st *Statement) repeatable() bool {
	return !st.Flags.Has(parser.UserVarAssign | parser.LockFunc | parser.Waits | parser.IntoFile | parser.IntoVar | parser.LockingRead | parser.LastInsertID)
}

// Interpolator writes a prepared statement as text.
type Interpolator interface {
	Interpolate(dst []byte) ([]byte, error)
	// Bind has parameters written as ? from here on. Bound ends that and returns
	// them in the order in which they were written.
	Bind()
	Bound() []mysql.Param
}
