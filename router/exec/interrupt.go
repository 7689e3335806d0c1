package exec

import "sync"

// running are the connections that a statement is being executed on. They may
// be read by another session that kills this one; while that happens none of
// them is given back, so that the kill cannot hit somebody else. A COMMIT is
// not among them: it must not be cut short in its wait for an acknowledgement.
type running struct {
	mu     sync.Mutex
	leases []*lease
}

func (r *running) add(l *lease) {
	r.mu.Lock()
	r.leases = append(r.leases, l)
	r.mu.Unlock()
}

func (r *running) remove(l *lease) {
	r.mu.Lock()
	for i, o := range r.leases {
		if o == l {
			r.leases = append(r.leases[:i], r.leases[i+1:]...)
			break
		}
	}
	r.mu.Unlock()
}

// Interrupt stops the statement that the session is executing, if any. It may
// be called from any goroutine.
func (s *Session) Interrupt() {
	s.interrupted.Store(true)
	if wake := s.wake.Load(); wake != nil {
		(*wake)(errInterrupted)
	}
	s.running.mu.Lock()
	defer s.running.mu.Unlock()
	for _, l := range s.running.leases {
		s.kill(l)
	}
}
