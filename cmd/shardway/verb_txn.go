package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/txn"
	"github.com/spf13/cobra"
)

// txnCommand is 'shardway txn …'.
func (c *console) txnCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "txn", Short: "Transactions over several groups that are prepared and not yet decided"}
	list := &cobra.Command{
		Use: "list", Short: "List prepared branches, what will happen to each and why",
		Long: "List prepared branches, what will happen to each and why. Most are in the middle of a commit and gone a moment later;\n" +
			"what a dead proxy has left is decided by the controller within seconds.",
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := c.client().Transactions(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(report, func(w io.Writer) { reportText(w, report) })
		},
	}
	var commit, abort bool
	resolve := c.changes(&cobra.Command{
		Use: "resolve GTRID", Short: "Decide a prepared transaction at once, by the row in its home group",
		Long: "Decide a prepared transaction at once, by the row in its home group, as the controller does after 2 seconds.\n" +
			"--commit and --abort say how where there is no row or its group is lost; a row that says otherwise is not overruled.",
		Args: exactArgs("a gtrid"), ValidArgsFunction: c.complete(gtrids),
		RunE: func(cmd *cobra.Command, args []string) error {
			var force txn.Outcome
			switch {
			case commit && abort:
				return usage(cmd, errors.New("it is --commit or --abort"))
			case commit:
				force = txn.Commit
			case abort:
				force = txn.Abort
			}
			return c.showChange(c.client().SettleTransaction(cmd.Context(), args[0], force, c.dryRun))
		},
	})
	resolve.Flags().BoolVar(&commit, "commit", false, "commit it where no row decides")
	resolve.Flags().BoolVar(&abort, "abort", false, "roll it back where no row decides")
	cmd.AddCommand(list, resolve)
	return cmd
}

func reportText(w io.Writer, report txn.Report) {
	var rows [][]string
	for _, b := range report.Branches {
		age := (time.Duration(b.AgeSeconds*1000) * time.Millisecond).Round(100 * time.Millisecond)
		rows = append(rows, []string{b.Gtrid, b.Group, age.String(), orDash(b.Home), orDash(b.Decision), b.Next, b.Why})
	}
	table(w, "no branch is prepared", []string{"GTRID", "GROUP", "AGE", "HOME", "DECISION", "NEXT", "WHY"}, rows)
	rows = nil
	for _, d := range report.Decisions {
		rows = append(rows, []string{d.Home, strconv.Itoa(d.Count), d.Why})
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
		table(w, "", []string{"HOME", "OLD DECISIONS", "KEPT BECAUSE"}, rows)
	}
	rows = nil
	for _, wait := range report.Waits {
		rows = append(rows, []string{wait.Group, wait.Waiter, wait.Blocker})
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
		table(w, "", []string{"GROUP", "WAITS", "FOR"}, rows)
	}
	for _, problem := range report.Problems {
		fmt.Fprintln(w, "problem:", problem)
	}
}

func gtrids(ctx context.Context, client *admin.Client) ([]string, error) {
	report, err := client.Transactions(ctx)
	var names []string
	for _, b := range report.Branches {
		names = append(names, b.Gtrid)
	}
	return names, err
}
