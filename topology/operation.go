package topology

import (
	"slices"
	"time"
)

// OperationKind says why a group's primary changes.
type OperationKind string

// The kinds of operations.
const (
	// OperationSwitchover: the primary is well and another is to take over.
	OperationSwitchover OperationKind = "switchover"
	// OperationFailover: the primary is taken to be dead.
	OperationFailover OperationKind = "failover"
	// OperationCutover: the primary stays, and what is moved of its shards changes
	// over to other groups; see Move.
	OperationCutover OperationKind = "cutover"
)

// OperationPhase is how far an operation has come. Whichever controller leads
// goes on from there: each phase's steps may be taken twice.
type OperationPhase string

// The phases, in order. A switchover begins with PhaseRequested, a failover with
// PhaseFence.
const (
	// PhaseRequested: nothing has happened yet; proxies do as always.
	PhaseRequested OperationPhase = "requested"
	// PhaseAnnounced: proxies begin nothing new on the primary; what is open
	// gets a grace.
	PhaseAnnounced OperationPhase = "announced"
	// PhaseFence: the old primary is closed, if it can be reached, and replicas
	// stop receiving from it.
	PhaseFence OperationPhase = "fence"
	// PhasePromote: To is chosen; it applies what it has received and is opened
	// as of Term. To is From when the operation is given up.
	PhasePromote OperationPhase = "promote"
)

// Operation is a change of a group's primary that is under way. The record is
// the group's lock: there is one at a time.
type Operation struct {
	ID    string         `json:"id"`
	Kind  OperationKind  `json:"kind"`
	Phase OperationPhase `json:"phase"`
	// From is the primary when it began, To the one after it; empty until one
	// is chosen.
	From string `json:"from"`
	To   string `json:"to,omitempty"`
	// Term is what To is published with; set with PhasePromote.
	Term int64 `json:"term,omitempty"`
	// Needed is a GTID set: what To must have executed before it is opened, so
	// that no acknowledged write is lost; set with PhasePromote.
	Needed string `json:"needed,omitempty"`
	// AllowLoss: the operator accepts that acknowledged writes may be lost.
	AllowLoss bool `json:"allow_loss,omitempty"`
	// Reason is the diagnosis or request that it began with, Undone why it was
	// given up.
	Reason string `json:"reason,omitempty"`
	Undone string `json:"undone,omitempty"`
	// Steps are what was done and when, for the timeline.
	Steps []OperationStep `json:"steps,omitempty"`
	// Group and Outcome are set when it has ended; the outcome is OutcomeDone,
	// or says why the old primary went on.
	Group   string `json:"group,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}

// OutcomeDone is the outcome of an operation that did what it was for.
const OutcomeDone = "done"

// OperationStep is one entry of an operation's timeline.
type OperationStep struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// Holding reports whether proxies keep back what would begin on the group's
// primary now: an operation is about to change it.
func (g *Group) Holding() bool {
	return g.Operation != nil && g.Operation.Phase != PhaseRequested
}

// With returns a copy of the operation with one more step of its timeline.
func (o *Operation) With(step string, at time.Time) *Operation {
	c := copyOperation(o)
	c.Steps = append(c.Steps, OperationStep{Name: step, At: at.UTC()})
	return c
}

// Began returns when the operation began.
func (o *Operation) Began() time.Time {
	if len(o.Steps) == 0 {
		return time.Time{}
	}
	return o.Steps[0].At
}

func copyOperation(o *Operation) *Operation {
	if o == nil {
		return nil
	}
	c := copyOf(o)
	c.Steps = slices.Clone(o.Steps)
	return c
}
