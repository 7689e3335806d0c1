package failover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
)

// Code names the condition of a group's primary.
type Code string

// The conditions. Those of the first group are reasons to replace the primary.
const (
	// DeadPrimary: it does not answer, and no replica hears it.
	DeadPrimary Code = "dead primary"
	// CutPrimary: it answers, but every replica has lost it, so that none of
	// its writes is acknowledged.
	CutPrimary Code = "primary cut from its replicas"
	// StalledPrimary: it answers and its replicas hear it, but it writes nothing.
	StalledPrimary Code = "primary writes nothing"

	// Sound: nothing is wrong with it.
	Sound Code = ""
	// SaturatedPrimary: it says itself that it takes nobody more, or does not
	// answer while its replicas hear it.
	SaturatedPrimary Code = "saturated primary"
	// UnreachablePrimary: the controller cannot reach it, but replicas hear it.
	UnreachablePrimary Code = "unreachable primary"
	// UnseenPrimary: it does not answer, and no replica can say anything.
	UnseenPrimary Code = "primary and replicas unreachable"
	// SuspectPrimary: it does not answer, and the replicas have not noticed yet.
	SuspectPrimary Code = "suspect primary"
	// BlockedPrimary: its writes wait for something that will pass: a lock, or
	// acknowledgements of replicas that are away.
	BlockedPrimary Code = "blocked primary"
)

// Diagnosis is what is wrong with a group's primary, and what says so.
type Diagnosis struct {
	Code     Code
	Evidence []string
}

// Fails reports whether the primary is to be replaced.
func (d Diagnosis) Fails() bool {
	return d.Code == DeadPrimary || d.Code == CutPrimary || d.Code == StalledPrimary
}

// String is one sentence for the operator.
func (d Diagnosis) String() string {
	return string(d.Code) + ": " + strings.Join(d.Evidence, "; ")
}

// Diagnose judges a group's published primary by what it says itself and by
// what its replicas have of it.
func Diagnose(v View, p Policy, now time.Time) Diagnosis {
	primary := v.instance(v.Group.Primary)
	if primary == nil || v.Group.Operation != nil {
		return Diagnosis{}
	}
	w := witnesses(v, primary, p, now)
	if !primary.Up() && !primary.Full {
		if !primary.DownSince.IsZero() && now.Sub(primary.DownSince) >= p.DeafAfter {
			w = w.withoutOldNews(v)
		}
		return unanswered(primary, w)
	}
	if primary.Offline || primary.ReadOnly || v.BeatSince.IsZero() && !primary.Full {
		return Diagnosis{}
	}
	answers := primary.ID + " answers"
	if primary.Full {
		answers = fmt.Sprintf("%s has no room: %s", primary.ID, primary.Err)
	}
	if v.BeatSince.IsZero() {
		return Diagnosis{BlockedPrimary, append([]string{answers}, w.evidence...)}
	}
	late := now.Sub(v.BeatSince)
	said := fmt.Sprintf("%s, but its heartbeat has not been written for %s, in state %q", answers, late.Round(time.Second), v.BeatState)
	switch {
	case len(w.lost) > 0 && len(w.hear) == 0 && late >= p.CutAfter:
		return Diagnosis{CutPrimary, append([]string{said}, w.evidence...)}
	case len(w.hear) > 0 && late >= p.StallAfter && !waitsForOthers(v.BeatState):
		return Diagnosis{StalledPrimary, append([]string{said}, w.evidence...)}
	}
	return Diagnosis{BlockedPrimary, append([]string{said}, w.evidence...)}
}

// unanswered judges a primary that does not answer.
func unanswered(primary *Instance, w witness) Diagnosis {
	evidence := append([]string{fmt.Sprintf("%s: %s", primary.ID, primary.Err)}, w.evidence...)
	switch {
	case primary.Refused:
		return Diagnosis{SaturatedPrimary, evidence}
	case len(w.hear) > 0 && len(w.lost) == 0:
		return Diagnosis{UnreachablePrimary, evidence}
	case len(w.hear) > 0:
		return Diagnosis{SuspectPrimary, evidence}
	case len(w.lost) > 0:
		return Diagnosis{DeadPrimary, evidence}
	}
	return Diagnosis{UnseenPrimary, evidence}
}

// witness is what the replicas have of the primary.
type witness struct {
	// hear get something from it, lost do not though they try.
	hear, lost []string
	evidence   []string
}

func witnesses(v View, primary *Instance, p Policy, now time.Time) witness {
	var w witness
	for i := range v.Instances {
		r := &v.Instances[i]
		if r == primary || r.Role != topology.RoleReplica {
			continue
		}
		switch {
		case !r.Up():
			w.evidence = append(w.evidence, fmt.Sprintf("%s cannot be asked: %s", r.ID, r.Err))
		case !r.Source.points(primary):
			w.evidence = append(w.evidence, r.ID+" does not replicate from it")
		case r.Source.Receiver == "No":
			w.evidence = append(w.evidence, r.ID+" does not receive")
		case r.Source.Receiver != "Yes":
			w.lost = append(w.lost, r.ID)
			w.evidence = append(w.evidence, fmt.Sprintf("%s has lost it, error %d", r.ID, r.Source.ReceiverErrno))
		case now.Sub(r.HeardAt) >= p.DeafAfter:
			w.lost = append(w.lost, r.ID)
			w.evidence = append(w.evidence, fmt.Sprintf("%s has heard nothing for %s", r.ID, now.Sub(r.HeardAt).Round(time.Second)))
		default:
			w.hear = append(w.hear, r.ID)
			w.evidence = append(w.evidence, r.ID+" hears it")
		}
	}
	return w
}

// withoutOldNews takes those for lost, too, that only get what another has got
// already which has lost the primary: it is what was on its way when that went
// away, and can take a replica that is behind some seconds.
func (w witness) withoutOldNews(v View) witness {
	fresh := witness{lost: w.lost, evidence: w.evidence}
	for _, id := range w.hear {
		ahead := slices.IndexFunc(w.lost, func(other string) bool { return isBehind(v.instance(id), v.instance(other)) })
		if ahead < 0 {
			fresh.hear = append(fresh.hear, id)
			continue
		}
		fresh.lost = append(slices.Clip(fresh.lost), id)
		fresh.evidence = append(slices.Clip(fresh.evidence), fmt.Sprintf("%s gets only what %s has already", id, w.lost[ahead]))
	}
	return fresh
}

// isBehind reports whether one has received less than the other, and nothing
// that the other has not.
func isBehind(one, other *Instance) bool {
	less, err := setOf(one)
	if err != nil {
		return false
	}
	more, err := setOf(other)
	return err == nil && more.Contains(less) && !less.Contains(more)
}

// The states of a session that waits for room on the server's disk, as MySQL says
// it, and as we do where it has not even room to answer that question.
const (
	stateNoSpace = "Waiting for disk space"
	stateFull    = "no room on its disk"
)

// waitsForOthers reports whether a session in that state waits for another
// session or for an acknowledgement rather than for the server's disk.
func waitsForOthers(state string) bool {
	if state == stateNoSpace || state == stateFull {
		return false
	}
	return state == "" || strings.HasPrefix(state, "Waiting for") || slices.Contains([]string{"update", "executing"}, state)
}
