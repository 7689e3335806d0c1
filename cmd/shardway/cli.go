package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

const (
	// defaultServer is where a playground's admin API is.
	defaultServer = "http://127.0.0.1:15300"
	// tokenVariable names the environment variable that holds the admin API's
	// token; a flag would show it to everybody on the machine.
	tokenVariable = "SHARDWAY_TOKEN"
	// completionTimeout bounds what the shell waits for when completing.
	completionTimeout = time.Second
)

// The exit codes.
const (
	exitDone = iota
	exitRefused
	exitUsage
	exitUnknown
)

// console is one command line being executed: its streams and the flags that
// all verbs share.
type console struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	server string
	// tokenFile is where the token is, secret the token itself.
	tokenFile string
	secret    string

	format string
	dryRun bool
}

// usageError is a command line that is wrong in itself.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(cmd *cobra.Command, err error) error {
	return &usageError{err: err, hint: fmt.Sprintf("'%s --help' shows how it is used", cmd.CommandPath())}
}

// exitCode says how the process ends.
func exitCode(err error) int {
	var wrong *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &wrong):
		return exitUsage
	case errors.Is(err, topology.ErrOutcomeUnknown):
		return exitUnknown
	}
	return exitRefused
}

// complain prints an error and what to do about it.
func (c *console) complain(err error) {
	fmt.Fprintln(c.stderr, "error:", err)
	hint := ""
	var wrong *usageError
	if refused, ok := topology.AsRefused(err); ok {
		hint = refused.Hint
	} else if errors.As(err, &wrong) {
		hint = wrong.hint
	} else if errors.Is(err, topology.ErrOutcomeUnknown) {
		hint = "look with 'shardway status' before you try again"
	}
	if hint != "" {
		fmt.Fprintln(c.stderr, "hint:", hint)
	}
}

// adminCommands are the verbs that speak to the admin API.
func adminCommands(c *console) []*cobra.Command {
	commands := []*cobra.Command{
		c.statusCommand(), c.explainCommand(), c.adoptCommand(),
		c.instanceCommand(), c.groupCommand(), c.keyspaceCommand(), c.shardCommand(),
		c.tableCommand(), c.userCommand(), c.placementCommand(), c.jobCommand(), c.txnCommand(),
		c.switchoverCommand(), c.failoverCommand(), c.reshardCommand(), c.hotCommand(), c.doctorCommand(), c.setupCommand(),
	}
	for _, command := range commands {
		command.PersistentFlags().StringVar(&c.server, "server", defaultServer, "where the admin API is; its token, if it has one, is taken from "+tokenVariable)
		command.PersistentFlags().StringVar(&c.tokenFile, "token-file", "", "`file` with the token of the admin API, instead of "+tokenVariable)
		command.PersistentFlags().StringVarP(&c.format, "output", "o", formatText, "text or json")
		if err := command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{formatText, formatJSON}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // the flag was defined above
		}
		before := command.PersistentPreRunE
		command.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
			if c.format != formatText && c.format != formatJSON {
				return usage(cmd, fmt.Errorf("-o %s is neither text nor json", c.format))
			}
			if err := c.readSecret(); err != nil {
				return err
			}
			if before != nil {
				return before(cmd, args)
			}
			return nil
		}
	}
	return commands
}

// client returns a client of the API that --server names. Which token it has
// was found out before the verb began.
func (c *console) client() *admin.Client { return admin.NewClient(c.server, c.secret) }

// readSecret takes the token from where the command line or the environment says.
func (c *console) readSecret() (err error) {
	c.secret = os.Getenv(tokenVariable)
	if c.tokenFile != "" {
		c.secret, err = readToken(c.tokenFile)
	}
	return err
}

// changes adds --dry-run to a command.
func (c *console) changes(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "only say what would be done")
	return cmd
}

// onlySubcommands makes commands that have subcommands complain about anything
// else instead of printing help as if all were well.
func onlySubcommands(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		onlySubcommands(sub)
	}
	if !cmd.HasSubCommands() || cmd.RunE != nil {
		return
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		err := fmt.Errorf("'%s' has no command %q", cmd.CommandPath(), args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return &usageError{err: err, hint: fmt.Sprintf("did you mean '%s %s'?", cmd.CommandPath(), near[0])}
		}
		return usage(cmd, err)
	}
}

// exactArgs asks for as many arguments as there are names.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		wanted := "no argument"
		if len(names) > 0 {
			wanted = strings.Join(names, " ")
		}
		return usage(cmd, fmt.Errorf("'%s' takes %s", cmd.CommandPath(), wanted))
	}
}

// atMostArgs asks for no more than n arguments.
func atMostArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.MaximumNArgs(n)(cmd, args); err != nil {
			return usage(cmd, err)
		}
		return nil
	}
}

// complete completes the first argument of a command with names that the
// cluster knows; what cannot be asked is not completed.
func (c *console) complete(names func(context.Context, *admin.Client) ([]string, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completionTimeout)
		defer cancel()
		if c.readSecret() != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list, err := names(ctx, c.client())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return list, cobra.ShellCompDirectiveNoFileComp
	}
}

func keyspaceNames(ctx context.Context, client *admin.Client) ([]string, error) {
	list, err := client.Keyspaces(ctx)
	var names []string
	for _, k := range list {
		names = append(names, k.Name)
	}
	return names, err
}

func instanceNames(ctx context.Context, client *admin.Client) ([]string, error) {
	list, err := client.Instances(ctx)
	var names []string
	for _, i := range list {
		names = append(names, i.ID)
	}
	return names, err
}

func groupIDs(ctx context.Context, client *admin.Client) ([]string, error) {
	list, err := client.Groups(ctx)
	var names []string
	for _, g := range list {
		names = append(names, g.ID)
	}
	return names, err
}

func userNames(ctx context.Context, client *admin.Client) ([]string, error) {
	list, err := client.Users(ctx)
	var names []string
	for _, u := range list {
		names = append(names, u.Name)
	}
	return names, err
}
