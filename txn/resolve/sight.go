package resolve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shardway/shardway/txn"
)

// sight is what was last seen of a group's branches.
type sight struct {
	at       time.Time
	branches []*Branch
	steps    []Step
	// problem says why they could not be listed.
	problem string
}

func (r *Resolver) see(group string, s sight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[group] = s
}

func (r *Resolver) unsee(group string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, group)
}

// Report says what was last seen, without the waits.
func (r *Resolver) Report() txn.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := txn.Report{Branches: []txn.PreparedBranch{}, Decisions: []txn.HeldDecisions{}, Waits: []txn.LockWait{}, Problems: []string{}}
	for _, group := range slices.Sorted(maps.Keys(r.seen)) {
		s := r.seen[group]
		if s.problem != "" {
			report.Problems = append(report.Problems, fmt.Sprintf("the prepared branches of group %s are not known: %s", group, s.problem))
		}
		for i, b := range s.branches {
			report.Branches = append(report.Branches, b.report(s.steps[i]))
		}
	}
	slices.SortStableFunc(report.Branches, func(a, b txn.PreparedBranch) int {
		return cmp.Or(cmp.Compare(a.Gtrid, b.Gtrid), cmp.Compare(a.Group, b.Group))
	})
	for _, home := range slices.Sorted(maps.Keys(r.held)) {
		for _, why := range slices.Sorted(maps.Keys(r.held[home])) {
			report.Decisions = append(report.Decisions, txn.HeldDecisions{Home: home, Count: r.held[home][why], Why: why})
		}
	}
	return report
}

func (b *Branch) report(s Step) txn.PreparedBranch {
	return txn.PreparedBranch{
		Group: b.Group, Gtrid: b.XID.Gtrid, Home: b.XID.ID().Home, AgeSeconds: b.Age.Seconds(),
		Decision: string(b.Row), Next: string(s.Verb), Why: s.Why,
	}
}

// Notes says what the operator should know of a group's branches: those that
// stay prepared, with the reason.
func (r *Resolver) Notes(group string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.seen[group]
	var notes []string
	for i, b := range s.branches {
		if s.steps[i].Verb == VerbLeave || b.Problem != "" {
			notes = append(notes, fmt.Sprintf("branch %s is prepared for %s: %s", b.XID, b.Age.Round(time.Second), s.steps[i].Why))
		}
	}
	return notes
}
