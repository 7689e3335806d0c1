package exec

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
)

// attemptsMax bounds how often a read is sent: to the replica chosen, to
// another, and to the primary.
const attemptsMax = 4

// Run executes a plan and answers the client. A *mysql.Error is the client's
// answer, still to be written; a *FatalError ends the connection.
func (s *Session) Run(ctx context.Context, p *plan.Plan, st *Statement) error {
	if err := s.intact(); err != nil {
		return err
	}
	s.dropHeld()
	s.heard = nil
	s.interrupted.Store(false)
	s.replan = plansAgain(p)
	err := s.undone(s.run(ctx, p, st))
	s.replan = false
	if s.lostAt != "" && err != nil && !errors.As(err, new(*FatalError)) {
		s.Rollback()
		return s.intact()
	}
	return err
}

func (s *Session) run(ctx context.Context, p *plan.Plan, st *Statement) error {
	switch op := p.Op.(type) {
	case *plan.Route:
		return s.route(ctx, op, st)
	case *plan.Into:
		return s.into(ctx, op, st)
	case *plan.Insert:
		return s.insert(ctx, op, st)
	case *plan.Indexed:
		return s.indexed(ctx, op, st)
	case *plan.Emptied:
		return s.empty(ctx, op, st)
	case *plan.Fed:
		return s.fed(ctx, op, st)
	case *plan.Maintenance:
		return s.maintain(ctx, op, st)
	case *plan.Load:
		return s.load(ctx, op, st)
	case *plan.Chosen:
		return s.chosen(ctx, op, st)
	case *plan.Definition:
		return s.define(ctx, op, st)
	case *plan.KeyspaceChange:
		return s.changeKeyspace(ctx, op)
	default:
		panic("exec: a plan of no kind")
	}
}

func (s *Session) route(ctx context.Context, r *plan.Route, st *Statement) error {
	if r.Numbers {
		if err := s.countTables(ctx); err != nil {
			return err
		}
		defer func() { s.tables = "" }()
	}
	var groups [8]string
	placed, err := r.Target.Groups(groups[:0], st.Args)
	s.warm(&r.Target, st)
	if err != nil && r.Otherwise != nil {
		return s.run(ctx, &plan.Plan{Op: r.Otherwise}, st)
	}
	apart := r.Gather != nil && errors.Is(err, plan.ErrSeveralClasses)
	if err != nil && !apart {
		return notSupported("this statement is not supported: %v", err)
	}
	if st.Level == LevelSnapshot && (apart || len(placed.Groups) > 1 && !placed.Any) && r.Access == plan.AccessRead && s.tx == nil && !s.manual() {
		return s.routeInSnapshot(ctx, r, placed.Groups, st)
	}
	if apart {
		return s.gather(ctx, r, st)
	}
	if len(placed.Groups) > 1 && !placed.Any {
		group, err := s.lookup(ctx, r, st)
		if err != nil {
			return err
		}
		if group != "" {
			return s.one(ctx, r, group, st)
		}
	}
	switch {
	case len(placed.Groups) == 0:
		group, err := s.anyGroup()
		if err != nil {
			return err
		}
		return s.one(ctx, r, group, st)
	case len(placed.Groups) == 1:
		return s.one(ctx, r, placed.Groups[0], st)
	case placed.Any:
		return s.one(ctx, r, s.pickAny(placed.Groups), st)
	case r.Partial != nil:
		return s.compute(ctx, r, placed.Groups, st)
	case r.Gather != nil:
		return s.gather(ctx, r, st)
	case r.Scatter == nil && r.Otherwise != nil:
		return s.run(ctx, &plan.Plan{Op: r.Otherwise}, st)
	case r.Scatter == nil:
		return notSupported("this statement needs rows of %d shards and cannot be answered from them: %s", len(placed.Groups), r.Refusal)
	case r.Scatter.Merge != nil && s.limited():
		return notSupported("sql_select_limit over several shards is not supported, each would count by itself; write LIMIT")
	case r.Scatter.Merge != nil:
		if r.FixClock {
			defer s.fixClock()()
		}
		return s.scatter(ctx, r, placed.Groups, st)
	default:
		return s.writeAll(ctx, r, placed.Groups, st)
	}
}

