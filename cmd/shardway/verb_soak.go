package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/topology"
)

// soakCommand is 'shardway drill soak'.
func (c *console) soakCommand() *cobra.Command {
	var a against
	var o drill.SoakOptions
	cmd := &cobra.Command{
		Use: "soak", Short: "Break a cluster at random for a long time",
		Long: "Break a cluster at random for a long time, while clients write through all proxies. Each fault is undone, and the cluster whole,\n" +
			"before the next. From time to time clients rest, and all that they were told is compared with the servers' rows. From ten\n" +
			"minutes on the memory and the goroutines of proxies and controllers must not grow. What is done is told on standard error.\n\n" +
			"Exit code 0: every promise was kept. 1: one was broken. 3: it could not be found out.",
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.validate(againstPlayground); err != nil {
				return usage(cmd, err)
			}
			for _, name := range o.Only {
				if !slices.Contains(drill.Faults(), name) {
					return usage(cmd, fmt.Errorf("there is no fault %q", name))
				}
			}
			return c.runSoak(cmd.Context(), a, o)
		},
	}
	a.flags(cmd, 8)
	f := cmd.Flags()
	f.DurationVar(&o.For, "for", 30*time.Minute, "how long")
	f.DurationVar(&o.Every, "every", 20*time.Second, "`time` from one fault to the next")
	f.DurationVar(&o.Check, "check", 2*time.Minute, "`time` from one comparison to the next")
	f.Uint64Var(&o.Seed, "seed", 1, "`number` that chooses the faults")
	f.StringSliceVar(&o.Only, "only", nil, "`faults` to choose from, parted by commas; all by default: "+strings.Join(drill.Faults(), ", "))
	return cmd
}

// runSoak carries a soak out and prints its report.
func (c *console) runSoak(ctx context.Context, a against, o drill.SoakOptions) (err error) {
	cluster, done, err := a.cluster(ctx, c.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	began := time.Now()
	o.Options = a.options
	o.Say = func(text string) { fmt.Fprintf(c.stderr, "%9.3f s  %s\n", time.Since(began).Seconds(), text) }
	report, err := drill.Soak(ctx, cluster, o)
	if err != nil {
		return err
	}
	if err := c.show(report, func(w io.Writer) { report.Write(w) }); err != nil {
		return err
	}
	switch report.Verdict {
	case drill.Held:
		return nil
	case drill.Untold, drill.Unable:
		return fmt.Errorf("%w: soak: %s", topology.ErrOutcomeUnknown, report.Why)
	case drill.Broken:
	}
	return fmt.Errorf("soak: %s", report.Verdict)
}
