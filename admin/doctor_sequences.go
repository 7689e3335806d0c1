package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/shardway/shardway/doctor"
	"github.com/shardway/shardway/topology"
)

// sequences looks at the sequences of all keyspaces of several shards, and for the
// greatest value among the rows that each feeds. In a keyspace of one shard MySQL
// counts itself.
func (s *Server) sequences(ctx context.Context) ([]doctor.Sequence, error) {
	snap, err := s.opts.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	var all []doctor.Sequence
	for _, k := range sortedValues(snap.Keyspaces) {
		if snap.Serving(k.Name) == nil || len(k.Shards) == 1 {
			continue
		}
		for _, table := range sortedValues(k.Tables) {
			if table.Sequence == "" {
				continue
			}
			one := doctor.Sequence{Keyspace: k.Name, Table: table.Name, Column: table.Sequence, ID: table.SequenceID}
			if err := s.lookAtSequence(ctx, k, &one); err != nil {
				one.Err = err.Error()
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// lookAtSequence asks the groups first, and then for the next value: a value that
// is given meanwhile is below it.
func (s *Server) lookAtSequence(ctx context.Context, k *topology.Keyspace, one *doctor.Sequence) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	for _, group := range k.Groups() {
		greatest, err := s.greatest(ctx, group, one)
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %s", healthTimeout)
		}
		if err != nil {
			return fmt.Errorf("group %s: %w", group, err)
		}
		if greatest > one.Greatest {
			one.Greatest, one.Group = greatest, group
		}
	}
	var err error
	one.Next, err = s.opts.Store.NextValue(ctx, one.Keyspace, one.ID)
	return err
}

// greatest is the greatest value that a group's rows have, 0 without any.
func (s *Server) greatest(ctx context.Context, group string, of *doctor.Sequence) (greatest uint64, err error) {
	conn, err := s.opts.Servers.Primary(ctx, group)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	query := fmt.Sprintf("SELECT CAST(GREATEST(COALESCE(MAX(%s), 0), 0) AS UNSIGNED) FROM %s.%s", quote(of.Column), quote(of.Keyspace), quote(of.Table))
	err = conn.QueryRowContext(ctx, query).Scan(&greatest)
	return greatest, err
}

// cureSequences moves those on that are behind.
func (s *Server) cureSequences(c call, done *Change) error {
	all, err := s.sequences(c)
	if err != nil {
		return err
	}
	for _, one := range all {
		name := one.Keyspace + "." + one.Table
		switch {
		case one.Err != "":
			done.Warnings = append(done.Warnings, fmt.Sprintf("table %s, sequence: it was not looked at: %s", name, one.Err))
			continue
		case !one.IsBehind():
			continue
		case !c.dryRun:
			if _, err := s.opts.Store.Advance(c, one.Keyspace, one.ID, one.Greatest+1); err != nil {
				return err
			}
		}
		done.Steps = append(done.Steps, fmt.Sprintf("%s: the sequence of %s goes on after %d", name, one.Column, one.Greatest))
	}
	return nil
}
