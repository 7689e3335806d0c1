package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/topology"
	"github.com/spf13/cobra"
)

// socketPrefix begins a target that is the socket of a MySQL server.
const socketPrefix = "mysql:"

// healthCommand is 'shardway health': what a container without a shell asks
// about the process in it.
func (c *console) healthCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "health TARGET", Short: "Ask a process of this host whether it is up, for health checks",
		Long: "Ask a process of this host whether it is up, for health checks: http://HOST:PORT/PATH must answer with a\n" +
			"status of 200 to 299, mysql:SOCKET must greet. The exit code is 0 if it is up, 1 if not.",
		Args: exactArgs("http://HOST:PORT/PATH or mysql:SOCKET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if socket, ok := strings.CutPrefix(args[0], socketPrefix); ok {
				return healthOfMySQL(ctx, socket)
			}
			target, err := url.Parse(args[0])
			if err != nil || target.Scheme != "http" || target.Host == "" {
				return usage(cmd, fmt.Errorf("%q is neither http://HOST:PORT/PATH nor mysql:SOCKET", args[0]))
			}
			return healthOverHTTP(ctx, target.String())
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Second, "how long an answer may take")
	return cmd
}

// healthOfMySQL does not log in: a server that greets accepts connections,
// fenced or not.
func healthOfMySQL(ctx context.Context, socket string) error {
	if !mysqld.Greets(ctx, socket) {
		return &topology.Refused{Code: topology.CodeUnavailable, Message: "no MySQL server greets on " + socket}
	}
	return nil
}

func healthOverHTTP(ctx context.Context, target string) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return &topology.Refused{Code: topology.CodeUnavailable, Message: err.Error()}
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	const shown = 512
	reason, err := io.ReadAll(io.LimitReader(answer.Body, shown))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		message := fmt.Sprintf("%s says %s: %s", target, answer.Status, strings.TrimSpace(string(reason)))
		return &topology.Refused{Code: topology.CodeUnavailable, Message: message}
	}
	return err
}
