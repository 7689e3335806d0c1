package failover

import (
	"fmt"
	"slices"

	"github.com/shardway/shardway/topology"
)

// work goes on with the job on a replica, and reports whether that is all to be
// done with it now. What is recorded and what is observed is enough to go on.
func (d *decision) work(primary, r *Instance) bool {
	job := r.Job
	switch {
	case job.Phase == topology.InstanceJoining:
		return false // it is a replica that has not arrived yet
	case d.view.Group.Operation != nil:
		return true // the primary comes first
	case slices.Contains(d.view.Group.Ackers, r.ID):
		d.note(r.ID, "it is taken off the ackers before it is %s", doing(job.Kind))
	case job.Kind == topology.InstanceRemove:
		d.remove(primary, r)
	case !r.Up():
		if job.Phase == topology.InstanceCloning {
			d.note(r.ID, "it has a copy of %s and is to start with it; if nobody starts it again by itself, start it", job.Donor)
		} else {
			d.noteOf("it does not answer", r.ID, "it does not answer: %s", r.Err)
		}
	case job.Phase == topology.InstanceLeaving:
		d.clear(primary, r)
	default:
		d.copyOnto(r)
	}
	return true
}

// remove lets a replica go that acknowledges nothing any more: it replicates
// from nobody and its account is gone before it is forgotten.
func (d *decision) remove(primary, r *Instance) {
	user := ReplicationUser(r.ID)
	switch {
	case r.Up() && (r.Source != nil || !r.Offline || !r.ReadOnly || r.SemiSyncReplica):
		d.do(Action{Verb: VerbRelease, Instance: r.ID, Why: "it leaves the group"})
	case slices.Contains(primary.Connected, user):
		d.do(Action{Verb: VerbShutOut, Instance: primary.ID, Replica: r.ID, Why: "it leaves the group"})
	case slices.Contains(primary.Accounts, user):
		d.do(Action{Verb: VerbForget, Instance: primary.ID, Replica: r.ID})
	default:
		d.do(Action{Verb: VerbDone, Instance: r.ID, Job: r.Job.With("removed", d.now)})
	}
}

// clear closes a server whose data is to go, and chooses whom it copies.
func (d *decision) clear(primary, r *Instance) {
	if !d.configure(r) {
		return
	}
	if !r.Offline || !r.ReadOnly || r.SemiSyncReplica || r.Source != nil && r.Source.Receiver != "No" {
		d.do(Action{Verb: VerbFence, Instance: r.ID, Why: "its data are to be replaced"})
		return
	}
	donor := d.donor(primary, r)
	if !slices.Contains(donor.Accounts, ReplicationUser(r.ID)) {
		d.note(r.ID, "its account is not yet on %s, which it is to copy", donor.ID)
		return
	}
	if slices.Contains(donor.Locked, ReplicationUser(r.ID)) {
		d.letIn(donor, r)
		return
	}
	next := r.Job.With("cloning", d.now)
	next.Phase, next.Donor, next.Account = topology.InstanceCloning, donor.ID, r.Admin
	if r.Clone != nil {
		next.Before = r.Clone.Began
	}
	d.do(Action{Verb: VerbWork, Instance: r.ID, Job: next})
}

// donor chooses whom a server copies: a replica that follows, drained ones
// first, and the primary only if there is none.
func (d *decision) donor(primary, but *Instance) *Instance {
	best := primary
	for _, r := range d.view.replicas() {
		if r == but || !r.Up() || r.Errant != "" || r.Job != nil || !r.Source.points(primary) || !r.Source.running() {
			continue
		}
		if best == primary || r.Drained && !best.Drained {
			best = r
		}
	}
	return best
}

