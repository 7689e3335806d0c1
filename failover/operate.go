package failover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// operate goes on with the operation that is under way, from whatever phase it
// was left in and by whom: what is recorded and what is observed is enough.
func (d *decision) operate(o *topology.Operation) {
	if o.Kind == topology.OperationCutover {
		d.note("", "%s; it ends within seconds, one way or the other", o.Reason)
		return
	}
	switch o.Phase {
	case topology.PhaseRequested:
		d.request(o)
	case topology.PhaseAnnounced:
		// The grace is over, or whoever announced it is gone.
		next := o.With("grace over", d.now)
		next.Phase = topology.PhaseFence
		d.do(Action{Verb: VerbAdvance, Operation: next})
	case topology.PhaseFence:
		if o.Kind == topology.OperationSwitchover {
			d.closeAndFollow(o)
		} else {
			d.revoke(o)
		}
	case topology.PhasePromote:
		d.promote(o)
	default:
		d.note("", "the operation of this group is in a phase %q that this release does not know", o.Phase)
	}
}

// request begins a switchover if nothing speaks against it. For what may pass by
// itself it waits a little: nobody is held up yet.
func (d *decision) request(o *topology.Operation) {
	to, why, passing := Successor(d.view, o.To)
	primary, late := d.view.instance(d.view.Group.Primary), ""
	if why == "" {
		next := d.view.instance(to)
		if late = behind(primary, next); late == "" {
			late = d.unheard(primary, next)
		}
	}
	asked := d.now.Sub(lastStep(o))
	switch {
	case late != "" && asked < d.policy.CatchUp: // writes would be held until it has caught up
		d.noteOf("it is behind", to, "the switchover begins when it has caught up: %s", late)
		d.care(primary)
	case why == "":
		next := o.With("announced", d.now)
		next.Phase, next.To = topology.PhaseAnnounced, to
		d.do(Action{Verb: VerbRotate, Instance: to})
		d.do(Action{Verb: VerbAnnounce, Operation: next})
	case passing && asked < d.policy.CutAfter/2:
		d.note("", "the switchover begins when this has passed: %s", why)
		if primary.Up() && !primary.Offline && !primary.ReadOnly {
			d.care(primary)
		}
	default:
		ended := o.With("refused", d.now)
		d.do(Action{Verb: VerbEnd, Operation: ended, Outcome: "refused: " + why})
	}
}

// Successor chooses the replica that takes over in a switchover, wanted if that
// is not empty. The second result says why there is none, the third whether that
// may pass by itself: a server that did not answer in time, for instance.
func Successor(v View, wanted string) (id, why string, passing bool) {
	primary := v.instance(v.Group.Primary)
	switch {
	case primary == nil || !primary.Up():
		return "", fmt.Sprintf("the primary %s does not answer; 'shardway failover %s' replaces a dead one", v.Group.Primary, v.Group.ID), primary != nil
	case primary.Offline || primary.ReadOnly:
		return "", fmt.Sprintf("the primary %s is closed", primary.ID), true
	case !v.BeatSince.IsZero():
		return "", fmt.Sprintf("the primary %s waits for acknowledgements", primary.ID), true
	}
	var reasons []string
	best := ""
	for _, r := range v.replicas() {
		if wanted != "" && r.ID != wanted {
			continue
		}
		if reason, passes := unready(r, primary, v.Group); reason != "" {
			reasons = append(reasons, r.ID+" "+reason)
			passing = passing || passes
			continue
		}
		if best == "" || preferred(r, v.instance(best), primary) {
			best = r.ID
		}
	}
	switch {
	case best != "":
		return best, "", false
	case len(reasons) == 0:
		return "", "the group has no replica", false
	}
	return "", strings.Join(reasons, "; "), passing
}

// preferred reports whether r is to take over rather than another one that is
// ready: it is in the primary's zone, or else less behind by more than a little.
func preferred(r, other, primary *Instance) bool {
	if here := r.Zone == primary.Zone; here != (other.Zone == primary.Zone) {
		return here
	}
	return lacks(primary, r)+lacksMax < lacks(primary, other)
}

// lacksMax is how many transactions a replica applies in no time; lacksMuch takes
// it about the second that a former primary needs to stop waiting for acknowledgements.
const (
	lacksMax  = 16
	lacksMuch = 256
)

