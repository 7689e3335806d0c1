package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// userCommand is 'shardway user …'.
func (c *console) userCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Who logs in through the proxies, and what they may do"}
	list := &cobra.Command{
		Use: "list", Short: "List the users", Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			users, err := c.client().Users(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(users, func(w io.Writer) { userTable(w, users) })
		},
	}
	remove := c.userChange("remove NAME", "Remove a user", func(ctx context.Context, name string) (admin.Change, error) {
		return c.client().RemoveUser(ctx, name, c.dryRun)
	})
	lock := c.userChange("lock NAME", "Let a user log in no more", func(ctx context.Context, name string) (admin.Change, error) {
		return c.client().SetLocked(ctx, name, true, c.dryRun)
	})
	unlock := c.userChange("unlock NAME", "Let a locked user log in again", func(ctx context.Context, name string) (admin.Change, error) {
		return c.client().SetLocked(ctx, name, false, c.dryRun)
	})
	cmd.AddCommand(list, c.userAddCommand(), c.userPasswdCommand(), c.userGrantCommand(), remove, lock, unlock)
	return cmd
}

// userChange is a command that changes the one user it names.
func (c *console) userChange(use, short string, change func(context.Context, string) (admin.Change, error)) *cobra.Command {
	return c.changes(&cobra.Command{
		Use: use, Short: short, Args: exactArgs("a user"), ValidArgsFunction: c.complete(userNames),
		RunE: func(cmd *cobra.Command, args []string) error { return c.showChange(change(cmd.Context(), args[0])) },
	})
}

func userTable(w io.Writer, users []admin.UserInfo) {
	var rows [][]string
	for _, u := range users {
		var grants []string
		for _, keyspace := range slices.Sorted(maps.Keys(u.Grants)) {
			grants = append(grants, fmt.Sprintf("%s=%s", keyspace, u.Grants[keyspace]))
		}
		state := "open"
		if u.Locked {
			state = "locked"
		}
		rows = append(rows, []string{u.Name, orDash(strings.Join(grants, " ")), orDash(strings.Join(u.Plugins, ",")), state})
	}
	table(w, "no users", []string{"USER", "MAY", "LOGS IN WITH", "STATE"}, rows)
}

func (c *console) userAddCommand() *cobra.Command {
	var grants []string
	var fromStdin bool
	cmd := c.changes(&cobra.Command{
		Use: "add NAME", Short: "Add a user; asks for the password", Args: exactArgs("a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := parseGrants(grants)
			if err != nil {
				return usage(cmd, err)
			}
			password, err := c.password("new password of "+args[0], fromStdin, true)
			if err != nil {
				return err
			}
			return c.showChange(c.client().AddUser(cmd.Context(), admin.NewUser{
				Name: args[0], Verifiers: newVerifiers(password), Grants: parsed,
			}, c.dryRun))
		},
	})
	cmd.Flags().StringArrayVar(&grants, "grant", nil, "KEYSPACE=read|write|ddl|admin, * for every keyspace; may be repeated")
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func (c *console) userPasswdCommand() *cobra.Command {
	var fromStdin bool
	cmd := c.changes(&cobra.Command{
		Use: "passwd NAME", Short: "Change a user's password; asks for it", Args: exactArgs("a user"),
		ValidArgsFunction: c.complete(userNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := c.password("new password of "+args[0], fromStdin, true)
			if err != nil {
				return err
			}
			return c.showChange(c.client().SetPassword(cmd.Context(), args[0], newVerifiers(password), c.dryRun))
		},
	})
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	return cmd
}

func (c *console) userGrantCommand() *cobra.Command {
	return c.changes(&cobra.Command{
		Use:   "grant NAME KEYSPACE=read|write|ddl|admin|none",
		Short: "Say what a user may do in a keyspace, * for every one; each role includes the ones before it",
		Args:  exactArgs("a user", "KEYSPACE=ROLE"), ValidArgsFunction: c.complete(userNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := parseGrants(args[1:])
			if err != nil {
				return usage(cmd, err)
			}
			for keyspace, grant := range parsed {
				return c.showChange(c.client().SetGrant(cmd.Context(), args[0], admin.UserGrant{Keyspace: keyspace, Grant: grant}, c.dryRun))
			}
			return nil
		},
	})
}

// parseGrants reads KEYSPACE=ROLE; the role none is no grant.
func parseGrants(texts []string) (map[string]topology.Grant, error) {
	grants := make(map[string]topology.Grant, len(texts))
	for _, text := range texts {
		keyspace, role, found := strings.Cut(text, "=")
		if !found {
			return nil, fmt.Errorf("%q is not KEYSPACE=ROLE", text)
		}
		if role == "none" {
			grants[keyspace] = topology.GrantNone
			continue
		}
		grant, err := topology.ParseGrant(role)
		if err != nil {
			return nil, err
		}
		grants[keyspace] = grant
	}
	return grants, nil
}
