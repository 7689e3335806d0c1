package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/shardway/shardway/internal/playground"
)

func playgroundCommand() *cobra.Command {
	o := playground.Options{}
	detach := false
	c := &cobra.Command{
		Use:   "playground",
		Short: "Run a whole cluster on this machine, to try things",
		Long: "Run a whole cluster on this machine: embedded etcd, groups of real MySQL servers, a controller\n" +
			"and a proxy, on loopback. Ctrl-C ends all of it; the data stay in --dir for the next time.",
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			// A closed terminal ends it, too.
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGHUP)
			defer stop()
			var err error
			if o.Program, err = os.Executable(); err != nil {
				return err
			}
			o.Out = c.OutOrStdout()
			if detach {
				return playground.Detach(ctx, o.Dir, o.Program, foreground(o), o.Out)
			}
			return playground.Run(ctx, o)
		},
	}
	f := c.Flags()
	f.IntVar(&o.Groups, "groups", -1, "`number` of groups (default 2); keyspaces are spread over all of them")
	f.IntVar(&o.Replicas, "replicas", -1, "`number` of replicas per group (default 2)")
	f.IntVar(&o.Spares, "spares", -1, "`number` of idle servers beyond the groups (default 0)")
	f.IntVar(&o.Proxies, "proxies", -1, "`number` of proxies (default 1)")
	f.IntVar(&o.Controllers, "controllers", -1, "`number` of controllers (default 1); one leads, the others stand by")
	f.IntVar(&o.Port, "port", -1, "the first proxy's `port` (default "+strconv.Itoa(playground.DefaultPort)+")")
	f.BoolVar(&o.Sample, "sample", true, "load the sample keyspace shop")
	f.StringVar(&o.MySQLD, "mysqld", "", "`path` of mysqld; looked for by default")
	f.BoolVar(&detach, "detach", false, "return when all is healthy and let it run")
	c.PersistentFlags().StringVar(&o.Dir, "dir", playground.DefaultDir, "`folder` of the data")
	c.AddCommand(playgroundStatusCommand(&o.Dir), playgroundStopCommand(&o.Dir))
	return c
}

// foreground are the arguments that run the same playground without --detach.
func foreground(o playground.Options) []string {
	return []string{
		"playground", "--dir", o.Dir, "--groups", strconv.Itoa(o.Groups), "--replicas", strconv.Itoa(o.Replicas),
		"--spares", strconv.Itoa(o.Spares), "--proxies", strconv.Itoa(o.Proxies), "--controllers", strconv.Itoa(o.Controllers),
		"--port", strconv.Itoa(o.Port), "--sample=" + strconv.FormatBool(o.Sample), "--mysqld", o.MySQLD,
	}
}

func playgroundStatusCommand(dir *string) *cobra.Command {
	output := ""
	c := &cobra.Command{
		Use:   "status",
		Short: "Show a running playground: addresses, processes and passwords",
		Args:  exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			if output != formatText && output != formatJSON {
				return usage(c, fmt.Errorf("-o %s is neither text nor json", output))
			}
			s, err := playground.Status(c.Context(), *dir)
			if err != nil {
				return err
			}
			if output == formatJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(s)
			}
			return printState(c.OutOrStdout(), s)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", formatText, "`format`: text or json")
	return c
}

func playgroundStopCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "Stop a running playground; its data stay",
		Args:  exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			return playground.Stop(c.Context(), *dir)
		},
	}
}

func printState(w io.Writer, s playground.State) error {
	ready := "ready"
	if !s.Ready {
		ready = "not ready: something is missing or being started"
	}
	fmt.Fprintf(w, "%s\nclients  mysql -h%s -P%d -u%s -p%s\nadmin    %s\netcd     %s\n", ready,
		s.MySQL.Host, s.MySQL.Port, s.MySQL.User, s.MySQL.Password, s.Admin, s.Etcd[0])
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nPROCESS\tGROUP\tROLE\tADDRESS\tPID")
	for _, p := range s.Proxies {
		fmt.Fprintf(t, "%s\t\tproxy\t127.0.0.1:%d\t%s\n", p.ID, p.Port, pidText(p.PID))
	}
	for _, c := range s.Controllers {
		fmt.Fprintf(t, "%s\t\tcontroller\t%s\t%s\n", c.ID, strings.TrimPrefix(c.Admin, "http://"), pidText(c.PID))
	}
	for _, i := range s.Instances {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s:%d\t%s\n", i.ID, i.Group, i.Role, i.Host, i.Port, pidText(i.PID))
	}
	return t.Flush()
}

func pidText(pid int) string {
	if pid == 0 {
		return "down"
	}
	return strconv.Itoa(pid)
}
