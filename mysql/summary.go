package mysql

import "fmt"

// Summary is what a response said, apart from its rows.
type Summary struct {
	AffectedRows uint64
	InsertID     uint64
	// Status is the backend's, before RelayOptions changed it.
	Status   Status
	Warnings uint16
	// Info is set by ReadResult alone; Relay does not look at it.
	Info string
	// Columns is the number of columns of the last result, 0 for an OK.
	Columns int
	// Rows counts the rows of all results.
	Rows uint64
	// GTID is what session_track_gtids reported: the set of the transactions
	// committed by the command, or gtid_executed.
	GTID string
	// Schema is the current schema if the command changed it.
	Schema        string
	SchemaChanged bool
	// Err is set if the response was, or ended in, an ERR packet.
	Err *Error
	// Bytes is how much was forwarded to the client.
	Bytes int64
	// Boundary is false if the last forwarded byte is in the middle of a
	// packet: then nothing more can be said to the client.
	Boundary bool
}

// Side is one of the two ends that a relay stands between.
type Side uint8

// The sides.
const (
	ClientSide Side = iota
	BackendSide
)

// String names the side.
func (s Side) String() string {
	if s == ClientSide {
		return "client"
	}
	return "backend"
}

// SideError is a broken connection, marked with the side that broke. After one
// the connection on that side must be closed; a backend whose client broke
// within a response must be closed too.
type SideError struct {
	Side Side
	Op   string // what was being done: "read answer", "write command", …
	Err  error
	// Forwarded is how many bytes of the answer already went to the client.
	Forwarded int64
}

// Error says who broke doing what.
func (e *SideError) Error() string { return fmt.Sprintf("%s, %s: %v", e.Side, e.Op, e.Err) }

// Unwrap returns the cause.
func (e *SideError) Unwrap() error { return e.Err }