// pickAny spreads sessions over groups that are equally good, and keeps a
// session, and above all its transaction, where it is.
func (s *Session) pickAny(groups []string) string {
	if s.variablesAt != "" && slices.Contains(groups, s.variablesAt) {
		return s.variablesAt
	}
	if s.tx != nil {
		for _, g := range groups {
			if s.tx.leases[g] != nil {
				return g
			}
		}
	}
	return groups[int(s.Identity.ConnectionID)%len(groups)]
}

// anyGroup is for statements without a table and a session without a keyspace.
func (s *Session) anyGroup() (string, error) {
	if s.variablesAt != "" {
		return s.variablesAt, nil
	}
	best := ""
	for id, g := range s.env.Topology.Current().Groups {
		if g.Primary != "" && (best == "" || id < best) {
			best = id
		}
	}
	if best == "" {
		return "", mysql.NewError(mysql.ErUnknown, "no group of this cluster has a primary yet; create one with: shardway group create")
	}
	return best, nil
}

// one sends a statement to one group and relays the answer.
func (s *Session) one(ctx context.Context, r *plan.Route, group string, st *Statement) error {
	if s.variablesAt != "" && group != s.variablesAt && st.Flags.Has(parser.UserVar|parser.UserVarAssign|parser.IntoVar) {
		return notSupported("this statement uses user variables, and the session has assigned some inside a statement on group %s, where it keeps its connection, while this one needs group %s; write the values", s.variablesAt, group)
	}
	for attempt := 1; ; attempt++ {
		again, err := s.try(ctx, r, group, st)
		if again && errors.Is(err, errFenced) {
			attempt-- // it is held, which is bounded by itself
			continue
		}
		if !again || attempt == attemptsMax {
			return err
		}
		if attempt == attemptsMax-1 {
			st.Level = LevelPrimary
		}
	}
}

// try is one attempt. again means that the statement may be sent once more.
func (s *Session) try(ctx context.Context, r *plan.Route, group string, st *Statement) (again bool, err error) {
	access := r.Access
	if r.Pins != "" && access == plan.AccessRead {
		access = plan.AccessLock // what is kept is kept on the primary
	}
	if r.MayCommit && s.tx.spans() && group == s.tx.id.Home {
		return false, notSupported("this statement may commit on its server, and this transaction has touched several groups; commit first")
	}
	l, err := s.acquire(ctx, group, access, st)
	if err != nil {
		return s.notSent(err, st)
	}
	if r.Pins != "" {
		s.pin(l, r.Pins)
	}
	l.wrote = l.wrote || r.MayWrite
	l.doubt = l.doubt || r.MayCommit
	if r.Access == plan.AccessWrite {
		l.b.Instance().CountWrite()
	} else {
		l.b.Instance().CountRead()
	}
	err = s.send(l, r, st)
	ok := true
	if err == nil {
		ok, err = l.arrived()
	}
	if err != nil {
		return s.failedOn(l, err, r.Access, st, true)
	}
	if !ok {
		return s.failedOn(l, errBehind, r.Access, st, true)
	}
	replica, spans := !l.primary && !l.kept, s.tx.spans()
	opts := mysql.RelayOptions{LocalFiles: s.client.Capabilities().Has(mysql.CapLocalFiles), HoldError: replica || spans, HoldFence: l.primary}
	if s.tx != nil && s.tx.implicit { // of which the client knows nothing
		opts.ClearStatus = mysql.StatusInTransaction | mysql.StatusInTransReadonly
	}
	sum, err := mysql.Relay(s.client, l.b.Conn, opts)
	if err != nil {
		return s.failedOn(l, err, r.Access, st, true)
	}
	if l.primary && sum.Err != nil && sum.Bytes == 0 && sum.Err.Fenced() {
		return s.fenced(l, r, &sum)
	}
	if (replica || spans && sum.Bytes == 0) && sum.Err != nil {
		if replica && leaving(sum.Err.Code) && st.repeatable() {
			s.broke(l, sum.Err)
			return true, sum.Err
		}
		s.settle(l, r.Access, &sum)
		return false, sum.Err
	}
	l.doubt = r.MayCommit && sum.Err != nil
	found := int64(-1)
	if st.Flags.Has(parser.CalcFoundRows) && sum.Columns > 0 && sum.Err == nil {
		if found, err = s.readFoundRows(l); err != nil {
			s.broke(l, err) // the answer has gone to the client
			return false, &FatalError{Err: err}
		}
	}
	own, err := s.ownInsertID(l, r, st, &sum)
	if err != nil {
		s.broke(l, err) // the answer has gone to the client
		return false, &FatalError{Err: err}
	}
	if sum.Err == nil && len(r.Sets) > 0 {
		err := s.hear(l, &sum) // reading the variables makes the connection forget
		if err == nil {
			err = s.takeVariables(l, r.Sets)
		}
		if err != nil {
			s.broke(l, err) // the answer has gone to the client
			return false, &FatalError{Err: err}
		}
	}
	last := s.ledger.LastInsertID
	s.settle(l, r.Access, &sum)
	if own {
		s.ledger.LastInsertID = last
	}
	if found >= 0 {
		s.ledger.FoundRows = found
	}
	return false, nil
}

