package exec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/pool"
)

// lease is a backend connection while the session has it.
type lease struct {
	b       *pool.Backend
	group   string
	primary bool
	// kept: the transaction or a pin owns it; a statement does not give it back.
	kept bool
	// pinned: the session keeps it also between transactions.
	pinned bool
	// pending counts control commands whose answers come before the statement's.
	pending int
	// wait: one more answer comes before it, that of the wait for a position.
	wait bool
	// position is where it is noted that the wait was not in vain.
	position *position
	// wrote: a statement that may have changed rows was sent in the open
	// transaction; locked: one that locks rows without changing them.
	wrote, locked bool
	// branch: the open transaction's part here is an XA branch.
	branch bool
	// doubt: a statement that may have committed ended in an error, which does not
	// say whether it has.
	doubt bool
	// uses counts the statements, or steps of one, that were given the connection.
	uses int
	// ackFrom is since when it has been seen to wait for an acknowledgement; it
	// belongs to running.mu.
	ackFrom time.Time
	// mark is the number of the statement that last got a savepoint here.
	mark int
}

// where names the connection's end for error texts.
func (l *lease) where() string { return l.group + " on " + l.b.Instance().ID() }

// lend takes a connection to a replica and readies it; for a primary see primary.
func (s *Session) lend(ctx context.Context, i *pool.Instance) (*lease, error) {
	b, err := i.Get(ctx, pool.Want{Variant: s.variant, Schema: s.Keyspace, Settings: s.settings.text})
	if err != nil {
		return nil, &unreachableError{instance: i, err: err}
	}
	if err := s.routed(i); err != nil {
		b.Release()
		return nil, err
	}
	l := &lease{b: b, group: i.Group()}
	if err := s.ready(l); err != nil {
		b.Destroy()
		return nil, &unreachableError{instance: i, err: err}
	}
	return l, nil
}

// unreachableError says that no statement was sent: a server could not be had.
type unreachableError struct {
	instance *pool.Instance
	err      error
}

func (e *unreachableError) Error() string {
	return fmt.Sprintf("group %s: %v", e.instance.Group(), e.err)
}

func (e *unreachableError) Unwrap() error { return e.err }

// ready buffers the commands that give the connection the session's settings
// and keyspace. Their answers are read before the statement's.
func (s *Session) ready(l *lease) error {
	st := &l.b.State
	if st.Settings == "" {
		if err := s.control(l, baseline(s.baseMode())); err != nil {
			return err
		}
		st.Settings = applied
	}
	if st.Settings != s.settings.text {
		for _, sql := range change(parseSettings(st.Settings), s.settings, s.baseMode()) {
			if err := s.control(l, sql); err != nil {
				return err
			}
		}
		st.Settings = s.settings.text
	}
	schema := s.Keyspace
	if schema == "" && st.Schema != "" {
		schema = "information_schema" // not what another session has used
	}
	if schema != "" && st.Schema != schema && (s.Keyspace == "" || s.holds(l.group)) {
		if err := l.b.WriteCommand(mysql.ComInitDB, []byte(schema)); err != nil {
			return err
		}
		l.pending++
		st.Schema = schema
	}
	return nil
}

// holds reports whether the current keyspace has a shard on the group.
func (s *Session) holds(group string) bool {
	if systemSchema(s.Keyspace) {
		return true
	}
	ks := s.env.Topology.Current().Keyspaces[s.Keyspace]
	if ks == nil {
		return false
	}
	for i := range ks.Shards {
		if ks.Shards[i].Group == group {
			return true
		}
	}
	return false
}

func systemSchema(name string) bool {
	return name == "information_schema" || name == "performance_schema"
}

// control buffers a statement of the proxy's own ahead of the client's.
func (s *Session) control(l *lease, sql string) error {
	l.pending++
	return l.b.WriteQuery(sql)
}

// drain reads the answers of the control commands. A refusal is an error, and
// the connection, whose state is then not what we think, must be destroyed.
func (l *lease) drain() error {
	for ; l.pending > 0; l.pending-- {
		sum, err := mysql.Relay(nil, l.b.Conn, mysql.RelayOptions{Capture: true})
		if err != nil {
			return err
		}
		if sum.Err != nil {
			return &setupError{where: l.where(), err: sum.Err}
		}
	}
	return nil
}

