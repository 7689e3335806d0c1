package resolve

import (
	"context"
	"fmt"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// askSessions finds out about the home sessions of aborted transactions: dead is
// one whose server knows no such connection, or whose server is no longer its
// group's primary and takes no writes.
func (f *forgetter) askSessions(ctx context.Context) (map[string]Session, error) {
	byInstance := make(map[string][]txn.ID) // by the hash that names carry
	for _, d := range f.rows {
		if id, err := txn.Parse(d.Gtrid, f.home); err == nil && d.Outcome == txn.Abort {
			byInstance[id.Instance] = append(byInstance[id.Instance], id)
		}
	}
	out := make(map[string]Session)
	for hash, ids := range byInstance {
		instance := instanceOf(f.snap, hash)
		if instance == nil {
			for _, id := range ids {
				out[id.String()] = Session{Why: "the instance of its home session is not in the topology"}
			}
			continue
		}
		if err := f.sessionsOn(ctx, instance, ids, out); err != nil {
			for _, id := range ids {
				out[id.String()] = Session{Why: "its home session may be alive: " + control.Cause(err)}
			}
		}
	}
	return out, ctx.Err()
}

// instanceOf returns the instance that names call by a hash.
func instanceOf(snap *topology.Snapshot, hash string) *topology.Instance {
	for id, instance := range snap.Instances {
		if txn.HomeHash(id) == hash {
			return instance
		}
	}
	return nil
}

func (f *forgetter) sessionsOn(ctx context.Context, instance *topology.Instance, ids []txn.ID, out map[string]Session) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	conn, err := f.resolver.servers.Conn(ctx, instance)
	if err != nil {
		return err
	}
	defer conn.Close()
	if f.snap.Groups[f.home].Primary != instance.ID {
		var readOnly bool
		if err := conn.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only").Scan(&readOnly); err != nil {
			return err
		}
		if !readOnly {
			return fmt.Errorf("%s takes writes and is not the primary of group %s", instance.ID, f.home)
		}
		for _, id := range ids {
			out[id.String()] = Session{Dead: true}
		}
		return nil
	}
	rows, err := conn.QueryContext(ctx, "SELECT id, id = CONNECTION_ID() FROM "+control.Processlist)
	if err != nil {
		return err
	}
	defer rows.Close()
	alive, listed := make(map[uint64]bool), false
	for rows.Next() {
		var id uint64
		var own bool
		if err := rows.Scan(&id, &own); err != nil {
			return err
		}
		alive[id], listed = true, listed || own
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if !listed {
		return control.ErrNotListed
	}
	for _, id := range ids {
		out[id.String()] = Session{Dead: !alive[id.Connection], Why: "connections by which transactions were aborted are still open"}
	}
	return nil
}
