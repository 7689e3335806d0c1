package bank

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTimeout bounds the search for an order of events.
const checkTimeout = 30 * time.Second

// Seen is what a reader has been told: the last line of a writer.
type Seen struct {
	writer, last int
	span
}

// Reader asks for writers' last lines.
type Reader struct {
	ID      int
	Writers []int
	Seed    uint64
	// Pause is between two reads.
	Pause time.Duration
}

// Work reads through db until stop is closed, and returns what it saw.
func (r Reader) Work(ctx context.Context, db *sql.DB, stop <-chan struct{}) []Seen {
	random := rand.New(rand.NewPCG(r.Seed, 1<<40+uint64(r.ID)))
	var all []Seen
	for ; !closed(stop); rest(stop, r.Pause) {
		s := Seen{writer: r.Writers[random.IntN(len(r.Writers))]}
		s.begin = time.Now()
		err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM journal WHERE writer = ?", s.writer).Scan(&s.last)
		s.end = time.Now()
		if err != nil {
			rest(stop, reconnectPause)
			continue
		}
		all = append(all, s)
	}
	return all
}

// event is an operation on a writer's last line: a write of a number, or a read.
type event struct {
	writer, seq int
	read        bool
}

// ErrOrder: what readers saw fits no order of events.
var ErrOrder = errors.New("bank: readers saw what fits no order of the transfers")

// Outage is when a server was down, until all that it had prepared was decided.
type Outage struct{ From, To time.Time }

// CheckOrder tells whether what readers saw fits an order in which every
// transfer takes effect at one moment between its begin and its end; one whose
// outcome is unknown, at any later moment or never. A transfer is acknowledged
// when it is decided, though a server that is down can show it only later: what
// ended in an outage may take effect until the outage's end.
func CheckOrder(logs []*Log, seen []Seen, outages ...Outage) error {
	var history []porcupine.Operation
	for _, log := range logs {
		for i, outcome := range log.Outcomes {
			if outcome == Failed {
				continue
			}
			op := porcupine.Operation{Input: event{writer: log.Writer, seq: i + 1}, Call: log.spans[i].begin.UnixNano(), Return: log.spans[i].end.UnixNano()}
			for _, o := range outages {
				if end := log.spans[i].end; end.After(o.From) && end.Before(o.To) {
					op.Return = o.To.UnixNano()
				}
			}
			if outcome == Unknown {
				op.Return = math.MaxInt64
			}
			history = append(history, op)
		}
	}
	for _, s := range seen {
		history = append(history, porcupine.Operation{
			Input: event{writer: s.writer, read: true}, Output: s.last, Call: s.begin.UnixNano(), Return: s.end.UnixNano(),
		})
	}
	switch porcupine.CheckOperationsTimeout(lastLine(), history, checkTimeout) {
	case porcupine.Illegal:
		return ErrOrder
	case porcupine.Unknown:
		return errors.New("bank: the order of events could not be checked in time")
	default:
		return nil
	}
}

// lastLine is the model: for each writer the largest number written.
func lastLine() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byWriter := make(map[int][]porcupine.Operation)
			for _, op := range history {
				if e, ok := op.Input.(event); ok {
					byWriter[e.writer] = append(byWriter[e.writer], op)
				}
			}
			var all [][]porcupine.Operation
			for _, part := range byWriter {
				all = append(all, part)
			}
			return all
		},
		Init: func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			last, e := state.(int), input.(event) //nolint:errcheck // made above
			if e.read {
				return output == last, last
			}
			return true, max(last, e.seq)
		},
	}
}
