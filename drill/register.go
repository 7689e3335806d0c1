package drill

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// The registers: single values that several clients read, write and compare.
const (
	registers         = 3
	clientsOfRegister = 3
	registerPause     = 15 * time.Millisecond
	// orderTimeout bounds the search for an order of events.
	orderTimeout = 30 * time.Second
)

// registerOp is one operation on a register: a read, a write of a value that
// nobody else writes, or a write if it has a certain value.
type registerOp struct {
	register int
	read     bool
	// old is the value that it must have, -1 if any will do.
	old, value int
	// by is the proxy that it was sent to.
	by int
}

// seen is what came of a registerOp: the value read, or whether it was written.
type seen struct {
	value   int
	written bool
	// unknown: it may have been written.
	unknown bool
}

// registrar is one client of a register. Its session reads at level primary.
type registrar struct {
	register, client int
	// id is the register's key.
	id      int
	proxies []*sql.DB
	at      int
	seed    uint64

	history []porcupine.Operation
	// mine counts the values that it has written; last is what it last read.
	mine, last int
}

func (r *registrar) work(ctx context.Context, stop <-chan struct{}) {
	random := rand.New(rand.NewPCG(r.seed, uint64(r.register<<8|r.client)))
	var conn *sql.Conn
	defer func() {
		if conn != nil {
			discard(conn)
		}
	}()
	for ; !isClosed(stop); wait(stop, registerPause) {
		if conn == nil {
			var err error
			if conn, err = r.proxies[r.at].Conn(ctx); err != nil {
				conn, r.at = nil, (r.at+1)%len(r.proxies)
				continue
			}
		}
		in := registerOp{register: r.register, old: -1, by: r.at}
		switch random.IntN(3) {
		case 0:
			in.read = true
		case 1:
			in.old = r.last
			fallthrough
		default:
			r.mine++
			in.value = r.mine*clientsOfRegister + r.client
		}
		begin := time.Now()
		out, known, err := r.do(ctx, conn, in)
		end := time.Now()
		if known {
			o := porcupine.Operation{ClientId: r.client, Input: in, Output: out, Call: begin.UnixNano(), Return: end.UnixNano()}
			if out.unknown {
				o.Return = math.MaxInt64
			}
			r.history = append(r.history, o)
		}
		if err != nil {
			discard(conn)
			conn, r.at = nil, (r.at+1)%len(r.proxies)
		}
	}
}

// do carries an operation out. It is not known when it says nothing of the
// register: a read without an answer, a write that was refused.
func (r *registrar) do(ctx context.Context, conn *sql.Conn, in registerOp) (out seen, known bool, err error) {
	if in.read {
		err = conn.QueryRowContext(ctx, fmt.Sprintf("SELECT v FROM reg WHERE id = %d", r.id)).Scan(&out.value)
		r.last = out.value
		return out, err == nil, err
	}
	statement := fmt.Sprintf("UPDATE reg SET v = %d WHERE id = %d", in.value, r.id)
	if in.old >= 0 {
		statement += fmt.Sprintf(" AND v = %d", in.old)
	}
	result, err := conn.ExecContext(ctx, statement)
	switch outcomeOf(err) {
	case Refused:
		return out, false, err
	case Unknown:
		out.unknown = true
		return out, true, err
	case Acknowledged:
	}
	changed, err := result.RowsAffected()
	out.written = changed == 1
	return out, err == nil, err
}

// checkRegisters tells whether there is an order in which each operation takes
// effect at one moment between its begin and its end.
func checkRegisters(all []*registrar) error {
	var history []porcupine.Operation
	for _, r := range all {
		history = append(history, r.history...)
	}
	result, info := porcupine.CheckOperationsVerbose(registerModel(), history, orderTimeout)
	switch result {
	case porcupine.Illegal:
		return fmt.Errorf("what clients saw of the registers fits no order of events (%d operations)%s", len(history), misfit(history, info))
	case porcupine.Unknown:
		return fmt.Errorf("%w: no order of the %d operations on registers was found or excluded within %s", errNotTold, len(history), orderTimeout)
	default:
		return nil
	}
}

// besideMisfit is how many operations before and after the one that does not fit are
// told.
const besideMisfit = 6

// misfit tells of the first operation that is in no order of a register's events, and
// of those that were under way about then.
func misfit(history []porcupine.Operation, info porcupine.LinearizationInfo) string {
	longest := make([][]porcupine.Operation, registers)
	for register, partial := range info.PartialLinearizationsOperations() {
		for _, order := range partial {
			if len(order) > len(longest[register]) {
				longest[register] = order
			}
		}
	}
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	for register, order := range longest {
		placed := make(map[string]bool, len(order))
		for _, o := range order {
			placed[describe(o, 0)] = true
		}
		of := slices.DeleteFunc(slices.Clone(history), func(o porcupine.Operation) bool { return opOf(o).register != register })
		at := slices.IndexFunc(of, func(o porcupine.Operation) bool { return !placed[describe(o, 0)] && o.Return != math.MaxInt64 })
		if at < 0 {
			continue
		}
		text := fmt.Sprintf("; the first of register %d that does not: %s; about then:", register, describe(of[at], of[at].Call))
		for _, o := range of[max(0, at-besideMisfit):min(len(of), at+besideMisfit)] {
			text += " " + describe(o, of[at].Call) + ";"
		}
		return text
	}
	return ""
}

func opOf(o porcupine.Operation) registerOp { return o.Input.(registerOp) } //nolint:errcheck // made above

// describe writes an operation, its times as milliseconds since a moment.
func describe(o porcupine.Operation, since int64) string {
	in, out := opOf(o), o.Output.(seen) //nolint:errcheck // made above
	what := fmt.Sprintf("wrote %d", in.value)
	switch {
	case in.read:
		what = fmt.Sprintf("read %d", out.value)
	case in.old >= 0:
		what += fmt.Sprintf(" for %d", in.old)
	}
	switch {
	case out.unknown:
		what += ", unknown"
	case !in.read && !out.written:
		what += ", not so"
	}
	end := "never"
	if o.Return != math.MaxInt64 {
		end = fmt.Sprintf("%.1f ms", float64(o.Return-since)/1e6)
	}
	return fmt.Sprintf("client %d by proxy %d %s (%.1f ms to %s)", o.ClientId, in.by, what, float64(o.Call-since)/1e6, end)
}

func registerModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := make([][]porcupine.Operation, registers)
			for _, o := range history {
				at := o.Input.(registerOp).register //nolint:errcheck // made above
				parts[at] = append(parts[at], o)
			}
			return parts
		},
		Init: func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			value, in, out := state.(int), input.(registerOp), output.(seen) //nolint:errcheck // made above
			fits := in.old < 0 || in.old == value
			switch {
			case in.read:
				return out.value == value, value
			case out.unknown && fits:
				return true, in.value
			case out.unknown:
				return true, value
			case out.written:
				return fits, in.value
			}
			return !fits, value
		},
	}
}
