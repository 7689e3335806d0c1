package exec

import (
	"context"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/txn"
)

// transaction is the client's open transaction: one connection to each group
// that it has touched, all of them the session's own until it ends. The first
// one touched is its home and has a plain transaction; each further one has an
// XA branch from its first statement on, since a transaction that has read
// cannot become one (safety rules 1 and 2). One that is read only has nothing
// to decide and is plain everywhere.
type transaction struct {
	// explicit: the client said BEGIN; otherwise autocommit is off.
	explicit bool
	// implicit: it lasts for one statement of several steps; see atomically.
	implicit bool
	// sealed: it reads snapshots that fit together, so that no other group can
	// join it.
	sealed bool
	begin  string
	leases map[string]*lease
	// order has the groups as they were touched; order[0] is the home.
	order []string
	// id is set once a second group is touched; zero if all parts are plain.
	id txn.ID
	// strict: plain reads take locks, too: the isolation level is SERIALIZABLE.
	strict     bool
	savepoints []string
	// marking: a statement of several steps is under way. Each connection that it
	// uses gets a savepoint first; those that have one have mark's number.
	marking bool
	mark    int
}

// spans reports whether the transaction has parts on several groups that may
// have to be decided together.
func (t *transaction) spans() bool { return t != nil && !t.id.IsZero() }

// parts are the connections that the transaction has, in the order in which
// the groups were touched.
func (t *transaction) parts() []*lease {
	parts := make([]*lease, 0, len(t.order))
	for _, group := range t.order {
		if l := t.leases[group]; l != nil {
			parts = append(parts, l)
		}
	}
	return parts
}

// Begin opens a transaction; nothing is sent until a statement needs a group.
// text is the client's own: it may say READ ONLY, or WITH CONSISTENT SNAPSHOT,
// for which all groups of the keyspace are needed at once.
func (s *Session) Begin(text string) error {
	traits := s.nextTraits
	if err := s.Commit(); err != nil {
		return err
	}
	s.nextTraits = traits // they are for the transaction that begins
	s.tx = &transaction{explicit: true, begin: text, leases: map[string]*lease{}}
	if s.tx.snapshots() && s.repeats() {
		return s.beginInSnapshot()
	}
	return nil
}

// Opening is the text that began the open transaction, for one that is to be
// begun alike; the plain one if the client did not begin it.
func (s *Session) Opening() string {
	if s.tx != nil && s.tx.explicit {
		return s.tx.begin
	}
	return "START TRANSACTION"
}

// Spans reports whether a transaction is open that has parts on several groups,
// so that a server must not end its part by itself.
func (s *Session) Spans() bool { return s.tx.spans() }

// join returns the transaction's connection to a group, opening the
// transaction there if it is the first statement.
func (s *Session) join(ctx context.Context, group string, access plan.Access) (*lease, error) {
	if s.tx == nil {
		s.tx = &transaction{leases: map[string]*lease{}}
	}
	tx := s.tx
	l := tx.leases[group]
	if l == nil {
		var err error
		if l, err = s.enter(ctx, group); err != nil {
			return nil, err
		}
	} else if err := s.readyOwned(l); err != nil {
		return nil, err
	}
	if tx.marking && l.mark != tx.mark {
		if err := s.control(l, "SAVEPOINT "+statementMark); err != nil {
			s.broke(l, err)
			return nil, brokeServer(l.where(), err, false)
		}
		l.mark = tx.mark
	}
	switch access {
	case plan.AccessWrite:
		l.wrote = true
	case plan.AccessLock:
		l.locked = true
	case plan.AccessRead:
	}
	return l, nil
}

// undoubted makes sure that a transaction that the client began is still open
// on its first server, before anything else joins it: the error of a procedure
// or of DDL does not say whether that has committed. If it has, the transaction
// is over, as it is for MySQL.
func (s *Session) undoubted() error {
	if s.tx == nil || !s.tx.explicit || len(s.tx.order) != 1 {
		return nil
	}
	l := s.tx.leases[s.tx.order[0]]
	if l == nil || !l.doubt {
		return nil
	}
	sum, err := s.command(l, "DO 0")
	if err != nil {
		s.broke(l, err)
		return brokeServer(l.where(), err, false)
	}
	if l.doubt = false; !sum.Status.Has(mysql.StatusInTransaction) {
		s.endedByServer(l, &sum)
		s.giveBack(l)
	}
	return nil
}

