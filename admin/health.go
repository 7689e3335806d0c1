package admin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/shardway/shardway/topology"
)

// The states of an instance.
const (
	StateOK      = "ok"
	StateFenced  = "fenced"  // it answers, and is closed to clients
	StateStopped = "stopped" // a replica that does not replicate
	StateLagging = "lagging" // a replica that is far behind
	StateDown    = "down"    // it does not answer
	// StateDiverged: a replica that has transactions which its primary lacks.
	StateDiverged = "diverged"

	StateDrained = "drained" // a replica that clients are kept from
	StateWorking = "working" // a job is being done on it
)

const (
	// healthTimeout bounds asking one instance.
	healthTimeout = 2 * time.Second
	// lagSecondsMax is how far a replica may be behind and still be called ok.
	lagSecondsMax = 10
)

// instanceStatus asks an instance how it is.
func (s *Server) instanceStatus(ctx context.Context, instance *topology.Instance) InstanceStatus {
	status := InstanceStatus{ID: instance.ID, Role: instance.Role, Addr: instance.Addr(), Zone: instance.Zone, State: StateOK}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if err := s.askInstance(ctx, instance, &status); err != nil {
		status.State, status.Problem = StateDown, err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			status.Problem = "no answer within " + healthTimeout.String()
		}
	}
	switch {
	case instance.Job != nil:
		status.State, status.Problem = StateWorking, s.jobProgress(ctx, instance, status.State == StateDown)
	case instance.Drained && status.State == StateOK:
		status.State = StateDrained
	}
	return status
}

func (s *Server) askInstance(ctx context.Context, instance *topology.Instance, status *InstanceStatus) error {
	conn, err := s.opts.Servers.Instance(ctx, instance)
	if err != nil {
		return err
	}
	defer conn.Close()
	var offline, readOnly bool
	const query = "SELECT VERSION(), @@GLOBAL.offline_mode, @@GLOBAL.super_read_only, @@GLOBAL.gtid_executed"
	if err := conn.QueryRowContext(ctx, query).Scan(&status.Version, &offline, &readOnly, &status.executed); err != nil {
		return err
	}
	if status.Role == topology.RoleSpare {
		return nil
	}
	if offline {
		status.State, status.Problem = StateFenced, "offline_mode is ON"
	}
	if status.Role == topology.RolePrimary {
		if readOnly && !offline {
			status.State, status.Problem = StateFenced, "super_read_only is ON"
		}
		return nil
	}
	replica, err := replicaStatus(ctx, conn)
	if err != nil {
		return err
	}
	replica.judge(status)
	return nil
}

// replica is what SHOW REPLICA STATUS says, by column; nil if it says nothing.
type replica map[string]string

// replicaStatus reads by name, for columns come and go with versions.
func replicaStatus(ctx context.Context, conn *sql.Conn) (replica, error) {
	rows, err := conn.QueryContext(ctx, "SHOW REPLICA STATUS")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	if !rows.Next() {
		return nil, rows.Err()
	}
	values := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	r := make(replica, len(names))
	for i, name := range names {
		r[name] = values[i].String
	}
	return r, rows.Err()
}

func (r replica) judge(status *InstanceStatus) {
	if r == nil {
		status.State, status.Problem = StateStopped, "it replicates from nobody"
		return
	}
	if lag, err := strconv.ParseInt(r["Seconds_Behind_Source"], 10, 64); err == nil {
		status.LagSeconds = &lag
		if lag > lagSecondsMax && status.State == StateOK {
			status.State, status.Problem = StateLagging, fmt.Sprintf("it is %d s behind", lag)
		}
	}
	if receiver, applier := r["Replica_IO_Running"], r["Replica_SQL_Running"]; receiver != "Yes" || applier != "Yes" {
		status.State = StateStopped
		status.Problem = fmt.Sprintf("receiver %s, applier %s", receiver, applier)
		for _, column := range []string{"Last_IO_Error", "Last_SQL_Error"} {
			if r[column] != "" {
				status.Problem += "; " + r[column]
			}
		}
	}
}
