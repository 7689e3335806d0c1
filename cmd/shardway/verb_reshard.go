package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// reshardPoll is how often a move is asked about that is waited for.
const reshardPoll = 500 * time.Millisecond

// reshardCommand is 'shardway reshard …'.
func (c *console) reshardCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "reshard", Short: "Move shards to other groups while clients go on: split, merge, switch, reverse",
		Long: "Move shards to other groups while clients go on. 'split' and 'merge' copy the rows to groups that do not have the\n" +
			"keyspace, follow what changes, and compare all rows; nothing changes for clients. 'switch' then has the new shards serve,\n" +
			"after a pause that clients hardly notice, and 'reverse' the old ones again, as often as you like. 'complete' drops the old\n" +
			"rows, 'cancel' the new ones.",
	}
	cmd.AddCommand(c.splitCommand(), c.mergeCommand(), c.isolateCommand(), c.distributeCommand(), c.moveTableCommand(), c.reshardPlanCommand(), c.reshardStatusCommand(), c.limitCommand(),
		c.moveVerb("switch", "Have the new shards serve", ""),
		c.moveVerb("reverse", "Have the old shards serve again", ""),
		c.moveVerb("complete", "End it: drop the old shards' rows", "the old shards' rows are dropped, and there is no way back"),
		c.moveVerb("cancel", "End it: drop what was copied", ""),
		c.moveVerb("verify", "Compare all rows once more", ""),
		c.moveVerb("resume", "Go on after a stop whose cause is put right", ""))
	return cmd
}

func (c *console) splitCommand() *cobra.Command {
	var into int
	var at []string
	cmd := c.beginCommand("split SHARD", "Split a shard", topology.MoveSplit, exactArgs("a shard, such as shop/-80"), func(cmd *cobra.Command, m *admin.NewMove) error {
		m.Into = into
		if len(at) == 0 {
			return nil
		}
		var err error
		if m.Ranges, err = cutAt(m.From, at); err != nil {
			return usage(cmd, err)
		}
		return nil
	})
	cmd.Flags().IntVar(&into, "into", 0, "`how many` shards it becomes; by default as many as there are groups in --onto, or 2")
	cmd.Flags().StringSliceVar(&at, "at", nil, "where exactly: the first `tokens` of the new shards but the first, as hex prefixes")
	return cmd
}

func (c *console) distributeCommand() *cobra.Command {
	var d admin.TableDeclaration
	var limit copyRate
	var wait bool
	cmd := c.changes(&cobra.Command{
		Use: "distribute KEYSPACE.TABLE", Short: "Spread the rows of a single table over all shards, by a shard key", Args: exactArgs("a table, such as shop.orders"),
		Long: "Spread the rows of a single table over all shards, by a shard key. Its rows are copied to hidden tables, which 'switch' has\n" +
			"clients use in its place, 'reverse' the one table again, until 'complete'.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(d.ShardKey) == 0 {
				return usage(cmd, errors.New("--by names the shard key"))
			}
			return c.beginTableMove(cmd, args[0], admin.NewMove{Kind: topology.MoveDistribute, Declaration: &d}, limit, wait)
		},
	})
	tableFlags(cmd, &d)
	beginFlags(cmd, &limit, &wait)
	return cmd
}

func (c *console) moveTableCommand() *cobra.Command {
	m := admin.NewMove{Kind: topology.MoveTable, Declaration: &admin.TableDeclaration{}}
	var limit copyRate
	var wait bool
	cmd := c.changes(&cobra.Command{
		Use: "move KEYSPACE.TABLE --to KEYSPACE", Short: "Take a single table to another keyspace", Args: exactArgs("a table, such as shop.orders"),
		Long: "Take a single table to another keyspace, where it is single again or, with --by, sharded. Its rows are copied to hidden tables,\n" +
			"which 'switch' has clients use in its place, 'reverse' the old one again, until 'complete'. Statements that name it where it\n" +
			"was find it where it is.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if m.To == "" {
				return usage(cmd, errors.New("--to names the keyspace that takes the table"))
			}
			return c.beginTableMove(cmd, args[0], m, limit, wait)
		},
	})
	cmd.Flags().StringVar(&m.To, "to", "", "the `keyspace` that takes it")
	tableFlags(cmd, m.Declaration)
	beginFlags(cmd, &limit, &wait)
	return cmd
}

// tableFlags say how a table's rows are spread.
func tableFlags(cmd *cobra.Command, d *admin.TableDeclaration) {
	cmd.Flags().StringSliceVar(&d.ShardKey, "by", nil, "the shard key: the column or `columns` whose value says where a row lives")
	cmd.Flags().BoolVar(&d.UniqueShard, "unique-shard", false, "unique keys without the shard key need only be unique within a shard")
}

// beginTableMove begins to move a table that is written as KEYSPACE.TABLE.
func (c *console) beginTableMove(cmd *cobra.Command, name string, m admin.NewMove, limit copyRate, wait bool) error {
	keyspace, table, err := splitTable(name)
	if err != nil {
		return usage(cmd, err)
	}
	m.Table = table
	return c.begin(cmd, keyspace, m, limit, wait)
}

