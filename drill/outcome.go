package drill

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Outcome is what a client knows of what it asked for.
type Outcome int

// The outcomes. An unknown one was on its way when something broke: it has
// happened or not, both are right.
const (
	Refused Outcome = iota
	Acknowledged
	Unknown
)

// errLostNumber is the error with which the proxy says that an outcome is unknown.
const errLostNumber = 2013

// outcomeOf is what an error says of a statement that commits, by itself or
// because it is COMMIT. An answer of MySQL's is definite but for 2013; without
// an answer nobody knows, unless nothing was sent.
func outcomeOf(err error) Outcome {
	var answer *mysql.MySQLError
	switch {
	case err == nil:
		return Acknowledged
	case errors.As(err, &answer) && answer.Number != errLostNumber, errors.Is(err, driver.ErrBadConn):
		return Refused
	}
	return Unknown
}

// className names an error so that like ones can be counted.
func className(err error) string {
	var answer *mysql.MySQLError
	switch {
	case errors.As(err, &answer):
		return fmt.Sprintf("error %d", answer.Number)
	case errors.Is(err, errDial):
		return "could not connect"
	}
	return "connection lost"
}

// errDial: there was no connection to begin with.
var errDial = errors.New("could not connect")

// op is one thing that a writer asked for.
type op struct {
	n          int
	what       deed
	outcome    Outcome
	begin, end time.Time
}

// deed is what a writer does with its n-th write.
type deed int

const (
	// deedInsert inserts the row n of the lane, deedCount counts the lane's tally
	// up, deedPair inserts the rows n and -n and counts, in one transaction.
	deedInsert deed = iota
	deedCount
	deedPair
)

// longestGap is the longest time without an acknowledgement within a span, its
// ends included. The times are sorted.
func longestGap(acknowledged []time.Time, from, to time.Time) time.Duration {
	last, gap := from, time.Duration(0)
	for _, at := range acknowledged {
		if at.Before(from) || at.After(to) {
			continue
		}
		gap = max(gap, at.Sub(last))
		last = at
	}
	return max(gap, to.Sub(last))
}
