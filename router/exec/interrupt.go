package exec

import "sync"

// running is the connection that a statement is being executed on. It may be
// read by another session that kills this one; while that happens the
// connection is not given back, so that the kill cannot hit somebody else.
type running struct {
	mu    sync.Mutex
	lease *lease
}

func (r *running) set(l *lease) {
	r.mu.Lock()
	r.lease = l
	r.mu.Unlock()
}

// Interrupt stops the statement that the session is executing, if any. It may
// be called from any goroutine.
func (s *Session) Interrupt() {
	s.running.mu.Lock()
	defer s.running.mu.Unlock()
	if l := s.running.lease; l != nil {
		s.kill(l)
	}
}
