package main

import (
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/shardway/shardway/admin"
	"github.com/spf13/cobra"
)

// instanceCommand is 'shardway instance …'.
func (c *console) instanceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "instance", Short: "The MySQL servers of the cluster"}
	list := &cobra.Command{
		Use: "list", Short: "List the servers", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			instances, err := c.client().Instances(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(instances, func(w io.Writer) {
				var rows [][]string
				for _, i := range instances {
					rows = append(rows, []string{i.ID, i.Addr(), orDash(i.Zone), string(i.Role), orDash(i.Group), underWay(i)})
				}
				table(w, "no instances", []string{"INSTANCE", "ADDRESS", "ZONE", "ROLE", "GROUP", "UNDER WAY"}, rows)
			})
		},
	}
	cmd.AddCommand(list, c.instanceAddCommand(), c.instanceJoinCommand(), c.instanceDrainCommand(), c.instanceWeightCommand(), c.instanceRebuildCommand(), c.instanceRemoveCommand())
	return cmd
}

func (c *console) instanceAddCommand() *cobra.Command {
	var n admin.NewInstance
	var fromStdin, detach bool
	cmd := c.changes(&cobra.Command{
		Use: "add ID HOST:PORT", Short: "Add a server, as a spare or to a group; asks for the administrator's password",
		Long: "Add a server as a spare, or with --group as a replica: an empty one is filled with a copy of another server of that group,\n" +
			"while clients go on. It starts again in the course of that; without a supervisor (systemd, a container's restart policy)\n" +
			"start it yourself when it has ended, and it goes on.",
		Args: exactArgs("an id", "HOST:PORT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			n.ID = args[0]
			if n.Host, n.Port, err = hostPort(args[1]); err != nil {
				return usage(cmd, err)
			}
			if n.Password, err = c.password(fmt.Sprintf("password of %s at %s", n.User, args[1]), fromStdin, false); err != nil {
				return err
			}
			done, err := c.client().AddInstance(cmd.Context(), n, c.dryRun)
			if n.Group == "" {
				return c.showChange(done, err)
			}
			return c.awaitJob(cmd.Context(), n.ID, detach, done, err)
		},
	})
	c.detachable(cmd, &detach)
	cmd.Flags().BoolVar(&n.Unchecked, "unchecked", false, "add it though it does not answer or something is wrong with it")
	cmd.Flags().StringVar(&n.Group, "group", "", "the `group` that it becomes a replica of")
	cmd.Flags().StringVar(&n.Zone, "zone", "", "where it stands; reads prefer their own zone")
	cmd.Flags().StringVar(&n.User, "user", "root", "the administrator's account there")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

// hostPort reads HOST:PORT; the port may be left out.
func hostPort(text string) (host string, port int, err error) {
	host, portText, err := net.SplitHostPort(text)
	if err != nil {
		host, portText = text, "3306"
	}
	port, err = strconv.Atoi(portText)
	if err != nil || port < 1 || port > 65535 || host == "" {
		return "", 0, fmt.Errorf("%q is not HOST:PORT", text)
	}
	return host, port, nil
}