// enter makes a group part of the transaction, on the connection pinned to it
// if there is one.
func (s *Session) enter(ctx context.Context, group string) (*lease, error) {
	if s.tx.sealed {
		return nil, notSupported("this statement needs group %s beside those of which it has taken snapshots; read it at another level than snapshot", group)
	}
	l := s.pins[group]
	if l == nil {
		var err error
		if l, err = s.primary(ctx, group); err != nil {
			return nil, err
		}
	} else if err := s.readyOwned(l); err != nil {
		return nil, err
	}
	tx := s.tx
	l.kept = true
	if len(tx.order) == 0 {
		tx.strict = s.serializable()
	} else if tx.id.IsZero() && !s.opensReadOnly() {
		home := tx.leases[tx.order[0]]
		tx.id = txn.New(tx.order[0], home.b.Instance().ID(), uint64(home.b.ConnectionID))
	}
	l.branch = tx.spans()
	tx.leases[group] = l
	tx.order = append(tx.order, group)
	if err := s.open(l); err != nil {
		s.broke(l, err)
		return nil, brokeServer(l.where(), err, false)
	}
	return l, nil
}

// open buffers what begins the transaction on a connection.
func (s *Session) open(l *lease) error {
	if s.nextTraits != "" {
		if err := s.control(l, s.nextTraits); err != nil {
			return err
		}
	}
	if err := s.start(l); err != nil {
		return err
	}
	for _, name := range s.tx.savepoints {
		if err := s.control(l, "SAVEPOINT "+quoteName(name)); err != nil {
			return err
		}
	}
	return nil
}

// takeSnapshot has a branch's view of the rows made now. XA START has no words
// for it; the first consistent read does the same.
const takeSnapshot = "SELECT 1 FROM " + txn.BranchTable + " LIMIT 1"

func (s *Session) start(l *lease) error {
	tx := s.tx
	switch {
	case l.branch && tx.snapshots():
		if err := s.control(l, tx.id.Start()); err != nil {
			return err
		}
		return s.control(l, takeSnapshot)
	case l.branch:
		return s.control(l, tx.id.Start())
	case tx.explicit:
		return s.control(l, tx.begin)
	default:
		return nil // autocommit is off: the first statement begins it
	}
}

// snapshots reports whether the client asked for WITH CONSISTENT SNAPSHOT.
func (t *transaction) snapshots() bool {
	return t.explicit && strings.Contains(strings.ToUpper(t.begin), "SNAPSHOT")
}

// opensReadOnly reports whether the transaction can write nothing: by the words
// that began it, by SET TRANSACTION before it, or by the session's variable.
func (s *Session) opensReadOnly() bool {
	if s.tx.explicit {
		begin := strings.ToUpper(s.tx.begin)
		if strings.Contains(begin, "READ ONLY") {
			return true
		}
		if strings.Contains(begin, "READ WRITE") {
			return false
		}
	}
	if next := strings.ToUpper(s.nextTraits); strings.Contains(next, "READ ONLY") {
		return true
	} else if strings.Contains(next, "READ WRITE") {
		return false
	}
	v, set := s.settings.Value("transaction_read_only")
	return set && v != "0" && !strings.EqualFold(v, "OFF")
}

// repeats reports whether the next transaction keeps the view of its first
// read; at the lower isolation levels MySQL, too, makes nothing of WITH
// CONSISTENT SNAPSHOT.
func (s *Session) repeats() bool {
	v, _ := s.settings.Value("transaction_isolation")
	if next := strings.ToUpper(s.nextTraits); strings.Contains(next, "ISOLATION") {
		v = next
	}
	v = strings.ReplaceAll(strings.ToUpper(v), "-", " ")
	return !strings.Contains(v, "READ COMMITTED") && !strings.Contains(v, "READ UNCOMMITTED")
}

// serializable reports whether the next transaction locks what it reads.
func (s *Session) serializable() bool {
	v, _ := s.settings.Value("transaction_isolation")
	return strings.Contains(strings.ToUpper(v+s.nextTraits), "SERIALIZABLE")
}

// Rollback rolls the open transaction back, if there is one.
func (s *Session) Rollback() {
	s.dropHeld()
	if s.tx != nil {
		s.abandon()
		return
	}
	for _, l := range s.pins {
		s.finish(l, "ROLLBACK")
	}
}

// abandon rolls back on every group at once; a connection that does not answer
// is destroyed, which rolls back too.
func (s *Session) abandon() {
	tx := s.tx
	s.tx, s.nextTraits = nil, ""
	parts := tx.parts()
	s.endParts(tx, parts, false)
	for _, l := range parts {
		s.saw(l.group, "")
	}
}

func quoteName(name string) string {
	quoted := make([]byte, 0, len(name)+2)
	quoted = append(quoted, '`')
	for i := range len(name) {
		if name[i] == '`' {
			quoted = append(quoted, '`')
		}
		quoted = append(quoted, name[i])
	}
	return string(append(quoted, '`'))
}
