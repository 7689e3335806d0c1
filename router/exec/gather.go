package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/router/pool"
)

// gather answers a SELECT on rows collected from the shards. What each table
// reference needs goes into a temporary table on one server, outside of any
// transaction; that server's answer is the client's (safety rule 15).
func (s *Session) gather(ctx context.Context, r *plan.Route, st *Statement) error {
	return s.gatherInto(ctx, r, st, nil)
}

// gatherInto keeps the answer in a set instead of sending it to the client, if
// one is given.
func (s *Session) gatherInto(ctx context.Context, r *plan.Route, st *Statement, set *rowSet) error {
	for attempt := 1; ; attempt++ {
		g := &gathering{s: s, route: r, plan: r.Gather, st: st, set: set, primary: attempt > 1}
		again, err := g.run(ctx)
		if !again || attempt == attemptsMax {
			return err
		}
		if attempt == attemptsMax-1 {
			st.Level = LevelPrimary
		}
	}
}

// gathering is one attempt.
type gathering struct {
	s     *Session
	route *plan.Route
	plan  *plan.Gather
	st    *Statement
	// set takes the answer; nil if the client does.
	set *rowSet
	// primary: the temporary tables are made on a primary, for a replica has failed.
	primary bool
	// home has the temporary tables. It is never lent again before they are
	// dropped.
	home *lease
	made bool
	// sources are the connections that rows are read from, by group.
	sources map[string]*source
	order   []*source
	// shown are the answer's columns, where they are known better than by the
	// answer; warned counts the warnings that came before it.
	shown  []mysql.Column
	warned uint16
	// rows and bytes count what has been collected.
	rows  int
	bytes int
}

// source is a connection that rows are collected from.
type source struct {
	l *lease
	// fetches counts the tables that are read from it; more than one take one
	// consistent snapshot (safety rule 14).
	fetches int
	// begun: a transaction of ours is open on it.
	begun bool
}

func (g *gathering) run(ctx context.Context) (again bool, err error) {
	if g.route.FixClock {
		defer g.s.fixClock()()
	}
	defer func() {
		g.release()
		g.dismiss()
	}()
	groups, err := g.places()
	if err != nil {
		return false, err
	}
	if again, err := g.open(ctx, groups); err != nil {
		return again, err
	}
	if again, err := g.settleHome(ctx); err != nil {
		return again, err
	}
	for i := range g.plan.Tables {
		if again, err := g.collect(i, groups[i]); err != nil {
			return again, err
		}
	}
	g.release()
	if err := g.bounded(); err != nil {
		return false, err
	}
	return g.answer()
}

// places resolves where each table's rows are in this execution.
func (g *gathering) places() ([][]string, error) {
	groups := make([][]string, len(g.plan.Tables))
	used := map[string]bool{}
	for pass := range 2 { // tables that any group has go where the session is anyway
		for i := range g.plan.Tables {
			placed, err := g.plan.Tables[i].Target.Groups(nil, g.st.Args)
			if err != nil {
				return nil, notSupported("this statement is not supported: %v", err)
			}
			switch {
			case placed.Any != (pass == 1):
				continue
			case placed.Any:
				groups[i] = []string{g.nearest(placed.Groups, used)}
			default:
				groups[i] = placed.Groups
			}
			for _, group := range groups[i] {
				used[group] = true
			}
		}
	}
	return groups, nil
}

func (g *gathering) nearest(groups []string, used map[string]bool) string {
	for _, group := range groups {
		if used[group] {
			return group
		}
	}
	return g.s.pickAny(groups)
}

