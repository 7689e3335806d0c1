package failover

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Request is what an operator asks of a group.
type Request struct {
	Kind topology.OperationKind
	// To is the replica that is to take over; empty leaves the choice.
	To string
	// AllowLoss lets a failover go on where an acknowledged write may be on a
	// server alone that cannot be reached.
	AllowLoss bool
	DryRun    bool
}

// Result says what was done, or with a dry run would be.
type Result struct {
	Steps    []string
	Warnings []string
	// Operation is the ended one; nil with a dry run.
	Operation *topology.Operation
}

// Ask carries out what an operator asks, and returns when it has ended. An
// operation whose caller goes away is carried on all the same.
func (c *Controller) Ask(ctx context.Context, group string, r Request) (Result, error) {
	v, ok := c.view(group)
	if !ok {
		return Result{}, &topology.Refused{
			Code: topology.CodeNotFound, Message: fmt.Sprintf("group %s is not known, or was not looked at yet", group), Hint: "'shardway group list' shows what there is",
		}
	}
	result, err := c.plan(v, r)
	if err != nil || r.DryRun {
		return result, err
	}
	id, err := c.begin(ctx, v, r)
	if err != nil {
		return Result{}, err
	}
	ended, err := c.await(ctx, group, id)
	if err != nil {
		return Result{}, err
	}
	if ended.Outcome != topology.OutcomeDone {
		return Result{}, &topology.Refused{
			Code: topology.CodeInUse, Message: fmt.Sprintf("the %s of group %s was not done: %s", r.Kind, group, ended.Outcome), Hint: "put that right and try again; nothing is lost",
		}
	}
	result.Operation = ended
	result.Steps = []string{fmt.Sprintf("%s is the primary of group %s, as of term %d", ended.To, group, ended.Term), Timeline(*ended)}
	return result, nil
}

// begin stores the operation that is asked for, or what an operator wants of
// the failover that waits, and returns its id.
func (c *Controller) begin(ctx context.Context, v View, r Request) (id string, err error) {
	g := v.Group
	o := topology.Operation{
		ID: operationID(v.nextTerm(c.opts.Source.Current().Version + 1)), Kind: r.Kind, Phase: topology.PhaseRequested,
		From: g.Primary, To: r.To, AllowLoss: r.AllowLoss, Reason: "asked for by an operator",
	}
	if r.Kind == topology.OperationFailover {
		o.Phase = topology.PhaseFence
		if id, _ := v.later(); id != "" {
			o.Phase, o.To, o.Term = topology.PhasePromote, id, v.nextTerm(c.opts.Source.Current().Version)
		}
	}
	_, err = c.opts.Store.Update(ctx, func(d *topology.Draft) error {
		if now := d.Groups[g.ID]; now != nil && amends(now.Operation, r) {
			id = now.Operation.ID
			return d.ChooseSuccessor(g.ID, r.To, r.AllowLoss, time.Now())
		}
		id = o.ID
		return d.BeginOperation(g.ID, *o.With("requested", time.Now()))
	})
	return id, err
}

// amends reports whether a request is about the failover that is under way and
// has chosen nobody: the controller begins one by itself, and it waits where it
// cannot prove that nothing is lost.
func amends(o *topology.Operation, r Request) bool {
	return o != nil && r.Kind == topology.OperationFailover && o.Kind == topology.OperationFailover && o.Phase == topology.PhaseFence
}

