// Package plan turns a statement into a plan: which groups it goes to, what
// each is sent, and how their answers are put together.
//
// The package is pure. Build looks at the statement, the topology, the schema
// and the session's view, and returns data; it opens nothing, waits for nothing
// and knows no clock. A Plan is immutable and shared by every session whose
// statement has the same fingerprint: what differs between two executions, the
// literals or parameters, is given by Args when the plan is used.
//
// Two invariants keep answers right. A statement is sent to one group verbatim
// only if every row that it can touch is proven to live there. It is sent to
// several only if the answers, put together as the Scatter says, are the answer
// of one MySQL; everything else carries a Refusal that says why not.
package plan
