package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/shardway/shardway/topology"
)

// removeGroup forgets a group that no keyspace is on. Its servers become spares, closed,
// with what is left on them.
//
// The group may have been the home of transactions over several groups, whose rows say
// there how they ended: as long as a branch of one is prepared anywhere, it stays. No
// new one begins, since nothing is routed to it.
func (s *Server) removeGroup(c call, _ nothing) (Change, error) {
	id := c.name("group")
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return Change{}, err
	}
	members := snap.Members(id)
	if err := snap.Edit().RemoveGroup(id); err != nil {
		return Change{}, err
	}
	if snap.Groups[id].Primary != "" {
		if err := s.decided(c, id); err != nil {
			return Change{}, err
		}
	}
	steps := []string{fmt.Sprintf("forget group %s; its servers become spares", id)}
	for _, member := range members {
		steps = append(steps, fmt.Sprintf("close %s; what is on it stays", member.ID))
	}
	done, err := s.change(c, func(d *topology.Draft) error { return d.RemoveGroup(id) }, steps...)
	if err != nil || c.dryRun {
		return done, err
	}
	for _, member := range members { // the primary first: what commits there still gets its acknowledgement
		if err := s.retire(c, member); err != nil {
			done.Warnings = append(done.Warnings, fmt.Sprintf("%s could not be closed, and clients that know it may still log in: %v", member.ID, err))
		}
	}
	return done, nil
}

// decided refuses to go on while a prepared branch anywhere may need the rows of a group.
func (s *Server) decided(ctx context.Context, group string) error {
	report, err := s.opts.Transactions.List(ctx)
	if err != nil {
		return err
	}
	if len(report.Problems) > 0 {
		return &topology.Refused{
			Code:    topology.CodeUnavailable,
			Message: fmt.Sprintf("whether a prepared transaction needs group %s is not known: %s", group, strings.Join(report.Problems, "; ")),
			Hint:    "try again when all groups answer; 'shardway status' shows which do not",
		}
	}
	for _, b := range report.Branches {
		if b.Home == group || b.Group == group {
			return &topology.Refused{
				Code:    topology.CodeInUse,
				Message: fmt.Sprintf("the prepared transaction %s on group %s has its decision on group %s", b.Gtrid, b.Group, b.Home),
				Hint:    "the controller ends it within seconds; 'shardway txn list' shows what keeps it",
			}
		}
	}
	return nil
}

// retire closes a server that is in no group any more: it takes neither clients nor
// writes, and replicates from nobody. A member of a group with replicas starts so, too.
func (s *Server) retire(ctx context.Context, member *topology.Instance) error {
	conn, err := s.opts.Servers.Instance(ctx, member)
	if err != nil {
		return err
	}
	defer conn.Close()
	statements := []string{"SET GLOBAL offline_mode = ON", "SET GLOBAL super_read_only = ON"}
	if member.Role == topology.RoleReplica {
		statements = append(statements, "STOP REPLICA", "RESET REPLICA ALL")
	}
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
