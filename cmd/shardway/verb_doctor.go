package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// doctorCommand is 'shardway doctor'.
func (c *console) doctorCommand() *cobra.Command {
	var fix bool
	cmd := c.changes(&cobra.Command{
		Use: "doctor", Short: "Look for what is wrong with the servers and in etcd, and mend what can be mended",
		Long: "Look for what the safety of the cluster rests on and does not hold: settings of its MySQL servers, versions, privileges,\n" +
			"clocks, identities, sequences. Each finding says why it matters and how to mend it. The exit code is 1 if any has failed; warnings\n" +
			"alone leave it 0. --fix mends what statements can mend and moves sequences on, and --dry-run with it prints that.",
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fix {
				return c.showChange(c.client().Cure(cmd.Context(), c.dryRun))
			}
			found, err := c.client().Examine(cmd.Context())
			if err != nil {
				return err
			}
			if err := c.show(found, func(w io.Writer) { examinationText(w, found) }); err != nil || found.Sound() {
				return err
			}
			return &topology.Refused{Code: topology.CodeInUse, Message: "something is not safe", Hint: "mend what has failed; 'shardway doctor --fix' does part of it"}
		},
	})
	cmd.Flags().BoolVar(&fix, "fix", false, "mend what statements can mend")
	return cmd
}

func examinationText(w io.Writer, e admin.Examination) {
	for _, f := range e.Findings {
		fmt.Fprintf(w, "%s  %s, %s: %s\n", f.Severity, f.Where(), f.Check, f.What)
		fmt.Fprintf(w, "    why:  %s\n    mend: %s\n", f.Why, f.Mend)
	}
	fmt.Fprintf(w, "%d servers, %d findings\n", e.Servers, len(e.Findings))
}
