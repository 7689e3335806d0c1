package reshard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/reshard/flow"
	"github.com/shardway/shardway/topology"
)

// readerTimeout bounds finding out whether a replica can be read from.
const readerTimeout = 2 * time.Second

// specs are the flows that bring the side that follows what the serving side
// has, as of a turn of the move.
func specs(k *topology.Keyspace, turn int, tables []string) []flow.Spec {
	if k.Move.Table != nil {
		return tableSpecs(k, turn)
	}
	serving, following := k.Move.From, k.Move.To
	if turn%2 == 1 {
		serving, following = following, serving
	}
	var list []flow.Spec
	for n, source := range topology.GroupsOf(serving) {
		s := flow.Spec{Job: fmt.Sprintf("%s-%d", k.Move.ID, turn), Source: source, Schema: k.Name}
		if turn > 0 && turn == k.Move.Turns {
			s.Start = k.Move.Starts[source]
		}
		s.Tables = tablesOf(k, turn, tables)
		for _, group := range topology.GroupsOf(following) {
			target := flow.Target{Group: group, Reference: n == 0, Owns: rangesOn(following, group)}
			for _, of := range rangesOn(serving, source) {
				for _, r := range target.Owns {
					if common, ok := of.Intersect(r); ok {
						target.Ranges = append(target.Ranges, common)
					}
				}
			}
			if len(target.Ranges) > 0 || target.Reference {
				s.Targets = append(s.Targets, target)
			}
		}
		list = append(list, s)
	}
	return list
}

func tableOf(k *topology.Keyspace, name string) flow.Table {
	if t := k.Tables[name]; t != nil {
		return flow.Table{Name: name, Kind: t.Kind, Key: t.ShardKey}
	}
	return flow.Table{Name: name, Kind: topology.KindSingle}
}

func rangesOn(shards []topology.Shard, group string) []topology.Range {
	var ranges []topology.Range
	for _, s := range shards {
		if s.Group == group {
			ranges = append(ranges, s.Range)
		}
	}
	return ranges
}

// startFlows starts all flows, which go on from what is stored on the targets.
func (t *task) startFlows(ctx context.Context, k *topology.Keyspace) error {
	names, err := t.movedTables(ctx, k)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, spec := range specs(k, k.Move.Turns, names) {
		options := t.mover.opts.Flow
		options.CopyBytesPerSecond = k.Move.CopyLimit
		f, err := flow.New(spec, t.mover, options)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(ctx)
		r := &running{Flow: f, cancel: cancel, done: make(chan struct{})}
		t.flows[spec.Source] = r
		go func() {
			defer close(r.done)
			if r.err = f.Run(ctx); ctx.Err() == nil {
				t.stopped(ctx, spec.Source, r.err)
			}
		}()
	}
	t.doing = ""
	return nil
}

// limit has all flows copy at most so many bytes a second.
func (t *task) limit(bytesPerSecond int64) {
	for _, f := range t.running() {
		f.SetCopyLimit(bytesPerSecond)
	}
}

// stopped records why a flow has ended for good.
func (t *task) stopped(ctx context.Context, source string, err error) {
	why := fmt.Sprintf("the changes of group %s cannot be followed any more: %v", source, err)
	var end *flow.StopError
	if errors.As(err, &end) && end.Hint != "" {
		why += "; " + end.Hint
	}
	k := t.mover.opts.Source.Current().Keyspaces[t.keyspace]
	if k == nil || k.Move == nil {
		return
	}
	if err := t.advance(ctx, k.Move, "stopped", func(m *topology.Move) { m.Stopped = why }); err != nil {
		t.mover.opts.Log.Warn("a flow has ended", "keyspace", t.keyspace, "why", why, "err", err)
	}
}

// endFlows ends all flows and waits for that.
func (t *task) endFlows() {
	t.mu.Lock()
	flows := t.flows
	t.flows = make(map[string]*running)
	t.mu.Unlock()
	for _, f := range flows {
		f.cancel()
	}
	for _, f := range flows {
		<-f.done
	}
}

