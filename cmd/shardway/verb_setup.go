package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// setupPause is between two looks at a cluster that is not ready yet.
const setupPause = 250 * time.Millisecond

// setupCommand is 'shardway setup'.
func (c *console) setupCommand() *cobra.Command {
	var wait time.Duration
	cmd := c.changes(&cobra.Command{
		Use: "setup FILE", Short: "Add what a file lists and the cluster lacks: instances, groups, keyspaces, users",
		Long: "Add what a file lists and the cluster lacks: instances, groups, keyspaces, users. What is there stays as\n" +
			"it is, so the command can be given again at any time. It waits for servers and controllers that are not\n" +
			"up yet, and ends when every group of the file takes writes.",
		Args: exactArgs("a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := readWanted(args[0])
			if err != nil {
				return usage(cmd, err)
			}
			s := &setup{wanted: w, client: c.client(), done: []string{}}
			if c.dryRun {
				err = s.look(cmd.Context())
			} else {
				err = s.until(cmd.Context(), wait)
			}
			if err != nil {
				return err
			}
			return c.show(admin.Change{DryRun: c.dryRun, Steps: s.done}, func(w io.Writer) { changeText(w, c.dryRun, s.done, nil) })
		},
	})
	cmd.Flags().DurationVar(&wait, "wait", 2*time.Minute, "how long to wait for servers and controllers")
	return cmd
}

// setup makes one cluster what a file says.
type setup struct {
	wanted *wanted
	client *admin.Client
	// done are the steps so far, or the ones that a dry run would take.
	done []string
}

func (s *setup) look(ctx context.Context) error {
	steps, err := s.missing(ctx)
	for _, step := range steps {
		s.done = append(s.done, step.text)
	}
	return err
}

// until goes on, looking anew each time, until nothing is missing.
func (s *setup) until(ctx context.Context, wait time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var before error
	for {
		err := s.round(limited)
		if err == nil {
			return nil
		}
		if limited.Err() != nil && before != nil {
			err = before // what was missing, not that looking once more was cut short
		}
		before = err
		if !maySucceedLater(err) && limited.Err() == nil {
			return err
		}
		select {
		case <-time.After(setupPause):
		case <-limited.Done():
			return errors.Join(ctx.Err(), &topology.Refused{
				Code: topology.CodeUnavailable, Message: fmt.Sprintf("the cluster is not set up after %s: %s", wait, err),
				Hint: "look at 'shardway status' and the controllers' log, then run this again: it goes on where it was",
			})
		}
	}
}

// maySucceedLater reports whether looking anew can help. A change of unknown
// outcome is there or not when looked for.
func maySucceedLater(err error) bool {
	refused, ok := topology.AsRefused(err)
	return ok && refused.Code == topology.CodeUnavailable || errors.Is(err, topology.ErrOutcomeUnknown)
}

func (s *setup) round(ctx context.Context) error {
	steps, err := s.missing(ctx)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if step.needsPrimaries {
			if err := s.primariesOpen(ctx); err != nil {
				return err
			}
		}
		if err := step.do(ctx, s.client); err != nil {
			return fmt.Errorf("%s: %w", step.text, err)
		}
		s.done = append(s.done, step.text)
	}
	return s.primariesOpen(ctx)
}

func (s *setup) missing(ctx context.Context) ([]setupStep, error) {
	var has present
	var err error
	if has.instances, err = s.client.Instances(ctx); err != nil {
		return nil, err
	}
	if has.groups, err = s.client.Groups(ctx); err != nil {
		return nil, err
	}
	if has.users, err = s.client.Users(ctx); err != nil {
		return nil, err
	}
	if has.keyspaces, err = s.client.Keyspaces(ctx); err != nil {
		return nil, err
	}
	return missing(s.wanted, has)
}

// primariesOpen says which of the file's groups does not take writes, if any.
func (s *setup) primariesOpen(ctx context.Context) error {
	status, err := s.client.Status(ctx)
	if err != nil {
		return err
	}
	open := map[string]string{}
	for _, g := range status.Groups {
		open[g.ID] = "has no primary yet"
		for _, i := range g.Instances {
			if i.ID == g.Primary {
				open[g.ID] = ""
				if i.State != admin.StateOK {
					open[g.ID] = fmt.Sprintf("has its primary %s %s: %s", i.ID, i.State, i.Problem)
				}
			}
		}
	}
	for _, g := range s.wanted.Groups {
		reason, known := open[g.ID]
		if !known {
			reason = "is not listed"
		}
		if reason != "" {
			return &topology.Refused{Code: topology.CodeUnavailable, Message: fmt.Sprintf("group %s %s", g.ID, reason)}
		}
	}
	return nil
}
