package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/admin"
)

// wholeMax is how long a cluster may take to become whole by itself.
const wholeMax = 2 * time.Minute

// serverState is what a server says of itself.
type serverState struct {
	offline, readOnly                bool
	sourceSemiSync, replicaSemiSync  bool
	executed                         string
	receives, applies, hasReplicaRow bool
}

func askServer(ctx context.Context, db *sql.DB) (serverState, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var s serverState
	var rows int
	err := db.QueryRowContext(ctx, `SELECT @@GLOBAL.offline_mode, @@GLOBAL.super_read_only, @@GLOBAL.rpl_semi_sync_source_enabled, @@GLOBAL.rpl_semi_sync_replica_enabled,
			@@GLOBAL.gtid_executed,
			COALESCE((SELECT service_state = 'ON' FROM performance_schema.replication_connection_status WHERE channel_name = ''), FALSE),
			COALESCE((SELECT service_state = 'ON' FROM performance_schema.replication_applier_status WHERE channel_name = ''), FALSE),
			(SELECT COUNT(*) FROM performance_schema.replication_connection_status WHERE channel_name = '')`).
		Scan(&s.offline, &s.readOnly, &s.sourceSemiSync, &s.replicaSemiSync, &s.executed, &s.receives, &s.applies, &rows)
	s.hasReplicaRow = rows > 0
	return s, err
}

// primaryProblem says what is not as it should be on a group's primary.
func (s serverState) primaryProblem(replicas int) string {
	switch {
	case s.offline:
		return "it lets nobody in"
	case s.readOnly:
		return "it takes no writes"
	case replicas > 0 && !s.sourceSemiSync:
		return "it does not wait for acknowledgements"
	case s.receives:
		return "it replicates from somewhere"
	}
	return ""
}

func (s serverState) replicaProblem(acker bool) string {
	switch {
	case !s.readOnly:
		return "it takes writes"
	case s.offline:
		return "it lets nobody in"
	case !s.receives || !s.applies:
		return "it does not replicate"
	case acker && !s.replicaSemiSync:
		return "it does not acknowledge"
	}
	return ""
}

// condition is how the cluster is at one moment.
type condition struct {
	// problems keep it from being whole; quarantined are the instances that are
	// shut out as they have what nobody acknowledged.
	problems    []string
	quarantined []string
	groups      []admin.GroupInfo
}

// condition asks everybody.
func (s *scene) condition(ctx context.Context) condition {
	var c condition
	note := func(format string, args ...any) { c.problems = append(c.problems, fmt.Sprintf(format, args...)) }
	var err error
	if c.groups, err = ask(ctx, s, func(ctx context.Context, c *admin.Client) ([]admin.GroupInfo, error) { return c.Groups(ctx) }); err != nil {
		note("%v", err)
		return c
	}
	states, failed := s.askAll(ctx)
	for _, g := range c.groups {
		if g.Primary == "" || g.Operation != nil {
			note("group %s has no primary, or it is being changed", g.ID)
			continue
		}
		for _, i := range g.Instances {
			state, err := states[i.ID], failed[i.ID]
			switch {
			case err != nil:
				note("%s does not answer: %v", i.ID, err)
			case i.ID == g.Primary:
				if problem := state.primaryProblem(len(g.Instances) - 1); problem != "" {
					note("the primary %s: %s", i.ID, problem)
				}
			case s.isQuarantined(ctx, g.Primary, state):
				c.quarantined = append(c.quarantined, i.ID)
			default:
				if problem := state.replicaProblem(slices.Contains(g.Ackers, i.ID)); problem != "" {
					note("the replica %s: %s", i.ID, problem)
				}
			}
		}
	}
	c.problems = append(c.problems, s.proxyProblems(ctx)...)
	return c
}

func (s *scene) askAll(ctx context.Context) (map[string]serverState, map[string]error) {
	states, failed := map[string]serverState{}, map[string]error{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for id, db := range s.servers {
		all.Go(func() {
			state, err := askServer(ctx, db)
			mu.Lock()
			defer mu.Unlock()
			states[id], failed[id] = state, err
		})
	}
	all.Wait()
	return states, failed
}

// isQuarantined reports whether a server is shut out, and has something that
// the primary lacks.
func (s *scene) isQuarantined(ctx context.Context, primary string, state serverState) bool {
	if !state.offline || !state.readOnly || state.receives {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var extra string
	err := s.servers[primary].QueryRowContext(ctx, "SELECT GTID_SUBTRACT(?, @@GLOBAL.gtid_executed)", state.executed).Scan(&extra)
	return err == nil && extra != ""
}

// proxyProblems says what keeps the proxies from agreeing on the topology.
func (s *scene) proxyProblems(ctx context.Context) []string {
	status, err := ask(ctx, s, func(ctx context.Context, c *admin.Client) (admin.Status, error) { return c.Status(ctx) })
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, p := range status.Proxies {
		switch {
		case p.Error != "":
			problems = append(problems, fmt.Sprintf("proxy %s: %s", p.ID, p.Error))
		case p.Version != status.Version:
			problems = append(problems, fmt.Sprintf("proxy %s routes by version %d, the topology is at %d", p.ID, p.Version, status.Version))
		}
	}
	if len(status.Proxies) < len(s.site.Proxies) {
		problems = append(problems, fmt.Sprintf("%d proxies of %d are listed", len(status.Proxies), len(s.site.Proxies)))
	}
	return problems
}

// whole waits until the cluster is whole.
func (s *scene) whole(ctx context.Context) (condition, error) {
	ctx, cancel := context.WithTimeout(ctx, wholeMax)
	defer cancel()
	for {
		c := s.condition(ctx)
		if len(c.problems) == 0 {
			return c, nil
		}
		if err := pause(ctx, 5*lookPause); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				return c, fmt.Errorf("%w: the cluster was not whole within %s: %s", errBroken, wholeMax, strings.Join(c.problems, "; "))
			}
			return c, err
		}
	}
}
