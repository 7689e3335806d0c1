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

func fillerOf(one container) string {
	return filepath.Join("/proc", strconv.Itoa(one.pid), "root", dataFolder, filler)
}

// Fill implements drill.Disks, where a server's data are on a small file system
// of their own.
func (c *Cluster) Fill(ctx context.Context, p drill.Process) (func(ctx context.Context) error, error) {
	all, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.find(all, p)
	if err != nil {
		return nil, err
	}
	path := fillerOf(found[0])
	size, err := c.host.size(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if size > smallDisk {
		return nil, fmt.Errorf("%w: the data of %s are on a file system of %d MiB; see \"Small disks\" in docs/containers.md", drill.ErrUnable, p, size>>20)
	}
	what := "disk of " + p.String()
	empty := func(ctx context.Context) error {
		c.done(what)
		now, err := c.look(ctx) // it may have been started again
		if err != nil {
			return err
		}
		found, err := c.find(now, p)
		if err != nil {
			return err
		}
		return c.host.remove(fillerOf(found[0]))
	}
	c.later(what, empty)
	if err := c.host.fill(ctx, path); err != nil {
		return nil, fmt.Errorf("fill the disk of %s: %w", p, err)
	}
	return empty, nil
}
