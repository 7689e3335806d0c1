package exec

import (
	"strconv"

	"github.com/shardway/shardway/mysql"
)

// heldMax bounds the connections of a proxy that are kept for SHOW WARNINGS
// alone. Beyond it the warnings are read at once, whether or not they are
// asked for, so that idle clients cannot use up a server's connections.
const heldMax = 8

// hold keeps the connection of a statement with warnings or an error for SHOW WARNINGS.
func (s *Session) hold(l *lease) {
	s.dropHeld()
	s.running.remove(l)
	if l.kept {
		s.held = l
		return
	}
	if s.env.held.Add(1) > heldMax {
		s.env.held.Add(-1)
		if err := s.hear(l, &mysql.Summary{Warnings: 1}); err != nil {
			s.broke(l, err)
			return
		}
		s.ledger.Diagnostics = s.heard
		s.giveBack(l)
		return
	}
	l.b.Rest()
	s.held, s.counted = l, true
}

func (s *Session) dropHeld() {
	if l := s.held; l != nil {
		s.unhold()
		s.giveBack(l)
	}
}

func (s *Session) unhold() {
	if s.counted {
		s.env.held.Add(-1)
	}
	s.held, s.counted = nil, false
}

// Cleared notes a statement that the proxy itself has carried out: no rows, no
// warnings.
func (s *Session) Cleared() {
	s.dropHeld()
	s.ledger.RowCount, s.ledger.Warnings, s.ledger.Diagnostics = 0, 0, nil
}

// Refused notes an error that the proxy itself tells the client.
func (s *Session) Refused(e *mysql.Error) {
	s.dropHeld()
	s.ledger.RowCount, s.ledger.Warnings = -1, 1
	s.ledger.Diagnostics = []Diagnostic{{Level: "Error", Code: strconv.Itoa(int(e.Code)), Message: e.Message}}
}
