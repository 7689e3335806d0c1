package exec

import (
	"context"
	"errors"
	"io"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/merge"
	"github.com/shardway/shardway/router/plan"
)

// errInexact means that what is computed from combined rows might not be what
// MySQL computes from the tables: then rows of the tables are collected.
var errInexact = errors.New("the types of combined rows are not kept exactly")

// compute answers a SELECT from combined rows, one a group, in a temporary table.
func (s *Session) compute(ctx context.Context, r *plan.Route, groups []string, st *Statement) error {
	for attempt := 1; ; attempt++ {
		c := &computing{partial: r.Partial}
		c.gathering = gathering{s: s, route: r, st: st, primary: attempt > 1, plan: &plan.Gather{
			Keyspace: r.Partial.Keyspace, Final: r.Partial.Final,
			Tables: []plan.GatherTable{{Name: r.Partial.Name, Keyspace: r.Partial.Keyspace, Table: &plan.Table{Name: "combined rows"}}},
		}}
		again, err := c.run(ctx, groups)
		switch {
		case errors.Is(err, errInexact):
			return s.gather(ctx, r, st)
		case !again || attempt == attemptsMax:
			return err
		}
		if attempt == attemptsMax-1 {
			st.Level = LevelPrimary
		}
	}
}

// computing is one attempt: a gathering whose only table is filled by a merge.
type computing struct {
	gathering
	partial *plan.Partial
}

func (c *computing) run(ctx context.Context, groups []string) (again bool, err error) {
	if c.route.FixClock {
		defer c.s.fixClock()()
	}
	defer func() {
		c.release()
		c.dismiss()
	}()
	if again, err := c.open(ctx, [][]string{groups}); err != nil {
		return again, err
	}
	if again, err := c.define(ctx); err != nil {
		return again, err
	}
	if again, err := c.fill(groups); err != nil {
		return again, err
	}
	c.release()
	reader, again, err := c.final()
	if err != nil {
		return again, err
	}
	if !alike(reader.Columns, c.shown) {
		c.s.cut(c.home, reader)
		c.home = nil
		return false, errInexact
	}
	return false, c.relay(reader)
}

// define has MySQL make the table of the combined rows and describe the columns
// of the answer, both under the client's own settings, which types depend on.
func (c *computing) define(ctx context.Context) (again bool, err error) {
	s := c.s
	was := s.settings
	defer func() { s.settings = was }()
	s.settings = was.With("autocommit", "1").With("transaction_read_only", "0")
	if c.home, err = c.lendHome(ctx); err != nil {
		return s.notSent(err, c.st)
	}
	s.running.add(c.home)
	text, err := s.fill(c.partial.Define, c.st)
	if err != nil {
		return false, err
	}
	sum, err := s.command(c.home, string(text))
	if err != nil {
		return c.homeLost(err)
	}
	if sum.Err != nil {
		return false, errInexact // collected rows have MySQL say what is wrong
	}
	c.made = true
	return c.describe()
}

// describe reads how MySQL describes the columns of the answer.
func (c *computing) describe() (again bool, err error) {
	b, err := c.s.bind(c.partial.Shape, c.st)
	if err != nil {
		return false, err
	}
	if err := c.s.sendBound(c.home, &b, c.st); err != nil {
		if c.st.literally(c.home, &b, err) {
			return true, err
		}
		return c.finalFailed(err)
	}
	reader, err := c.home.b.BeginResult()
	for row := []byte{}; err == nil && row != nil; {
		row, err = reader.Next()
	}
	if err != nil {
		return c.finalFailed(err)
	}
	c.shown = reader.Columns
	return false, nil
}