// copyOnto begins the copy, watches it, and takes the server back after it.
func (d *decision) copyOnto(r *Instance) {
	donor := d.view.instance(r.Job.Donor)
	switch {
	case r.Clone != nil && r.Clone.Began != r.Job.Before && r.Clone.State == "Completed":
		d.do(Action{Verb: VerbSettle, Instance: r.ID, Job: r.Job})
		next := r.Job.With("joining", d.now)
		next.Phase = topology.InstanceJoining
		d.do(Action{Verb: VerbWork, Instance: r.ID, Job: next})
	case r.Clone != nil && r.Clone.Began != r.Job.Before && r.Clone.State != "Failed":
		d.note(r.ID, "it copies the data of %s", r.Job.Donor)
	case r.Copying:
		d.note(r.ID, "it begins to copy the data of %s", r.Job.Donor)
	case d.now.Sub(r.StartedAt) < d.policy.RetryAfter:
		if r.Clone != nil && r.Clone.State == "Failed" && r.Clone.Began != r.Job.Before {
			d.note(r.ID, "it could not copy the data of %s: %s", r.Job.Donor, r.Clone.Error)
		}
	case donor == nil || !donor.Up():
		// Its own data may be gone in part: somebody else is copied.
		next := r.Job.With("leaving", d.now)
		next.Phase, next.Donor = topology.InstanceLeaving, ""
		d.do(Action{Verb: VerbWork, Instance: r.ID, Job: next, Why: r.Job.Donor + " does not answer"})
	default:
		d.do(Action{Verb: VerbClone, Instance: r.ID, Source: donor.ID})
	}
}

// hurryTo is how many transactions a replica lacks when it need not hurry any more
// to catch up; it does from lacksMuch on.
const hurryTo = lacksMuch / 4

// mayHurry reports whether a replica need not have on its disk what it receives:
// it acknowledges nothing, and nobody proves anything by it before it has arrived.
func (d *decision) mayHurry(r *Instance) bool {
	o := d.view.Group.Operation
	return (o == nil || o.Phase == topology.PhaseRequested) && r.Job != nil && r.Job.Phase == topology.InstanceJoining && !r.SemiSyncReplica && !r.Acknowledging
}

// arrive ends the job of a replica that follows the primary again and has what
// was written when it was filled, but for what is written at any moment.
//
// A receiver that waits for its disk after each event is no faster than those of
// the ackers, for which the primary's clients wait: while these write as fast as
// they can, it would not catch up with them. So it does not wait until it has
// nearly arrived, and what it got until then is to be applied first, since that
// is on the disk for certain.
func (d *decision) arrive(primary, r *Instance) {
	switch behind := lacks(primary, r); {
	case slices.Contains(d.view.Group.Ackers, r.ID):
		d.note(r.ID, "it is taken off the ackers until it has arrived")
	case behind > lacksMuch && r.SyncsRelay && d.mayHurry(r):
		d.do(Action{Verb: VerbHurry, Instance: r.ID, Why: fmt.Sprintf("it lacks %d transactions that were written while it was copied", behind)})
	case behind <= hurryTo && !r.SyncsRelay:
		d.do(Action{Verb: VerbConfigure, Instance: r.ID, Why: "it has nearly arrived, and what it receives must be on its disk"})
	case behind > lacksMuch || !r.SyncsRelay || !has(r, r.Unsynced):
		// Nobody waits until nothing is left to be applied: with clients that write
		// at every moment, that moment may not come.
		d.note(r.ID, "it applies what was written while it was copied")
	default:
		d.do(Action{Verb: VerbDone, Instance: r.ID, Job: r.Job.With("arrived", d.now)})
	}
}

// leavesForGood reports whether an instance is being removed.
func (i *Instance) leavesForGood() bool {
	return i.Job != nil && i.Job.Kind == topology.InstanceRemove
}

func doing(kind topology.InstanceJobKind) string {
	switch kind {
	case topology.InstanceProvision:
		return "provisioned"
	case topology.InstanceRebuild:
		return "rebuilt"
	case topology.InstanceRemove:
	}
	return "removed"
}

// progress says how far the job on an instance is.
func progress(i *Instance) string {
	text := fmt.Sprintf("%s, %s", i.Job.Kind, i.Job.Phase)
	if i.Job.Donor != "" {
		text += " from " + i.Job.Donor
	}
	return text
}