// open takes a connection to every group and, where more than one table is read
// from it outside a transaction, a consistent snapshot: all of them after the
// waits for positions and before the first row is read (safety rule 14).
func (g *gathering) open(ctx context.Context, groups [][]string) (again bool, err error) {
	g.sources = map[string]*source{}
	for _, table := range groups {
		for _, group := range table {
			if src := g.sources[group]; src != nil {
				src.fetches++
				continue
			}
			l, err := g.reading(func() (*lease, error) { return g.s.acquire(ctx, group, g.route.Access, g.st) })
			if err != nil {
				return g.s.notSent(err, g.st)
			}
			l.wrote = l.wrote || g.route.MayWrite
			src := &source{l: l, fetches: 1}
			g.sources[group], g.order = src, append(g.order, src)
			l.b.Instance().CountRead()
		}
	}
	if g.s.tx != nil {
		return false, nil
	}
	var snapshots []*source
	for _, src := range g.order {
		if src.fetches > 1 || g.route.Access == plan.AccessLock {
			snapshots = append(snapshots, src)
			if err := src.l.b.Flush(); err != nil {
				return g.lost(src, err)
			}
		}
	}
	for _, src := range snapshots {
		ok, err := src.l.arrived()
		if err == nil && !ok {
			err = errBehind
		}
		if err != nil {
			return g.lost(src, err)
		}
	}
	for _, src := range snapshots {
		begin := []string{snapshotTraits, snapshotBegin}
		if g.route.Access == plan.AccessLock {
			begin = []string{"START TRANSACTION"}
		}
		src.begun = true
		for _, sql := range begin {
			if err := g.s.control(src.l, sql); err != nil {
				return g.lost(src, err)
			}
		}
		if err := src.l.b.Flush(); err != nil {
			return g.lost(src, err)
		}
	}
	for _, src := range snapshots {
		if err := src.l.drain(); err != nil {
			return g.lost(src, err)
		}
	}
	return false, nil
}

// reading has a connection made ready for reading all rows that a text asks for,
// in encodings that the proxy understands, whatever the client has set.
func (g *gathering) reading(get func() (*lease, error)) (*lease, error) {
	was := g.s.settings
	if g.s.limited() {
		g.s.settings = g.s.settings.With("sql_select_limit", "18446744073709551615")
	}
	if _, set := g.s.settings.Value("character_set_results"); set {
		g.s.settings = g.s.settings.With("character_set_results", "NULL")
	}
	l, err := get()
	g.s.settings = was
	return l, err
}

// lost gives a source up whose connection broke or that refused.
func (g *gathering) lost(src *source, err error) (again bool, _ error) {
	delete(g.sources, src.l.group)
	for i, o := range g.order {
		if o == src {
			g.order = append(g.order[:i], g.order[i+1:]...)
			break
		}
	}
	var my *mysql.Error
	if errors.As(err, &my) && !src.l.b.Broken() && !errors.As(err, new(*setupError)) && src.begun {
		g.s.note(g.route.Access, &mysql.Summary{Err: my})
		if g.s.tx == nil && my.Code != mysql.ErLockDeadlock {
			g.s.finish(src.l, "ROLLBACK")
			return false, my
		}
	}
	return g.s.notOpened(src.l, g.route, g.st, err)
}

// settleHome takes a connection for the temporary tables and makes them.
func (g *gathering) settleHome(ctx context.Context) (again bool, err error) {
	was := g.s.settings
	defer func() { g.s.settings = was }()
	g.s.settings = loading(was)
	l, err := g.lendHome(ctx)
	if err != nil {
		return g.s.notSent(err, g.st)
	}
	g.home = l
	g.s.running.add(l)
	for i := range g.plan.Tables {
		if err = l.b.WriteQuery(g.plan.Tables[i].Define); err != nil {
			return g.homeLost(err)
		}
		g.made = true
	}
	if err := l.b.Flush(); err != nil {
		return g.homeLost(err)
	}
	if err := l.drain(); err != nil {
		return g.homeLost(err)
	}
	var refused error
	for range g.plan.Tables {
		sum, err := mysql.Relay(nil, l.b.Conn, mysql.RelayOptions{Capture: true})
		if err != nil {
			return g.homeLost(err)
		}
		if sum.Err != nil && refused == nil {
			refused = sum.Err
		}
	}
	if refused != nil {
		return g.homeRefused(refused)
	}
	return false, nil
}

// loading are the session's settings while rows are written into temporary
// tables: what comes from a table goes into one as it is, and nothing is part of
// a transaction.
func loading(s *Settings) *Settings {
	return s.With(names, "utf8mb4").With("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'").With("time_zone", "'+00:00'").
		With("autocommit", "1").With("transaction_read_only", "0").With("sql_select_limit", "18446744073709551615")
}

