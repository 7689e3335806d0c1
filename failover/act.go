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
	// demoteTimeout bounds closing a former primary, which may hang at any
	// moment and must not keep the new one waiting.
	demoteTimeout = 6 * time.Second
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
	switch a.Verb {
	case VerbSetAckers:
		return g.edit(ctx, func(d *topology.Draft) error { return d.SetAckers(g.id, v.Group, a.Ackers) })
	case VerbBegin:
		return g.edit(ctx, func(d *topology.Draft) error { return d.BeginOperation(g.id, *a.Operation) })
	case VerbAdvance:
		return g.edit(ctx, func(d *topology.Draft) error { return d.AdvanceOperation(g.id, *a.Operation) })
	case VerbEnd:
		return g.edit(ctx, func(d *topology.Draft) error { return d.EndOperation(g.id, *a.Operation, a.Outcome) })
	case VerbAnnounce:
		return g.announce(ctx, a.Operation)
	case VerbWork:
		return g.edit(ctx, func(d *topology.Draft) error { return d.AdvanceInstanceJob(a.Instance, *a.Job) })
	case VerbDone:
		return g.edit(ctx, func(d *topology.Draft) error { return d.EndInstanceJob(a.Instance, *a.Job) })
	default:
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
	case VerbFollow:
		return g.follow(ctx, v, l, c, a.Source, a.Operation.Needed)
	case VerbStart:
		l.startedAt = time.Now()
		return c.exec(ctx, sqlf("START REPLICA"))
	case VerbAcknowledge:
		l.startedAt = time.Now()
		return c.exec(ctx, sqlf("SET GLOBAL sync_relay_log = 1"), sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = ON"), sqlf("STOP REPLICA IO_THREAD"), sqlf("START REPLICA IO_THREAD"))
	case VerbSilence:
		return silence(ctx, c, v.instance(a.Instance).Source)
	case VerbClone:
		return g.clone(ctx, l, c, a.Source)
	case VerbHurry:
		return c.exec(ctx, sqlf("SET GLOBAL sync_relay_log = 0"))
	case VerbSettle:
		return l.settle(ctx, c, a.Job)
	case VerbRelease:
		return release(ctx, c)
	case VerbForget:
		return g.forget(ctx, l, c, a.Replica)
	case VerbShutOut:
		return shutOut(ctx, c, ReplicationUser(a.Replica), v.instance(a.Instance).ReadOnly)
	case VerbLetIn:
		return letIn(ctx, c, ReplicationUser(a.Replica), v.instance(a.Instance).ReadOnly)
	case VerbWaitForAcks:
		return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_source_enabled = ON"))
	case VerbWaitForNone:
		return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_source_enabled = OFF"))
	case VerbAdmit:
		return c.exec(ctx, sqlf("SET GLOBAL offline_mode = OFF"))
	case VerbClose:
		return c.exec(ctx, sqlf("SET GLOBAL offline_mode = ON"))
	case VerbReadOnly:
		return c.exec(ctx, sqlf("SET GLOBAL super_read_only = ON"))
	case VerbFence:
		return fence(ctx, c)
	case VerbDemote:
		return l.demote(ctx, v.Group.Operation, c)
	case VerbStopReceiver:
		return c.exec(ctx, sqlf("STOP REPLICA IO_THREAD"))
	case VerbStartApplier:
		l.startedAt = time.Now()
		return c.exec(ctx, sqlf("START REPLICA SQL_THREAD"))
	case VerbSkipHalf:
		l.skippedAt = time.Now()
		return skipHalf(ctx, c)
	case VerbRotate:
		rotate(ctx, c)
		return nil
	case VerbDetach:
		return detach(ctx, c, a.Operation.Needed)
	default:
	}
	return fmt.Errorf("failover: unknown verb %q", a.Verb)
}

