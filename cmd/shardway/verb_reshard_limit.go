package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/shardway/shardway/admin"
)

// limitCommand is 'shardway reshard limit KEYSPACE RATE'.
func (c *console) limitCommand() *cobra.Command {
	return c.changes(&cobra.Command{
		Use: "limit KEYSPACE RATE", Short: "Bound how fast rows are copied: '20MB' a second from each group, or 'none'",
		Args: exactArgs("a keyspace", "a rate, such as 20MB, or none"), ValidArgsFunction: c.complete(keyspaceNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			var limit copyRate
			if err := limit.Set(args[1]); err != nil {
				return usage(cmd, err)
			}
			return c.showChange(c.client().LimitMove(cmd.Context(), args[0], admin.LimitMove{CopyLimit: int64(limit)}, c.dryRun))
		},
	})
}

// copyRate is a flag: bytes a second, 0 for no limit.
type copyRate int64

// Set reads one, such as 20MB, 512KiB/s or none.
func (r *copyRate) Set(text string) error {
	if text == "none" {
		*r = 0
		return nil
	}
	bytes, err := humanize.ParseBytes(strings.TrimSuffix(text, "/s"))
	if err != nil || bytes == 0 || bytes > math.MaxInt64 {
		return fmt.Errorf("%q is no rate: write 20MB for twenty million bytes a second, or none", text)
	}
	*r = copyRate(bytes)
	return nil
}

// String writes it as Set reads it.
func (r *copyRate) String() string {
	if *r == 0 {
		return "none"
	}
	return humanize.Bytes(uint64(*r)) + "/s"
}

// Type is how a flag's value is called.
func (r *copyRate) Type() string { return "rate" }