// lendHome prefers a replica: temporary tables can be made there, and how far it
// has come does not matter.
func (g *gathering) lendHome(ctx context.Context) (*lease, error) {
	group := g.s.pickAny(g.plan.Keyspace.Groups())
	if !g.primary {
		if c, err := g.s.env.Pools.Choose(group, pool.Read{Rules: g.s.rules()}); err == nil {
			return g.s.lend(ctx, c.Instance)
		}
	}
	return g.s.primary(ctx, group)
}

func (g *gathering) homeLost(err error) (again bool, _ error) {
	l := g.home
	g.home = nil
	where := l.where()
	g.s.broke(l, err)
	return g.repeats(), brokeServer(where, err, false)
}

// repeats reports whether the statement may be run once more.
func (g *gathering) repeats() bool {
	return g.s.tx == nil && g.route.Access == plan.AccessRead && g.st.repeatable()
}

// homeRefused handles an error in making or filling temporary tables. A replica
// that lacks the keyspace still, or is being fenced, is no reason to fail.
func (g *gathering) homeRefused(err error) (again bool, _ error) {
	if !g.primary {
		return true, err
	}
	return false, mysql.NewError(codeOf(err), "%s, collect rows: %v", g.home.where(), err)
}

// answer runs the statement on the temporary tables.
func (g *gathering) answer() (again bool, err error) {
	reader, again, err := g.final()
	if err != nil {
		return again, err
	}
	if g.set != nil {
		return g.keep(reader)
	}
	return false, g.relay(reader)
}

// keep puts the answer into the set.
func (g *gathering) keep(reader *mysql.ResultReader) (again bool, err error) {
	g.set.Columns, g.set.rows, g.set.bytes = reader.Columns, nil, 0
	for {
		row, err := reader.Next()
		if err != nil {
			return g.finalFailed(err)
		}
		if row == nil {
			g.set.Warnings = reader.Summary.Warnings
			if err := g.s.hear(g.home, &reader.Summary); err != nil {
				return g.homeLost(err)
			}
			return false, nil
		}
		if err := g.set.add(row); err != nil {
			return false, err
		}
	}
}

// final sends the statement and begins to read its answer.
func (g *gathering) final() (*mysql.ResultReader, bool, error) {
	s, l := g.s, g.home
	was := s.settings
	if s.manual() {
		s.settings = s.settings.With("autocommit", "1")
	}
	err := s.ready(l)
	s.settings = was
	if err != nil {
		again, err := g.homeLost(err)
		return nil, again, err
	}
	b, err := s.bind(g.plan.Final, g.st)
	if err != nil {
		return nil, false, err
	}
	if g.set != nil {
		err = s.sendBinary(l, b.text, b.params)
	} else {
		err = s.sendBound(l, &b, g.st)
	}
	if err != nil {
		if g.st.literally(l, &b, err) {
			return nil, true, err
		}
		again, err := g.finalFailed(err)
		return nil, again, err
	}
	if err := l.drain(); err != nil {
		again, err := g.homeLost(err)
		return nil, again, err
	}
	reader, err := l.b.BeginResult()
	if err != nil {
		again, err := g.finalFailed(err)
		return nil, again, err
	}
	return reader, false, nil
}

// finalFailed is MySQL's own error for the statement, or a lost connection.
func (g *gathering) finalFailed(err error) (again bool, _ error) {
	var my *mysql.Error
	if errors.As(err, &my) && !g.home.b.Broken() {
		g.s.note(plan.AccessRead, &mysql.Summary{Err: my})
		return false, my
	}
	return g.homeLost(err)
}

