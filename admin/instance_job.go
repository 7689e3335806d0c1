package admin

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/doctor"
	"github.com/shardway/shardway/mysql/server"
	"github.com/shardway/shardway/topology"
)

// Join asks for a spare to become a replica.
type Join struct {
	Group string `json:"group"`
}

// Drain asks for clients to be kept from a replica, or with Off no longer.
type Drain struct {
	Off bool `json:"off,omitempty"`
}

// newInstanceJob returns a job that begins now. Its id sorts by time, among
// those of operations.
func newInstanceJob(kind topology.InstanceJobKind) topology.InstanceJob {
	j := topology.InstanceJob{ID: fmt.Sprintf("%020d-%s", time.Now().Unix(), strings.ToLower(rand.Text()[:8])), Kind: kind}
	return *j.With("requested", time.Now())
}

func provisionSteps(id, group string) []string {
	return []string{
		fmt.Sprintf("close %s and copy another server of group %s onto it; what is in it now goes", id, group),
		fmt.Sprintf("let %s replicate from the primary, and acknowledge and serve reads when it has caught up", id),
	}
}

// meet asks a server that is to be added for its facts; one that is to be
// filled must be empty.
func (s *Server) meet(ctx context.Context, n NewInstance) (doctor.Facts, error) {
	db, err := server.Open(n.Host, n.Port, server.Credential{User: n.User, Password: n.Password.Reveal()}, dialTimeout)
	if err != nil {
		return doctor.Facts{}, err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		return doctor.Facts{}, &topology.Refused{
			Code: topology.CodeUnavailable, Message: fmt.Sprintf("%s at %s:%d does not let us in: %s", n.ID, n.Host, n.Port, err),
			Hint: "check address, --user and password; --unchecked adds it all the same",
		}
	}
	defer conn.Close()
	if n.Group != "" {
		if err := empty(ctx, conn, n.ID, ""); err != nil {
			return doctor.Facts{}, err
		}
	}
	return doctor.Ask(ctx, conn)
}

// ownSchema is what Shardway keeps on the servers of its groups.
const ownSchema = "_shardway"

// empty refuses a server that holds schemas of somebody's, but for one.
func empty(ctx context.Context, conn *sql.Conn, id, except string) error {
	var schemas sql.NullString
	err := conn.QueryRowContext(ctx, `SELECT GROUP_CONCAT(schema_name ORDER BY schema_name SEPARATOR ', ') FROM information_schema.schemata
		WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', ?)`, except).Scan(&schemas)
	if err != nil || !schemas.Valid {
		return err
	}
	return &topology.Refused{
		Code:    topology.CodeInUse,
		Message: fmt.Sprintf("%s is not empty: it holds %s, which a copy would replace", id, schemas.String),
		Hint:    "drop them if nobody needs them, or adopt the server: 'shardway adopt'",
	}
}

func (s *Server) joinInstance(c call, j Join) (Change, error) {
	id := c.name("instance")
	instance, err := s.find(c, id)
	if err != nil {
		return Change{}, err
	}
	conn, err := s.opts.Servers.Instance(c, instance)
	if err != nil {
		return Change{}, err
	}
	defer conn.Close()
	if err := empty(c, conn, id, ownSchema); err != nil { // it may have been in a group that was removed
		return Change{}, err
	}
	job := newInstanceJob(topology.InstanceProvision)
	return s.change(c, func(d *topology.Draft) error { return d.Provision(j.Group, id, job) }, provisionSteps(id, j.Group)...)
}

func (s *Server) drainInstance(c call, drain Drain) (Change, error) {
	id := c.name("instance")
	step := fmt.Sprintf("keep clients from reading on %s; it goes on replicating, and neither takes over nor acknowledges", id)
	if drain.Off {
		step = fmt.Sprintf("let clients read on %s again", id)
	}
	return s.change(c, func(d *topology.Draft) error { return d.Drain(id, !drain.Off) }, step)
}

