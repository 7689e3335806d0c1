package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/shardway/shardway/topology"
)

// diverged marks the replicas of a group that have transactions which their
// primary lacks. What the primary itself began does not count: with semi-sync a
// replica can have that first.
func (s *Server) diverged(ctx context.Context, group *GroupStatus) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if group.Primary == "" {
		return
	}
	conn, err := s.opts.Servers.Primary(ctx, group.ID)
	if err != nil {
		return // that it does not answer is said elsewhere
	}
	defer conn.Close()
	for n := range group.Instances {
		i := &group.Instances[n]
		if i.Role != topology.RoleReplica || i.State == StateWorking || i.executed == "" {
			continue
		}
		var uuid, extra string
		if conn.QueryRowContext(ctx, "SELECT @@GLOBAL.server_uuid, GTID_SUBTRACT(?, @@GLOBAL.gtid_executed)", i.executed).Scan(&uuid, &extra) != nil {
			return
		}
		var foreign []string
		for set := range strings.SplitSeq(strings.ReplaceAll(extra, "\n", ""), ",") {
			if set != "" && !strings.HasPrefix(set, uuid+":") {
				foreign = append(foreign, set)
			}
		}
		if len(foreign) > 0 {
			i.State = StateDiverged
			i.Problem = fmt.Sprintf("it has transactions that the primary lacks: %s; 'shardway instance rebuild %s' fills it anew", strings.Join(foreign, ","), i.ID)
		}
	}
}
