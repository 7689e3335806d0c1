package router

import (
	"context"
	"time"
)

// DefaultDrainGrace is how long transactions and statements may go on once the
// server is told to stop.
const DefaultDrainGrace = 5 * time.Second

// drain ends all clients: those that are idle and outside a transaction at
// once, the others when they get there or the grace is over. end cancels what
// is being waited for then.
func (s *Server) drain(end context.CancelFunc) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.opts.Environment.EndHolding()
	for _, c := range s.connections() {
		c.leave()
	}
	gone := s.allGone()
	grace := time.NewTimer(s.opts.DrainGrace)
	defer grace.Stop()
	select {
	case <-gone:
		return
	case <-grace.C:
	}
	end()
	for _, c := range s.connections() {
		c.stop()
		c.interrupt()
	}
	<-gone
}

// watchEvery is how often clients whose statements run long are looked after.
const watchEvery = time.Second

// watchAcks ends what waits for an acknowledgement for too long.
func (s *Server) watchAcks(ctx context.Context) {
	every := s.opts.Environment.Limits.AckLook()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, c := range s.connections() {
				if c.busyFor(now) >= every {
					c.look()
				}
			}
		}
	}
}

// watch stops the statements of clients that have gone: nobody waits for their
// answers, and they hold connections and locks.
func (s *Server) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, c := range s.connections() {
				if c.busyFor(now) >= watchEvery && gone(c.nc) {
					c.stop()
					c.interrupt()
				}
			}
		}
	}
}
