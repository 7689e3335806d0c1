package exec

import (
	"context"
	"errors"
	"io"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/merge"
	"github.com/shardway/shardway/router/plan"
)

// scatter sends a SELECT to several groups at once and merges their rows.
func (s *Session) scatter(ctx context.Context, r *plan.Route, groups []string, st *Statement) error {
	for attempt := 1; ; attempt++ {
		again, err := s.tryScatter(ctx, r, groups, st)
		if !again || attempt == attemptsMax {
			return err
		}
		if attempt == attemptsMax-1 {
			st.Level = LevelPrimary
		}
	}
}

func (s *Session) tryScatter(ctx context.Context, r *plan.Route, groups []string, st *Statement) (again bool, err error) {
	text, err := s.wholeText(r.Scatter.Text, st)
	if err != nil {
		return false, err
	}
	leases := make([]*lease, 0, len(groups))
	for _, group := range groups {
		l, err := s.acquire(ctx, group, r.Access, st)
		if err != nil {
			s.cancel(leases)
			return s.notSent(err, st)
		}
		leases = append(leases, l)
		l.b.Instance().CountRead()
		if err := s.sendText(l, text, st); err != nil {
			s.cancel(leases[:len(leases)-1])
			return s.failedOn(l, err, r.Access, st, false)
		}
	}
	streams := make([]merge.Stream, len(leases))
	for i, l := range leases {
		again, err := s.openStream(l, r, st, &streams[i])
		if again || err != nil {
			s.cancel(others(leases, l))
			return again, err
		}
	}
	return s.merge(r, leases, streams, st)
}

func others(leases []*lease, l *lease) []*lease {
	var rest []*lease
	for _, o := range leases {
		if o != l {
			rest = append(rest, o)
		}
	}
	return rest
}

// sendText sends SQL text, for rows in the encoding that the client wants.
func (s *Session) sendText(l *lease, text []byte, st *Statement) error {
	if st.binary() {
		return s.sendBinary(l, text)
	}
	if err := l.b.WriteCommand(mysql.ComQuery, text); err != nil {
		return err
	}
	return l.b.Flush()
}

// stream is one group's rows.
type stream struct {
	l *lease
	r *mysql.ResultReader
}

func (t *stream) Columns() []mysql.Column { return t.r.Columns }

func (t *stream) Next() ([]byte, error) {
	row, err := t.r.Next()
	if err != nil {
		return nil, &streamError{l: t.l, err: err}
	}
	if row == nil {
		return nil, io.EOF
	}
	return row, nil
}

// streamError names the connection whose rows ended in an error.
type streamError struct {
	l   *lease
	err error
}

func (e *streamError) Error() string { return e.l.where() + ": " + e.err.Error() }

func (e *streamError) Unwrap() error { return e.err }

func (s *Session) openStream(l *lease, r *plan.Route, st *Statement, into *merge.Stream) (again bool, err error) {
	ok, err := l.arrived()
	if err != nil {
		return s.failedOn(l, err, r.Access, st, false)
	}
	if !ok {
		l.b.Destroy()
		st.Level = LevelPrimary
		return true, errBehind
	}
	reader, err := l.b.BeginResult()
	if err != nil {
		var my *mysql.Error
		if errors.As(err, &my) && !l.b.Broken() {
			if !l.primary && leaving(my.Code) && st.repeatable() {
				s.broke(l, my)
				return true, my
			}
			s.settle(l, r.Access, &mysql.Summary{Err: my})
			return false, my
		}
		return s.failedOn(l, err, r.Access, st, true)
	}
	*into = &stream{l: l, r: reader}
	return false, nil
}