// cutAt cuts neighbouring ranges at tokens.
func cutAt(from []topology.Range, at []string) ([]topology.Range, error) {
	next := topology.Range{Start: from[0].Start, End: from[len(from)-1].End}
	var ranges []topology.Range
	for _, text := range at {
		bound, err := topology.ParseRange(text + "-")
		if err != nil {
			return nil, err
		}
		if !next.Contains(bound.Start) || bound.Start == next.Start {
			return nil, fmt.Errorf("%s is not inside %s", text, next)
		}
		ranges = append(ranges, topology.Range{Start: next.Start, End: bound.Start})
		next.Start = bound.Start
	}
	return append(ranges, next), nil
}

func (c *console) mergeCommand() *cobra.Command {
	var into int
	cmd := c.beginCommand("merge SHARD SHARD…", "Merge neighbouring shards", topology.MoveMerge, cobra.MinimumNArgs(1), func(_ *cobra.Command, m *admin.NewMove) error {
		m.Into = into
		return nil
	})
	cmd.Flags().IntVar(&into, "into", 1, "`how many` shards they become")
	return cmd
}

// beginCommand is a command that begins a move of the shards that it names.
func (c *console) beginCommand(use, short string, kind topology.MoveKind, args cobra.PositionalArgs, more func(*cobra.Command, *admin.NewMove) error) *cobra.Command {
	var groups []string
	var limit copyRate
	var wait bool
	cmd := c.changes(&cobra.Command{
		Use: use, Short: short, Args: args, ValidArgsFunction: c.complete(shardNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			m := admin.NewMove{Kind: kind, Groups: groups}
			keyspace := ""
			for _, arg := range args {
				of, r, err := topology.ParseShardName(arg)
				if err != nil {
					return usage(cmd, err)
				}
				if keyspace != "" && of != keyspace {
					return usage(cmd, fmt.Errorf("%s is not a shard of %s", arg, keyspace))
				}
				keyspace, m.From = of, append(m.From, r)
			}
			if err := more(cmd, &m); err != nil {
				return err
			}
			return c.begin(cmd, keyspace, m, limit, wait)
		},
	})
	cmd.Flags().StringSliceVar(&groups, "onto", nil, "the `groups` that take the new shards, in turn; those without a keyspace by default")
	beginFlags(cmd, &limit, &wait)
	return cmd
}

// beginFlags are the flags of all commands that begin a move.
func beginFlags(cmd *cobra.Command, limit *copyRate, wait *bool) {
	cmd.Flags().Var(limit, "limit", "how many bytes a second are copied from each group at most, such as 20MB; 'reshard limit' changes it")
	cmd.Flags().BoolVar(wait, "wait", false, "return when all rows are copied and compared")
}

// begin begins a move, and with wait returns when the other side follows.
func (c *console) begin(cmd *cobra.Command, keyspace string, m admin.NewMove, limit copyRate, wait bool) error {
	m.CopyLimit = int64(limit)
	change, err := c.client().BeginMove(cmd.Context(), keyspace, m, c.dryRun)
	if err == nil && wait && !c.dryRun {
		err = c.awaitFollowing(cmd.Context(), keyspace)
	}
	return c.showChange(change, err)
}

// awaitFollowing waits until the new shards could serve.
func (c *console) awaitFollowing(ctx context.Context, keyspace string) error {
	tick := time.NewTicker(reshardPoll)
	defer tick.Stop()
	for {
		list, err := c.client().Moves(ctx, keyspace)
		switch {
		case err != nil:
			return err
		case len(list) == 0 || list[0].Outcome != "":
			return errors.New("the move was cancelled meanwhile")
		case list[0].Stopped != "":
			return &topology.Refused{Code: topology.CodeInUse, Message: list[0].Stopped, Hint: "put that right, then 'shardway reshard resume " + keyspace + "', or cancel"}
		case list[0].Phase == topology.MoveFollowing:
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// moveVerb is a command about the move that is under way; warning, if not empty,
// is asked about first.
func (c *console) moveVerb(verb, short, warning string) *cobra.Command {
	var yes bool
	cmd := c.changes(&cobra.Command{
		Use: verb + " KEYSPACE", Short: short, Args: exactArgs("a keyspace"), ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if warning != "" && !yes && !c.dryRun {
				if err := c.confirm(fmt.Sprintf("%s: %s. Go on?", args[0], warning)); err != nil {
					return err
				}
			}
			return c.showChange(c.client().AskMove(cmd.Context(), args[0], verb, c.dryRun))
		},
	})
	if warning != "" {
		cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	}
	return cmd
}

func shardNames(ctx context.Context, client *admin.Client) ([]string, error) {
	list, err := client.Keyspaces(ctx)
	var names []string
	for _, k := range list {
		for _, s := range k.Shards {
			names = append(names, topology.ShardName(k.Name, s.Range))
		}
	}
	return names, err
}
