package failover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
)

// Decide says what to do next in a group, in order. The shell stops at the
// first action that fails; what is left is decided anew from the next view.
func Decide(v View, p Policy, now time.Time) []Action {
	v.Instances = slices.Clone(v.Instances)
	d := &decision{view: v, policy: p, now: now}
	if v.Group.Operation != nil {
		d.operate(v.Group.Operation)
		return d.actions
	}
	if d.outdated() {
		return d.actions
	}
	primary := d.choosePrimary()
	if primary == nil || d.replace(primary) {
		return d.actions
	}
	d.care(primary)
	return d.actions
}

// care keeps the primary open, and has replicas replicate from it and acknowledge.
func (d *decision) care(primary *Instance) {
	replicas := d.view.replicas()
	if len(replicas) > 0 && !d.configure(primary) {
		return
	}
	// What a replica needs of the primary must be there before it joins.
	if !d.prepare(primary) {
		return
	}
	for _, replica := range replicas {
		d.replica(primary, replica)
	}
	d.acks(primary)
	d.open(primary)
	for _, replica := range replicas {
		d.admit(primary, replica)
	}
	d.demoteFormer(replicas)
}

// replace begins a failover if the primary is one that must be replaced, and
// reports whether nothing else is to be done.
func (d *decision) replace(primary *Instance) bool {
	diagnosis := Diagnose(d.view, d.policy, d.now)
	if diagnosis.Code == Sound {
		return false
	}
	d.noteOf(string(diagnosis.Code), primary.ID, "%s", diagnosis)
	switch {
	case len(d.view.Group.Ackers) == 0:
		if diagnosis.Fails() {
			d.note(primary.ID, "it is not replaced: no replica acknowledges its writes, so each may be the only one to have some")
		}
	case diagnosis.Fails() && !d.view.FailedOver.IsZero() && d.now.Sub(d.view.FailedOver) < d.policy.Cooldown:
		d.noteOf("it is not replaced yet", primary.ID, "it is not replaced yet: the last failover was %s ago", d.now.Sub(d.view.FailedOver).Round(time.Second))
	case diagnosis.Fails():
		o := topology.Operation{
			ID: operationID(d.nextTerm()), Kind: topology.OperationFailover, Phase: topology.PhaseFence, From: primary.ID, Reason: diagnosis.String(),
		}
		d.do(Action{Verb: VerbBegin, Operation: o.With("detected", d.now)})
		return true
	case diagnosis.Code == UnseenPrimary || diagnosis.Code == SuspectPrimary:
		// A receiver that is off says nothing; one that tries will tell.
		for _, r := range d.view.replicas() {
			if r.Up() && r.Source.points(primary) && r.Source.Receiver == "No" && d.now.Sub(r.StartedAt) >= d.policy.RetryAfter {
				d.do(Action{Verb: VerbStart, Instance: r.ID, Why: "so that it tells whether it hears the primary"})
			}
		}
	}
	return !primary.Up()
}

// operationID names an operation: ids of one group sort as they began.
func operationID(term int64) string { return fmt.Sprintf("%020d", term) }

// decision collects the actions for one group.
type decision struct {
	view    View
	policy  Policy
	now     time.Time
	actions []Action
	// joined are the replicas that replicate from the primary and are sound.
	joined []*Instance
	// struck says who is struck off the ackers, and why.
	struck []string
}

func (d *decision) do(a Action) { d.actions = append(d.actions, a) }

func (d *decision) note(instance, format string, args ...any) {
	d.do(Action{Verb: VerbNote, Instance: instance, Why: fmt.Sprintf(format, args...)})
}

// noteOf is for a note with figures that change each second.
func (d *decision) noteOf(topic, instance, format string, args ...any) {
	d.do(Action{Verb: VerbNote, Instance: instance, Topic: topic, Why: fmt.Sprintf(format, args...)})
}

// choosePrimary returns the instance that takes the group's writes, or is to:
// the published one, else the one with the role. It returns nil, with a note,
// when that one cannot be worked with.
func (d *decision) choosePrimary() *Instance {
	var primary *Instance
	if d.view.Group.Primary != "" {
		primary = d.view.instance(d.view.Group.Primary)
	} else {
		for i := range d.view.Instances {
			if d.view.Instances[i].Role == topology.RolePrimary {
				primary = &d.view.Instances[i]
			}
		}
	}
	switch {
	case primary == nil:
		d.note("", "the group has no instance with the primary's role")
		return nil
	case !primary.Up() && !d.published():
		d.noteOf("the primary does not answer", primary.ID, "the primary does not answer: %s", primary.Err)
		return nil
	case primary.Source != nil:
		d.note(primary.ID, "it should take writes, yet it replicates from %s:%d; RESET REPLICA ALL it if that is a leftover",
			primary.Source.Host, primary.Source.Port)
		return nil
	}
	return primary
}

// published reports whether proxies know the group's primary.
func (d *decision) published() bool { return d.view.Group.Primary != "" }

