package topology

import (
	"slices"
	"time"
)

// InstanceJobKind says what is being done to an instance.
type InstanceJobKind string

// The kinds of jobs on instances.
const (
	// InstanceProvision fills an empty server with a copy of its group's rows.
	InstanceProvision InstanceJobKind = "provision"
	// InstanceRebuild throws a replica's data away and fills it anew.
	InstanceRebuild InstanceJobKind = "rebuild"
	// InstanceRemove takes a replica out of its group and forgets it.
	InstanceRemove InstanceJobKind = "remove"
)

// InstanceJobPhase is how far a job on an instance has come. Whichever
// controller leads goes on from there: each phase's steps may be taken twice.
type InstanceJobPhase string

// The phases, in order; a removal has the first one alone.
const (
	// InstanceLeaving: it serves nobody any more, and is taken off the ackers.
	InstanceLeaving InstanceJobPhase = "leaving"
	// InstanceCloning: it copies the data of Donor, and starts again with them.
	InstanceCloning InstanceJobPhase = "cloning"
	// InstanceJoining: it fetches what was written meanwhile.
	InstanceJoining InstanceJobPhase = "joining"
)

// InstanceJob is what is being done to an instance. As long as there is one no
// client reads there, it acknowledges nothing and takes over from nobody.
type InstanceJob struct {
	ID    string           `json:"id"`
	Kind  InstanceJobKind  `json:"kind"`
	Phase InstanceJobPhase `json:"phase"`
	// Donor is the instance that is copied, from PhaseCloning on.
	Donor string `json:"donor,omitempty"`
	// Account is the administrator's account on the instance, user@host. A copy
	// has the donor's accounts: it is made again there.
	Account string `json:"account,omitempty"`
	// Before tells the last copy that was made there before this job, so that
	// this one's is known from it: MySQL's word for when that began.
	Before string `json:"before,omitempty"`
	// Lost are the transactions that nobody else has and that go with its data.
	Lost  string          `json:"lost,omitempty"`
	Steps []OperationStep `json:"steps,omitempty"`
}

// With returns a copy of the job with one more step of its timeline.
func (j *InstanceJob) With(step string, at time.Time) *InstanceJob {
	c := copyInstanceJob(j)
	c.Steps = append(c.Steps, OperationStep{Name: step, At: at.UTC()})
	return c
}

func copyInstanceJob(j *InstanceJob) *InstanceJob {
	if j == nil {
		return nil
	}
	c := copyOf(j)
	c.Steps = slices.Clone(j.Steps)
	return c
}

// Serves reports whether clients may read on the instance, and whether it may
// become its group's primary.
func (i *Instance) Serves() bool { return !i.Drained && i.Job == nil }
