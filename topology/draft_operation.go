package topology

import (
	"fmt"
	"slices"
	"time"
)

// BeginOperation begins to change a group's primary. One operation at a time is
// under way in a group.
func (d *Draft) BeginOperation(group string, o Operation) error {
	g := d.Groups[group]
	switch {
	case g == nil:
		return notFound("group", group, "group")
	case g.Operation != nil:
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("a %s of group %s is under way", g.Operation.Kind, group),
			Hint:    "'shardway group operations " + group + "' shows how far it is",
		}
	case g.Primary == "":
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("group %s has no primary yet", group),
			Hint:    "'shardway status' says what keeps the controller from opening it",
		}
	case o.From != g.Primary:
		return invalid("the primary of group %s is %s, not %s", group, g.Primary, o.From)
	}
	if o.To != "" {
		if err := d.checkSuccessor(g, o.To); err != nil {
			return err
		}
	}
	g.Operation = copyOperation(&o)
	return nil
}

// checkSuccessor refuses an instance that cannot become a group's primary.
func (d *Draft) checkSuccessor(g *Group, id string) error {
	instance := d.Instances[id]
	switch {
	case instance == nil:
		return notFound("instance", id, "instance")
	case id == g.Primary:
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("%s is the primary of group %s already", id, g.ID),
			Hint:    "name one of its replicas, or nobody: the controller chooses then",
		}
	case instance.Group != g.ID:
		return &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("instance %s is no replica of group %s", id, g.ID),
			Hint:    "'shardway instance list' shows who is",
		}
	case !instance.Serves():
		return &Refused{
			Code: CodeInUse, Message: fmt.Sprintf("instance %s is drained or being worked on", id), Hint: "name another replica, or none",
		}
	}
	return nil
}

// AdvanceOperation replaces the record of the operation that is under way.
func (d *Draft) AdvanceOperation(group string, o Operation) error {
	g, err := d.operating(group, o.ID)
	if err != nil {
		return err
	}
	g.Operation = copyOperation(&o)
	return nil
}

// ChooseSuccessor says of a failover that is under way and has chosen nobody what
// an operator wants of it.
func (d *Draft) ChooseSuccessor(group, to string, allowLoss bool, at time.Time) error {
	g := d.Groups[group]
	if to != "" {
		if err := d.checkSuccessor(g, to); err != nil {
			return err
		}
	}
	g.Operation = g.Operation.With("asked for by an operator", at)
	g.Operation.To, g.Operation.AllowLoss = to, allowLoss
	return nil
}

// EndOperation ends an operation that has changed nothing.
func (d *Draft) EndOperation(group string, o Operation, outcome string) error {
	if err := d.AdvanceOperation(group, o); err != nil {
		return err
	}
	d.end(d.Groups[group], outcome)
	return nil
}

func (d *Draft) operating(group, id string) (*Group, error) {
	g := d.Groups[group]
	if g == nil {
		return nil, notFound("group", group, "group")
	}
	if g.Operation == nil || g.Operation.ID != id {
		return nil, invalid("the operation %s of group %s is no longer under way", id, group)
	}
	return g, nil
}

func (d *Draft) end(g *Group, outcome string) {
	ended := g.Operation
	ended.Group, ended.Outcome = g.ID, outcome
	d.Ended = append(d.Ended, *ended)
	g.Operation = nil
}

// Publish makes primary the instance that takes a group's writes, as of term,
// which must have grown. The former primary becomes a replica. An operation of
// the group ends with that; only the one that it has chosen can be published.
func (d *Draft) Publish(group, primary string, term int64) error {
	g := d.Groups[group]
	if g == nil {
		return notFound("group", group, "group")
	}
	instance := d.Instances[primary]
	if instance == nil || instance.Group != group {
		return invalid("instance %q is no member of group %s", primary, group)
	}
	if term <= g.Term {
		return invalid("term %d of group %s is not after its term %d", term, group, g.Term)
	}
	if o := g.Operation; o != nil {
		if o.Phase != PhasePromote || o.To != primary || o.Term != term {
			return invalid("a %s of group %s is under way, which is not to end with %s as primary of term %d", o.Kind, group, primary, term)
		}
		outcome := OutcomeDone
		if primary == o.From {
			outcome = "undone: " + o.Undone
		}
		if o.AllowLoss {
			g.Floor = "" // some of it may be lost, and nobody will ever have it
		}
		d.end(g, outcome)
	}
	for _, member := range d.Members(group) {
		member.Role = RoleReplica
	}
	instance.Role, instance.Drained, instance.Job = RolePrimary, false, nil
	g.Primary, g.Term = primary, term
	// Whoever does not count for this primary acknowledges nothing to it.
	g.Ackers = slices.DeleteFunc(g.Ackers, func(id string) bool {
		return id == primary || !g.Promises().MayAcknowledge(instance.Zone, d.Instances[id].Zone)
	})
	return nil
}
