package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/failover"
)

// switchoverCommand is 'shardway switchover GROUP'.
func (c *console) switchoverCommand() *cobra.Command {
	var how admin.Switchover
	cmd := c.changes(&cobra.Command{
		Use: "switchover GROUP", Short: "Have a replica take over from a group's primary, unnoticed",
		Long: "Have a replica take over from a group's primary, for maintenance of it. Proxies hold what would begin meanwhile, so\n" +
			"that clients see a short pause and no error. If anything stands in the way, all stays as it is.",
		Args: exactArgs("a group's id"), ValidArgsFunction: c.complete(groupIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().Switchover(cmd.Context(), args[0], how, c.dryRun))
		},
	})
	cmd.Flags().StringVar(&how.To, "to", "", "the `instance` that takes over; a replica in the primary's zone by default")
	return cmd
}

// failoverCommand is 'shardway failover GROUP'.
func (c *console) failoverCommand() *cobra.Command {
	var how admin.Failover
	cmd := c.changes(&cobra.Command{
		Use: "failover GROUP", Short: "Replace a group's primary that is dead or does not work",
		Long: "Replace a group's primary that is dead or does not work. The controller does that by itself where it is sure; this\n" +
			"is for what it refuses. --allow-loss goes on although a server that cannot be reached may have acknowledged writes that\n" +
			"no other has; say --dry-run first, which lists what is known to be lost.",
		Args: exactArgs("a group's id"), ValidArgsFunction: c.complete(groupIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().Failover(cmd.Context(), args[0], how, c.dryRun))
		},
	})
	cmd.Flags().StringVar(&how.To, "to", "", "the `instance` that takes over; the one that has most by default")
	cmd.Flags().BoolVar(&how.AllowLoss, "allow-loss", false, "go on though acknowledged writes may be lost")
	return cmd
}

// operationsCommand is 'shardway group operations GROUP'.
func (c *console) operationsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "operations GROUP", Short: "The changes of a group's primary, with their timelines", Args: exactArgs("a group's id"),
		ValidArgsFunction: c.complete(groupIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := c.client().Operations(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.show(list, func(w io.Writer) {
				var rows [][]string
				for _, o := range list {
					outcome := o.Outcome
					if outcome == "" {
						outcome = "under way, " + string(o.Phase)
					}
					rows = append(rows, []string{o.Began().Format(time.RFC3339), string(o.Kind), o.From, orDash(o.To), outcome, failover.Timeline(o), o.Reason})
				}
				table(w, "its primary was never changed", []string{"BEGAN", "KIND", "FROM", "TO", "OUTCOME", "TIMELINE", "WHY"}, rows)
			})
		},
	}
}