// await waits for the end of an operation.
func (c *Controller) await(ctx context.Context, group, id string) (*topology.Operation, error) {
	for {
		changed := c.opts.Source.Changed()
		g := c.opts.Source.Current().Groups[group]
		if g == nil || g.Operation == nil || g.Operation.ID != id {
			list, err := c.opts.Store.Operations(ctx, group)
			if err != nil {
				return nil, err
			}
			for i := range list {
				if list[i].ID == id {
					return &list[i], nil
				}
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, &topology.Refused{
				Code: topology.CodeUnavailable, Message: fmt.Sprintf("the operation of group %s is still under way", group),
				Hint: "'shardway status' says what it waits for; it goes on by itself",
			}
		}
	}
}

// plan says what a request would do as things stand, and refuses what would not.
func (c *Controller) plan(v View, r Request) (Result, error) {
	refuse := func(why, hint string) (Result, error) {
		return Result{}, &topology.Refused{Code: topology.CodeInUse, Message: fmt.Sprintf("no %s of group %s: %s", r.Kind, v.Group.ID, why), Hint: hint}
	}
	if v.Group.Operation != nil && !amends(v.Group.Operation, r) {
		return refuse(fmt.Sprintf("a %s is under way", v.Group.Operation.Kind), "'shardway group operations "+v.Group.ID+"' shows how far it is")
	}
	id, term := v.later()
	switch {
	case id != "" && r.Kind == topology.OperationFailover:
		return planReturn(v, id, term, r)
	case id != "":
		return refuse(fmt.Sprintf("%s took over in term %d, which etcd does not know", id, term), "'shardway failover "+v.Group.ID+"' has it go on; then ask again")
	}
	if r.Kind == topology.OperationSwitchover {
		to, why, passing := Successor(v, r.To)
		var warnings []string
		switch {
		case why != "" && !passing:
			return refuse(why, "put that right first, or name another replica with --to")
		case why != "":
			warnings = append(warnings, "it begins when this has passed, and is refused if that takes longer than seconds: "+why)
			to = "the new primary"
		}
		return Result{Warnings: warnings, Steps: []string{
			fmt.Sprintf("proxies hold what would begin on %s, and what is open there gets %s", v.Group.Primary, c.opts.Policy.Grace),
			fmt.Sprintf("%s is closed, and %s applies what it wrote last", v.Group.Primary, to),
			fmt.Sprintf("%s becomes the primary of group %s, and %s its replica", to, v.Group.ID, v.Group.Primary),
		}}, nil
	}
	reached, missing, have := c.reach(v)
	if len(reached) == 0 {
		return refuse("no replica that acknowledges its writes can be reached", "'shardway status' says what is wrong with each")
	}
	result := Result{Steps: []string{
		fmt.Sprintf("%s stop receiving from %s, which is closed if it answers", strings.Join(reached, ", "), v.Group.Primary),
		"the one of them that has most applies it and becomes the primary",
	}}
	if len(missing) > 0 {
		result.Warnings = append(result.Warnings, c.loss(v, missing, have))
		if !r.AllowLoss && !r.DryRun {
			return refuse(result.Warnings[0], "bring them back, or say --allow-loss")
		}
	}
	return result, nil
}

// reach divides a group's ackers in those whose word counts and those that do not
// answer or have unsafe settings, and says what the former have.
func (c *Controller) reach(v View) (reached, missing []string, have mysql.GTIDSet) {
	if v.Group.Promises() == topology.DurabilityNone {
		missing = append(missing, v.Group.Primary) // it waits for nobody
	}
	for _, id := range v.voters() {
		i := v.instance(id)
		if i == nil || !i.Up() || i.Unfit != "" {
			missing = append(missing, id)
			continue
		}
		reached = append(reached, id)
		if set, err := setOf(i); err == nil {
			have = have.Union(set)
		}
	}
	return reached, missing, have
}

// loss says what is known to be only on servers that cannot be reached.
func (c *Controller) loss(v View, missing []string, have mysql.GTIDSet) string {
	text := fmt.Sprintf("%s cannot be relied on and may have acknowledged writes that nobody else has", strings.Join(missing, ", "))
	var known mysql.GTIDSet
	for _, id := range append(missing, v.Group.Primary) {
		if i := v.instance(id); i != nil && !i.Up() {
			if set, err := mysql.ParseGTIDSet(i.LastExecuted); err == nil {
				known = known.Union(set)
			}
		}
	}
	if lost := known.Subtract(have); !lost.IsZero() {
		return fmt.Sprintf("%s; known to be lost: %d transactions, %s", text, lost.Count(), lost)
	}
	return text + "; none is known to be"
}

// Timeline prints an operation's steps with the milliseconds since it began.
func Timeline(o topology.Operation) string {
	var parts []string
	for _, s := range o.Steps {
		parts = append(parts, fmt.Sprintf("%s +%d ms", s.Name, s.At.Sub(o.Began()).Milliseconds()))
	}
	return strings.Join(parts, ", ")
}
