package failover

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shardway/shardway/topology"
)

// Verb is what to do.
type Verb string

// The verbs. Note does nothing; it says what is wrong and why nothing is done.
const (
	VerbNote Verb = "note"
	// VerbConfigure sets what a member of a group needs, for good: semi-sync and
	// its timeouts, how replicas reconnect, and that it starts fenced.
	VerbConfigure Verb = "configure"
	// VerbPrepare makes the _shardway schema and Shardway's accounts on a primary.
	VerbPrepare Verb = "prepare"
	// VerbJoin has a replica replicate from Source.
	VerbJoin Verb = "join"
	// VerbFollow points a replica that has received all of its old source at
	// Source while it goes on applying.
	VerbFollow Verb = "follow"
	// VerbStart starts a replica's stopped halves.
	VerbStart Verb = "start"
	// VerbSetAckers lists Ackers in the topology.
	VerbSetAckers Verb = "set-ackers"
	// VerbAcknowledge lets a listed acker acknowledge.
	VerbAcknowledge Verb = "acknowledge"
	// VerbSilence keeps a replica that is not listed from acknowledging.
	VerbSilence Verb = "silence"
	// VerbShutOut has Replica, which cannot be asked, receive and acknowledge
	// nothing of this instance's any more; VerbLetIn ends that.
	VerbShutOut Verb = "shut-out"
	VerbLetIn   Verb = "let-in"
	// VerbWaitForAcks makes a primary wait for acknowledgements.
	VerbWaitForAcks Verb = "wait-for-acks"
	// VerbWaitForNone has a primary wait for nobody.
	VerbWaitForNone Verb = "wait-for-none"
	// VerbOpen makes an instance the primary that takes writes, as of Term.
	VerbOpen Verb = "open"
	// VerbAdmit lets clients read on a replica.
	VerbAdmit Verb = "admit"
	// VerbReadOnly makes a replica refuse writes.
	VerbReadOnly Verb = "read-only"
	// VerbFence keeps clients and writes from an instance, and stops it from
	// replicating and acknowledging.
	VerbFence Verb = "fence"
	// VerbDemote closes an instance that was a primary: clients are cut before
	// it stops waiting for acknowledgements, and then it takes no more writes.
	VerbDemote Verb = "demote"
	// VerbClose keeps clients from a replica that is about to take over.
	VerbClose Verb = "close"
	// VerbStopReceiver has a replica receive, and so acknowledge, nothing more.
	VerbStopReceiver Verb = "stop-receiver"
	// VerbStartApplier has a replica apply what it has received.
	VerbStartApplier Verb = "start-applier"
	// VerbSkipHalf puts a replica's applier behind half a branch at which it stopped.
	VerbSkipHalf Verb = "skip-half"
	// VerbRotate has one that is about to take over begin a new file of its binary log.
	VerbRotate Verb = "rotate"
	// VerbDetach has a replica that has applied everything be nobody's replica.
	VerbDetach Verb = "detach"

	// VerbClone copies Source's data onto an instance, which starts again with
	// them; VerbSettle makes the copy a server of its own.
	VerbClone  Verb = "clone"
	VerbSettle Verb = "settle"
	// VerbRelease has an instance replicate from nobody, closed; VerbForget takes
	// Replica's account from the primary.
	VerbRelease Verb = "release"
	VerbForget  Verb = "forget"
	// VerbHurry has a replica receive without waiting for its disk, to catch up.
	VerbHurry Verb = "hurry"
	// VerbWork replaces the record of the instance's job by Job, VerbDone ends it.
	VerbWork Verb = "work"
	VerbDone Verb = "done"

	// VerbBegin begins Operation, VerbAdvance replaces the one under way by it,
	// VerbEnd ends it with Outcome.
	VerbBegin   Verb = "begin"
	VerbAdvance Verb = "advance"
	VerbEnd     Verb = "end"
	// VerbAnnounce advances to Operation, and waits until proxies begin nothing
	// new on the primary and what is open there has ended or had its grace.
	VerbAnnounce Verb = "announce"
)

// Action is one thing to do, or to say.
type Action struct {
	Verb     Verb
	Instance string
	// Source is set for VerbJoin, VerbFollow and VerbClone, Term for VerbOpen, Ackers for
	// VerbSetAckers, Replica for VerbShutOut, VerbLetIn and VerbForget.
	Source  string
	Term    int64
	Ackers  []string
	Replica string
	// Job is set for VerbWork and VerbDone.
	Job *topology.InstanceJob
	// Operation is set for the verbs about one, Outcome for VerbEnd.
	Operation *topology.Operation
	Outcome   string
	// Why is a sentence for the operator. Topic, if set, is what of it is told
	// once: the rest changes while the meaning stays.
	Why   string
	Topic string
	// Alarm: somebody must look at it.
	Alarm bool
}

// meaning is the action's text, less what changes without news.
func (a Action) meaning() string {
	if a.Topic != "" {
		a.Why = a.Topic
	}
	return a.String()
}

// String prints the action in one line.
func (a Action) String() string {
	parts := []string{string(a.Verb)}
	if a.Instance != "" {
		parts = append(parts, a.Instance)
	}
	switch a.Verb {
	case VerbJoin, VerbFollow:
		parts = append(parts, "to", a.Source)
	case VerbClone:
		parts = append(parts, "from", a.Source)
	case VerbWork, VerbDone:
		parts = append(parts, string(a.Job.Kind), "phase="+string(a.Job.Phase))
		if a.Job.Donor != "" {
			parts = append(parts, "donor="+a.Job.Donor)
		}
	case VerbShutOut, VerbLetIn, VerbForget:
		parts = append(parts, a.Replica)
	case VerbOpen:
		parts = append(parts, fmt.Sprintf("term=%d", a.Term))
	case VerbSetAckers:
		parts = append(parts, orNobody(a.Ackers))
	case VerbBegin, VerbAdvance, VerbAnnounce, VerbEnd:
		parts = append(parts, operationText(a.Operation))
		if a.Outcome != "" {
			parts = append(parts, "outcome="+strconv.Quote(a.Outcome))
		}
	default:
	}
	text := strings.Join(parts, " ")
	if a.Why != "" {
		text += ": " + a.Why
	}
	return text
}

func orNobody(ids []string) string {
	if len(ids) == 0 {
		return "nobody"
	}
	return strings.Join(ids, ",")
}

func operationText(o *topology.Operation) string {
	text := fmt.Sprintf("%s phase=%s from=%s", o.Kind, o.Phase, o.From)
	if o.To != "" {
		text += " to=" + o.To
	}
	if o.Term != 0 {
		text += fmt.Sprintf(" term=%d", o.Term)
	}
	return text
}