// fill combines the shards' rows and writes them into the table.
func (c *computing) fill(groups []string) (again bool, err error) {
	streams, again, err := c.ask(groups)
	if err != nil {
		return again, err
	}
	m, err := merge.New(c.partial.Scatter.Merge, c.st.Args, c.st.binary(), streams, c.s.env.Limits.Merge)
	if err != nil {
		c.abandon(streams)
		return false, uncombined(err)
	}
	w := &loader{g: &c.gathering, table: &c.plan.Tables[0], columns: m.Columns()}
	if w.table.Columns = c.columns(m.Columns()); w.table.Columns == nil {
		c.abandon(streams)
		return false, errInexact
	}
	if err := c.readyToLoad(); err != nil {
		c.abandon(streams)
		return c.homeLost(err)
	}
	for {
		row, err := m.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c.combineFailed(streams, err)
		}
		c.rows++
		c.bytes += len(row)
		if err := c.bounded(); err != nil {
			c.abandon(streams)
			return false, err
		}
		if err := w.add(row); err != nil {
			c.abandon(streams)
			return c.notLoaded(err)
		}
	}
	c.warn(m)
	if err := w.close(); err != nil {
		return c.notLoaded(err)
	}
	return false, nil
}

// ask sends every group its part and begins to read.
func (c *computing) ask(groups []string) (streams []merge.Stream, again bool, err error) {
	b, err := c.s.bind(c.partial.Scatter.Text, c.st)
	if err != nil {
		return nil, false, err
	}
	for _, group := range groups {
		src := c.sources[group]
		if err := c.s.sendBound(src.l, &b, c.st); err != nil {
			if c.st.literally(src.l, &b, err) {
				return nil, true, err
			}
			again, err := c.lost(src, err)
			return nil, again, err
		}
	}
	for _, group := range groups {
		t, err := c.s.openStream(c.sources[group].l)
		if err != nil {
			c.abandon(streams)
			again, err := c.lost(c.sources[group], err)
			return nil, again, err
		}
		streams = append(streams, t)
	}
	return streams, false, nil
}

// abandon stops the statements whose rows are not wanted any more.
func (c *computing) abandon(streams []merge.Stream) {
	for _, t := range streams {
		t := t.(*stream)
		if src := c.sources[t.l.group]; src != nil && t.l.b.Outstanding() > 0 {
			c.s.cut(t.l, t.r)
			c.forget(src)
		}
	}
}

// combineFailed gives up because a group's rows ended in an error, or because
// they cannot be combined.
func (c *computing) combineFailed(streams []merge.Stream, err error) (again bool, _ error) {
	var broken *streamError
	if !errors.As(err, &broken) {
		c.abandon(streams)
		return false, uncombined(err)
	}
	var rest []merge.Stream
	for _, t := range streams {
		if t.(*stream).l != broken.l {
			rest = append(rest, t)
		}
	}
	c.abandon(rest)
	return c.lost(c.sources[broken.l.group], broken.err)
}

// uncombined is an error of the merge: what it does not support is left to
// collected rows.
func uncombined(err error) error {
	var unsupported *merge.UnsupportedError
	if errors.As(err, &unsupported) {
		return errInexact
	}
	return mergeError(err)
}

// notLoaded: a value that the table does not take as it is was not of its type.
func (c *computing) notLoaded(err error) (again bool, _ error) {
	var my *mysql.Error
	if errors.As(err, &my) && !c.home.b.Broken() {
		return false, errInexact
	}
	return c.homeLost(err)
}

// readyToLoad gives the connection the settings for writing rows, with which
// nothing is stored otherwise than it was sent.
func (c *computing) readyToLoad() error {
	was := c.s.settings
	defer func() { c.s.settings = was }()
	c.s.settings = loading(was).With("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES'")
	if err := c.s.ready(c.home); err != nil {
		return err
	}
	if err := c.home.b.Flush(); err != nil {
		return err
	}
	return c.home.drain()
}

// warn keeps the warnings of lists that were cut.
func (c *computing) warn(m *merge.Merger) {
	messages, _ := m.Warnings()
	for _, message := range messages {
		c.s.heard = append(c.s.heard, Diagnostic{Level: "Warning", Code: mergeCut, Message: message})
		c.warned++
	}
}