// relay passes the answer on. Its columns name the tables that the client knows.
func (g *gathering) relay(reader *mysql.ResultReader) error {
	s := g.s
	g.original(reader.Columns)
	columns := reader.Columns
	if g.shown != nil {
		columns = g.shown
	}
	w, err := mysql.NewResultWriter(s.client, s.Status(), columns)
	if err != nil {
		return &FatalError{Err: err}
	}
	for {
		row, err := reader.Next()
		var my *mysql.Error
		switch {
		case errors.As(err, &my) && !g.home.b.Broken():
			s.note(plan.AccessRead, &mysql.Summary{Err: my})
			if err := w.Fail(my); err != nil {
				return &FatalError{Err: err}
			}
			return nil
		case err != nil:
			_, err = g.homeLost(err)
			return &FatalError{Err: err}
		case row == nil:
			return g.finish(w, reader)
		}
		if err := w.WriteRow(row); err != nil {
			return &FatalError{Err: err}
		}
	}
}

func (g *gathering) finish(w *mysql.ResultWriter, reader *mysql.ResultReader) error {
	s := g.s
	sum := reader.Summary
	if err := s.hear(g.home, &sum); err != nil {
		_, err = g.homeLost(err)
		return &FatalError{Err: err}
	}
	sum.Warnings += g.warned
	found := int64(-1)
	if g.st.Flags.Has(parser.CalcFoundRows) {
		var err error
		if found, err = s.readFoundRows(g.home); err != nil {
			_, err = g.homeLost(err)
			return &FatalError{Err: err}
		}
	}
	if err := g.takeVariables(); err != nil {
		return &FatalError{Err: err}
	}
	s.note(plan.AccessRead, &sum)
	if found >= 0 {
		s.ledger.FoundRows = found
	}
	if err := w.Finish(s.Status(), sum.Warnings); err != nil {
		return &FatalError{Err: err}
	}
	return nil
}

// takeVariables takes what the statement has assigned to user variables into the
// session.
func (g *gathering) takeVariables() error {
	for _, name := range g.plan.Assigns {
		res, err := g.s.query(g.home, "SELECT @"+quoteName(name))
		if err != nil {
			_, err = g.homeLost(err)
			return err
		}
		text, err := g.s.cellText(res)
		if err == nil {
			err = g.s.SetVariable(name, text)
		}
		if err != nil {
			return err
		}
		state := &g.home.b.State // has a value that no setting names
		state.Settings = parseSettings(state.Settings).With(variableSetting(name), "?").text
	}
	return nil
}

// original gives columns back the names that the statement gives them, and those
// of the tables that they come from.
func (g *gathering) original(columns []mysql.Column) {
	for i := range columns {
		c := &columns[i]
		if len(g.plan.Aliases) == len(columns) && g.plan.Aliases[i] != "" {
			c.Name = g.plan.Aliases[i]
		}
		for t := range g.plan.Tables {
			if table := &g.plan.Tables[t]; c.OrgTable == table.Name {
				c.Schema, c.OrgTable = table.Keyspace.Name, table.Table.Name
			}
		}
	}
}

// release gives the sources back.
func (g *gathering) release() {
	for _, src := range g.order {
		l := src.l
		switch {
		case l.b.Outstanding() > 0 || l.pending > 0:
			g.s.cut(l, nil)
		case src.begun:
			if l.primary {
				g.s.saw(l.group, "")
			}
			g.s.finish(l, "COMMIT")
		default:
			if l.primary && g.s.tx == nil {
				g.s.saw(l.group, "")
			}
			g.s.giveBack(l)
		}
	}
	g.order, g.sources = nil, nil
}

// dismiss drops the temporary tables. A connection that may still have one is
// closed.
func (g *gathering) dismiss() {
	l := g.home
	if l == nil {
		return
	}
	g.home = nil
	if !g.made {
		g.s.giveBack(l)
		return
	}
	if l.b.Outstanding() > 0 || l.pending > 0 {
		g.s.cut(l, nil)
		return
	}
	drop := "DROP TEMPORARY TABLE IF EXISTS "
	for i := range g.plan.Tables {
		if i > 0 {
			drop += ", "
		}
		drop += fmt.Sprintf("%s.%s", quoteName(g.plan.Keyspace.Name), quoteName(g.plan.Tables[i].Name))
	}
	if sum, err := g.s.command(l, drop); err != nil || sum.Err != nil {
		g.s.discard(l)
		return
	}
	g.s.giveBack(l)
}
