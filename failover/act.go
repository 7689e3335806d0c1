package failover

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shardway/shardway/topology"
)

// The bounds of actions.
const (
	// actTimeout bounds one action; STOP REPLICA may take its time.
	actTimeout = 15 * time.Second
	// ackTimeout is how long an action waits for a replica to acknowledge. The
	// write itself goes on, and the next try waits for the same one.
	ackTimeout = 5 * time.Second
)

// errNoAck means that a write still waits for a replica.
var errNoAck = errors.New("no replica has acknowledged it yet")

// perform carries an action out on the group's instances.
func (g *group) perform(ctx context.Context, v View, a Action) error {
	if a.Verb == VerbNote {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	if a.Verb == VerbSetAckers {
		_, err := g.store.Update(ctx, func(d *topology.Draft) error { return d.SetAckers(g.id, a.Ackers) })
		return err
	}
	l := g.links[a.Instance]
	if l == nil {
		return fmt.Errorf("there is no way to instance %s", a.Instance)
	}
	c, err := l.act(ctx)
	if err != nil {
		return err
	}
	// Asked after the lock is held: from here on no other controller acts.
	if err := g.stillLeads(ctx); err != nil {
		return err
	}
	switch a.Verb {
	case VerbConfigure:
		return configure(ctx, c)
	case VerbPrepare:
		return g.prepare(ctx, v, l, c)
	case VerbOpen:
		return g.open(ctx, v, l, c, a.Term)
	case VerbJoin:
		return g.join(ctx, v, l, c, a.Source)
	case VerbStart:
		l.startedAt = time.Now()
		return c.exec(ctx, sqlf("START REPLICA"))
	case VerbAcknowledge:
		return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = ON"), sqlf("STOP REPLICA IO_THREAD"), sqlf("START REPLICA IO_THREAD"))
	case VerbSilence:
		return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = OFF"), sqlf("STOP REPLICA IO_THREAD"), sqlf("START REPLICA IO_THREAD"))
	case VerbWaitForAcks:
		return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_source_enabled = ON"))
	case VerbAdmit:
		return c.exec(ctx, sqlf("SET GLOBAL offline_mode = OFF"))
	case VerbReadOnly:
		return c.exec(ctx, sqlf("SET GLOBAL super_read_only = ON"))
	case VerbFence:
		return c.exec(ctx, sqlf("SET GLOBAL offline_mode = ON"), sqlf("STOP REPLICA"), sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = OFF"),
			sqlf("SET SESSION lock_wait_timeout = 1"), sqlf("SET GLOBAL super_read_only = ON"))
	case VerbNote, VerbSetAckers:
	}
	return fmt.Errorf("failover: unknown verb %q", a.Verb)
}

// join points a replica at its source.
func (g *group) join(ctx context.Context, v View, l *link, c *control, source string) error {
	primary := v.instance(source)
	if primary == nil {
		return fmt.Errorf("there is no instance %s in group %s", source, g.id)
	}
	account := replicationAccount(l.instance.ID, l.admin)
	semiSync := "OFF"
	if slices.Contains(v.Group.Ackers, l.instance.ID) {
		semiSync = "ON"
	}
	return c.exec(ctx,
		sqlf("STOP REPLICA"),
		sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = "+semiSync),
		sqlf(`CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?,
			SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1, GET_SOURCE_PUBLIC_KEY = 1,
			SOURCE_HEARTBEAT_PERIOD = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400`,
			primary.Host, primary.Port, account.User, account.Password.Reveal()),
		sqlf("START REPLICA"))
}

// open makes an instance the primary that takes writes, in the order of safety
// rule 30: each step is safe to have taken when the next one fails.
func (g *group) open(ctx context.Context, v View, l *link, c *control, term int64) error {
	var semiSync bool
	if len(v.Group.Ackers) > 0 || len(v.replicas()) > 0 {
		if err := c.conn.QueryRowContext(ctx, "SELECT @@GLOBAL.rpl_semi_sync_source_enabled").Scan(&semiSync); err != nil {
			return err
		}
		if !semiSync {
			return errors.New("it does not wait for acknowledgements, so it is not opened")
		}
	}
	if err := c.exec(ctx, sqlf("SET GLOBAL super_read_only = OFF"), sqlf("SET GLOBAL read_only = OFF")); err != nil {
		return err
	}
	if err := g.writeTerm(ctx, l, &term); err != nil {
		return fmt.Errorf("write term %d: %w", term, err)
	}
	if err := g.stillLeads(ctx); err != nil {
		return err
	}
	if _, err := g.store.Update(ctx, func(d *topology.Draft) error { return d.Publish(g.id, l.instance.ID, term) }); err != nil {
		return fmt.Errorf("publish it: %w", err)
	}
	return c.exec(ctx, sqlf("SET GLOBAL offline_mode = OFF"))
}

// writeTerm writes the term's row and waits until it is acknowledged. When an
// earlier try still waits, that one is waited for and its term taken.
func (g *group) writeTerm(ctx context.Context, l *link, term *int64) error {
	return l.acknowledged(ctx, term, sqlf("INSERT INTO _shardway.term (term, instance) VALUES (?, ?)", *term, l.instance.ID))
}

// acknowledged runs statements on a session of their own and waits a while for
// their end.
func (l *link) acknowledged(ctx context.Context, term *int64, statements ...statement) error {
	if l.writing == nil {
		l.writing = l.begin(*term, statements...)
	}
	*term = l.writing.term
	select {
	case <-l.writing.done:
		err := l.writing.err
		l.writing = nil
		return err
	case <-time.After(ackTimeout):
		return errNoAck
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
