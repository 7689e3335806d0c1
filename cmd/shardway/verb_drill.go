package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/containers"
	"github.com/shardway/shardway/drill/processes"
	"github.com/shardway/shardway/topology"
)

// against says what drills break.
type against struct {
	what, dir, project string
	options            drill.Options
}

// What can be broken.
const (
	againstPlayground = "playground"
	againstCompose    = "compose"
)

// flags declares the flags that say what is broken, and how many clients write.
func (a *against) flags(cmd *cobra.Command, writers int) {
	f := cmd.Flags()
	f.StringVar(&a.what, "against", againstPlayground, "`what` is broken")
	f.StringVar(&a.dir, "dir", "", "`folder` of a playground that runs; by default one of its own is started, with two groups, controllers and proxies")
	f.StringVar(&a.options.Group, "group", "", "the `group` whose servers are broken; the first by default")
	f.IntVar(&a.options.Writers, "writers", writers, "`number` of clients that write to that group")
}

// containerFlags declares what is said of containers.
func (a *against) containerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Lookup("against").Usage = "`what` is broken: playground, or compose, the containers of docker-compose.yml"
	project := os.Getenv("COMPOSE_PROJECT_NAME")
	if project == "" {
		project = "shardway"
	}
	f.StringVar(&a.project, "project", project, "`name` of the compose project whose containers are broken")
}

// validate refuses what is none of some possibilities.
func (a *against) validate(possible ...string) error {
	if !slices.Contains(possible, a.what) {
		return fmt.Errorf("--against %s is not possible; %s is", a.what, strings.Join(possible, " or "))
	}
	if a.what == againstCompose && a.dir != "" {
		return errors.New("--dir is a playground's; --project names the containers")
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
			"With --against compose the containers of docker-compose.yml are broken, which 'make up' has started: hosts are cut from\n" +
			"each other, members of etcd and disks fail. It needs root on the machine that they run on, with nsenter, iptables and tc.\n\n" +
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
			if err := a.validate(againstPlayground, againstCompose); err != nil {
				return usage(cmd, err)
			}
			return c.runDrills(cmd.Context(), a, drills)
		},
	}
	a.flags(run, 16)
	a.containerFlags(run)
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

// cluster attaches to what runs, or starts a playground. done ends what was
// started; its folder goes with it if nothing in it is needed any more.
func (a *against) cluster(ctx context.Context, progress io.Writer) (_ drill.Cluster, done func() error, err error) {
	if a.what == againstCompose {
		c, err := containers.Attach(ctx, a.project)
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	}
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