// setupError says that a server refused the session's settings.
type setupError struct {
	where string
	err   *mysql.Error
}

func (e *setupError) Error() string { return fmt.Sprintf("%s, set up session: %v", e.where, e.err) }

func (e *setupError) Unwrap() error { return e.err }

// command sends one statement of the proxy's own and waits for its answer.
func (s *Session) command(l *lease, sql string) (mysql.Summary, error) {
	if err := l.b.WriteQuery(sql); err != nil {
		return mysql.Summary{}, err
	}
	if err := l.b.Flush(); err != nil {
		return mysql.Summary{}, err
	}
	if err := l.drain(); err != nil {
		return mysql.Summary{}, err
	}
	return mysql.Relay(nil, l.b.Conn, mysql.RelayOptions{Capture: true})
}

// query is command for a statement whose rows are wanted.
func (s *Session) query(l *lease, sql string) (*mysql.Result, error) {
	if err := l.b.WriteQuery(sql); err != nil {
		return nil, err
	}
	if err := l.b.Flush(); err != nil {
		return nil, err
	}
	if err := l.drain(); err != nil {
		return nil, err
	}
	return l.b.ReadResult(mysql.DefaultResultBytes)
}

// giveBack ends a statement's use of a connection.
func (s *Session) giveBack(l *lease) {
	s.running.remove(l)
	switch {
	case l.kept:
	case l.pending > 0:
		l.b.Destroy()
	default:
		l.b.Release()
	}
}

// broke handles a connection that failed: it is destroyed, and the pool is
// told if it was the server's end that broke.
func (s *Session) broke(l *lease, err error) {
	var side *mysql.SideError
	if !errors.As(err, &side) || side.Side == mysql.BackendSide {
		l.b.Instance().Failed(err)
	}
	s.discard(l)
}

// discard closes a connection. What the session had there, its part of the
// transaction or what it was pinned for, is lost, and the session with it: see
// intact.
func (s *Session) discard(l *lease) {
	s.running.remove(l)
	if s.tx != nil && s.tx.leases[l.group] == l {
		delete(s.tx.leases, l.group)
		s.lost(l)
	}
	if s.pins[l.group] == l {
		delete(s.pins, l.group)
		s.lost(l)
	}
	if s.held == l {
		s.unhold()
	}
	l.b.Destroy()
}

// lost notes that a connection is gone with something of the session's on it.
func (s *Session) lost(l *lease) {
	s.lostMoved = (s.lostAt == "" || s.lostMoved) && s.moved(l) && !l.doubt && !l.pinned
	s.lostAt = l.where()
}

// plainly lends a connection to a group's primary whose settings are no
// client's: what decides a transaction must not depend on them, nor on where
// shards have gone since the client's statement was planned.
func (s *Session) plainly(ctx context.Context, group string) (*lease, error) {
	settings, keyspace, began, replan := s.settings, s.Keyspace, s.began, s.replan
	defer func() { s.settings, s.Keyspace, s.began, s.replan = settings, keyspace, began, replan }()
	s.settings, s.Keyspace, s.began, s.replan = noSettings(), "", nil, false
	return s.primary(ctx, group)
}

// intact reports a session that has lost what a server kept for it: it must
// not go on as if it had a transaction, a lock or a temporary table still.
func (s *Session) intact() error {
	if s.lostAt == "" {
		return nil
	}
	return brokeServer(s.lostAt, errLost, false)
}

var errLost = errors.New("the session's connection to the server was lost, and its transaction with it")

// kill asks the server to stop what a connection executes, best effort.
func (s *Session) kill(l *lease) {
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	b, err := l.b.Instance().Get(ctx, pool.Want{Variant: s.variant})
	if err != nil {
		return
	}
	_ = b.SetDeadline(now().Add(killTimeout))
	if _, err := b.Query(fmt.Sprintf("KILL QUERY %d", l.b.ConnectionID)); err != nil && b.Broken() {
		b.Destroy()
		return
	}
	_ = b.SetDeadline(time.Time{})
	b.Release()
}

// killTimeout bounds the asking of a server to stop a statement.
const killTimeout = time.Second

// now is the clock of reads' positions.
func now() time.Time { return time.Now() }