// configure sees to an instance's settings, and reports whether it can be
// worked with. A group of one server is left with the settings it has.
func (d *decision) configure(i *Instance) bool {
	if i.Unfit != "" {
		d.note(i.ID, "it cannot replicate: %s; change that in its configuration and restart it", i.Unfit)
		return false
	}
	if !i.Configured || !i.SyncsRelay && !d.mayHurry(i) {
		d.do(Action{Verb: VerbConfigure, Instance: i.ID, Why: "a member of a group with replicas keeps what it acknowledged, and starts fenced"})
	}
	return true
}

// prepare sees to schema and accounts, and reports whether the rest may go on.
// On a primary that proxies know this is a write like any other: it needs the
// primary open, and waits for acknowledgements.
func (d *decision) prepare(primary *Instance) bool {
	missing := d.missingAccounts(primary)
	if primary.Schema && len(missing) == 0 {
		return true
	}
	if d.published() && (primary.ReadOnly || primary.Offline) {
		// The primary is opened first; a replica without its account waits.
		return true
	}
	why := "tables of the schema _shardway are missing"
	if primary.Schema {
		why = "accounts are missing: " + strings.Join(missing, ", ")
	}
	d.do(Action{Verb: VerbPrepare, Instance: primary.ID, Why: why})
	return false
}

func (d *decision) missingAccounts(primary *Instance) []string {
	wanted := []string{d.view.Account, DefinerUser}
	if len(d.view.Instances) > 1 {
		// The primary's own, too: it will be a replica one day, perhaps of one
		// that is not opened before somebody replicates from it.
		for _, member := range d.view.Instances {
			if !member.leavesForGood() {
				wanted = append(wanted, ReplicationUser(member.ID))
			}
		}
	}
	return slices.DeleteFunc(wanted, func(name string) bool {
		return name == "" || slices.Contains(primary.Accounts, name)
	})
}

// acks sees to it that the primary waits for acknowledgements of exactly the
// listed replicas.
func (d *decision) acks(primary *Instance) {
	listed := slices.Clone(d.view.Group.Ackers)
	if d.view.Group.Operation == nil {
		listed = d.strike(primary)
	} else {
		d.silenceOthers(primary)
	}
	for _, replica := range d.joined {
		if !slices.Contains(listed, replica.ID) && d.leaves(primary, replica) == "" {
			listed = append(listed, replica.ID)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(listed, d.view.Group.Ackers) {
		why := "replicas that received everything may acknowledge"
		if len(d.struck) > 0 {
			why = strings.Join(d.struck, "; ")
		}
		if d.view.Group.Promises() == topology.DurabilityNone {
			why = "the group's durability is none"
		}
		d.do(Action{Verb: VerbSetAckers, Ackers: listed, Why: why})
	}
	for _, replica := range d.joined {
		// Switched on after its receiver had begun, it does not acknowledge either.
		deaf := !replica.Acknowledging && d.now.Sub(replica.StartedAt) >= d.policy.RetryAfter
		if (!replica.SemiSyncReplica || deaf) && d.leaves(primary, replica) == "" {
			d.do(Action{Verb: VerbAcknowledge, Instance: replica.ID})
		}
	}
	if len(listed) > 0 && !primary.SemiSyncSource {
		d.do(Action{Verb: VerbWaitForAcks, Instance: primary.ID})
	}
	if d.view.Group.Promises() == topology.DurabilityNone && primary.SemiSyncSource {
		d.do(Action{Verb: VerbWaitForNone, Instance: primary.ID, Why: "the group's durability is none"})
	}
}

// silenceOthers keeps replicas from acknowledging to the instance that is being
// promoted whose acknowledgements do not count for it. They stay listed until it
// is published: if it dies before, they are part of the proof.
func (d *decision) silenceOthers(to *Instance) {
	for _, r := range d.joined {
		if !d.counts(to, r) && (r.SemiSyncReplica || r.Acknowledging) {
			d.silence(r, "its acknowledgements do not count for the new primary")
		}
	}
}

// open lets writes and clients in on the primary, if it is closed.
func (d *decision) open(primary *Instance) {
	if d.published() && !primary.Offline && !primary.ReadOnly {
		return
	}
	if !d.acknowledges(primary) {
		return
	}
	d.do(Action{Verb: VerbOpen, Instance: primary.ID, Term: d.nextTerm()})
}

// acknowledges reports whether somebody can acknowledge what the primary writes.
func (d *decision) acknowledges(primary *Instance) bool {
	if d.view.Group.Promises() == topology.DurabilityNone || len(d.view.replicas()) == 0 {
		return true
	}
	if slices.ContainsFunc(d.joined, func(r *Instance) bool { return d.counts(primary, r) }) {
		return true
	}
	d.note(primary.ID, "it stays closed until a replica can acknowledge its writes")
	return false
}

func (d *decision) nextTerm() int64 { return d.view.nextTerm(d.policy.Revision) }

// nextTerm is greater than every term that anybody has seen, also when etcd was
// restored from a backup (safety rule 32).
func (v *View) nextTerm(revision int64) int64 {
	term := max(revision, v.Group.Term+1)
	for i := range v.Instances {
		term = max(term, v.Instances[i].Term+1)
	}
	return term
}
