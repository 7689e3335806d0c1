package failover

import (
	"fmt"
	"strings"
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
	// VerbStart starts a replica's stopped halves.
	VerbStart Verb = "start"
	// VerbSetAckers lists Ackers in the topology.
	VerbSetAckers Verb = "set-ackers"
	// VerbAcknowledge lets a listed acker acknowledge.
	VerbAcknowledge Verb = "acknowledge"
	// VerbSilence keeps a replica that is not listed from acknowledging.
	VerbSilence Verb = "silence"
	// VerbWaitForAcks makes a primary wait for acknowledgements.
	VerbWaitForAcks Verb = "wait-for-acks"
	// VerbOpen makes an instance the primary that takes writes, as of Term.
	VerbOpen Verb = "open"
	// VerbAdmit lets clients read on a replica.
	VerbAdmit Verb = "admit"
	// VerbReadOnly makes a replica refuse writes.
	VerbReadOnly Verb = "read-only"
	// VerbFence keeps clients and writes from an instance, and stops it from
	// replicating and acknowledging.
	VerbFence Verb = "fence"
)

// Action is one thing to do, or to say.
type Action struct {
	Verb     Verb
	Instance string
	// Source is set for VerbJoin, Term for VerbOpen, Ackers for VerbSetAckers.
	Source string
	Term   int64
	Ackers []string
	// Why is a sentence for the operator.
	Why string
}

// String prints the action in one line.
func (a Action) String() string {
	parts := []string{string(a.Verb)}
	if a.Instance != "" {
		parts = append(parts, a.Instance)
	}
	switch a.Verb {
	case VerbJoin:
		parts = append(parts, "to", a.Source)
	case VerbOpen:
		parts = append(parts, fmt.Sprintf("term=%d", a.Term))
	case VerbSetAckers:
		parts = append(parts, strings.Join(a.Ackers, ","))
	default:
	}
	text := strings.Join(parts, " ")
	if a.Why != "" {
		text += ": " + a.Why
	}
	return text
}
