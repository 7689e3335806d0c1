package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// jobCommand is 'shardway job …'.
func (c *console) jobCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "job", Short: "Statements that change tables on several groups, and how far they have come"}
	list := &cobra.Command{
		Use: "list", Short: "List the jobs that are under way or stand, and those that ended lately", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			jobs, err := c.client().Jobs(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(jobs, func(w io.Writer) { jobTable(w, jobs) })
		},
	}
	show := &cobra.Command{
		Use: "show ID", Short: "Show a job group by group", Args: exactArgs("a job"), ValidArgsFunction: c.complete(jobNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			job, err := c.client().Job(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.show(job, func(w io.Writer) { jobText(w, job) })
		},
	}
	cmd.AddCommand(list, show, c.jobResumeCommand(), c.jobCancelCommand())
	return cmd
}

func (c *console) jobResumeCommand() *cobra.Command {
	var how admin.JobResumption
	cmd := c.changes(&cobra.Command{
		Use: "resume ID", Short: "Run a job on the groups where it is missing", Args: exactArgs("a job"), ValidArgsFunction: c.complete(jobNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().ResumeJob(cmd.Context(), args[0], how, c.dryRun))
		},
	})
	cmd.Flags().StringSliceVar(&how.Done, "done", nil, "`groups` that have it, where that cannot be told by looking")
	cmd.Flags().StringSliceVar(&how.Todo, "todo", nil, "`groups` that do not have it, where that cannot be told by looking")
	return cmd
}

func (c *console) jobCancelCommand() *cobra.Command {
	var how admin.JobCancellation
	cmd := c.changes(&cobra.Command{
		Use: "cancel ID", Short: "Give a job up", Args: exactArgs("a job"), ValidArgsFunction: c.complete(jobNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().CancelJob(cmd.Context(), args[0], how, c.dryRun))
		},
	})
	cmd.Flags().BoolVar(&how.Force, "force", false, "also if it is done on some groups: they stay different until you make them alike")
	return cmd
}

func jobTable(w io.Writer, jobs []*topology.Job) {
	var rows [][]string
	for _, j := range jobs {
		rows = append(rows, []string{
			j.ID, j.Keyspace, j.Verb, string(j.State), fmt.Sprintf("%d of %d", len(j.In(topology.JobDone)), len(j.Groups)),
			j.Started.Local().Format(time.DateTime), orDash(j.User),
		})
	}
	table(w, "no jobs", []string{"JOB", "KEYSPACE", "WHAT", "STATE", "DONE ON", "STARTED", "BY"}, rows)
}

func jobText(w io.Writer, j *topology.Job) {
	fmt.Fprintf(w, "job %s: %s in keyspace %s, %s\n", j.ID, j.Verb, j.Keyspace, j.State)
	fmt.Fprintf(w, "started %s by %s, through %s %s\n", j.Started.Local().Format(time.DateTime), orDash(j.User), strings.TrimSuffix(j.Runner.Kind, "s"), j.Runner.ID)
	fmt.Fprintf(w, "statement: %s\n\n", j.Statement)
	var rows [][]string
	for i := range j.Groups {
		rows = append(rows, []string{j.Groups[i].Group, string(j.Groups[i].State), orDash(j.Groups[i].Error)})
	}
	table(w, "", []string{"GROUP", "STATE", "ERROR"}, rows)
	if j.State == topology.JobStopped {
		fmt.Fprintf(w, "\nhint: %s\n", j.Hint())
	}
}

func jobNames(ctx context.Context, client *admin.Client) ([]string, error) {
	list, err := client.Jobs(ctx)
	var names []string
	for _, j := range list {
		names = append(names, j.ID)
	}
	return names, err
}
