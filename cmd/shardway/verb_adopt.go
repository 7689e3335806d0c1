package main

import (
	"fmt"
	"io"

	"github.com/shardway/shardway/admin"
	"github.com/spf13/cobra"
)

// adoptCommand is 'shardway adopt'.
func (c *console) adoptCommand() *cobra.Command {
	var a admin.Adoption
	var fromStdin bool
	cmd := c.changes(&cobra.Command{
		Use: "adopt HOST:PORT", Short: "Take an existing MySQL server, with its data and users, as a new group",
		Long: "Takes an existing MySQL server as the primary of a new group: its schemas become keyspaces of one shard,\n" +
			"its users are taken as far as their passwords can be checked without being known. Everything is checked first;\n" +
			"with --dry-run that is all. The administrator's password is asked for, never given on the command line.",
		Args: exactArgs("HOST:PORT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if a.Host, a.Port, err = hostPort(args[0]); err != nil {
				return usage(cmd, err)
			}
			if a.Password, err = c.password(fmt.Sprintf("password of %s at %s", a.User, args[0]), fromStdin, false); err != nil {
				return err
			}
			report, err := c.client().Adopt(cmd.Context(), a, c.dryRun)
			if err != nil {
				return err
			}
			if err := c.show(report, func(w io.Writer) { adoptText(w, report) }); err != nil {
				return err
			}
			if failed := len(report.Failed()); failed > 0 {
				return fmt.Errorf("%d checks failed, the server cannot be adopted as it is", failed)
			}
			return nil
		},
	})
	flags := cmd.Flags()
	flags.StringVar(&a.Group, "group", "g1", "the id of the new group")
	flags.StringVar(&a.Instance, "instance", "", "the id of the server in it (default: the group's with -1)")
	flags.StringVar(&a.Zone, "zone", "", "where it stands")
	flags.StringVar(&a.User, "user", "root", "the administrator's account there")
	flags.StringSliceVar(&a.Keyspaces, "keyspaces", nil, "the schemas to take (default: all)")
	flags.BoolVar(&a.EnableGTID, "enable-gtid", false, "turn gtid_mode on, online, if it is off")
	flags.BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func adoptText(w io.Writer, r admin.AdoptReport) {
	for _, check := range r.Checks {
		fmt.Fprintf(w, "%-8s %s: %s\n", check.Result, check.Name, check.Message)
		if check.Hint != "" {
			fmt.Fprintf(w, "         hint: %s\n", check.Hint)
		}
	}
	fmt.Fprintln(w)
	for _, line := range r.Unmapped {
		fmt.Fprintln(w, "not mapped:", line)
	}
	changeText(w, r.DryRun, r.Steps, r.Warnings)
}
