package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// jobPoll is how often a job that is waited for is looked at.
const jobPoll = 500 * time.Millisecond

// underWay says what is being done to an instance.
func underWay(i topology.Instance) string {
	switch {
	case i.Job != nil:
		return fmt.Sprintf("%s, %s", i.Job.Kind, i.Job.Phase)
	case i.Drained:
		return "drained"
	}
	return "-"
}

// detachable adds the flag by which a verb returns before its job has ended.
func (c *console) detachable(cmd *cobra.Command, detach *bool) {
	cmd.Flags().BoolVar(detach, "detach", false, "return at once; 'shardway instance list' and 'status' show how far it is")
}

func (c *console) instanceJoinCommand() *cobra.Command {
	var detach bool
	cmd := c.changes(&cobra.Command{
		Use: "join ID GROUP", Short: "Fill a spare with a group's rows and make it a replica there", Args: exactArgs("an instance's id", "a group's id"),
		ValidArgsFunction: c.complete(instanceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			done, err := c.client().JoinInstance(cmd.Context(), args[0], admin.Join{Group: args[1]}, c.dryRun)
			return c.awaitJob(cmd.Context(), args[0], detach, done, err)
		},
	})
	c.detachable(cmd, &detach)
	return cmd
}

func (c *console) instanceDrainCommand() *cobra.Command {
	var drain admin.Drain
	cmd := c.changes(&cobra.Command{
		Use: "drain ID", Short: "Keep clients from reading on a replica", Args: exactArgs("an instance's id"),
		Long: "Keep clients from reading on a replica. It goes on replicating, takes over from nobody, and acknowledges nothing as long\n" +
			"as another replica does.",
		ValidArgsFunction: c.complete(instanceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().DrainInstance(cmd.Context(), args[0], drain, c.dryRun))
		},
	})
	cmd.Flags().BoolVar(&drain.Off, "off", false, "let clients read there again")
	return cmd
}

func (c *console) instanceRebuildCommand() *cobra.Command {
	var yes, detach bool
	cmd := c.changes(&cobra.Command{
		Use: "rebuild ID", Short: "Throw a replica's data away and fill it anew", Args: exactArgs("an instance's id"),
		Long: "Throw a replica's data away and fill it with a copy of another server of its group. This is the way back for one that has\n" +
			"transactions which its primary lacks: --dry-run lists them. They are lost with it.",
		ValidArgsFunction: c.complete(instanceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			id := args[0]
			if !yes && !c.dryRun {
				planned, err := c.client().RebuildInstance(cmd.Context(), id, true)
				if err != nil {
					return err
				}
				for _, warning := range planned.Warnings {
					fmt.Fprintln(c.stderr, "warning:", warning)
				}
				if err := c.confirm(fmt.Sprintf("throw the data of %s away?", id)); err != nil {
					return err
				}
			}
			done, err := c.client().RebuildInstance(cmd.Context(), id, c.dryRun)
			return c.awaitJob(cmd.Context(), id, detach, done, err)
		},
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.detachable(cmd, &detach)
	return cmd
}

func (c *console) instanceRemoveCommand() *cobra.Command {
	var detach bool
	cmd := c.changes(&cobra.Command{
		Use: "remove ID", Short: "Forget a spare, or take a replica out of its group", Args: exactArgs("an instance's id"),
		Long: "Forget a spare; the server is left as it is. A replica is first taken off those that acknowledge, when another one is\n" +
			"proved to have everything, and then closed; it may be dead.",
		ValidArgsFunction: c.complete(instanceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			done, err := c.client().RemoveInstance(cmd.Context(), args[0], c.dryRun)
			return c.awaitJob(cmd.Context(), args[0], detach, done, err)
		},
	})
	c.detachable(cmd, &detach)
	return cmd
}

// awaitJob prints what begins and waits until nothing is being done to the
// instance any more, saying how far it is.
func (c *console) awaitJob(ctx context.Context, id string, detach bool, done admin.Change, err error) error {
	if err != nil || done.DryRun || detach {
		return c.showChange(done, err)
	}
	said := ""
	tick := time.NewTicker(jobPoll)
	defer tick.Stop()
	for {
		instances, err := c.client().Instances(ctx)
		if err == nil {
			n := slices.IndexFunc(instances, func(i topology.Instance) bool { return i.ID == id })
			if n < 0 || instances[n].Job == nil {
				return c.showChange(done, nil)
			}
			if how := c.howFar(ctx, id); how != said && how != "" {
				fmt.Fprintf(c.stderr, "%s: %s\n", id, how)
				said = how
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the job goes on without being watched: %w", context.Cause(ctx))
		}
	}
}

func (c *console) howFar(ctx context.Context, id string) string {
	status, err := c.client().Status(ctx)
	if err != nil {
		return ""
	}
	for _, g := range status.Groups {
		for _, i := range g.Instances {
			if i.ID == id {
				return i.Problem
			}
		}
	}
	return ""
}