// lacks is how many transactions the primary had executed, and a replica had not,
// when they were asked, which was at about the same time.
func lacks(primary, r *Instance) uint64 {
	has, err := mysql.ParseGTIDSet(r.Executed)
	return beyond(primary.Executed, has, err)
}

// hears says why a replica does not get yet what the primary writes; empty if it does.
// It may lack little, and yet get nothing for a second when it has just been pointed at it:
// so it must have been connected at the last look, and have all that was written by then.
func hears(primary, r *Instance) (why string) {
	if r.Owed == nil {
		return "has just been connected to it"
	}
	has, err := setOf(r)
	if n := beyond(primary.Executed, has, err); n > lacksMax || beyond(*r.Owed, has, err) > 0 {
		return fmt.Sprintf("has not received %d transactions", n)
	}
	return ""
}

// beyond is how many transactions that the primary had executed are not in a set,
// which is empty if it could not be read.
func beyond(executed string, set mysql.GTIDSet, unread error) uint64 {
	all, err := mysql.ParseGTIDSet(executed)
	if err != nil {
		return 0
	}
	if unread != nil {
		return all.Count()
	}
	return all.Subtract(set).Count()
}

// behind says how far the one that takes over is behind; others may go on applying.
func behind(primary, to *Instance) string {
	if n := lacks(primary, to); n > lacksMax {
		return fmt.Sprintf("%s lacks %d transactions", to.ID, n)
	}
	if why := hears(primary, to); why != "" {
		return to.ID + " " + why
	}
	return ""
}

// unheard says why nobody could acknowledge to the one that takes over at once: clients
// wait until another one has received what the old primary wrote last.
func (d *decision) unheard(primary, to *Instance) string {
	why := ""
	for _, r := range d.view.replicas() {
		if r == to || !r.Up() || !d.counts(to, r) {
			continue
		}
		deaf := ""
		switch {
		case r.Source.points(primary) && r.Source.running():
			deaf = hears(primary, r)
		case r.Source.halted():
			deaf = "has half a branch to skip"
		case r.Job != nil || r.Errant != "" || r.Unfit != "" || r.Source != nil && r.Source.ApplierErrno != 0:
			continue // that does not pass by itself
		default: // a former primary, for instance, which takes a second to become a replica
			deaf = "does not replicate from it yet"
		}
		if deaf == "" {
			return ""
		}
		why = fmt.Sprintf("%s, which is to acknowledge, %s", r.ID, deaf)
	}
	return why
}

// unready says what keeps a replica from taking over at once, and whether that
// may pass by itself.
func unready(r, primary *Instance, g topology.Group) (why string, passing bool) {
	switch {
	case r.Drained || r.Job != nil:
		return "is drained or being worked on", false
	case !r.Up():
		return "does not answer: " + r.Err, true
	case r.Errant != "":
		return "has transactions that the primary lacks: " + r.Errant, false
	case r.Unfit != "" || !r.Configured:
		return "has unsafe settings " + r.Unfit, false
	case !r.Source.points(primary) || !r.Source.running():
		return "does not replicate from the primary", true
	case g.Promises() == topology.DurabilityOneAck && (!slices.Contains(g.Ackers, r.ID) || !r.SemiSyncReplica):
		return "does not acknowledge the primary's writes yet", true
	}
	return "", false
}

