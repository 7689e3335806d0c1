package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/shardway/shardway/admin"
	"github.com/spf13/cobra"
)

// statusCommand is 'shardway status'.
func (c *console) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show the state of the whole cluster", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := c.client().Status(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(status, func(w io.Writer) { statusText(w, status) })
		},
	}
}

func statusText(w io.Writer, s admin.Status) {
	if s.Healthy {
		fmt.Fprintf(w, "cluster %s is healthy (topology version %d)\n", s.Cluster, s.Version)
	} else {
		fmt.Fprintf(w, "cluster %s has problems (topology version %d):\n", s.Cluster, s.Version)
	}
	for _, problem := range s.Problems {
		fmt.Fprintln(w, " ", problem)
	}
	fmt.Fprintln(w)
	var rows [][]string
	for _, group := range s.Groups {
		for _, i := range group.Instances {
			rows = append(rows, append([]string{group.ID, strconv.FormatInt(group.Term, 10)}, instanceRow(i)...))
		}
	}
	for _, i := range s.Spares {
		rows = append(rows, append([]string{"-", "-"}, instanceRow(i)...))
	}
	table(w, "no instances", []string{"GROUP", "TERM", "INSTANCE", "ROLE", "ADDRESS", "STATE", "LAG", "READS", "SHARE"}, rows)
	for _, group := range s.Groups {
		for _, note := range group.Notes {
			fmt.Fprintf(w, "%s: %s\n", group.ID, note)
		}
	}
	fmt.Fprintln(w)
	keyspaceTable(w, s.Keyspaces)
	fmt.Fprintln(w)
	processTable(w, s)
}

func instanceRow(i admin.InstanceStatus) []string {
	lag := "-"
	if i.LagSeconds != nil {
		lag = fmt.Sprintf("%d s", *i.LagSeconds)
	}
	return []string{
		i.ID, string(i.Role), i.Addr, i.State, lag,
		strconv.FormatUint(i.Reads, 10), fmt.Sprintf("%.0f%%", 100*i.ReadShare),
	}
}

func processTable(w io.Writer, s admin.Status) {
	var rows [][]string
	for _, p := range s.Proxies {
		state := fmt.Sprintf("%d sessions, %d queries", p.Sessions, p.Queries)
		if p.Error != "" {
			state = p.Error
		}
		rows = append(rows, []string{"proxy", p.ID, strconv.Itoa(p.PID), orDash(p.Addr), state})
	}
	for _, controller := range s.Controllers {
		state := "stands by"
		if controller.Leads {
			state = "leads"
		}
		rows = append(rows, []string{"controller", controller.ID, strconv.Itoa(controller.PID), orDash(controller.HTTP), state})
	}
	for _, endpoint := range s.Etcd.Endpoints {
		state := "answers"
		if s.Etcd.Error != "" {
			state = s.Etcd.Error
		}
		rows = append(rows, []string{"etcd", "-", "-", endpoint, state})
	}
	table(w, "no processes", []string{"PROCESS", "ID", "PID", "ADDRESS", "STATE"}, rows)
}

// explainCommand is 'shardway explain'.
func (c *console) explainCommand() *cobra.Command {
	var keyspace string
	cmd := &cobra.Command{
		Use: "explain 'SQL'", Short: "Show how a statement would be answered: where, why, what is sent, how it is merged",
		Args: exactArgs("a statement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			explanation, err := c.client().Explain(cmd.Context(), keyspace, args[0])
			if err != nil {
				return err
			}
			return c.show(explanation, func(w io.Writer) { fmt.Fprintln(w, explanation.Text) })
		},
	}
	cmd.Flags().StringVar(&keyspace, "keyspace", "", "the keyspace that unqualified tables are in")
	return cmd
}
