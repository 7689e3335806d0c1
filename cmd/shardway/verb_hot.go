package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// hotCommand is 'shardway hot'.
func (c *console) hotCommand() *cobra.Command {
	return &cobra.Command{
		Use: "hot [KEYSPACE]", Short: "Where the load is: shards, and the shard keys that have much of it", Args: atMostArgs(1),
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := c.hot(cmd, args, 2)
			if err != nil {
				return err
			}
			return c.show(list, func(w io.Writer) {
				for i := range list {
					hotText(w, &list[i])
				}
			})
		},
	}
}

// hot asks for the load of one keyspace, or of all.
func (c *console) hot(cmd *cobra.Command, args []string, into int) ([]admin.HotKeyspace, error) {
	list, err := c.client().Hot(cmd.Context(), into)
	if err != nil || len(args) == 0 {
		return list, err
	}
	for _, h := range list {
		if h.Keyspace == args[0] {
			return []admin.HotKeyspace{h}, nil
		}
	}
	return nil, &topology.Refused{Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no keyspace %q", args[0]), Hint: "'shardway keyspace list' shows what there is"}
}

func hotText(w io.Writer, h *admin.HotKeyspace) {
	fmt.Fprintf(w, "%s: %.0f statements a second that a shard key places\n", h.Keyspace, h.PerSecond)
	var rows [][]string
	for _, s := range h.Shards {
		rows = append(rows, []string{s.Name, s.Group, fmt.Sprintf("%.0f", s.PerSecond), percent(s.Share)})
	}
	table(w, "", []string{"SHARD", "GROUP", "PER SECOND", "SHARE"}, rows)
	rows = nil
	for _, k := range h.Keys[:min(len(h.Keys), 10)] {
		rows = append(rows, []string{k.Value, k.Token, k.Shard, fmt.Sprintf("%.1f", k.PerSecond), percent(k.Share)})
	}
	fmt.Fprintln(w)
	table(w, "no key has been seen", []string{"KEY", "TOKEN", "SHARD", "PER SECOND", "SHARE"}, rows)
	fmt.Fprintln(w)
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

// reshardPlanCommand is 'shardway reshard plan KEYSPACE'.
func (c *console) reshardPlanCommand() *cobra.Command {
	var into int
	cmd := &cobra.Command{
		Use: "plan KEYSPACE", Short: "Propose where to split shards so that the load is even", Args: exactArgs("a keyspace"),
		Long: "Propose where to split shards so that the load is even, by what the proxies have counted of late. Nothing is changed.\n" +
			"Where one key alone has more than a part should, no split is even: isolate it.",
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := c.hot(cmd, args, into)
			if err != nil {
				return err
			}
			return c.show(list, func(w io.Writer) { planText(w, &list[0]) })
		},
	}
	cmd.Flags().IntVar(&into, "into", 2, "`how many` parts each shard would be split into")
	return cmd
}

func planText(w io.Writer, h *admin.HotKeyspace) {
	for _, s := range h.Shards {
		fmt.Fprintf(w, "%s on %s has %s of the load\n", s.Name, s.Group, percent(s.Share))
		if len(s.Cut.At) > 0 {
			shares := make([]string, len(s.Cut.Shares))
			for i, part := range s.Cut.Shares {
				shares[i] = percent(part)
			}
			fmt.Fprintf(w, "  shardway reshard split %s --at %s   (%s of its load)\n", s.Name, strings.Join(s.Cut.At, ","), strings.Join(shares, ", "))
		} else {
			fmt.Fprintln(w, "  too little is known of its load to say where to split it")
		}
		if a := s.Cut.Alone; a != nil {
			fmt.Fprintf(w, "  key %s alone has %s of the keyspace's load, wherever it goes:\n", a.Value, percent(a.Share))
			fmt.Fprintf(w, "  shardway reshard isolate %s --token %s --onto REST,OWN\n", s.Name, a.Token)
		}
	}
}

// isolateCommand is 'shardway reshard isolate SHARD --token TOKEN'.
func (c *console) isolateCommand() *cobra.Command {
	var token string
	cmd := c.beginCommand("isolate SHARD", "Give one shard key a group of its own", topology.MoveIsolate, exactArgs("a shard, such as shop/-80"),
		func(cmd *cobra.Command, m *admin.NewMove) error {
			var err error
			if len(m.Groups) != 2 {
				return usage(cmd, fmt.Errorf("--onto names two groups: of the rest, and of the key"))
			}
			if m.Ranges, err = around(m.From[0], token); err != nil {
				return usage(cmd, err)
			}
			return nil
		})
	cmd.Flags().StringVar(&token, "token", "", "the key's `token`, in hexadecimal; 'shardway hot' shows those of hot keys")
	_ = cmd.MarkFlagRequired("token")
	return cmd
}

// around cuts a range into what is before a token, the token, and what is after.
func around(whole topology.Range, token string) ([]topology.Range, error) {
	at, err := topology.ParseRange(token + "-")
	if err != nil {
		return nil, err
	}
	if !whole.Contains(at.Start) {
		return nil, fmt.Errorf("token %s is not in %s", token, whole)
	}
	own := topology.Range{Start: at.Start, End: at.Start + 1}
	var ranges []topology.Range
	if own.Start != whole.Start {
		ranges = append(ranges, topology.Range{Start: whole.Start, End: own.Start})
	}
	ranges = append(ranges, own)
	if own.End != whole.End {
		ranges = append(ranges, topology.Range{Start: own.End, End: whole.End})
	}
	return ranges, nil
}
