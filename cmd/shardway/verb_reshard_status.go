package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// reshardStatusCommand is 'shardway reshard status KEYSPACE'.
func (c *console) reshardStatusCommand() *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use: "status KEYSPACE", Short: "How far a keyspace's move is, and those before it", Args: exactArgs("a keyspace"),
		ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			for {
				list, err := c.client().Moves(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if err := c.show(list, func(w io.Writer) { movesText(w, list) }); err != nil || !watch || len(list) == 0 || list[0].Outcome != "" {
					return err
				}
				select {
				case <-time.After(time.Second):
				case <-cmd.Context().Done():
					return nil
				}
			}
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "show it again every second until it has ended")
	return cmd
}

func movesText(w io.Writer, list []admin.MoveStatus) {
	if len(list) > 0 && list[0].Outcome == "" {
		moveText(w, &list[0])
		list = list[1:]
	}
	var rows [][]string
	for _, m := range list {
		from, to := shardsText(m.From), shardsText(m.To)
		if m.Table != nil {
			from = m.Table.Old.Name
		}
		rows = append(rows, []string{m.Began().Format(time.RFC3339), string(m.Kind), from, to, m.Outcome})
	}
	table(w, "no move has ended", []string{"BEGAN", "KIND", "FROM", "TO", "OUTCOME"}, rows)
}

// moveText draws a move that is under way.
func moveText(w io.Writer, m *admin.MoveStatus) {
	if m.Table == nil {
		fmt.Fprintf(w, "%s of %s: %s to %s\n", m.Kind, m.Keyspace, shardsText(m.From), shardsText(m.To))
		fmt.Fprintf(w, "phase    %s, clients are served by %s\n", m.Phase, strings.Join(topology.GroupsOf(m.Serving()), ", "))
	} else {
		used, where := "single table", ""
		switch {
		case m.Table.Keyspace != "" && m.Switched:
			used = "one of " + m.Table.Keyspace
		case m.Table.Keyspace != "":
			used = "one of " + m.Keyspace
		case m.Switched:
			used = "sharded table"
		}
		if m.Table.Keyspace != "" {
			where = " to keyspace " + m.Table.Keyspace
		}
		fmt.Fprintf(w, "%s of %s.%s%s\n", m.Kind, m.Keyspace, m.Table.New.Name, where)
		fmt.Fprintf(w, "phase    %s, clients use the %s\n", m.Phase, used)
	}
	if m.Stopped != "" {
		fmt.Fprintf(w, "STOPPED  %s\n", m.Stopped)
	}
	if m.Doing != "" {
		fmt.Fprintf(w, "doing    %s\n", m.Doing)
	}
	if !m.VerifiedAt.IsZero() {
		fmt.Fprintf(w, "verified %s\n", m.VerifiedAt.Format(time.RFC3339))
	}
	if m.LastSwitch != "" {
		fmt.Fprintf(w, "switch   %s: %s\n", m.LastSwitch, m.PauseTimeline())
	}
	if limit := copyRate(m.CopyLimit); limit != 0 {
		fmt.Fprintf(w, "limit    %s from each group\n", &limit)
	}
	for _, f := range m.Flows {
		flowText(w, &f)
	}
	fmt.Fprintln(w)
}

func flowText(w io.Writer, f *admin.FlowStatus) {
	if f.Copied {
		fmt.Fprintf(w, "from %s  everything is copied; lag %s\n", f.Source, lagText(f.LagSeconds))
	} else {
		fmt.Fprintf(w, "from %s  %.0f rows/s, %.1f MB/s, %s; lag %s\n", f.Source, f.RowsPerSecond, f.BytesPerSecond/1e6, leftText(f.SecondsLeft), lagText(f.LagSeconds))
		for _, t := range f.Tables {
			fmt.Fprintf(w, "  %s %s %d of about %d rows\n", bar(&t), t.Name, t.Rows, max(t.Rows, t.RowsEstimated))
		}
	}
	for _, note := range []struct{ what, text string }{{"throttled", f.Throttle}, {"waits", f.Waiting}, {"error", f.Error}} {
		if note.text != "" {
			fmt.Fprintf(w, "  %s: %s\n", note.what, note.text)
		}
	}
}

// barWidth is how many characters a bar has.
const barWidth = 20

func bar(t *admin.TableStatus) string {
	n := barWidth
	if !t.Copied {
		n = int(barWidth * t.Rows / max(t.Rows+1, t.RowsEstimated))
	}
	return "[" + strings.Repeat("#", n) + strings.Repeat(".", barWidth-n) + "]"
}

func lagText(seconds float64) string {
	if seconds < 0 {
		return "not known"
	}
	return fmt.Sprintf("%.1f s", seconds)
}

func leftText(seconds float64) string {
	if seconds < 0 {
		return "time left not known"
	}
	return (time.Duration(math.Ceil(seconds)) * time.Second).String() + " to go"
}

func shardsText(shards []topology.Shard) string {
	texts := make([]string, len(shards))
	for i, s := range shards {
		texts[i] = s.Range.String() + " on " + s.Group
	}
	return strings.Join(texts, ", ")
}
