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
	primary := d.choosePrimary()
	if primary == nil {
		return d.actions
	}
	if len(d.view.replicas()) > 0 && !d.configure(primary) {
		return d.actions
	}
	// What a replica needs of the primary must be there before it joins.
	if !d.prepare(primary) {
		return d.actions
	}
	replicas := d.view.replicas()
	for _, replica := range replicas {
		d.replica(primary, replica)
	}
	d.acks(primary)
	d.open(primary)
	for _, replica := range replicas {
		d.admit(primary, replica)
	}
	return d.actions
}

// decision collects the actions for one group.
type decision struct {
	view    View
	policy  Policy
	now     time.Time
	actions []Action
	// joined are the replicas that replicate from the primary and are sound.
	joined []*Instance
}

func (d *decision) do(a Action) { d.actions = append(d.actions, a) }

func (d *decision) note(instance, format string, args ...any) {
	d.do(Action{Verb: VerbNote, Instance: instance, Why: fmt.Sprintf(format, args...)})
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
	case !primary.Up():
		d.note(primary.ID, "the primary does not answer: %s", primary.Err)
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
	if !i.Configured {
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
	why := "the schema _shardway is missing"
	if primary.Schema {
		why = "accounts are missing: " + strings.Join(missing, ", ")
	}
	d.do(Action{Verb: VerbPrepare, Instance: primary.ID, Why: why})
	return false
}

func (d *decision) missingAccounts(primary *Instance) []string {
	wanted := []string{d.view.Account}
	for _, replica := range d.view.replicas() {
		wanted = append(wanted, ReplicationUser(replica.ID))
	}
	return slices.DeleteFunc(wanted, func(name string) bool {
		return name == "" || slices.Contains(primary.Accounts, name)
	})
}

// acks sees to it that the primary waits for acknowledgements of exactly the
// listed replicas.
func (d *decision) acks(primary *Instance) {
	listed := slices.Clone(d.view.Group.Ackers)
	for _, replica := range d.joined {
		if !slices.Contains(listed, replica.ID) {
			listed = append(listed, replica.ID)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(listed, d.view.Group.Ackers) {
		d.do(Action{Verb: VerbSetAckers, Ackers: listed, Why: "replicas that received everything may acknowledge"})
	}
	for _, replica := range d.joined {
		if !replica.SemiSyncReplica {
			d.do(Action{Verb: VerbAcknowledge, Instance: replica.ID})
		}
	}
	if len(listed) > 0 && !primary.SemiSyncSource {
		d.do(Action{Verb: VerbWaitForAcks, Instance: primary.ID})
	}
}

// open lets writes and clients in on the primary, if it is closed.
func (d *decision) open(primary *Instance) {
	if d.published() && !primary.Offline && !primary.ReadOnly {
		return
	}
	if len(d.view.replicas()) > 0 && len(d.joined) == 0 {
		d.note(primary.ID, "it stays closed until a replica can acknowledge its writes")
		return
	}
	d.do(Action{Verb: VerbOpen, Instance: primary.ID, Term: d.nextTerm()})
}

// nextTerm is greater than every term that anybody has seen, also when etcd was
// restored from a backup (safety rule 32).
func (d *decision) nextTerm() int64 {
	term := max(d.policy.Revision, d.view.Group.Term+1)
	for _, instance := range d.view.Instances {
		term = max(term, instance.Term+1)
	}
	return term
}