// silence has a replica acknowledge nothing that its receiver gets from now on.
func silence(ctx context.Context, c *control, source *Source) error {
	statements := []statement{sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = OFF"), sqlf("STOP REPLICA IO_THREAD")}
	if source != nil && source.Receiver != "No" {
		statements = append(statements, sqlf("START REPLICA IO_THREAD"))
	}
	return c.exec(ctx, statements...)
}

// edit changes the topology, and remembers which version that has made.
func (g *group) edit(ctx context.Context, edit func(*topology.Draft) error) error {
	snap, err := g.store.Update(ctx, edit)
	if err == nil {
		g.stored = snap.Version
	}
	return err
}

// demote closes the primary, in a switchover after its commits.
func (l *link) demote(ctx context.Context, o *topology.Operation, c *control) error {
	l.demotedAt = time.Now()
	ctx, cancel := context.WithTimeout(ctx, demoteTimeout)
	defer cancel()
	if o != nil && o.Kind == topology.OperationSwitchover {
		if err := letCommitsEnd(ctx, l.db, c); err != nil {
			return err
		}
	}
	return demote(ctx, c)
}

// semiSyncOf is whether a member acknowledges what its source writes.
func semiSyncOf(v View, primary *Instance, id string) string {
	if slices.Contains(v.Group.Ackers, id) && v.Group.Promises().MayAcknowledge(primary.Zone, v.instance(id).Zone) {
		return "ON"
	}
	return "OFF"
}

// follow points a replica at its source while it goes on applying what it has of
// its old one: as long as its applier runs, MySQL keeps what it has received. It
// must have that to its last transaction, or half a transaction could be left there.
func (g *group) follow(ctx context.Context, v View, l *link, c *control, source, needed string) error {
	primary := v.instance(source)
	if primary == nil {
		return fmt.Errorf("there is no instance %s in group %s", source, g.id)
	}
	l.startedAt = time.Now()
	if err := c.exec(ctx, sqlf("STOP REPLICA IO_THREAD")); err != nil {
		return err
	}
	var has bool
	err := c.conn.QueryRowContext(ctx, `SELECT GTID_SUBSET(?, CONCAT(@@GLOBAL.gtid_executed, ',', received_transaction_set))
		FROM performance_schema.replication_connection_status WHERE channel_name = ''`, needed).Scan(&has)
	if err != nil {
		return err
	}
	if !has {
		return errors.New("it has not received everything, so it is not pointed at another source")
	}
	account := replicationAccount(l.instance.ID, l.admin)
	return c.exec(ctx,
		sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = "+semiSyncOf(v, primary, l.instance.ID)),
		sqlf("CHANGE REPLICATION SOURCE TO SOURCE_HOST = ?, SOURCE_PORT = ?, SOURCE_USER = ?, SOURCE_PASSWORD = ?",
			primary.Host, primary.Port, account.User, account.Password.Reveal()),
		sqlf("START REPLICA IO_THREAD"))
}

// join points a replica at its source.
func (g *group) join(ctx context.Context, v View, l *link, c *control, source string) error {
	primary := v.instance(source)
	if primary == nil {
		return fmt.Errorf("there is no instance %s in group %s", source, g.id)
	}
	account := replicationAccount(l.instance.ID, l.admin)
	// A server that takes writes waits for acknowledgements as long as it does:
	// whoever waits there would be told that all is well.
	var readOnly bool
	if err := c.conn.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only").Scan(&readOnly); err != nil {
		return err
	}
	if !readOnly {
		return errors.New("it takes writes, so it is not made a replica")
	}
	l.startedAt = time.Now()
	if err := stopReplica(ctx, c); err != nil {
		return err
	}
	if err := clearRelayLog(ctx, c); err != nil {
		return err
	}
	return c.exec(ctx,
		sqlf("SET GLOBAL rpl_semi_sync_source_enabled = OFF"),
		sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = "+semiSyncOf(v, primary, l.instance.ID)),
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
	if v.Group.Promises() != topology.DurabilityNone && (len(v.Group.Ackers) > 0 || len(v.replicas()) > 0) {
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
	if err := g.publish(ctx, l.instance.ID, term); err != nil {
		return fmt.Errorf("publish it: %w", err)
	}
	if o := v.Group.Operation; o != nil {
		if o.Kind == topology.OperationFailover && o.To != o.From {
			g.failedOver = time.Now()
		}
		g.unwritten, g.unwrittenTerm = o.ID, term
		// Old ones that stay do no harm.
		_ = g.store.ForgetOperations(ctx, g.id)
	}
	return c.exec(ctx, sqlf("SET GLOBAL offline_mode = OFF"))
}

// publish tells the proxies of the primary, and ends the operation that it is
// the end of.
func (g *group) publish(ctx context.Context, instance string, term int64) error {
	return g.edit(ctx, func(d *topology.Draft) error {
		if group := d.Groups[g.id]; group != nil && group.Operation != nil {
			group.Operation = group.Operation.With("published", time.Now())
		}
		return d.Publish(g.id, instance, term)
	})
}

// writeTerm writes the term's row and waits until it is acknowledged. When an
// earlier try still waits, that one is waited for and its term taken.
func (g *group) writeTerm(ctx context.Context, l *link, term *int64) error {
	return l.acknowledged(ctx, term, sqlf(`INSERT INTO _shardway.term (term, instance) VALUES (?, ?)
		ON DUPLICATE KEY UPDATE instance = VALUES(instance), opened_at = CURRENT_TIMESTAMP(6)`, *term, l.instance.ID))
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