// closeAndFollow closes the old primary of a switchover and waits until the new
// one has everything; it gives up when that takes long.
func (d *decision) closeAndFollow(o *topology.Operation) {
	from, to := d.view.instance(o.From), d.view.instance(o.To)
	late := d.now.Sub(lastStep(o)) >= d.policy.UndoAfter
	switch {
	case from != nil && !from.Up() && d.now.Sub(from.DownSince) < d.policy.CutAfter/2:
		// One answer that is late on a busy machine is no death, and a failover
		// costs more than to ask again.
		d.note(from.ID, "it is to be closed and does not answer: %s", from.Err)
	case from == nil || !from.Up():
		// It died in the middle. What its replicas acknowledged is on them.
		next := o.With("the old primary died", d.now)
		next.Kind, next.To = topology.OperationFailover, ""
		next.Reason += "; it died in the middle"
		d.do(Action{Verb: VerbAdvance, Operation: next})
	case to == nil || to.Up() && (to.Source == nil || to.Errant != ""):
		d.undo(o, fmt.Sprintf("%s is not able to take over", o.To))
	case !to.Up() && d.now.Sub(to.DownSince) < d.policy.CutAfter/2 && !late:
		d.note(to.ID, "it is to take over and does not answer: %s", to.Err)
	case !to.Up():
		d.undo(o, fmt.Sprintf("%s does not answer: %s", o.To, to.Err))
	case !from.still():
		if late {
			d.undo(o, fmt.Sprintf("%s could not be closed in time", o.From))
			return
		}
		d.do(Action{Verb: VerbDemote, Instance: from.ID})
		if !to.Offline { // it takes a while where much is connected
			d.do(Action{Verb: VerbClose, Instance: to.ID})
		}
	case has(to, from.Executed):
		next := o.With("followed", d.now)
		next.Phase, next.Needed, next.Term = topology.PhasePromote, from.Executed, d.nextTerm()
		d.do(Action{Verb: VerbAdvance, Operation: next})
	case late:
		d.undo(o, fmt.Sprintf("%s has not followed in time", o.To))
	default:
		d.note(o.To, "it applies what the old primary wrote last")
	}
}

// undo gives the old primary back.
func (d *decision) undo(o *topology.Operation, why string) {
	next := o.With("undo", d.now)
	next.Phase, next.To, next.Needed, next.Term, next.Undone = topology.PhasePromote, o.From, "", d.nextTerm(), why
	d.do(Action{Verb: VerbAdvance, Operation: next})
}

// revoke stops everybody from receiving anything more of the old primary, and
// chooses the new one when nothing that was acknowledged can be missing.
func (d *decision) revoke(o *topology.Operation) {
	from := d.view.instance(o.From)
	for i := range d.view.Instances {
		r := &d.view.Instances[i]
		if r == from || !r.Up() || r.Source == nil {
			continue
		}
		if r.Source.Receiver != "No" {
			d.do(Action{Verb: VerbStopReceiver, Instance: r.ID})
		}
	}
	for i := range d.view.Instances {
		if r := &d.view.Instances[i]; r != from && r.Up() && r.Source != nil && !r.ReadOnly {
			d.do(Action{Verb: VerbReadOnly, Instance: r.ID, Why: "a replica takes no writes"})
		}
	}
	// Safety rests on the receivers; a fence spares clients stale reads.
	if from != nil && from.Up() && !from.still() && d.now.Sub(from.DemotedAt) >= d.policy.RetryAfter {
		d.do(Action{Verb: VerbDemote, Instance: from.ID, Why: "it is to be replaced"})
	}
	if len(d.actions) > 0 {
		return
	}
	to, needed, why := d.choose(o, from)
	if to == nil {
		d.note("", "nobody is promoted: %s", why)
		return
	}
	if to == from {
		d.undo(o, why)
		return
	}
	next := o.With("chosen", d.now)
	next.Phase, next.To, next.Needed, next.Term = topology.PhasePromote, to.ID, needed, d.nextTerm()
	d.do(Action{Verb: VerbAdvance, Operation: next, Why: why})
}

// candidate is an instance that has stopped, and what it has.
type candidate struct {
	*Instance
	set mysql.GTIDSet
}

// choose returns the instance to promote and the transactions that it must have
// applied first. It returns nil, and why, as long as an acknowledged write
// could be on nobody that was reached.
func (d *decision) choose(o *topology.Operation, from *Instance) (to *Instance, needed, why string) {
	var missing []string
	var ackers []candidate
	for _, id := range d.view.voters() {
		i := d.view.instance(id)
		if i == nil || !i.still() {
			missing = append(missing, id)
			continue
		}
		if i.Unfit != "" { // it may have thrown away what it acknowledged
			missing = append(missing, fmt.Sprintf("%s (%s)", id, i.Unfit))
			continue
		}
		set, err := setOf(i)
		if err != nil {
			return nil, "", fmt.Sprintf("%s: %v", id, err)
		}
		ackers = append(ackers, candidate{i, set})
	}
	if d.view.Group.Promises() == topology.DurabilityNone {
		missing = append(missing, o.From) // it waits for nobody
	}
	best := d.best(o, ackers)
	if best == nil && len(ackers) > 0 {
		return nil, "", fmt.Sprintf("%s each have transactions that the others lack; 'shardway failover %s --to ID --allow-loss' picks one", ids(ackers), d.view.Group.ID)
	}
	proven := len(missing) == 0 && best != nil
	if !proven && best != nil && o.Needed != "" {
		want, err := mysql.ParseGTIDSet(o.Needed)
		proven = err == nil && best.set.Contains(want)
	}
	switch {
	case proven:
		return best.Instance, best.set.String(), ""
	case o.AllowLoss && best != nil:
		return best.Instance, best.set.String(), "the operator accepts that writes which only " + strings.Join(missing, ", ") + " acknowledged are lost"
	case from != nil && from.still():
		return from, "", "the old primary is back, and " + strings.Join(missing, ", ") + " cannot be relied on"
	}
	return nil, "", fmt.Sprintf("%s cannot be relied on, and may have acknowledged writes that nobody else has; it goes on when they or the old primary are back; 'shardway failover %s --allow-loss' goes on without them",
		strings.Join(missing, ", "), d.view.Group.ID)
}

