package failover

import (
	"fmt"
	"slices"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// replica brings one replica to replicate from the primary.
func (d *decision) replica(primary, r *Instance) {
	if r.Job != nil && d.work(primary, r) {
		return
	}
	if !r.Up() {
		d.noteOf("it does not answer", r.ID, "it does not answer: %s", r.Err)
		return
	}
	if !d.configure(r) {
		return
	}
	if r.Errant != "" {
		// It has what the primary never had: it must not spread or be read.
		d.do(Action{Verb: VerbNote, Instance: r.ID, Alarm: true, Why: fmt.Sprintf("it has transactions that the primary lacks: %s; it stays fenced; 'shardway instance rebuild %s' fills it anew", r.Errant, r.ID)})
		if !r.Offline || !r.ReadOnly || r.SemiSyncReplica || r.Source != nil && r.Source.Receiver != "No" {
			d.do(Action{Verb: VerbFence, Instance: r.ID, Why: "errant transactions"})
		}
		return
	}
	if r.deposed() {
		return // demoteFormer's, after what matters more
	}
	d.letIn(primary, r)
	if !r.ReadOnly {
		d.do(Action{Verb: VerbReadOnly, Instance: r.ID, Why: "a replica takes no writes"})
	}
	switch {
	case r.Source.halted():
		d.skipHalf(r)
	case !r.Source.points(primary):
		d.join(primary, r)
	case r.Source.ApplierErrno != 0:
		// What could not be applied will not be by trying again; whoever
		// repairs it starts it. What it receives is safe on its disk.
		d.note(r.ID, "its applier stopped with error %d: %s", r.Source.ApplierErrno, r.Source.ApplierError)
		d.silenceUnlisted(r)
	case r.Source.running():
		d.silenceUnlisted(r)
		if r.Job != nil && d.view.Group.Operation == nil {
			d.arrive(primary, r)
			return
		}
		d.joined = append(d.joined, r)
	default:
		d.start(r)
	}
}

// join points a replica at the primary. What it has received and not applied
// would be thrown away by that, so it waits for its applier.
func (d *decision) join(primary, r *Instance) {
	if !slices.Contains(primary.Accounts, ReplicationUser(r.ID)) {
		d.note(r.ID, "its replication account is not yet on the primary")
		return
	}
	if d.follows(r) {
		d.do(Action{Verb: VerbFollow, Instance: r.ID, Source: primary.ID, Operation: d.view.Group.Operation})
		return
	}
	if d.receives(r) {
		d.note(r.ID, "it receives what the old primary wrote last")
		return
	}
	if r.Source != nil && !r.Source.Drained {
		if r.Source.ApplierErrno != 0 {
			d.note(r.ID, "it cannot be pointed at the primary: it has received what it cannot apply, error %d: %s",
				r.Source.ApplierErrno, r.Source.ApplierError)
			return
		}
		d.note(r.ID, "it applies what it has received before it is pointed at the primary")
		if r.Source.Applier != "Yes" {
			// Never the receiver: its source is another, perhaps a former primary.
			d.do(Action{Verb: VerbStartApplier, Instance: r.ID})
		}
		return
	}
	d.do(Action{Verb: VerbJoin, Instance: r.ID, Source: primary.ID})
}

// follows reports whether a replica may go on applying while it is pointed at the
// new primary of a switchover: all that it has received is the old one's, whose
// last transaction it has whole, and the new one has the same.
func (d *decision) follows(r *Instance) bool {
	if !d.fromOld(r) || r.Source.Applier != "Yes" {
		return false
	}
	needed, err := mysql.ParseGTIDSet(d.view.Group.Operation.Needed)
	if err != nil {
		return false
	}
	has, err := setOf(r)
	return err == nil && has.Contains(needed)
}

// A replica gets receiveMax to receive what the old primary of a switchover wrote
// last, as long as something comes every receivePause. To point the old primary
// itself at the new one takes it a second.
const (
	receiveMax   = 2 * time.Second
	receivePause = 300 * time.Millisecond
)

// receives reports whether a replica is about to be one that follows.
func (d *decision) receives(r *Instance) bool {
	return d.fromOld(r) && r.Source.running() && d.view.instance(d.view.Group.Operation.From).Up() &&
		d.now.Sub(lastStep(d.view.Group.Operation)) < receiveMax && d.now.Sub(r.HeardAt) < receivePause
}

// fromOld reports whether a replica replicates from the old primary of a
// switchover, which is closed.
func (d *decision) fromOld(r *Instance) bool {
	o := d.view.Group.Operation
	if o == nil || o.Kind != topology.OperationSwitchover || o.Phase != topology.PhasePromote || o.Needed == "" {
		return false
	}
	from := d.view.instance(o.From)
	return from != nil && r.Source != nil && r.Source.points(from)
}

// skipHalf has a replica go on whose applier has stopped at half a branch.
func (d *decision) skipHalf(r *Instance) {
	if d.now.Sub(r.SkippedAt) < time.Second {
		d.note(r.ID, "its applier stopped with error %d: %s", r.Source.ApplierErrno, r.Source.ApplierError)
		return
	}
	d.do(Action{Verb: VerbSkipHalf, Instance: r.ID, Why: "it was cut from its source in the middle of a branch of a distributed transaction"})
}

// start starts the halves of replication that do not run, now and then: the
// receiver of a replica gives up when its source was away for long, and neither
// half starts by itself after a restart.
func (d *decision) start(r *Instance) {
	if r.Source.Receiver == "Connecting" && r.Source.Applier == "Yes" {
		d.note(r.ID, "it is connecting to its source: %s", orNone(r.Source.ReceiverError))
		return
	}
	if r.Source.ReceiverErrno != 0 {
		d.note(r.ID, "its receiver stopped with error %d: %s", r.Source.ReceiverErrno, r.Source.ReceiverError)
		if d.now.Sub(r.StartedAt) < d.policy.RetryAfter {
			return
		}
	}
	d.do(Action{Verb: VerbStart, Instance: r.ID})
}

// silenceUnlisted keeps a replica that is not listed from acknowledging (safety
// rule 31). One that is sound will be listed first and may acknowledge then.
func (d *decision) silenceUnlisted(r *Instance) {
	if (r.SemiSyncReplica || r.Acknowledging) && !slices.Contains(d.view.Group.Ackers, r.ID) {
		d.silence(r, "it is not listed as an acker")
	}
}

// silence has a replica acknowledge nothing, once in a decision.
func (d *decision) silence(r *Instance, why string) {
	if !slices.ContainsFunc(d.actions, func(a Action) bool { return a.Verb == VerbSilence && a.Instance == r.ID }) {
		d.do(Action{Verb: VerbSilence, Instance: r.ID, Why: why})
		r.SemiSyncReplica = false
	}
}

// admit lets clients read on a replica that replicates.
func (d *decision) admit(primary, r *Instance) {
	if !d.published() || primary.Offline || primary.ReadOnly {
		return
	}
	if r.Offline && slices.Contains(d.joined, r) {
		d.do(Action{Verb: VerbAdmit, Instance: r.ID})
	}
}

func orNone(text string) string {
	if text == "" {
		return "no error yet"
	}
	return text
}

// demoteFormer closes instances that were primaries and are open still, one that
// was hung for instance. It comes last: it may take its time, or fail.
func (d *decision) demoteFormer(replicas []*Instance) {
	for _, r := range replicas {
		if r.Up() && r.deposed() && d.now.Sub(r.DemotedAt) >= time.Second {
			d.do(Action{Verb: VerbDemote, Instance: r.ID, Why: "it is no longer the primary"})
		}
	}
}
