package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// How --tables names what an undeclared table becomes.
const (
	tablesSingle     = "single"
	tablesPrimaryKey = "by-primary-key"
)

// keyspaceCommand is 'shardway keyspace …'.
func (c *console) keyspaceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keyspace", Short: "Logical databases"}
	list := &cobra.Command{
		Use: "list", Short: "List the keyspaces", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			keyspaces, err := c.client().Keyspaces(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(keyspaces, func(w io.Writer) { keyspaceTable(w, keyspaces) })
		},
	}
	cmd.AddCommand(list, c.keyspaceCreateCommand(), c.keyspaceBalanceCommand(), c.keyspaceDropCommand())
	return cmd
}

func keyspaceTable(w io.Writer, keyspaces []admin.KeyspaceInfo) {
	var rows [][]string
	for _, k := range keyspaces {
		undeclared := tablesSingle
		if k.Undeclared == topology.KindSharded {
			undeclared = tablesPrimaryKey
		}
		state := "serving"
		switch {
		case k.Dropping:
			state = "half dropped"
		case k.Moving != "":
			state = k.Moving
		}
		var groups []string
		for _, shard := range k.Shards {
			if !slices.Contains(groups, shard.Group) {
				groups = append(groups, shard.Group)
			}
		}
		rows = append(rows, []string{k.Name, strconv.Itoa(len(k.Shards)), strings.Join(groups, ","), undeclared, strconv.Itoa(k.Tables), state})
	}
	table(w, "no keyspaces", []string{"KEYSPACE", "SHARDS", "GROUPS", "UNDECLARED TABLES", "DECLARED", "STATE"}, rows)
	for _, k := range keyspaces {
		if k.Balancing != "" {
			fmt.Fprintf(w, "\nreads of %s are shared among replicas by %s\n", k.Name, k.Balancing)
		}
	}
}

func (c *console) keyspaceCreateCommand() *cobra.Command {
	var n admin.NewKeyspace
	var tables string
	cmd := c.changes(&cobra.Command{
		Use: "create NAME", Short: "Create a keyspace, one shard per group unless told otherwise", Args: exactArgs("a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n.Name = args[0]
			switch tables {
			case tablesSingle:
				n.Undeclared = topology.KindSingle
			case tablesPrimaryKey:
				n.Undeclared = topology.KindSharded
			default:
				return usage(cmd, fmt.Errorf("--tables %s is neither %s nor %s", tables, tablesSingle, tablesPrimaryKey))
			}
			return c.showChange(c.client().CreateKeyspace(cmd.Context(), n, c.dryRun))
		},
	})
	cmd.Flags().StringSliceVar(&n.Groups, "groups", nil, "the groups it is spread over (default: the placement)")
	cmd.Flags().IntVar(&n.Shards, "shards", 0, "how many shards it has (default: one per group)")
	cmd.Flags().StringVar(&tables, "tables", tablesSingle, "what a table becomes that is not declared: "+tablesSingle+" or "+tablesPrimaryKey)
	cmd.Flags().StringVar(&n.Charset, "charset", "", "its default character set (default: the servers')")
	cmd.Flags().StringVar(&n.Collation, "collation", "", "its default collation (default: the servers')")
	return cmd
}

func (c *console) keyspaceDropCommand() *cobra.Command {
	var yes bool
	cmd := c.changes(&cobra.Command{
		Use: "drop NAME", Short: "Drop a keyspace with all its rows", Args: exactArgs("a keyspace"),
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes && !c.dryRun {
				if err := c.confirm(fmt.Sprintf("drop keyspace %s with all its rows?", args[0])); err != nil {
					return err
				}
			}
			return c.showChange(c.client().DropKeyspace(cmd.Context(), args[0], c.dryRun))
		},
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// shardCommand is 'shardway shard …'.
func (c *console) shardCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "shard", Short: "Token ranges of keyspaces, each on a group"}
	cmd.AddCommand(&cobra.Command{
		Use: "list [KEYSPACE]", Short: "List the shards", Args: atMostArgs(1),
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			shards, err := c.client().Shards(cmd.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			return c.show(shards, func(w io.Writer) {
				var rows [][]string
				for _, s := range shards {
					rows = append(rows, []string{s.Name, s.Group, orDash(s.Primary)})
				}
				table(w, "no shards", []string{"SHARD", "GROUP", "PRIMARY"}, rows)
			})
		},
	})
	return cmd
}
