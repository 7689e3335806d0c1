package playground

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/shardway/shardway/topology/etcd"
)

// roleTimeout bounds the question who is primary now.
const roleTimeout = 2 * time.Second

// Status returns the state of the playground that runs in dir, or ErrNotRunning.
// Roles are the topology's present ones, if etcd answers.
func Status(ctx context.Context, dir string) (State, error) {
	dir, err := folder(dir)
	if err != nil {
		return State{}, err
	}
	if _, err := holder(dir); err != nil {
		return State{}, err
	}
	s, err := readState(dir)
	if errors.Is(err, os.ErrNotExist) {
		return State{}, fmt.Errorf("the playground in %s is being started or stopped", dir)
	}
	if err != nil {
		return State{}, err
	}
	presentRoles(ctx, &s)
	return s, nil
}

// Saved returns the state of the playground that runs in dir as it was last
// written down, without asking anybody: process ids are right, roles those of
// the start.
func Saved(dir string) (State, error) {
	dir, err := folder(dir)
	if err != nil {
		return State{}, err
	}
	return readState(dir)
}

// PID returns the id of the process that runs the playground in dir, in which
// its etcd lives, or ErrNotRunning.
func PID(dir string) (int, error) {
	dir, err := folder(dir)
	if err != nil {
		return 0, err
	}
	return holder(dir)
}

func presentRoles(ctx context.Context, s *State) {
	store, err := etcd.Open(etcd.Options{Endpoints: s.Etcd, Cluster: ClusterName})
	if err != nil {
		return
	}
	defer store.Close()
	ctx, cancel := context.WithTimeout(ctx, roleTimeout)
	defer cancel()
	snap, err := store.Load(ctx)
	if err != nil {
		return
	}
	for n := range s.Instances {
		if i := snap.Instances[s.Instances[n].ID]; i != nil {
			s.Instances[n].Role, s.Instances[n].Group = string(i.Role), i.Group
		}
	}
}

// Stop stops the playground that runs in dir and returns when all of it has
// ended, or ErrNotRunning.
func Stop(ctx context.Context, dir string) error {
	dir, err := folder(dir)
	if err != nil {
		return err
	}
	pid, err := holder(dir)
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	for {
		if _, err := holder(dir); errors.Is(err, ErrNotRunning) {
			return nil
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			return fmt.Errorf("process %d has not stopped yet: %w", pid, context.Cause(ctx))
		}
	}
}

// folder returns the full path of a playground's folder.
func folder(dir string) (string, error) {
	if dir == "" {
		dir = DefaultDir
	}
	return filepath.Abs(dir)
}
