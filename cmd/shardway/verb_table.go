package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// tableCommand is 'shardway table …'.
func (c *console) tableCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "table", Short: "How tables are spread over shards"}
	var by []string
	var uniqueShard bool
	distribute := c.declareCommand("distribute KEYSPACE.TABLE", "Shard a table by one or more of its columns",
		func() admin.TableDeclaration {
			return admin.TableDeclaration{Kind: topology.KindSharded, ShardKey: by, UniqueShard: uniqueShard}
		})
	distribute.Flags().StringSliceVar(&by, "by", nil, "the shard key: the column or columns whose value says where a row lives")
	distribute.Flags().BoolVar(&uniqueShard, "unique-shard", false, "unique keys without the shard key need only be unique within a shard")
	distribute.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if len(by) == 0 {
			return usage(cmd, errors.New("--by names the shard key"))
		}
		return nil
	}
	reference := c.declareCommand("reference KEYSPACE.TABLE", "Keep a full copy of a table on every shard",
		func() admin.TableDeclaration { return admin.TableDeclaration{Kind: topology.KindReference} })
	single := c.declareCommand("single KEYSPACE.TABLE", "Keep all of a table's rows on one shard",
		func() admin.TableDeclaration { return admin.TableDeclaration{Kind: topology.KindSingle} })
	cmd.AddCommand(c.tableListCommand(), distribute, reference, single)
	return cmd
}

func (c *console) tableListCommand() *cobra.Command {
	var tokens bool
	cmd := &cobra.Command{
		Use: "list KEYSPACE", Short: "List the declared tables of a keyspace", Args: exactArgs("a keyspace"),
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			tables, err := c.client().Tables(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.show(tables, func(w io.Writer) {
				var rows [][]string
				for _, t := range tables {
					unique := "-"
					if t.UniqueShard {
						unique = "per shard"
					}
					for i, key := range t.Unique {
						if i == 0 {
							unique = "over all shards: "
						} else {
							unique += "; "
						}
						unique += strings.Join(key.Columns, ",")
					}
					rows = append(rows, []string{t.Name, string(t.Kind), orDash(strings.Join(t.ShardKey, ",")), orDash(t.Sequence), unique})
				}
				table(w, "no declared tables", []string{"TABLE", "KIND", "SHARD KEY", "SEQUENCE", "UNIQUE"}, rows)
				for _, t := range tables {
					if tokens && t.Token != "" {
						fmt.Fprintf(w, "\ntoken of a row of %s:\n  %s\n", t.Name, t.Token)
					}
				}
			})
		},
	}
	cmd.Flags().BoolVar(&tokens, "tokens", false, "print each table's token as a SQL expression")
	return cmd
}

func (c *console) declareCommand(use, short string, declaration func() admin.TableDeclaration) *cobra.Command {
	return c.changes(&cobra.Command{
		Use: use, Short: short, Args: exactArgs("KEYSPACE.TABLE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keyspace, table, err := splitTable(args[0])
			if err != nil {
				return usage(cmd, err)
			}
			return c.showChange(c.client().DeclareTable(cmd.Context(), keyspace, table, declaration(), c.dryRun))
		},
	})
}

// splitTable splits KEYSPACE.TABLE.
func splitTable(name string) (keyspace, table string, err error) {
	keyspace, table, found := strings.Cut(name, ".")
	if !found || keyspace == "" || table == "" {
		return "", "", fmt.Errorf("%q is not KEYSPACE.TABLE", name)
	}
	return keyspace, table, nil
}
