package admin

import (
	"context"
	"net/http"
	"net/url"

	"github.com/shardway/shardway/topology"
)

// Status returns the state of the whole cluster.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "/v1/status")
}

// Explain asks how a statement would be answered.
func (c *Client) Explain(ctx context.Context, keyspace, sql string) (Explanation, error) {
	var answer Explanation
	err := c.Do(ctx, http.MethodPost, "/v1/explain", false, ExplainRequest{Keyspace: keyspace, SQL: sql}, &answer)
	return answer, err
}

// Instances lists the instances by id.
func (c *Client) Instances(ctx context.Context) ([]topology.Instance, error) {
	return get[[]topology.Instance](ctx, c, "/v1/instances")
}

// AddInstance adds a server as a spare.
func (c *Client) AddInstance(ctx context.Context, n NewInstance, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/instances", dryRun, newInstanceWire{
		ID: n.ID, Host: n.Host, Port: n.Port, Zone: n.Zone, User: n.User, Password: n.Password.Reveal(), Group: n.Group, Unchecked: n.Unchecked,
	})
}

// JoinInstance fills a spare with a group's rows and makes it a replica there.
func (c *Client) JoinInstance(ctx context.Context, id string, j Join, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, instancePath(id)+"/join", dryRun, j)
}

// DrainInstance keeps clients from reading on a replica, or no longer.
func (c *Client) DrainInstance(ctx context.Context, id string, drain Drain, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, instancePath(id)+"/drain", dryRun, drain)
}

// RebuildInstance throws a replica's data away and fills it anew.
func (c *Client) RebuildInstance(ctx context.Context, id string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, instancePath(id)+"/rebuild", dryRun, nil)
}

func instancePath(id string) string { return "/v1/instances/" + url.PathEscape(id) }

// RemoveInstance takes a replica out of its group, or forgets a spare.
func (c *Client) RemoveInstance(ctx context.Context, id string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodDelete, instancePath(id), dryRun, nil)
}

// Groups lists the groups by id.
func (c *Client) Groups(ctx context.Context) ([]GroupInfo, error) {
	return get[[]GroupInfo](ctx, c, "/v1/groups")
}

// CreateGroup makes a group of spares.
func (c *Client) CreateGroup(ctx context.Context, n NewGroup, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/groups", dryRun, n)
}

// RemoveGroup forgets a group that no keyspace is on; its servers become spares.
func (c *Client) RemoveGroup(ctx context.Context, id string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodDelete, groupPath(id), dryRun, nil)
}

// SetDurability sets whose acknowledgement a group's writes wait for.
func (c *Client) SetDurability(ctx context.Context, group string, d SetDurability, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, groupPath(group)+"/durability", dryRun, d)
}

// Placement returns the groups that new keyspaces are spread over.
func (c *Client) Placement(ctx context.Context) (Placement, error) {
	return get[Placement](ctx, c, "/v1/placement")
}

// SetPlacement sets them.
func (c *Client) SetPlacement(ctx context.Context, p Placement, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, "/v1/placement", dryRun, p)
}

// Keyspaces lists the keyspaces by name.
func (c *Client) Keyspaces(ctx context.Context) ([]KeyspaceInfo, error) {
	return get[[]KeyspaceInfo](ctx, c, "/v1/keyspaces")
}

// CreateKeyspace makes a keyspace and its schemas.
func (c *Client) CreateKeyspace(ctx context.Context, n NewKeyspace, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/keyspaces", dryRun, n)
}

// DropKeyspace drops a keyspace, its schemas and all rows.
func (c *Client) DropKeyspace(ctx context.Context, name string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodDelete, keyspacePath(name), dryRun, nil)
}

// BumpSchema says that a DDL statement has run in a keyspace.
func (c *Client) BumpSchema(ctx context.Context, keyspace string) (Change, error) {
	return c.change(ctx, http.MethodPost, keyspacePath(keyspace)+"/schema", false, nil)
}