// fenced handles the refusal of a primary that is being fenced. What had nothing
// on the connection before is sent again, held until the group has a primary that
// takes it. A transaction that had is rolled back.
func (s *Session) fenced(l *lease, r *plan.Route, sum *mysql.Summary) (again bool, _ error) {
	refused := sum.Err
	if r.MayCommit { // a procedure may have committed before it met the fence
		l.doubt = true
		s.settle(l, r.Access, sum)
		return false, refused
	}
	if s.unsent(l, refused) {
		s.lent--
		return true, errFenced
	}
	if s.tx == nil || s.tx.leases[l.group] != l || l.pinned {
		s.settle(l, r.Access, sum)
		return false, refused
	}
	where := l.where()
	s.discard(l)
	s.Rollback()
	s.lostAt, s.lostMoved = "", false
	return false, errUndone(where)
}

// takeVariables takes what a statement has assigned to user variables into the
// session, so that every connection of it knows them.
func (s *Session) takeVariables(l *lease, names []string) error {
	for _, name := range names {
		res, err := s.query(l, "SELECT @"+quoteName(name))
		if err != nil {
			return err
		}
		text, err := s.cellText(res)
		if err == nil {
			err = s.SetVariable(name, text)
		}
		if err != nil {
			return err
		}
		l.b.State.Settings = parseSettings(l.b.State.Settings).With(variableSetting(name), "?").text // a value that no setting names
	}
	return nil
}

// readFoundRows asks how many rows SQL_CALC_FOUND_ROWS has counted: the
// connection will not know it any more when the client asks.
func (s *Session) readFoundRows(l *lease) (int64, error) {
	res, err := s.query(l, "SELECT FOUND_ROWS()")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(res.Value(0, 0), 10, 64)
}

var errBehind = errors.New("the replica is behind the session's position")

// notSent handles a server that could not be had: nothing was sent, so a read
// tries another; everything else tells the client.
func (s *Session) notSent(err error, st *Statement) (bool, error) {
	var my *mysql.Error
	var lost *unreachableError
	if errors.As(err, &lost) {
		lost.instance.Failed(lost.err)
	} else {
		if errors.As(err, &my) {
			return false, my
		}
		return false, err
	}
	if s.tx == nil && st.Level != LevelPrimary {
		return true, mysql.NewError(mysql.ErUnknown, "%v", err)
	}
	if errors.As(err, &my) {
		return false, mysql.NewError(my.Code, "%v", lost)
	}
	return false, mysql.NewError(mysql.ErUnknown, "%v; nothing was sent", err)
}

// leaving reports whether an error means that the server is being fenced or
// shut down, so that another one must answer.
func leaving(code uint16) bool {
	return code == mysql.ErServerShutdown || code == mysql.ErServerOfflineMode
}

// send writes the statement behind whatever is buffered.
func (s *Session) send(l *lease, r *plan.Route, st *Statement) error {
	switch {
	case st.Prepared != nil && r.One == nil:
		return s.sendExecute(l, st.Prepared.SQL, st.Execute)
	case r.One != nil:
		b, err := s.bind(r.One, st)
		if err != nil {
			return err
		}
		return s.sendBound(l, &b, st)
	case st.Forward:
		return l.b.Forward(s.client)
	default:
		if err := l.b.WriteCommand(mysql.ComQuery, st.SQL); err != nil {
			return err
		}
	}
	return l.b.Flush()
}

