package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/admin"
)

// AwaitHealthy waits until every instance is open in its role.
func (c *Cluster) AwaitHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, upTimeout)
	defer cancel()
	var last admin.Status // that was answered
	for {
		status, err := c.Admin.Status(ctx)
		if err == nil {
			last = status
			if healthy(status) {
				return nil
			}
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			problems := errors.Join(err, errors.New(strings.Join(last.Problems, "; ")))
			return fmt.Errorf("the cluster did not become healthy: %w: %w", ctx.Err(), problems)
		}
	}
}

func healthy(s admin.Status) bool {
	for _, g := range s.Groups {
		if g.Primary == "" {
			return false
		}
		for _, i := range g.Instances {
			if i.State != admin.StateOK {
				return false
			}
		}
	}
	return len(s.Groups) > 0
}