// Shards lists the shards of a keyspace, or of all if it is "".
func (c *Client) Shards(ctx context.Context, keyspace string) ([]ShardInfo, error) {
	return get[[]ShardInfo](ctx, c, "/v1/shards?keyspace="+url.QueryEscape(keyspace))
}

// Tables lists the declared tables of a keyspace.
func (c *Client) Tables(ctx context.Context, keyspace string) ([]TableInfo, error) {
	return get[[]TableInfo](ctx, c, keyspacePath(keyspace)+"/tables")
}

// DeclareTable declares how a table is spread.
func (c *Client) DeclareTable(ctx context.Context, keyspace, table string, t TableDeclaration, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, tablePath(keyspace, table), dryRun, t)
}

// ForgetTable takes a table's declaration away; DROP TABLE does.
func (c *Client) ForgetTable(ctx context.Context, keyspace, table string) (Change, error) {
	return c.change(ctx, http.MethodDelete, tablePath(keyspace, table), false, nil)
}

// RenameTable gives a table's declaration another name.
func (c *Client) RenameTable(ctx context.Context, keyspace, from, to string) (Change, error) {
	return c.change(ctx, http.MethodPost, tablePath(keyspace, from)+"/rename", false, NewName{To: to})
}

// Users lists the users by name.
func (c *Client) Users(ctx context.Context) ([]UserInfo, error) {
	return get[[]UserInfo](ctx, c, "/v1/users")
}

// AddUser adds a user.
func (c *Client) AddUser(ctx context.Context, n NewUser, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/users", dryRun, n)
}

// RemoveUser removes a user.
func (c *Client) RemoveUser(ctx context.Context, name string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodDelete, userPath(name), dryRun, nil)
}

// SetPassword changes what a user's password is checked by.
func (c *Client) SetPassword(ctx context.Context, name string, v Verifiers, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, userPath(name)+"/password", dryRun, v)
}

// SetGrant sets what a user may do in a keyspace.
func (c *Client) SetGrant(ctx context.Context, name string, g UserGrant, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, userPath(name)+"/grants", dryRun, g)
}

// SetLocked locks a user out or lets it in again.
func (c *Client) SetLocked(ctx context.Context, name string, locked, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, userPath(name)+"/locked", dryRun, UserLock{Locked: locked})
}

// RenameUser gives a user another name.
func (c *Client) RenameUser(ctx context.Context, from, to string) (Change, error) {
	return c.change(ctx, http.MethodPost, userPath(from)+"/rename", false, NewName{To: to})
}

// Jobs lists the open jobs and those that ended lately.
func (c *Client) Jobs(ctx context.Context) ([]*topology.Job, error) {
	return get[[]*topology.Job](ctx, c, "/v1/jobs")
}

// Job returns one job.
func (c *Client) Job(ctx context.Context, id string) (*topology.Job, error) {
	return get[*topology.Job](ctx, c, jobPath(id))
}

// BeginJob takes a keyspace for a job and returns it as stored.
func (c *Client) BeginJob(ctx context.Context, job topology.Job) (*topology.Job, error) {
	var begun *topology.Job
	err := c.Do(ctx, http.MethodPost, "/v1/jobs", false, job, &begun)
	return begun, err
}

// ReportJob says how far a job has come. The change has a version once the job
// has ended everywhere.
func (c *Client) ReportJob(ctx context.Context, id string, p JobProgress) (Change, error) {
	return c.change(ctx, http.MethodPut, jobPath(id), false, p)
}

// ResumeJob runs a job where it is missing.
func (c *Client) ResumeJob(ctx context.Context, id string, r JobResumption, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, jobPath(id)+"/resume", dryRun, r)
}

// CancelJob gives a job up.
func (c *Client) CancelJob(ctx context.Context, id string, how JobCancellation, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, jobPath(id)+"/cancel", dryRun, how)
}

// Adopt takes an existing server in as the primary of a new group.
func (c *Client) Adopt(ctx context.Context, a Adoption, dryRun bool) (AdoptReport, error) {
	var answer AdoptReport
	err := c.Do(ctx, http.MethodPost, "/v1/adopt", dryRun, a.wire(), &answer)
	return answer, err
}
