// Command shardway is all of Shardway in one program: the playground, the
// proxy, the controller, and the verbs that ask and change a cluster.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(exitCode(err))
}

// run executes one command line. What went wrong has been printed when it
// returns.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	c := &console{stdin: stdin, stdout: stdout, stderr: stderr}
	root := newRoot(c)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		c.complain(err)
	}
	return err
}

// newRoot is the command that all others are below.
func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:           "shardway",
		Short:         "Sharding and replication for MySQL: one database, as many servers as it takes",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.AddCommand(playgroundCommand(), proxyCommand(), controllerCommand(), c.drillCommand(), c.healthCommand())
	root.AddCommand(adminCommands(c)...)
	onlySubcommands(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	return root
}
