package pool

import (
	"context"
	"errors"
	"time"

	"github.com/shardway/shardway/mysql"
)

// Why waiting for a server ended.
var (
	errWaitTimeout  = errors.New("all connections were in use for too long")
	errDialTimeout  = errors.New("no login within the time allowed")
	errProbeTimeout = errors.New("no answer to a probe within the time allowed")
)

const (
	probeState = "SELECT @@global.gtid_executed, @@global.super_read_only"
	// probeReplica counts what is off of a replica's two halves. It needs
	// SELECT on the two tables.
	probeReplica = "SELECT (SELECT COUNT(*) FROM performance_schema.replication_connection_status WHERE SERVICE_STATE = 'OFF') + " +
		"(SELECT COUNT(*) FROM performance_schema.replication_applier_status WHERE SERVICE_STATE = 'OFF')"
	// probeBeat reads what the controller writes every second on a primary.
	probeBeat = "SELECT CONCAT(term, ' ', beat_at) FROM _shardway.heartbeat WHERE id = 1"
	// idleTrim is when an idle connection's buffers are cut back.
	idleTrim = 10 * time.Second
)

// prober is one server's probing goroutine: the connection it uses and what it
// remembers from probe to probe.
type prober struct {
	*Instance
	conn *mysql.Backend
	// text is the last gtid_executed, gtids its parsed form.
	text  string
	gtids mysql.GTIDSet
	// beat is the heartbeat that was last seen, at seenAt; it was written after
	// writtenAfter, when another was seen.
	beat                 string
	seenAt, writtenAfter time.Time
}

// probe runs until the server is removed or the cluster closed.
func (i *Instance) probe() {
	p := prober{Instance: i}
	defer p.hangUp()
	tick := time.NewTicker(i.cluster.opts.ProbeEvery)
	defer tick.Stop()
	for {
		p.once()
		i.sweep(time.Now())
		select {
		case <-i.life.Done():
			return
		case <-tick.C:
		case <-i.kick:
		}
	}
}

func (p *prober) hangUp() {
	if p.conn != nil {
		_ = p.conn.Close()
		p.conn = nil
	}
}

// once probes and publishes what it found.
func (p *prober) once() {
	at := time.Now()
	found, err := p.ask(at)
	if p.life.Err() != nil {
		return
	}
	if err != nil {
		p.hangUp()
		p.leaveOut(at, &InstanceError{Instance: p.target.id, Op: "probe", Err: err})
		return
	}
	for {
		was := p.progress.Load()
		if p.cluster.since(at) <= p.failedAt.Load() {
			return // somebody saw it fail after this probe began
		}
		if found.Since = was.Since; !was.Healthy {
			found.Since = at
		}
		if !p.progress.CompareAndSwap(was, found) {
			continue
		}
		if !was.Healthy {
			p.cluster.opts.Log.Info("server in use", "instance", p.target.id, "group", p.target.group)
		}
		if !was.Healthy || was.Stopped != found.Stopped || was.ReadOnly != found.ReadOnly {
			p.cluster.notify()
		}
		return
	}
}

// ask puts both questions in one write.
func (p *prober) ask(at time.Time) (*Progress, error) {
	ctx, cancel := context.WithTimeoutCause(p.life, p.cluster.opts.ProbeTimeout, errProbeTimeout)
	defer cancel()
	if p.conn == nil {
		conn, err := p.connect(ctx, mysql.Variant{DeprecateEOF: true})
		if err != nil {
			return nil, err
		}
		p.conn = conn
	}
	conn := p.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	found, err := p.exchange(at)
	if !stop() && err != nil {
		err = context.Cause(ctx)
	}
	return found, err
}

func (p *prober) exchange(at time.Time) (*Progress, error) {
	g := p.group.Load()
	primary := g != nil && g.primary == p.Instance
	if err := p.conn.WriteQuery(probeState); err != nil {
		return nil, err
	}
	if primary {
		if err := p.conn.WriteQuery(probeBeat); err != nil {
			return nil, err
		}
	} else {
		if err := p.conn.WriteQuery(probeReplica); err != nil {
			return nil, err
		}
	}
	if err := p.conn.Flush(); err != nil {
		return nil, err
	}
	state, err := p.conn.ReadResult(mysql.DefaultResultBytes)
	if err != nil {
		return nil, err
	}
	if text := state.Value(0, 0); text != p.text || p.gtids.IsZero() {
		if p.gtids, err = mysql.ParseGTIDSet(text); err != nil {
			return nil, err
		}
		p.text = text
	}
	found := &Progress{At: at, Healthy: true, GTIDs: p.gtids, ReadOnly: state.Value(0, 1) == "1"}
	if primary {
		g.history.add(at, p.gtids)
		found.Beat, err = p.readBeat(at)
		return found, err
	}
	found.Lag = LagUnknown
	if g != nil {
		found.Lag = g.history.lag(at, p.gtids)
	}
	halves, err := p.conn.ReadResult(mysql.DefaultResultBytes)
	var denied *mysql.Error
	if err != nil && !errors.As(err, &denied) {
		return nil, err
	}
	found.Stopped = err == nil && halves.Value(0, 0) != "0"
	return found, nil
}

// readBeat returns a moment after which the heartbeat was written, by this
// process's own clock; zero if it was not seen to change.
func (p *prober) readBeat(at time.Time) (time.Time, error) {
	res, err := p.conn.ReadResult(mysql.DefaultResultBytes)
	var refused *mysql.Error
	if errors.As(err, &refused) || err == nil && len(res.Rows) == 0 {
		return time.Time{}, nil // there is no such table yet, or no row
	}
	if err != nil {
		return time.Time{}, err
	}
	if beat := res.Value(0, 0); beat != p.beat {
		p.beat, p.writtenAfter = beat, p.seenAt
	}
	p.seenAt = at
	return p.writtenAfter, nil
}

// sweep closes connections that have been idle too long, the oldest first, and
// trims those that rest.
func (i *Instance) sweep(now time.Time) {
	i.mu.Lock()
	n := 0
	for n < len(i.idle) && now.Sub(i.idle[n].idleFrom) > i.cluster.opts.IdleTimeout {
		n++
	}
	old := append([]*Backend(nil), i.idle[:n]...)
	i.idle = append(i.idle[:0], i.idle[n:]...)
	for _, b := range i.idle {
		if now.Sub(b.idleFrom) > idleTrim {
			b.Trim()
		}
	}
	i.mu.Unlock()
	for _, b := range old {
		_ = b.Conn.Close()
	}
}
