package main

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// groupCommand is 'shardway group …'.
func (c *console) groupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "group", Short: "Replication groups: a primary and its replicas"}
	list := &cobra.Command{
		Use: "list", Short: "List the groups", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			groups, err := c.client().Groups(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(groups, func(w io.Writer) {
				var rows [][]string
				for _, g := range groups {
					var replicas []string
					for _, i := range g.Instances {
						if i.ID != g.Primary {
							replicas = append(replicas, i.ID)
						}
					}
					rows = append(rows, []string{g.ID, orDash(g.Primary), strconv.FormatInt(g.Term, 10), orDash(strings.Join(replicas, ",")), string(g.Promises())})
				}
				table(w, "no groups", []string{"GROUP", "PRIMARY", "TERM", "REPLICAS", "DURABILITY"}, rows)
			})
		},
	}
	var n admin.NewGroup
	create := c.changes(&cobra.Command{
		Use: "create ID", Short: "Make a group of spares", Args: exactArgs("a group's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n.ID = args[0]
			if n.Primary == "" {
				return usage(cmd, errors.New("--primary says which instance will take the writes"))
			}
			return c.showChange(c.client().CreateGroup(cmd.Context(), n, c.dryRun))
		},
	})
	create.Flags().StringVar(&n.Primary, "primary", "", "the instance that will take the writes")
	create.Flags().StringSliceVar(&n.Replicas, "replicas", nil, "the instances that will replicate from it")
	create.Flags().StringVar((*string)(&n.Durability), "durability", "", "whose acknowledgement its writes wait for: none, one-ack (default), cross-zone")
	remove := c.changes(&cobra.Command{
		Use: "remove ID", Short: "Forget a group that no keyspace is on",
		Long: "Forget a group that no keyspace is on, after a merge of its shards for instance. Its servers become spares: closed, with what is\n" +
			"on them. 'shardway instance join' fills one anew for another group, 'shardway instance remove' forgets it.",
		Args: exactArgs("a group's id"), ValidArgsFunction: c.complete(groupIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().RemoveGroup(cmd.Context(), args[0], c.dryRun))
		},
	})
	cmd.AddCommand(list, create, remove, c.durabilityCommand(), c.operationsCommand())
	return cmd
}

func (c *console) durabilityCommand() *cobra.Command {
	return c.changes(&cobra.Command{
		Use: "durability GROUP none|one-ack|cross-zone", Short: "Set whose acknowledgement a group's writes wait for",
		Long: "Set whose acknowledgement a group's writes wait for: nobody's (none), one replica's (one-ack), or one replica's in another\n" +
			"zone than the primary's (cross-zone). With none a primary that dies takes with it what no replica has received yet, so it\n" +
			"is replaced only by 'shardway failover --allow-loss'.",
		Args: exactArgs("a group's id", "none, one-ack or cross-zone"), ValidArgsFunction: c.complete(groupIDs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().SetDurability(cmd.Context(), args[0], admin.SetDurability{Durability: topology.Durability(args[1])}, c.dryRun))
		},
	})
}

// placementCommand is 'shardway placement …'.
func (c *console) placementCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "placement", Short: "Which groups new keyspaces are spread over"}
	show := &cobra.Command{
		Use: "show", Short: "Show it", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			placement, err := c.client().Placement(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(placement, func(w io.Writer) {
				text := "every group\n"
				if len(placement.Groups) > 0 {
					text = strings.Join(placement.Groups, ",") + "\n"
				}
				_, _ = io.WriteString(w, text) // the writer keeps its error
			})
		},
	}
	set := c.changes(&cobra.Command{
		Use: "set [GROUP…]", Short: "Set it; no group means every group",
		RunE: func(cmd *cobra.Command, args []string) error {
			var groups []string
			for _, arg := range args {
				groups = append(groups, strings.Split(arg, ",")...)
			}
			return c.showChange(c.client().SetPlacement(cmd.Context(), admin.Placement{Groups: groups}, c.dryRun))
		},
	})
	cmd.AddCommand(show, set)
	return cmd
}
