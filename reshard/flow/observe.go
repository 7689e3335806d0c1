package flow

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
)

const (
	// observeEvery is how often servers are asked how they are.
	observeEvery = 200 * time.Millisecond
	// askTimeout bounds a question on which only copying depends, sourceTimeout
	// one without whose answer the server counts as lost.
	askTimeout, sourceTimeout = 2 * time.Second, 10 * time.Second
	// samplesMax bounds what is remembered of a server's progress.
	samplesMax = 1500
)

// history is what a server had executed at some times, so that the lag of
// others is known in time.
type history struct {
	at  []time.Time
	set []mysql.GTIDSet
}

func (h *history) add(at time.Time, set mysql.GTIDSet) {
	h.at, h.set = append(h.at, at), append(h.set, set)
	if len(h.at) > samplesMax {
		h.at, h.set = h.at[1:], h.set[1:]
	}
}

// lag is how long ago the server had executed something that is not in have; 0
// if nothing is missing.
func (h *history) lag(now time.Time, have mysql.GTIDSet) time.Duration {
	last := len(h.set) - 1
	for i := last; i >= 0; i-- {
		if have.Contains(h.set[i]) {
			if i == last {
				return 0
			}
			return now.Sub(h.at[i])
		}
	}
	if last < 0 {
		return 0
	}
	return now.Sub(h.at[0])
}

// observer looks at servers while an attempt runs.
type observer struct {
	*attempt
	source   history
	primary  []history
	replicas []*replica
	asked    time.Time // for replicas
}

// replica is one of a target's.
type replica struct {
	target int
	server Server
	db     *sql.DB
}

// observe measures lags and decides whether copying may go on.
func (a *attempt) observe(ctx context.Context) error {
	o := &observer{attempt: a, primary: make([]history, len(a.targets))}
	defer o.close()
	for {
		if err := o.look(ctx); err != nil {
			return err
		}
		a.decide(o.reason(ctx))
		if err := sleep(ctx, observeEvery); err != nil {
			return err
		}
	}
}

func (o *observer) close() {
	for _, r := range o.replicas {
		_ = r.db.Close()
	}
}

// look measures how far the targets are behind.
func (o *observer) look(ctx context.Context) error {
	now := time.Now()
	asking, cancel := context.WithTimeout(ctx, sourceTimeout)
	defer cancel()
	set, err := executedSet(asking, o.attempt.source)
	if err != nil {
		return fmt.Errorf("position of %s: %w", o.reader, err)
	}
	o.source.add(now, set)
	missing, late := uint64(0), time.Duration(0)
	for _, t := range o.targets {
		applied := t.position()
		missing = max(missing, set.Subtract(applied).Count())
		late = max(late, o.source.lag(now, applied))
	}
	o.note.lag(int64(missing), late.Seconds())
	o.note.well()
	return nil
}

// position is what the target has executed.
func (t *target) position() mysql.GTIDSet {
	t.state.Lock()
	defer t.state.Unlock()
	return t.applied
}

// reason says why copying must pause; empty if it may go on. What is not known
// is a reason.
func (o *observer) reason(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if o.f.o.SourceRunningMax > 0 {
		var name string
		var running int
		err := o.attempt.source.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Threads_running'").Scan(&name, &running)
		if err != nil {
			return fmt.Sprintf("the load of %s is not known: %v", o.reader, err)
		}
		if running > o.f.o.SourceRunningMax {
			return fmt.Sprintf("%s runs %d statements at a time, more than %d", o.reader.Instance, running, o.f.o.SourceRunningMax)
		}
	}
	if o.f.o.ReplicaLagMax > 0 {
		return o.replicaReason(ctx)
	}
	return ""
}

const replicasEvery = 5 * time.Second

// replicaReason looks at the targets' replicas.
func (o *observer) replicaReason(ctx context.Context) string {
	now := time.Now()
	if o.asked.IsZero() || now.Sub(o.asked) > replicasEvery {
		o.close()
		o.replicas = nil
		for i, t := range o.targets {
			servers, err := o.f.servers.Replicas(ctx, t.spec.Group)
			if err != nil {
				return fmt.Sprintf("the replicas of group %s are not known: %v", t.spec.Group, err)
			}
			for _, s := range servers {
				db, err := open(s, false, 1)
				if err != nil {
					return err.Error()
				}
				o.replicas = append(o.replicas, &replica{target: i, server: s, db: db})
			}
		}
		o.asked = now
	}
	if len(o.replicas) == 0 {
		return ""
	}
	for i, t := range o.targets {
		set, err := executedSet(ctx, t.db)
		if err != nil {
			return fmt.Sprintf("the position of %s is not known: %v", t.server, err)
		}
		o.primary[i].add(now, set)
	}
	for _, r := range o.replicas {
		set, err := executedSet(ctx, r.db)
		if err != nil {
			return fmt.Sprintf("replica %s of group %s cannot be asked: %v", r.server, o.targets[r.target].spec.Group, err)
		}
		if late := o.primary[r.target].lag(now, set); late > o.f.o.ReplicaLagMax {
			return fmt.Sprintf("replica %s of group %s is %.1f s behind", r.server.Instance, o.targets[r.target].spec.Group, late.Seconds())
		}
	}
	return ""
}
