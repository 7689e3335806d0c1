package exec

import (
	"context"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// Prepared is a statement that the client has prepared. It lives in the
// session; backend connections prepare its text when they first execute it.
type Prepared struct {
	// SQL is the client's text, with its placeholders.
	SQL string
	// Answer is what a server said of it: definitions of parameters and columns.
	Answer *mysql.Prepared
	// literal: over several groups the parameters are written into the text,
	// because MySQL does not take the statement with ? in their places: it cannot
	// tell that two of them are equal.
	literal bool
}

// preparedMax bounds the statements that a backend connection keeps; beyond
// it, the connection forgets them all.
const preparedMax = 64

// Prepare has a server look at a statement and returns what it says. The
// group is one that has the statement's tables.
func (s *Session) Prepare(ctx context.Context, group, sql string) (*mysql.Prepared, error) {
	s.replan = true
	answer, err := s.prepareIn(ctx, group, sql)
	s.replan = false
	return answer, s.undone(err)
}

func (s *Session) prepareIn(ctx context.Context, group, sql string) (*mysql.Prepared, error) {
	l, err := s.borrow(ctx, group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	answer, err := s.prepareOn(l, sql)
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessRead, &Statement{}, false)
		return nil, err
	}
	s.giveBack(l)
	return answer, nil
}

// prepareOn prepares a text on a connection and remembers it there.
func (s *Session) prepareOn(l *lease, sql string) (*mysql.Prepared, error) {
	if len(l.b.State.Prepared) >= preparedMax {
		if err := forgetPrepared(l); err != nil {
			return nil, err
		}
	}
	if id, again := l.b.State.Prepared[string(s.preparedKey(sql, nil))]; again {
		if err := closePrepared(l, id); err != nil {
			return nil, err
		}
		delete(l.b.State.Prepared, string(s.preparedKey(sql, nil)))
	}
	if err := l.b.WriteCommand(mysql.ComStmtPrepare, []byte(sql)); err != nil {
		return nil, err
	}
	if err := l.b.Flush(); err != nil {
		return nil, err
	}
	if ok, err := l.arrived(); err != nil || !ok {
		if err == nil {
			err = errBehind
		}
		return nil, err
	}
	answer, err := l.b.ReadPrepared()
	if err != nil {
		return nil, err
	}
	if l.b.State.Prepared == nil {
		l.b.State.Prepared = map[string]uint32{}
	}
	l.b.State.Prepared[string(s.preparedKey(sql, nil))] = answer.ID
	return answer, nil
}

// preparedKey tells statements of one text apart whose meaning the session's
// keyspace or variables change, sql_mode above all, and from the first execution
// on by the types of their parameters: MySQL resolves the statement for those,
// and goes on to convert what is bound later, so that a text bound after an
// integer would be compared as a number. It is valid until the next call.
func (s *Session) preparedKey(sql string, params []mysql.Param) []byte {
	key := append(append(s.keyScratch[:0], s.Keyspace...), 0)
	key = append(append(key, s.settings.system...), 0)
	key = append(append(key, sql...), 0)
	for i := range params {
		key = append(key, byte(params[i].Type))
		if params[i].Unsigned {
			key = append(key, 'u')
		}
	}
	s.keyScratch = key
	return key
}

// sendExecute executes a prepared statement on a connection that has prepared
// it, or does so first.
func (s *Session) sendExecute(l *lease, sql string, x *mysql.Execute) error {
	state := &l.b.State
	id, ok := state.Prepared[string(s.preparedKey(sql, x.Params))]
	if !ok {
		if id, ok = state.Prepared[string(s.preparedKey(sql, nil))]; !ok {
			answer, err := s.prepareOn(l, sql)
			if err != nil {
				return err
			}
			id = answer.ID
		}
		delete(state.Prepared, string(s.preparedKey(sql, nil)))
		state.Prepared[string(s.preparedKey(sql, x.Params))] = id
	}
	x.StmtID, x.Flags = id, 0
	s.scratch = x.Append(s.scratch[:0])
	if err := l.b.WriteRawCommand(s.scratch); err != nil {
		return err
	}
	return l.b.Flush()
}

func forgetPrepared(l *lease) error {
	for key, id := range l.b.State.Prepared {
		if err := closePrepared(l, id); err != nil {
			return err
		}
		delete(l.b.State.Prepared, key)
	}
	return nil
}

// closePrepared buffers a command that has no answer.
func closePrepared(l *lease, id uint32) error {
	return l.b.WriteCommand(mysql.ComStmtClose, []byte{byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)})
}

// sendBinary executes a text once through the prepared protocol, because the
// client wants binary rows.
func (s *Session) sendBinary(l *lease, text []byte, params []mysql.Param) error {
	if err := l.b.WriteCommand(mysql.ComStmtPrepare, text); err != nil {
		return err
	}
	if err := l.b.Flush(); err != nil {
		return err
	}
	if ok, err := l.arrived(); err != nil || !ok {
		if err == nil {
			err = errBehind
		}
		return err
	}
	answer, err := l.b.ReadPrepared()
	if err != nil {
		return err
	}
	x := mysql.Execute{StmtID: answer.ID, Params: params}
	if err := l.b.WriteRawCommand(x.Append(nil)); err != nil {
		return err
	}
	if err := closePrepared(l, answer.ID); err != nil {
		return err
	}
	return l.b.Flush()
}