// failedOn handles a connection that broke under a statement.
func (s *Session) failedOn(l *lease, err error, access plan.Access, st *Statement, sent bool) (again bool, _ error) {
	var my *mysql.Error
	if errors.As(err, &my) && !l.b.Broken() && !errors.As(err, new(*setupError)) {
		// Refused before it was sent, a prepared statement that does not parse for one.
		s.note(access, &mysql.Summary{Err: my})
		s.giveBack(l)
		return false, my
	}
	if errors.Is(err, errBehind) { // the answer behind it is of no use
		s.discard(l)
		if s.tooLate(l) {
			st.Level = LevelPrimary
		}
		return true, err
	}
	var side *mysql.SideError
	clientGone := errors.As(err, &side) && side.Side == mysql.ClientSide
	s.broke(l, err)
	switch {
	case clientGone:
		return false, &FatalError{Err: err}
	case side != nil && side.Forwarded > 0:
		return false, &FatalError{Err: err}
	case l.kept:
		outside := s.tx == nil // a pinned connection
		s.Rollback()
		return false, brokeServer(l.where(), err, (outside || l.doubt) && access == plan.AccessWrite && sent)
	case errors.As(err, &my):
		return false, my
	case access == plan.AccessRead && st.repeatable():
		return true, brokeServer(l.where(), err, false)
	default:
		return false, brokeServer(l.where(), err, access == plan.AccessWrite && sent)
	}
}

// settle takes what an answer says into the session, and gives the connection back.
func (s *Session) settle(l *lease, access plan.Access, sum *mysql.Summary) {
	if sum.Err != nil && sum.Bytes == 0 {
		sum.Err = s.judged(sum.Err)
	}
	s.note(access, sum)
	if sum.Err != nil && sum.Err.Code == mysql.ErLockDeadlock && s.tx != nil {
		s.running.remove(l)
		s.abandon() // InnoDB has rolled back the whole of it
		return
	}
	if l.primary {
		s.afterPrimary(l, sum)
	}
	if sum.Warnings > 0 && len(s.ledger.Diagnostics) == 0 || sum.Err != nil {
		s.hold(l)
		return
	}
	s.giveBack(l)
}

// afterPrimary notes the position, once the rows have been seen, and a
// transaction that a statement has opened or ended behind our back: a procedure
// may say START TRANSACTION, and DDL commits.
func (s *Session) afterPrimary(l *lease, sum *mysql.Summary) {
	inside := s.tx != nil && s.tx.leases[l.group] == l
	if !inside {
		s.saw(l.group, sum.GTID)
	}
	open := sum.Status.Has(mysql.StatusInTransaction)
	switch {
	case sum.Err != nil: // an ERR packet has no status
	case inside && !open && s.tx.explicit:
		s.endedByServer(l, sum)
	case open && s.tx == nil:
		l.kept, l.wrote = true, true
		s.tx = &transaction{explicit: true, begin: "BEGIN", leases: map[string]*lease{l.group: l}, order: []string{l.group}}
	}
}

// note keeps the ledger.
func (s *Session) note(access plan.Access, sum *mysql.Summary) {
	s.ledger.Warnings = sum.Warnings
	s.ledger.Diagnostics, s.heard = s.heard, nil
	switch {
	case sum.Err != nil:
		s.ledger.RowCount = -1
		switch sum.Err.Code {
		case mysql.ErBadField, mysql.ErNoSuchTable, mysql.ErWrongValueCount, mysql.ErBadTable:
			s.env.Schema.Suspect(s.Keyspace)
		}
	case sum.Columns > 0:
		s.ledger.RowCount, s.ledger.FoundRows = -1, int64(sum.Rows)
	default:
		s.ledger.RowCount = int64(sum.AffectedRows)
		if sum.InsertID != 0 && access == plan.AccessWrite {
			s.ledger.LastInsertID = sum.InsertID
		}
	}
}

// pin keeps a connection for the session from here on.
func (s *Session) pin(l *lease, why string) {
	l.kept, l.pinned, s.PinReason = true, true, why
	s.pins[l.group] = l
	if strings.Contains(why, "variable") {
		s.variablesAt = l.group
	}
}
