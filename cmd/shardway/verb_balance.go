package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// keyspaceBalanceCommand is 'shardway keyspace balance KEYSPACE'.
func (c *console) keyspaceBalanceCommand() *cobra.Command {
	var b admin.Balancing
	var policy string
	cmd := c.changes(&cobra.Command{
		Use: "balance KEYSPACE", Short: "Say how reads are shared among replicas", Args: exactArgs("a keyspace"),
		Long: "Say how the reads of sessions in a keyspace are shared among replicas. What is not given is as if it had never been set:\n" +
			"two-choices, those in the proxy's zone first, no bound on the lag, no slow start.",
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			b.Policy = topology.BalancePolicy(policy)
			return c.showChange(c.client().SetBalancing(cmd.Context(), args[0], b, c.dryRun))
		},
	})
	var names []string
	for _, p := range topology.BalancePolicies() {
		names = append(names, string(p))
	}
	cmd.Flags().StringVar(&policy, "policy", string(topology.BalanceTwoChoices), "`which` of the replicas that would do: "+strings.Join(names, ", "))
	cmd.Flags().BoolVar(&b.AnyZone, "any-zone", false, "replicas in the proxy's own zone do not come first")
	cmd.Flags().StringVar(&b.MaxLag, "max-lag", "", "no read goes to a replica that is further behind than this `duration`")
	cmd.Flags().StringVar(&b.SlowStart, "slow-start", "", "`how long` a replica that comes back gets less than its share")
	return cmd
}

// instanceWeightCommand is 'shardway instance weight ID N'.
func (c *console) instanceWeightCommand() *cobra.Command {
	return c.changes(&cobra.Command{
		Use: "weight ID N", Short: "Give a replica more or less of its group's reads than others", Args: exactArgs("an instance's id", "a weight"),
		ValidArgsFunction: c.complete(instanceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return usage(cmd, err)
			}
			return c.showChange(c.client().SetWeight(cmd.Context(), args[0], n, c.dryRun))
		},
	})
}