func (t *task) running() map[string]*running {
	t.mu.Lock()
	defer t.mu.Unlock()
	flows := make(map[string]*running, len(t.flows))
	for source, f := range t.flows {
		flows[source] = f
	}
	return flows
}

// movedTables are the names of the tables that the serving side has, where shards move.
func (t *task) movedTables(ctx context.Context, k *topology.Keyspace) ([]string, error) {
	if k.Move.Table != nil {
		return nil, nil
	}
	l, err := t.layoutOf(ctx, k.Move.Serving()[0].Group)
	return l.tableNames(), err
}

// tableNames are the names of the tables.
func (l *layout) tableNames() []string {
	names := make([]string, len(l.tables))
	for i := range l.tables {
		names[i] = l.tables[i].name
	}
	return names
}

// layoutOf reads the keyspace's schema on a group's primary.
func (t *task) layoutOf(ctx context.Context, group string) (l layout, err error) {
	err = t.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn, keyspace string) error {
		l, err = readLayout(ctx, conn, keyspace)
		return err
	})
	return l, err
}

// onPrimary calls f with a connection to a group's primary, and the keyspace.
func (t *task) onPrimary(ctx context.Context, group string, f func(context.Context, *sql.Conn, string) error) error {
	return t.mover.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn) error { return f(ctx, conn, t.keyspace) })
}

func (m *Mover) onPrimary(ctx context.Context, group string, f func(context.Context, *sql.Conn) error) error {
	conn, err := m.servers.Primary(ctx, m.opts.Source.Current(), group)
	if err != nil {
		return err
	}
	defer discard(conn)
	if err := f(ctx, conn); err != nil {
		return fmt.Errorf("group %s: %w", group, err)
	}
	return nil
}

// Primary returns the published primary of a group, for flows.
func (m *Mover) Primary(ctx context.Context, group string) (flow.Server, error) {
	snap := m.opts.Source.Current()
	g := snap.Groups[group]
	if g == nil || g.Primary == "" {
		return flow.Server{}, fmt.Errorf("group %s has no primary", group)
	}
	return m.server(ctx, snap.Instances[g.Primary])
}

// Reader returns a replica that replicates, or the primary if there is none.
func (m *Mover) Reader(ctx context.Context, group string) (flow.Server, error) {
	for _, replica := range m.replicas(group) {
		if m.replicates(ctx, replica) {
			return m.server(ctx, replica)
		}
	}
	return m.Primary(ctx, group)
}

// Replicas returns the group's replicas.
func (m *Mover) Replicas(ctx context.Context, group string) ([]flow.Server, error) {
	var list []flow.Server
	for _, replica := range m.replicas(group) {
		s, err := m.server(ctx, replica)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (m *Mover) replicas(group string) []*topology.Instance {
	return slices.DeleteFunc(m.opts.Source.Current().Members(group), func(i *topology.Instance) bool { return i.Role != topology.RoleReplica })
}

func (m *Mover) replicates(ctx context.Context, replica *topology.Instance) bool {
	ctx, cancel := context.WithTimeout(ctx, readerTimeout)
	defer cancel()
	conn, err := m.servers.Conn(ctx, replica)
	if err != nil {
		return false
	}
	defer conn.Close()
	var halves int
	err = conn.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM performance_schema.replication_connection_status WHERE service_state = 'ON')
		+ (SELECT COUNT(*) FROM performance_schema.replication_applier_status WHERE service_state = 'ON')`).Scan(&halves)
	return err == nil && halves == 2
}

func (m *Mover) server(ctx context.Context, instance *topology.Instance) (flow.Server, error) {
	account, err := m.opts.Store.Credential(ctx, instance.ID)
	if err != nil {
		return flow.Server{}, err
	}
	return flow.Server{Instance: instance.ID, Addr: instance.Addr(), User: account.User, Password: account.Password.Reveal()}, nil
}

// oneLine writes a GTID set without line breaks.
func oneLine(set string) string { return strings.ReplaceAll(set, "\n", "") }
