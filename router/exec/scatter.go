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
	b, err := s.bind(r.Scatter.Text, st)
	if err != nil {
		return false, err
	}
	leases := make([]*lease, 0, len(groups))
	for _, group := range groups {
		l, err := s.acquire(ctx, group, r.Access, st)
		if err != nil {
			s.cancel(leases, nil)
			return s.notSent(err, st)
		}
		l.wrote = l.wrote || r.MayWrite
		leases = append(leases, l)
		l.b.Instance().CountRead()
		if err := s.sendBound(l, &b, st); err != nil {
			s.cancel(leases[:len(leases)-1], nil)
			if st.literally(l, &b, err) {
				s.giveBack(l)
				return true, err
			}
			return s.failedOn(l, err, r.Access, st, true)
		}
	}
	streams := make([]merge.Stream, len(leases))
	for i, l := range leases {
		t, err := s.openStream(l)
		if err != nil {
			s.cancel(others(leases, l), streams)
			return s.notOpened(l, r, st, err)
		}
		streams[i] = t
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

// stream is one group's rows.
type stream struct {
	l *lease
	r *mysql.ResultReader
}

func (t *stream) Columns() []mysql.Column { return t.r.Columns }

func (t *stream) Next() ([]byte, error) {
	row, err := t.r.Next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // a closed connection is not the end of the rows
	}
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

// openStream begins to read a group's rows.
func (s *Session) openStream(l *lease) (*stream, error) {
	ok, err := l.arrived()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errBehind
	}
	reader, err := l.b.BeginResult()
	if err != nil {
		return nil, err
	}
	return &stream{l: l, r: reader}, nil
}

// notOpened handles a group that gave no rows. The others have been stopped.
func (s *Session) notOpened(l *lease, r *plan.Route, st *Statement, err error) (again bool, _ error) {
	var my *mysql.Error
	if !errors.As(err, &my) || l.b.Broken() || errors.As(err, new(*setupError)) {
		return s.failedOn(l, err, r.Access, st, true)
	}
	if !l.primary && leaving(my.Code) && st.repeatable() {
		s.broke(l, my)
		return true, my
	}
	sum := mysql.Summary{Err: my}
	s.settle(l, r.Access, &sum)
	return false, sum.Err
}

// merge answers the client with the merged rows.
func (s *Session) merge(r *plan.Route, leases []*lease, streams []merge.Stream, st *Statement) (again bool, err error) {
	m, err := merge.New(r.Scatter.Merge, st.Args, st.binary(), streams, s.env.Limits.Merge)
	if err != nil {
		s.cancel(leases, streams)
		return false, mergeError(err)
	}
	row, err := m.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		// Nothing has gone to the client yet: a lost server can be replaced.
		return s.mergeFailed(r, leases, streams, err, st)
	}
	w, werr := mysql.NewResultWriter(s.client, s.Status(), m.Columns())
	if werr != nil {
		s.cancel(leases, streams)
		return false, &FatalError{Err: werr}
	}
	for ; err == nil; row, err = m.Next() {
		if werr := w.WriteRow(row); werr != nil {
			s.cancel(leases, streams)
			return false, &FatalError{Err: werr}
		}
	}
	if !errors.Is(err, io.EOF) {
		answer := s.judged(mergeError(err))
		s.endFailed(leases, streams, err)
		if werr := w.Fail(answer); werr != nil {
			return false, &FatalError{Err: werr}
		}
		s.note(r.Access, &mysql.Summary{Err: answer})
		return false, nil
	}
	sum := mysql.Summary{Columns: len(m.Columns()), Rows: w.Rows, Warnings: s.endStreams(leases, streams)}
	s.cutWarnings(m, &sum)
	s.note(r.Access, &sum)
	if err := w.Finish(s.Status(), sum.Warnings); err != nil {
		return false, &FatalError{Err: err}
	}
	return false, nil
}

// cutWarnings warns of lists that the merge has cut, in place of what the shards
// said of their parts.
func (s *Session) cutWarnings(m *merge.Merger, sum *mysql.Summary) {
	messages, lists := m.Warnings()
	if !lists {
		return
	}
	kept := s.heard[:0]
	for _, d := range s.heard {
		if d.Code != mergeCut {
			kept = append(kept, d)
		}
	}
	sum.Warnings -= uint16(len(s.heard) - len(kept))
	s.heard = kept
	for _, message := range messages {
		s.heard = append(s.heard, Diagnostic{Level: "Warning", Code: mergeCut, Message: message})
		sum.Warnings++
	}
}