// best returns the acker that has all that any of them has; among equals the
// wanted one, else one whose applier works, in the old primary's zone, that has
// least to apply. It returns nil if nobody has everything, unless the operator
// has named one and accepts the loss.
func (d *decision) best(o *topology.Operation, ackers []candidate) *candidate {
	var all mysql.GTIDSet
	for _, c := range ackers {
		all = all.Union(c.set)
	}
	zone := ""
	if from := d.view.instance(o.From); from != nil {
		zone = from.Zone
	}
	rank := func(c candidate) (n int) {
		if !c.Drained && c.Job == nil {
			n += 16
		}
		if c.ID == o.To {
			n += 8
		}
		if c.Source != nil && c.Source.ApplierErrno == 0 {
			n += 4
		}
		if c.Zone == zone {
			n += 2
		}
		if c.Source != nil && c.Source.Drained {
			n++
		}
		return n
	}
	var best *candidate
	for n := range ackers {
		c := ackers[n]
		if !c.set.Contains(all) && !(o.AllowLoss && c.ID == o.To) {
			continue
		}
		if best == nil || rank(c) > rank(*best) {
			best = &ackers[n]
		}
	}
	return best
}

// promote has the chosen instance apply what it has received, lets it be
// nobody's replica, has others follow it, and opens it last.
func (d *decision) promote(o *topology.Operation) {
	to := d.view.instance(o.To)
	if to == nil || !to.Up() {
		d.replaceChosen(o, to)
		return
	}
	if to.Source != nil {
		d.drain(o, to)
		return
	}
	var former *Instance
	var others []*Instance
	for i := range d.view.Instances {
		r := &d.view.Instances[i]
		switch {
		case r == to:
			r.Role = topology.RolePrimary
			continue
		case r.ID == o.From:
			former = r
		case r.Up() && r.Errant == "":
			others = append(others, r)
		}
		r.Role = topology.RoleReplica
	}
	// The former primary takes longer, but has nothing to apply: it is needed if
	// no other one counts, or each of them has much and cannot go on with it.
	counts := func(r *Instance) bool { return d.counts(to, r) }
	ready := func(r *Instance) bool {
		return counts(r) && (r.Source == nil || r.Source.points(to) || d.skips(o, r) || !r.Source.halted() && (d.follows(r) || d.receives(r) || lacks(to, r) <= lacksMuch))
	}
	acked := d.view.Group.Promises() == topology.DurabilityNone || slices.ContainsFunc(others, counts)
	if former != nil && !acked && former.still() && former.Source == nil && former.Errant != "" && has(former, to.Executed) {
		// It cannot follow, and the chosen one has written nothing yet that would
		// be lost: all that anybody has is on the former primary.
		d.undo(o, fmt.Sprintf("nobody could acknowledge what %s writes, and %s is back with all that it has and more", to.ID, former.ID))
		return
	}
	if former != nil && d.view.Group.Promises() != topology.DurabilityNone &&
		(!acked || (former.still() || former.Source.points(to)) && !slices.ContainsFunc(others, ready)) {
		others = append(others, former)
	}
	for _, r := range others {
		d.replica(to, r)
	}
	d.shutOutUnseen(o.From, to)
	d.acks(to)
	if d.acknowledges(to) {
		d.do(Action{Verb: VerbOpen, Instance: to.ID, Term: o.Term})
		return
	}
	d.demoteFormer(others) // it may be the only one to acknowledge
}

