package exec

import (
	"time"

	"github.com/shardway/shardway/mysql"
)

// exchange is a few statements of the proxy's own on one connection, sent in
// one go: the next is sent whatever the answer to the one before.
type exchange struct {
	l     *lease
	texts []string
	sums  []mysql.Summary
	// err is set if the connection broke; sums has what came before.
	err error
}

func newExchange(l *lease, texts ...string) *exchange { return &exchange{l: l, texts: texts} }

// refused is the first error that the server answered with, nil if none.
func (x *exchange) refused() *mysql.Error {
	for i := range x.sums {
		if x.sums[i].Err != nil {
			return x.sums[i].Err
		}
	}
	return nil
}

// done reports whether every statement has succeeded.
func (x *exchange) done() bool { return x.err == nil && x.refused() == nil }

// last is the answer to the last statement.
func (x *exchange) last() *mysql.Summary { return &x.sums[len(x.sums)-1] }

func (x *exchange) send() {
	for _, text := range x.texts {
		if x.err = x.l.b.WriteQuery(text); x.err != nil {
			return
		}
	}
	x.err = x.l.b.Flush()
}

func (x *exchange) read() {
	if x.err == nil {
		x.err = x.l.drain()
	}
	for range x.texts {
		if x.err != nil {
			return
		}
		var sum mysql.Summary
		if sum, x.err = mysql.Relay(nil, x.l.b.Conn, mysql.RelayOptions{Capture: true}); x.err == nil {
			x.sums = append(x.sums, sum)
		}
	}
}

// converse has all exchanges at the same time, each within limit. No client's
// KILL reaches them: what commits or rolls back is not cut short.
func (s *Session) converse(limit time.Duration, all []*exchange) {
	end := now().Add(limit)
	for _, x := range all {
		s.running.remove(x.l)
		_ = x.l.b.SetDeadline(end)
		x.send()
	}
	for _, x := range all {
		x.read()
		if x.err == nil {
			_ = x.l.b.SetDeadline(time.Time{})
		}
	}
}

// dismiss ends a transaction's use of a connection: it goes back if all that
// was asked of it is done and nothing is left open there.
func (s *Session) dismiss(x *exchange) {
	l := x.l
	l.depart()
	switch {
	case x.err != nil:
		s.broke(l, x.err)
	case x.last().Err != nil || x.last().Status.Has(mysql.StatusInTransaction):
		s.discard(l)
	default:
		s.giveBack(l)
	}
}

// depart forgets what the connection was to the transaction that has ended.
func (l *lease) depart() {
	l.kept = l.pinned
	l.branch, l.wrote, l.locked, l.doubt, l.mark = false, false, false, false, 0
}