// mergeCut is ER_CUT_VALUE_GROUP_CONCAT.
const mergeCut = "1260"

func (s *Session) mergeFailed(r *plan.Route, leases []*lease, streams []merge.Stream, err error, st *Statement) (bool, error) {
	var broken *streamError
	if errors.As(err, &broken) && broken.l.b.Broken() {
		s.cancel(others(leases, broken.l), streams)
		return s.failedOn(broken.l, broken.err, r.Access, st, true)
	}
	answer := s.judged(mergeError(err))
	s.endFailed(leases, streams, err)
	s.note(r.Access, &mysql.Summary{Err: answer})
	return false, answer
}

// endFailed gives up a scatter: the other groups are told to stop.
func (s *Session) endFailed(leases []*lease, streams []merge.Stream, err error) {
	var broken *streamError
	if !errors.As(err, &broken) {
		s.cancel(leases, streams)
		return
	}
	s.cancel(others(leases, broken.l), streams)
	if broken.l.b.Broken() {
		s.broke(broken.l, broken.err)
		return
	}
	s.settle(broken.l, plan.AccessRead, &mysql.Summary{Err: mergeError(broken.err)})
}

func mergeError(err error) *mysql.Error {
	var my *mysql.Error
	if errors.As(err, &my) {
		return my
	}
	return mysql.NewError(mysql.ErUnknown, "%v", err)
}

// limited reports whether the client has set sql_select_limit.
func (s *Session) limited() bool {
	v, set := s.settings.Value("sql_select_limit")
	return set && v != "18446744073709551615"
}

// endStreams gives the connections back and adds up their warnings. One whose
// rows were not read to the end, because LIMIT was reached, is cut off unless
// the rest is at hand.
func (s *Session) endStreams(leases []*lease, streams []merge.Stream) (warnings uint16) {
	for i, l := range leases {
		t := streams[i].(*stream)
		if l.b.Outstanding() > 0 && !s.skim(t) {
			s.cut(l, t.r)
			continue
		}
		if l.primary {
			s.afterPrimary(l, &t.r.Summary)
		}
		warnings += t.r.Summary.Warnings
		if err := s.hear(l, &t.r.Summary); err != nil {
			s.broke(l, err) // its rows have gone to the client, who can do without the warnings
			continue
		}
		s.giveBack(l)
	}
	return warnings
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

// cancel stops statements whose answers are no longer wanted; streams has those
// whose reading has begun.
func (s *Session) cancel(leases []*lease, streams []merge.Stream) {
	for _, l := range leases {
		if l.b.Outstanding() == 0 && l.pending == 0 {
			s.giveBack(l)
			continue
		}
		var begun *mysql.ResultReader
		for _, t := range streams {
			if t, ok := t.(*stream); ok && t.l == l {
				begun = t.r
			}
		}
		s.cut(l, begun)
	}
}

// cut ends a statement in the middle: the server is told, and the connection is
// closed, unless the session has a transaction or more on it: then what still
// comes is read and dropped. begun is the result that is being read, if any.
func (s *Session) cut(l *lease, begun *mysql.ResultReader) {
	s.running.remove(l)
	if l.primary && !l.kept {
		s.saw(l.group, "") // some of its rows may have been shown
	}
	s.kill(l)
	if l.kept && s.quiet(l, begun) {
		return
	}
	s.discard(l)
}

// quiet reads what a connection still has to say. The statement has been
// killed, which leaves its transaction as it was before.
func (s *Session) quiet(l *lease, begun *mysql.ResultReader) bool {
	if begun == nil {
		if err := l.drain(); err != nil {
			return false
		}
	}
	for begun != nil || l.b.Outstanding() > 0 {
		var err error
		if begun == nil {
			begun, err = l.b.BeginResult()
		}
		for row := []byte{}; err == nil && row != nil; {
			row, err = begun.Next()
		}
		if err != nil && (l.b.Broken() || !errors.As(err, new(*mysql.Error))) {
			return false
		}
		begun = nil
	}
	return true
}
