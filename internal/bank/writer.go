package bank

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// errDeadlock says that the transaction is rolled back, COMMIT or not.
const errDeadlock = 1213

// reconnectPause is between two tries to connect.
const reconnectPause = 20 * time.Millisecond

// Outcome is what a client knows of a transfer.
type Outcome int

// The outcomes. Unknown transfers were on their way when something broke.
const (
	Failed Outcome = iota
	Acknowledged
	Unknown
)

// Log is what a writer knows: the outcome of its transfers 1 and up, and when
// each was begun and ended.
type Log struct {
	Writer   int
	Outcomes []Outcome
	spans    []span
	// Slowest is the longest that a transfer took, of those that failed too.
	Slowest time.Duration
	// Deadlocks counts transfers that were chosen as a victim.
	Deadlocks int
}

// Count returns how many transfers had an outcome.
func (l *Log) Count(o Outcome) (n int) {
	for _, x := range l.Outcomes {
		if x == o {
			n++
		}
	}
	return n
}

type span struct{ begin, end time.Time }

// Writer makes transfers one after the other, each as the next line of its own
// in the journal.
type Writer struct {
	ID       int
	Accounts int
	Seed     uint64
	// Pause is between two transfers.
	Pause time.Duration
	// Acknowledged is counted up at each transfer that is acknowledged.
	Acknowledged *atomic.Int64
}

// Work makes transfers through db until stop is closed. It goes on whatever
// fails; what it knows is in the log.
func (w Writer) Work(ctx context.Context, db *sql.DB, stop <-chan struct{}) *Log {
	log := &Log{Writer: w.ID}
	random := rand.New(rand.NewPCG(w.Seed, uint64(w.ID)))
	var conn *sql.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	for ; !closed(stop); rest(stop, w.Pause) {
		if conn == nil {
			var err error
			if conn, err = db.Conn(ctx); err != nil {
				conn = nil
				rest(stop, reconnectPause)
				continue
			}
		}
		line := Line{Writer: w.ID, Seq: len(log.Outcomes) + 1, Source: 1 + random.IntN(w.Accounts), Amount: 1 + random.Int64N(9)}
		line.Target = 1 + (line.Source+random.IntN(w.Accounts-1))%w.Accounts
		begin := time.Now()
		outcome, err := line.transfer(ctx, conn, random.IntN(2) == 0)
		end := time.Now()
		log.Outcomes = append(log.Outcomes, outcome)
		log.spans = append(log.spans, span{begin, end})
		if outcome == Acknowledged {
			w.Acknowledged.Add(1)
		}
		log.Slowest = max(log.Slowest, end.Sub(begin))
		if numberOf(err) == errDeadlock {
			log.Deadlocks++
			continue
		}
		if err != nil {
			// The connection may hold an open transaction.
			_ = conn.Raw(func(any) error { return sqldriver.ErrBadConn })
			_ = conn.Close()
			conn = nil
		}
	}
	return log
}

// transfer makes the line's transfer. Both accounts are written by one
// statement, or by two.
func (l Line) transfer(ctx context.Context, conn *sql.Conn, together bool) (Outcome, error) {
	statements := []string{
		"BEGIN",
		fmt.Sprintf("UPDATE account SET balance = balance - %d WHERE id = %d", l.Amount, l.Source),
		fmt.Sprintf("UPDATE account SET balance = balance + %d WHERE id = %d", l.Amount, l.Target),
		fmt.Sprintf("INSERT INTO journal (writer, seq, source, target, amount) VALUES (%d, %d, %d, %d, %d)", l.Writer, l.Seq, l.Source, l.Target, l.Amount),
	}
	if together {
		statements[1] = fmt.Sprintf("UPDATE account SET balance = balance + CASE WHEN id = %d THEN %d ELSE %d END WHERE id IN (%d, %d)",
			l.Source, -l.Amount, l.Amount, l.Source, l.Target)
		statements = append(statements[:2], statements[3])
	}
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return Failed, err
		}
	}
	_, err := conn.ExecContext(ctx, "COMMIT")
	switch {
	case err == nil:
		return Acknowledged, nil
	case numberOf(err) == errDeadlock:
		return Failed, err
	default:
		return Unknown, err
	}
}

// numberOf returns the number of a MySQL error, 0 of any other.
func numberOf(err error) uint16 {
	var refused *driver.MySQLError
	if errors.As(err, &refused) {
		return refused.Number
	}
	return 0
}

func closed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

func rest(stop <-chan struct{}, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-stop:
	case <-time.After(d):
	}
}
