package topology

import (
	"fmt"
	"slices"
)

// Drain says whether clients are kept from reading on a replica. A drained one
// goes on replicating; it takes over from nobody and, as long as another does,
// acknowledges nothing.
func (d *Draft) Drain(id string, drained bool) error {
	instance := d.Instances[id]
	switch {
	case instance == nil:
		return notFound("instance", id, "instance")
	case instance.Role == RolePrimary && drained:
		return d.isPrimary(instance)
	case instance.Role == RoleSpare && drained:
		return &Refused{Code: CodeInvalid, Message: fmt.Sprintf("instance %s is a spare: nobody reads there", id), Hint: "drain replicas alone"}
	}
	instance.Drained = drained
	return nil
}

func (d *Draft) isPrimary(instance *Instance) error {
	return &Refused{
		Code:    CodeInUse,
		Message: fmt.Sprintf("instance %s is the primary of group %s", instance.ID, instance.Group),
		Hint:    fmt.Sprintf("'shardway switchover %s' has a replica take over first", instance.Group),
	}
}

// Provision makes a spare a replica of a group and begins to fill it.
func (d *Draft) Provision(group, id string, job InstanceJob) error {
	g := d.Groups[group]
	if g == nil {
		return notFound("group", group, "group")
	}
	if g.Primary == "" {
		return &Refused{
			Code: CodeInUse, Message: fmt.Sprintf("group %s has no primary yet, so there is nothing to copy", group),
			Hint: "'shardway status' says what keeps the controller from opening it",
		}
	}
	if err := d.AddReplica(group, id); err != nil {
		return err
	}
	return d.BeginInstanceJob(id, job)
}

// BeginInstanceJob begins a job on a replica. One at a time is under way there;
// a removal takes the place of any other.
func (d *Draft) BeginInstanceJob(id string, job InstanceJob) error {
	instance := d.Instances[id]
	switch {
	case instance == nil:
		return notFound("instance", id, "instance")
	case instance.Role == RolePrimary:
		return d.isPrimary(instance)
	case instance.Role == RoleSpare:
		return &Refused{
			Code: CodeInvalid, Message: fmt.Sprintf("instance %s is a spare, in no group", id),
			Hint: fmt.Sprintf("'shardway instance join %s GROUP' fills it with a group's rows", id),
		}
	case instance.Job != nil && (job.Kind != InstanceRemove || instance.Job.Kind == InstanceRemove):
		return &Refused{
			Code: CodeInUse, Message: fmt.Sprintf("a %s of instance %s is under way", instance.Job.Kind, id),
			Hint: "'shardway instance list' shows how far it is; 'shardway instance remove' takes its place",
		}
	}
	if g := d.Groups[instance.Group]; g.Operation != nil {
		return &Refused{
			Code: CodeInUse, Message: fmt.Sprintf("a %s of group %s is under way", g.Operation.Kind, g.ID), Hint: "try again when it has ended",
		}
	}
	if err := d.spared(instance); err != nil {
		return err
	}
	instance.Job = copyInstanceJob(&job)
	instance.Job.Phase = InstanceLeaving
	return nil
}

// spared refuses to take the last replica that acknowledges a group's writes:
// nothing could be written there any more.
func (d *Draft) spared(instance *Instance) error {
	g := d.Groups[instance.Group]
	if !slices.Contains(g.Ackers, instance.ID) || len(g.Ackers) > 1 || g.Promises() == DurabilityNone {
		return nil
	}
	return &Refused{
		Code:    CodeInUse,
		Message: fmt.Sprintf("instance %s alone acknowledges the writes of group %s", instance.ID, g.ID),
		Hint:    fmt.Sprintf("add another replica first, or 'shardway group durability %s none'", g.ID),
	}
}

// AdvanceInstanceJob replaces the record of a job that is under way.
func (d *Draft) AdvanceInstanceJob(id string, job InstanceJob) error {
	instance, err := d.working(id, job.ID)
	if err != nil {
		return err
	}
	instance.Job = copyInstanceJob(&job)
	return nil
}

// EndInstanceJob ends a job; the instance is a replica like others from now on,
// or after a removal forgotten. Its timeline is kept with the group's operations.
func (d *Draft) EndInstanceJob(id string, job InstanceJob) error {
	instance, err := d.working(id, job.ID)
	if err != nil {
		return err
	}
	if g := d.Groups[instance.Group]; slices.Contains(g.Ackers, id) {
		return invalid("instance %s still acknowledges the writes of group %s", id, g.ID)
	}
	reason := "asked for by an operator"
	if job.Lost != "" {
		reason += "; it alone had " + job.Lost
	}
	d.Ended = append(d.Ended, Operation{
		ID: job.ID, Kind: OperationKind(job.Kind), From: job.Donor, To: id, Group: instance.Group, Steps: slices.Clone(job.Steps),
		Reason: reason, Outcome: OutcomeDone,
	})
	instance.Job = nil
	if job.Kind == InstanceRemove {
		return d.RemoveInstance(id)
	}
	return nil
}

func (d *Draft) working(id, job string) (*Instance, error) {
	instance := d.Instances[id]
	if instance == nil {
		return nil, notFound("instance", id, "instance")
	}
	if instance.Job == nil || instance.Job.ID != job {
		return nil, invalid("the job %s of instance %s is no longer under way", job, id)
	}
	return instance, nil
}
