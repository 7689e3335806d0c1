package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/processes"
	"github.com/shardway/shardway/topology"
)

// against says what drills break.
type against struct {
	what, dir string
	options   drill.Options
}

// flags declares the flags that say what is broken, and how many clients write.
func (a *against) flags(cmd *cobra.Command, writers int) {
	f := cmd.Flags()
	f.StringVar(&a.what, "against", "playground", "what is broken")
	f.StringVar(&a.dir, "dir", "", "`folder` of a playground that runs; by default one of its own is started, with two groups, controllers and proxies")
	f.StringVar(&a.options.Group, "group", "", "the `group` whose servers are broken; the first by default")
	f.IntVar(&a.options.Writers, "writers", writers, "`number` of clients that write to that group")
}

func (a *against) validate() error {
	if a.what != "playground" {
		return fmt.Errorf("--against %s is not possible; playground is", a.what)
	}
	return nil
}

// drillCommand is 'shardway drill …'.
func (c *console) drillCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "drill", Short: "Break a cluster on purpose, and see whether it keeps its promises"}
	cmd.PersistentFlags().StringVarP(&c.format, "output", "o", formatText, "text or json")
	list := &cobra.Command{
		Use: "list", Short: "List the drills", Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error { return c.listDrills() },
	}
	var a against
	run := &cobra.Command{
		Use: "run NAME…", Short: "Carry drills out, one after the other",
		Long: "Carry drills out, one after the other; 'all' stands for all. Clients write through all proxies while something is broken,\n" +
			"and what they were told is compared with the servers' rows afterwards. A playground of its own is started for it, and\n" +
			"ended; with --dir the one that runs in that folder is broken.\n\n" +
			"Exit code 0: every promise was kept. 1: one was broken, or the cluster cannot be broken like that. 3: it could not be found out.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, errors.New("which drill? 'shardway drill list' shows them"))
			}
			return nil
		},
		ValidArgsFunction: cobra.FixedCompletions(drillNames(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			drills, err := findDrills(args)
			if err != nil {
				return usage(cmd, err)
			}
			if err := a.validate(); err != nil {
				return usage(cmd, err)
			}
			return c.runDrills(cmd.Context(), a, drills)
		},
	}
	a.flags(run, 16)
	cmd.AddCommand(list, run, c.soakCommand())
	return cmd
}

func drillNames() []string {
	names := []string{"all"}
	for _, d := range drill.All() {
		names = append(names, d.Name)
	}
	return names
}

func findDrills(names []string) ([]drill.Drill, error) {
	if len(names) == 1 && names[0] == "all" {
		return drill.All(), nil
	}
	var found []drill.Drill
	for _, name := range names {
		d, ok := drill.Find(name)
		if !ok {
			return nil, fmt.Errorf("there is no drill %q; 'shardway drill list' shows them", name)
		}
		found = append(found, d)
	}
	return found, nil
}

// listedDrill is a drill as JSON.
type listedDrill struct {
	Name  string   `json:"name"`
	Does  string   `json:"does"`
	Holds string   `json:"holds"`
	Steps []string `json:"steps"`
}

func (c *console) listDrills() error {
	var all []listedDrill
	for _, d := range drill.All() {
		one := listedDrill{Name: d.Name, Does: d.Does, Holds: d.Holds}
		for _, s := range d.Steps {
			one.Steps = append(one.Steps, s.Does)
		}
		all = append(all, one)
	}
	return c.show(all, func(w io.Writer) {
		var rows [][]string
		for _, d := range all {
			rows = append(rows, []string{d.Name, d.Does, d.Holds})
		}
		table(w, "no drills", []string{"NAME", "DOES", "HOLDS"}, rows)
		fmt.Fprintf(w, "\nIn each of them: %s\n", drill.Always())
	})
}

// runDrills carries drills out and prints a report of each.
func (c *console) runDrills(ctx context.Context, a against, drills []drill.Drill) (err error) {
	cluster, done, err := a.cluster(ctx, c.stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	var reports []*drill.Report
	var bad []string
	told := true
	for _, d := range drills {
		report, err := drill.Run(ctx, d, cluster, a.options)
		if err != nil {
			return errors.Join(err, c.showReports(reports))
		}
		reports = append(reports, report)
		if c.format == formatText {
			if err := c.showReports([]*drill.Report{report}); err != nil {
				return err
			}
		}
		switch report.Verdict {
		case drill.Held:
		case drill.Untold:
			told = false
			bad = append(bad, d.Name+": "+report.Why)
		case drill.Broken, drill.Unable:
			bad = append(bad, fmt.Sprintf("%s: %s", d.Name, report.Verdict))
		}
	}
	if c.format == formatJSON {
		if err := c.showReports(reports); err != nil {
			return err
		}
	}
	switch {
	case len(bad) == 0:
		return nil
	case !told:
		return fmt.Errorf("%w: %s", topology.ErrOutcomeUnknown, strings.Join(bad, "; "))
	}
	return errors.New(strings.Join(bad, "; "))
}

func (c *console) showReports(reports []*drill.Report) error {
	return c.show(reports, func(w io.Writer) {
		for _, r := range reports {
			r.Write(w)
		}
	})
}

// cluster attaches to a playground that runs, or starts one. done ends what was
// started; its folder goes with it if nothing in it is needed any more.
func (a *against) cluster(ctx context.Context, progress io.Writer) (_ drill.Cluster, done func() error, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	if a.dir != "" {
		c, err := processes.Attach(ctx, program, a.dir)
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	}
	dir, err := os.MkdirTemp("", "shardway-drill-")
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(progress, "starting a playground in %s\n", dir)
	c, err := processes.Start(ctx, program, filepath.Join(dir, "playground"))
	if err != nil {
		return nil, nil, err
	}
	return c, func() error { return errors.Join(c.Close(), os.RemoveAll(dir)) }, nil
}