// skips reports whether a replica is about to skip half a branch, or has just done so
// and applies what is behind it: that takes it less than a second.
func (d *decision) skips(o *topology.Operation, r *Instance) bool {
	if r.Source.halted() {
		return r.SkippedAt.Before(lastStep(o))
	}
	return r.Source.ByPosition && d.now.Sub(r.SkippedAt) < time.Second
}

// drain has the chosen instance apply everything, and detaches it.
func (d *decision) drain(o *topology.Operation, to *Instance) {
	switch {
	case o.Kind == topology.OperationSwitchover && has(to, o.Needed) && to.Source.Drained:
		// Its source is closed and has sent everything. Clients wait: whoever can
		// follow it does so in the same go.
		d.do(Action{Verb: VerbDetach, Instance: to.ID, Operation: o})
		for i := range d.view.Instances {
			if r := &d.view.Instances[i]; r != to && r.Up() && d.follows(r) {
				d.replica(to, r)
			}
		}
		d.acks(to)
	case to.Source.Receiver != "No":
		d.do(Action{Verb: VerbStopReceiver, Instance: to.ID})
	case has(to, o.Needed) && to.Source.Drained:
		if o.Kind == topology.OperationFailover { // in a switchover it was done before clients waited
			d.do(Action{Verb: VerbRotate, Instance: to.ID})
		}
		d.do(Action{Verb: VerbDetach, Instance: to.ID, Operation: o})
	case to.Source.halted():
		d.skipHalf(to)
	case to.Source.ApplierErrno != 0 && d.now.Sub(to.StartedAt) < d.policy.RetryAfter:
		d.note(to.ID, "its applier stopped with error %d: %s", to.Source.ApplierErrno, to.Source.ApplierError)
		d.chooseAgain(o, to)
	case to.Source.Applier != "Yes":
		d.do(Action{Verb: VerbStartApplier, Instance: to.ID})
	default:
		d.note(to.ID, "it applies what it has received")
	}
}

// replaceChosen is for a chosen instance that does not answer.
func (d *decision) replaceChosen(o *topology.Operation, to *Instance) {
	if to == nil {
		d.note(o.To, "it was chosen and is no member of the group any more")
	} else {
		d.note(to.ID, "it was chosen and does not answer: %s", to.Err)
		if d.now.Sub(to.DownSince) < d.policy.CutAfter/2 {
			return
		}
	}
	for i := range d.view.Instances {
		r := &d.view.Instances[i]
		if r.Up() && r.Source != nil && r.Source.Receiver != "No" {
			d.do(Action{Verb: VerbStopReceiver, Instance: r.ID})
			return
		}
	}
	d.chooseAgain(o, to)
}

// chooseAgain promotes another instance that has what the chosen one had.
func (d *decision) chooseAgain(o *topology.Operation, not *Instance) {
	anybody := *o
	anybody.To = ""
	other, needed, why := d.choose(&anybody, d.view.instance(o.From))
	if other == nil || other == not {
		d.note("", "nobody else is promoted: %s", orNone(why))
		return
	}
	if other.ID == o.From {
		d.undo(o, why)
		return
	}
	next := o.With("chosen again", d.now)
	next.To, next.Needed, next.Term = other.ID, needed, d.nextTerm()
	d.do(Action{Verb: VerbAdvance, Operation: next, Why: why})
}

// setOf is all that an instance has, applied or not.
func setOf(i *Instance) (mysql.GTIDSet, error) {
	set, err := mysql.ParseGTIDSet(i.Executed)
	if err != nil || i.Source == nil {
		return set, err
	}
	received, err := mysql.ParseGTIDSet(i.Source.Retrieved)
	return set.Union(received), err
}

// has reports whether an instance has executed a set.
func has(i *Instance, set string) bool {
	want, err := mysql.ParseGTIDSet(set)
	if err != nil {
		return false
	}
	executed, err := mysql.ParseGTIDSet(i.Executed)
	return err == nil && executed.Contains(want)
}

func ids(list []candidate) string {
	names := make([]string, len(list))
	for n, c := range list {
		names[n] = c.ID
	}
	return strings.Join(names, " and ")
}

// lastStep is when the operation's last step was taken.
func lastStep(o *topology.Operation) time.Time {
	if len(o.Steps) == 0 {
		return time.Time{}
	}
	return o.Steps[len(o.Steps)-1].At
}
