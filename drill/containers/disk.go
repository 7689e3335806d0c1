package containers

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/shardway/shardway/drill"
)

// Where a MySQL container's data are, the file that fills that up, and how large
// a file system is at most that a drill fills.
const (
	dataFolder = "var/lib/mysql"
	filler     = "shardway-drill.filler"
	smallDisk  = 2 << 30
)

func dataOf(one container) string {
	return filepath.Join("/proc", strconv.Itoa(one.pid), "root", dataFolder)
}

func fillerOf(one container) string { return filepath.Join(dataOf(one), filler) }

// Fill implements drill.Disks, where a server's data are on a small file system
// of their own.
func (c *Cluster) Fill(ctx context.Context, p drill.Process) (func(ctx context.Context) error, error) {
	empty := func(one container) error { return c.host.remove(fillerOf(one)) }
	return c.spoil(ctx, p, "fill", empty, func(one container) error { return c.host.fill(ctx, fillerOf(one)) })
}

// Stall implements drill.Disks by freezing such a file system.
func (c *Cluster) Stall(ctx context.Context, p drill.Process) (func(ctx context.Context) error, error) {
	thaw := func(one container) error { return c.host.thaw(dataOf(one)) }
	return c.spoil(ctx, p, "stop", thaw, func(one container) error { return c.host.freeze(dataOf(one)) })
}

// spoil does something to the disk of a server that has a small one of its own, and
// returns what mends it.
func (c *Cluster) spoil(ctx context.Context, p drill.Process, verb string, mend, do func(container) error) (func(ctx context.Context) error, error) {
	all, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.find(all, p)
	if err != nil {
		return nil, err
	}
	size, err := c.host.size(dataOf(found[0]))
	if err != nil {
		return nil, err
	}
	if size > smallDisk {
		return nil, fmt.Errorf("%w: the data of %s are on a file system of %d MiB; see \"Small disks\" in docs/containers.md", drill.ErrUnable, p, size>>20)
	}
	what := "disk of " + p.String()
	undo := func(ctx context.Context) error {
		c.done(what)
		now, err := c.look(ctx) // it may have been started again
		if err != nil {
			return err
		}
		found, err := c.find(now, p)
		if err != nil {
			return err
		}
		return mend(found[0])
	}
	c.later(what, undo)
	if err := do(found[0]); err != nil {
		return nil, fmt.Errorf("%s the disk of %s: %w", verb, p, err)
	}
	return undo, nil
}
