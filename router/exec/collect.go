package exec

import (
	"context"
	"errors"
	"io"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/merge"
	"github.com/shardway/shardway/router/plan"
)

// collectLimits bound the rows that one statement keeps in the proxy.
type collectLimits struct {
	Rows, Bytes int
}

// rowSet is an answer in memory: rows in binary encoding, whose bytes are in
// the character sets that the columns say.
type rowSet struct {
	Columns []mysql.Column
	// Warnings counts what the servers warned of; the texts are in the session's
	// heard.
	Warnings uint16
	rows     [][]byte
	bytes    int
	max      collectLimits
}

// Len is the number of rows.
func (r *rowSet) Len() int { return len(r.rows) }

// Cells appends a row's cells to dst; they point into the set.
func (r *rowSet) Cells(dst []mysql.Cell, row int) ([]mysql.Cell, error) {
	return mysql.DecodeBinaryRow(dst, r.rows[row], r.Columns)
}

// rowOverhead is what a row takes in memory beside its bytes.
const rowOverhead = 48

// add keeps a copy of a row's payload.
func (r *rowSet) add(payload []byte) error {
	r.bytes += len(payload) + rowOverhead
	switch {
	case len(r.rows) >= r.max.Rows:
		return mysql.NewError(mysql.ErCapacityExceeded, "the statement needs more than %d rows of several shards in the proxy's memory; narrow its conditions, or run it in parts, key range by key range", r.max.Rows)
	case r.bytes > r.max.Bytes:
		return mysql.NewError(mysql.ErCapacityExceeded, "the statement needs more than %d bytes of rows of several shards in the proxy's memory; narrow its conditions, or run it in parts, key range by key range", r.max.Bytes)
	}
	r.rows = append(r.rows, append([]byte(nil), payload...))
	return nil
}

// collect runs the plan of a SELECT and returns its rows instead of sending
// them to the client. The texts of Route.One and Scatter.Text must be set: the
// client's own bytes are another statement.
func (s *Session) collect(ctx context.Context, op plan.Op, st *Statement, limits collectLimits) (*rowSet, error) {
	defer s.rawResults()()
	switch op := op.(type) {
	case *plan.Route:
		return s.collectRoute(ctx, op, st, limits)
	default:
		return nil, notSupported("rows of this kind of statement cannot be used by another one")
	}
}

// rawResults has the servers send text in the character set that it is stored
// in, until the returned function is called: nothing is lost on the way.
func (s *Session) rawResults() (undo func()) {
	was := s.settings
	s.settings = was.With("character_set_results", "NULL")
	if s.limited() { // it is about what the client is sent
		s.settings = s.settings.With("sql_select_limit", "18446744073709551615")
	}
	return func() { s.settings = was }
}

func (s *Session) collectRoute(ctx context.Context, r *plan.Route, st *Statement, limits collectLimits) (*rowSet, error) {
	placed, err := r.Target.Groups(nil, st.Args)
	if r.Gather != nil && (errors.Is(err, plan.ErrSeveralClasses) || err == nil && len(placed.Groups) > 1 && !placed.Any) {
		set := &rowSet{max: limits}
		return set, s.gatherInto(ctx, r, st, set)
	}
	if errors.Is(err, plan.ErrSeveralClasses) && r.Refusal != "" {
		return nil, notSupported("this statement needs rows of several shards and cannot be answered from them: %s", r.Refusal)
	}
	if err != nil {
		return nil, notSupported("this statement is not supported: %v", err)
	}
	groups, text, spec := placed.Groups, r.One, &plan.Merge{}
	switch {
	case len(groups) == 0:
		group, err := s.homeGroup()
		if err != nil {
			return nil, err
		}
		groups = []string{group}
	case len(groups) == 1:
	case placed.Any:
		groups = []string{s.pickAny(groups)}
	case r.Scatter == nil || r.Scatter.Merge == nil:
		return nil, notSupported("this statement needs rows of %d shards and cannot be answered from them: %s", len(groups), r.Refusal)
	default:
		text, spec = r.Scatter.Text, r.Scatter.Merge
		if r.FixClock {
			defer s.fixClock()()
		}
	}
	if text == nil {
		panic("exec: rows of the client's own text are collected")
	}
	for attempt := 1; ; attempt++ {
		rows, again, err := s.tryCollect(ctx, r, groups, text, spec, st, limits)
		if !again || attempt == attemptsMax {
			return rows, err
		}
		if attempt == attemptsMax-1 {
			st.Level = LevelPrimary
		}
	}
}

// tryCollect is one attempt. again means that the statement may be sent once more.
func (s *Session) tryCollect(ctx context.Context, r *plan.Route, groups []string, text *plan.Template, spec *plan.Merge, st *Statement, limits collectLimits) (_ *rowSet, again bool, err error) {
	b, err := s.bind(text, st)
	if err != nil {
		return nil, false, err
	}
	b.text = append([]byte(nil), b.text...) // the scratch memory is used again meanwhile
	var leases []*lease
	for _, group := range groups {
		l, err := s.acquire(ctx, group, r.Access, st)
		if err != nil {
			s.cancel(leases, nil)
			again, err = s.notSent(err, st)
			return nil, again, err
		}
		l.wrote = l.wrote || r.MayWrite
		leases = append(leases, l)
		l.b.Instance().CountRead()
		if err := s.sendBinary(l, b.text, b.params); err != nil {
			s.cancel(leases[:len(leases)-1], nil)
			if st.literally(l, &b, err) {
				s.giveBack(l)
				return nil, true, err
			}
			again, err = s.failedOn(l, err, r.Access, st, true)
			return nil, again, err
		}
	}
	streams := make([]merge.Stream, len(leases))
	for i, l := range leases {
		t, err := s.openStream(l)
		if err != nil {
			s.cancel(others(leases, l), streams)
			again, err = s.notOpened(l, r, st, err)
			return nil, again, err
		}
		streams[i] = t
	}
	return s.collectMerged(r, leases, streams, spec, st, limits)
}

func (s *Session) collectMerged(r *plan.Route, leases []*lease, streams []merge.Stream, spec *plan.Merge, st *Statement, limits collectLimits) (_ *rowSet, again bool, err error) {
	m, err := merge.New(spec, st.Args, true, streams, s.env.Limits.Merge)
	if err != nil {
		s.cancel(leases, streams)
		return nil, false, mergeError(err)
	}
	set := &rowSet{Columns: m.Columns(), max: limits}
	for {
		row, err := m.Next()
		switch {
		case errors.Is(err, io.EOF):
			set.Warnings = s.endStreams(leases, streams)
			return set, false, nil
		case err != nil:
			again, err = s.mergeFailed(r, leases, streams, err, st)
			return nil, again, err
		}
		if err := set.add(row); err != nil {
			s.cancel(leases, streams)
			return nil, false, err
		}
	}
}
