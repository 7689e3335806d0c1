package exec

import "github.com/shardway/shardway/router/pool"

// routed refuses a connection to a server whose group has changed its route
// epoch since the running command was planned: shards have left the group, and
// the plan may look for their rows there. Connections of the old epoch are locked
// out by the server itself, so that between the two no plan ever meets rows that
// its shard map does not know (safety rule 27).
func (s *Session) routed(i *pool.Instance) error {
	if s.began == nil {
		return nil
	}
	if account, known := s.began.Accounts[i.Group()]; !known || account.User == i.User() {
		return nil
	}
	if s.replan && (s.lent == 0 || s.tx == nil || s.tx.implicit || s.tx.marking) {
		return ErrPlanAnew // what was sent elsewhere is cancelled or rolled back
	}
	if s.tx != nil {
		s.lostAt, s.lostMoved = i.Group(), true
	}
	return errUndone(i.Group())
}
