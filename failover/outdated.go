package failover

import (
	"fmt"

	"github.com/shardway/shardway/topology"
)

// later returns who has taken over after the primary that is published, by the
// terms that the servers have, and when: etcd was restored from an older state
// then. It returns "" if that is not so. While an operation is under way somebody
// may have been opened and not be published yet.
func (v *View) later() (id string, term int64) {
	if v.Group.Primary == "" || v.Group.Operation != nil {
		return "", 0
	}
	for i := range v.Instances {
		member := &v.Instances[i]
		if member.Job == nil && member.Term > max(term, v.Group.Term) { // one that is filled may have rows of another group
			id, term = member.TermOf, member.Term
		}
	}
	if id == v.Group.Primary {
		return "", 0
	}
	return id, term
}

// outdated reports that somebody took over whom etcd does not know as the
// primary. Nothing is done then: by what etcd says the true primary would be
// closed, and what it alone has be taken for stray.
func (d *decision) outdated() bool {
	id, term := d.view.later()
	if id == "" {
		return false
	}
	d.do(Action{Verb: VerbNote, Instance: id, Alarm: true, Why: fmt.Sprintf(
		"it took over in term %d, and etcd says that %s took over last, in term %d: etcd was restored from an older state; 'shardway failover %s' has %s go on",
		term, d.view.Group.Primary, d.view.Group.Term, d.view.Group.ID, id)})
	return true
}

// planReturn says what a failover does when etcd is older than the servers: who
// took over last goes on, if that one surely has everything.
func planReturn(v View, id string, term int64, r Request) (Result, error) {
	refuse := func(why, hint string) (Result, error) {
		return Result{}, &topology.Refused{
			Code: topology.CodeInUse, Message: fmt.Sprintf("no failover of group %s: %s took over last, in term %d, and %s", v.Group.ID, id, term, why), Hint: hint,
		}
	}
	to := v.instance(id)
	switch {
	case to == nil:
		return refuse("is no member of the group, as etcd has it", "restore a state of etcd that has it")
	case r.To != "" && r.To != id:
		return refuse("would be replaced by "+r.To, "leave --to out; a switchover comes afterwards")
	case !to.Up():
		return refuse("does not answer: "+to.Err, "bring it back")
	}
	for i := range v.Instances {
		other := &v.Instances[i]
		if !other.Up() {
			return refuse(other.ID+", which does not answer, may have taken over still later", "bring it back, or remove it: 'shardway instance remove "+other.ID+"'")
		}
		if set, err := setOf(other); err != nil || !has(to, set.String()) {
			return refuse(other.ID+" has transactions that it lacks", "try again if clients are writing; if not, compare the two by hand")
		}
	}
	return Result{Steps: []string{
		fmt.Sprintf("%s, which took over in term %d, goes on as the primary of group %s", id, term, v.Group.ID), "the others replicate from it",
	}}, nil
}