func (s *Server) rebuildInstance(c call, _ nothing) (Change, error) {
	id := c.name("instance")
	instance, err := s.find(c, id)
	if err != nil {
		return Change{}, err
	}
	job := newInstanceJob(topology.InstanceRebuild)
	var lost string
	if instance.Role == topology.RoleReplica {
		if lost, err = s.onlyOn(c, instance); err != nil {
			return Change{}, err
		}
		job.Lost = lost
	}
	done, err := s.change(c, func(d *topology.Draft) error { return d.BeginInstanceJob(id, job) },
		fmt.Sprintf("close %s, throw its data away and copy another server of group %s onto it", id, instance.Group),
		fmt.Sprintf("let %s replicate from the primary, and acknowledge and serve reads when it has caught up", id))
	if err == nil && lost != "" {
		done.Warnings = append(done.Warnings, fmt.Sprintf("transactions that %s alone has go with its data: %s", id, lost))
	}
	return done, err
}

// onlyOn returns the transactions that a replica has and its primary has not.
func (s *Server) onlyOn(ctx context.Context, instance *topology.Instance) (string, error) {
	primary, err := s.opts.Servers.Primary(ctx, instance.Group)
	if err != nil {
		return "", err
	}
	defer primary.Close()
	conn, err := s.opts.Servers.Instance(ctx, instance)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var executed, extra string
	if err := conn.QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_executed").Scan(&executed); err != nil {
		return "", err
	}
	err = primary.QueryRowContext(ctx, "SELECT GTID_SUBTRACT(?, @@GLOBAL.gtid_executed)", executed).Scan(&extra)
	return strings.ReplaceAll(extra, "\n", ""), err
}

func (s *Server) removeInstance(c call, _ nothing) (Change, error) {
	id := c.name("instance")
	job := newInstanceJob(topology.InstanceRemove)
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return Change{}, err
	}
	steps := []string{fmt.Sprintf("forget %s; the server itself is left as it is", id)}
	if i := snap.Instances[id]; i != nil && i.Role == topology.RoleReplica {
		steps = []string{
			fmt.Sprintf("let %s serve nobody and acknowledge nothing more, and have another replica prove that it has everything", id),
			fmt.Sprintf("close %s, if it answers, and take its account from group %s", id, i.Group),
			fmt.Sprintf("forget %s", id),
		}
	}
	return s.change(c, func(d *topology.Draft) error {
		i := d.Instances[id]
		if i == nil || i.Role != topology.RoleReplica || d.Groups[i.Group].Primary == "" {
			return d.RemoveInstance(id)
		}
		return d.BeginInstanceJob(id, job)
	}, steps...)
}

func (s *Server) find(ctx context.Context, id string) (*topology.Instance, error) {
	snap, err := s.opts.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	if snap.Instances[id] == nil {
		return nil, &topology.Refused{
			Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no instance %q", id), Hint: "'shardway instance list' shows what there is",
		}
	}
	return snap.Instances[id], nil
}

// jobProgress says how far the job on an instance is.
func (s *Server) jobProgress(ctx context.Context, instance *topology.Instance, down bool) string {
	job := instance.Job
	text := fmt.Sprintf("%s, %s", job.Kind, job.Phase)
	if job.Phase != topology.InstanceCloning {
		return text
	}
	text += " from " + job.Donor
	if down {
		return text + ": it starts again with the copy"
	}
	conn, err := s.opts.Servers.Instance(ctx, instance)
	if err != nil {
		return text
	}
	defer conn.Close()
	var state, failure string
	var done, total uint64
	err = conn.QueryRowContext(ctx, `SELECT state, COALESCE(error_message, ''),
			(SELECT COALESCE(SUM(data), 0) FROM performance_schema.clone_progress), (SELECT COALESCE(SUM(estimate), 0) FROM performance_schema.clone_progress)
		FROM performance_schema.clone_status WHERE COALESCE(begin_time, '') <> ?`, job.Before).Scan(&state, &failure, &done, &total)
	const mib = 1 << 20
	switch {
	case err != nil: // it has not begun, or has no such tables yet
		return text
	case state == "Failed":
		return text + ": " + failure
	case total > 0:
		return fmt.Sprintf("%s: %d of %d MiB, %d %%", text, done/mib, total/mib, min(100, 100*done/total))
	}
	return text
}
