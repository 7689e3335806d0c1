package failover

import (
	"fmt"
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// strike has ackers that are dead or no good acknowledge nothing any more, and
// returns the list without those whose acknowledgements prove nothing (safety
// rule 31). Until then a failover must ask them all, so that one dead replica
// of two would keep the group from replacing its primary.
//
// Three things, in this order: the replica can acknowledge nothing more; a
// write that began after that has been acknowledged, so another has it and all
// that came before it in the binary log; and that other one is seen to have
// what the primary had executed then. What is acknowledged later is
// acknowledged by those who stay.
func (d *decision) strike(primary *Instance) []string {
	if d.view.Group.Promises() == topology.DurabilityNone {
		return nil // nobody's acknowledgement means anything
	}
	stay := slices.Clone(d.view.Group.Ackers)
	for _, id := range d.view.Group.Ackers {
		r := d.view.instance(id)
		why := d.leaves(primary, r)
		if why == "" {
			continue
		}
		others := d.staying(primary, id)
		if len(others) == 0 {
			d.note(id, "it %s, and stays an acker: no other one is there", why)
			continue
		}
		if !primary.bars(r) {
			switch {
			case !r.Up():
				d.do(Action{Verb: VerbShutOut, Instance: primary.ID, Replica: id, Why: "it " + why})
			case r.Errant == "": // the others are fenced
				d.silence(r, "it "+why)
			}
			continue
		}
		has := slices.IndexFunc(others, func(other *Instance) bool { return r.Needed != "" && received(other, r.Needed) })
		if has < 0 {
			d.note(id, "it %s; it is struck off the ackers when another has all that the primary executed", why)
			continue
		}
		stay = slices.DeleteFunc(stay, func(other string) bool { return other == id })
		d.struck = append(d.struck, fmt.Sprintf("%s %s, and %s has all that the primary executed", id, why, others[has].ID))
	}
	return stay
}

// leaves says why a listed acker is to be struck off; empty if it stays.
func (d *decision) leaves(primary, r *Instance) string {
	switch {
	case !d.counts(primary, r):
		return "is not in another zone than the primary"
	case r.Job != nil:
		return "is to be " + doing(r.Job.Kind)
	case r.Drained:
		return "is drained"
	case !r.Up():
		if d.now.Sub(r.DownSince) >= d.policy.StrikeAfter {
			return "does not answer"
		}
	case r.Unfit != "":
		return "has unsafe settings: " + r.Unfit
	case r.Errant != "":
		return "has transactions that the primary lacks"
	}
	return ""
}

// counts reports whether a replica's acknowledgement counts.
func (d *decision) counts(primary, r *Instance) bool {
	return d.view.Group.Promises().MayAcknowledge(primary.Zone, r.Zone)
}

// staying are the sound ackers but one that stay listed.
func (d *decision) staying(primary *Instance, but string) []*Instance {
	var out []*Instance
	for _, r := range d.joined {
		if r.ID != but && slices.Contains(d.view.Group.Ackers, r.ID) && r.SemiSyncReplica && d.leaves(primary, r) == "" {
			out = append(out, r)
		}
	}
	return out
}

// bars reports whether a replica can acknowledge nothing of the primary's,
// whether it is alive or not: its account is locked and it has no session, or
// it was seen not to.
func (p *Instance) bars(r *Instance) bool {
	user := ReplicationUser(r.ID)
	return slices.Contains(p.Locked, user) && !slices.Contains(p.Connected, user) || r.Up() && !r.SemiSyncReplica && !r.Acknowledging
}

// letIn ends a lock-out when the replica may acknowledge, or does not.
func (d *decision) letIn(primary, r *Instance) {
	if !slices.Contains(primary.Locked, ReplicationUser(r.ID)) {
		return
	}
	listed := slices.Contains(d.view.Group.Ackers, r.ID)
	if !listed && (r.SemiSyncReplica || r.Acknowledging) {
		d.silence(r, "it is not listed as an acker")
		return
	}
	d.do(Action{Verb: VerbLetIn, Instance: primary.ID, Replica: r.ID})
}

// shutOutUnseen keeps replicas that are not listed and cannot be asked from
// acknowledging to an instance that is about to be opened: one that was struck
// off while it hung would find a former source again.
func (d *decision) shutOutUnseen(o string, to *Instance) {
	for _, r := range d.view.replicas() {
		listed := slices.Contains(d.view.Group.Ackers, r.ID) && d.counts(to, r)
		if !r.Up() && r.ID != o && !listed && !to.bars(r) && slices.Contains(to.Accounts, ReplicationUser(r.ID)) {
			d.do(Action{Verb: VerbShutOut, Instance: to.ID, Replica: r.ID, Why: "it is not listed as an acker and cannot be asked"})
		}
	}
}

// received reports whether an instance has a set on its disk.
func received(i *Instance, set string) bool {
	want, err := mysql.ParseGTIDSet(set)
	if err != nil {
		return false
	}
	all, err := setOf(i)
	return err == nil && all.Contains(want)
}
