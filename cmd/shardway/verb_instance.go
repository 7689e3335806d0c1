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
					rows = append(rows, []string{i.ID, i.Addr(), orDash(i.Zone), string(i.Role), orDash(i.Group)})
				}
				table(w, "no instances", []string{"INSTANCE", "ADDRESS", "ZONE", "ROLE", "GROUP"}, rows)
			})
		},
	}
	remove := c.changes(&cobra.Command{
		Use: "remove ID", Short: "Forget a server; it is left as it is", Args: exactArgs("an instance's id"),
		ValidArgsFunction: c.complete(instanceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.showChange(c.client().RemoveInstance(cmd.Context(), args[0], c.dryRun))
		},
	})
	cmd.AddCommand(list, c.instanceAddCommand(), remove)
	return cmd
}

func (c *console) instanceAddCommand() *cobra.Command {
	var n admin.NewInstance
	var fromStdin bool
	cmd := c.changes(&cobra.Command{
		Use: "add ID HOST:PORT", Short: "Add a server as a spare; asks for the administrator's password",
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
			return c.showChange(c.client().AddInstance(cmd.Context(), n, c.dryRun))
		},
	})
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