// merge answers the client with the merged rows.
func (s *Session) merge(r *plan.Route, leases []*lease, streams []merge.Stream, st *Statement) (again bool, err error) {
	m, err := merge.New(r.Scatter.Merge, st.Args, st.binary(), streams, s.env.Limits.Merge)
	if err != nil {
		s.cancel(leases)
		return false, mergeError(err)
	}
	row, err := m.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		// Nothing has gone to the client yet: a lost server can be replaced.
		return s.mergeFailed(r, leases, err, st)
	}
	w, werr := mysql.NewResultWriter(s.client, s.Status(), m.Columns())
	if werr != nil {
		s.cancel(leases)
		return false, &FatalError{Err: werr}
	}
	for ; err == nil; row, err = m.Next() {
		if werr := w.WriteRow(row); werr != nil {
			s.cancel(leases)
			return false, &FatalError{Err: werr}
		}
	}
	if !errors.Is(err, io.EOF) {
		answer := mergeError(err)
		s.endFailed(leases, err)
		if werr := w.Fail(answer); werr != nil {
			return false, &FatalError{Err: werr}
		}
		s.note(r.Access, &mysql.Summary{Err: answer})
		return false, nil
	}
	sum := mysql.Summary{Columns: len(m.Columns()), Rows: w.Rows, Warnings: s.collect(leases, streams)}
	s.note(r.Access, &sum)
	s.endStreams(r, leases, streams)
	if err := w.Finish(s.Status(), sum.Warnings); err != nil {
		return false, &FatalError{Err: err}
	}
	return false, nil
}

func (s *Session) mergeFailed(r *plan.Route, leases []*lease, err error, st *Statement) (bool, error) {
	var broken *streamError
	if errors.As(err, &broken) && broken.l.b.Broken() {
		s.cancel(others(leases, broken.l))
		return s.failedOn(broken.l, broken.err, r.Access, st, true)
	}
	s.endFailed(leases, err)
	answer := mergeError(err)
	s.note(r.Access, &mysql.Summary{Err: answer})
	return false, answer
}

// endFailed gives up a scatter: the other groups are told to stop.
func (s *Session) endFailed(leases []*lease, err error) {
	var broken *streamError
	if errors.As(err, &broken) {
		if broken.l.b.Broken() {
			s.broke(broken.l, broken.err)
		} else {
			s.giveBack(broken.l)
		}
		leases = others(leases, broken.l)
	}
	s.cancel(leases)
}

func mergeError(err error) *mysql.Error {
	var my *mysql.Error
	if errors.As(err, &my) {
		return my
	}
	return mysql.NewError(mysql.ErUnknown, "%v", err)
}

// collect adds up the warnings of groups whose rows were read to the end.
func (s *Session) collect(_ []*lease, streams []merge.Stream) uint16 {
	var n uint16
	for _, t := range streams {
		n += t.(*stream).r.Summary.Warnings
	}
	return n
}

// endStreams gives the connections back. One whose rows were not read to the
// end, because LIMIT was reached, is cut off unless the rest is at hand.
func (s *Session) endStreams(r *plan.Route, leases []*lease, streams []merge.Stream) {
	for i, l := range leases {
		if l.primary && !l.kept {
			s.afterPrimary(l, r.Access, &streams[i].(*stream).r.Summary)
		}
		if l.b.Outstanding() > 0 && !s.skim(streams[i].(*stream)) {
			s.cut(l)
			continue
		}
		s.giveBack(l)
	}
}

// skimMax is how many rows are read and dropped to save a connection.
const skimMax = 1000

func (s *Session) skim(t *stream) bool {
	for range skimMax {
		row, err := t.r.Next()
		if err != nil {
			return false
		}
		if row == nil {
			return true
		}
	}
	return false
}

// cancel stops statements whose answers are no longer wanted.
func (s *Session) cancel(leases []*lease) {
	for _, l := range leases {
		if l.b.Outstanding() == 0 && l.pending == 0 {
			s.giveBack(l)
			continue
		}
		s.cut(l)
	}
}

// cut ends a statement in the middle: the server is told, the connection is
// closed. In a transaction the session then has lost that group's part.
func (s *Session) cut(l *lease) {
	s.kill(l)
	if s.tx != nil && s.tx.leases[l.group] == l {
		delete(s.tx.leases, l.group)
		s.abandon()
	}
	if s.pins[l.group] == l {
		delete(s.pins, l.group)
	}
	l.b.Destroy()
}
