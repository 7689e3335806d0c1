package resolve

import (
	"fmt"
	"time"
)

// Row is what a transaction's home group says of its decision.
type Row string

// The states of a row.
const (
	RowUnread Row = ""       // nobody has asked yet
	RowAbsent Row = "absent" // there is none
	RowBusy   Row = "busy"   // the home session is inserting it
	RowCommit Row = "commit"
	RowAbort  Row = "abort"
)

// Verb is what comes next for a branch.
type Verb string

// The verbs.
const (
	VerbLeave    Verb = "leave"     // it is not Shardway's to decide
	VerbWait     Verb = "wait"      // look again later
	VerbAsk      Verb = "ask"       // read the row in its home group
	VerbAbort    Verb = "abort"     // insert an abort row in its home group
	VerbCommit   Verb = "commit"    // XA COMMIT
	VerbRollback Verb = "roll back" // XA ROLLBACK
)

// Step is what comes next for a branch, and why, for people.
type Step struct {
	Verb Verb
	Why  string
}

// Next says what comes next for a branch that may be acted upon once it has
// been seen prepared for as long as after.
func Next(b Branch, after time.Duration) Step {
	id := b.XID.ID()
	switch {
	case id.IsZero():
		return Step{VerbLeave, "it is none of Shardway's transactions; whoever began it must decide it"}
	case b.Problem != "":
		return Step{VerbWait, "its home cannot be asked: " + b.Problem}
	case b.Age < after:
		return Step{VerbWait, "its proxy has time to finish it until it is prepared for " + after.String()}
	}
	switch b.Row {
	case RowUnread:
		return Step{VerbAsk, "the row in group " + id.Home + " decides"}
	case RowBusy:
		return Step{VerbWait, "its home session in group " + id.Home + " is still committing"}
	case RowAbsent:
		return Step{VerbAbort, "group " + id.Home + " has no decision, and gets one before anything is rolled back"}
	case RowCommit:
		return Step{VerbCommit, "group " + id.Home + " has committed"}
	case RowAbort:
		return Step{VerbRollback, "group " + id.Home + " has aborted"}
	}
	return Step{VerbWait, fmt.Sprintf("group %s says %q, which this version does not know", id.Home, b.Row)}
}
