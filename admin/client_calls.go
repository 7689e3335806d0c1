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
		ID: n.ID, Host: n.Host, Port: n.Port, Zone: n.Zone, User: n.User, Password: n.Password.Reveal(),
	})
}

// RemoveInstance forgets a server.
func (c *Client) RemoveInstance(ctx context.Context, id string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodDelete, "/v1/instances/"+url.PathEscape(id), dryRun, nil)
}

// Groups lists the groups by id.
func (c *Client) Groups(ctx context.Context) ([]GroupInfo, error) {
	return get[[]GroupInfo](ctx, c, "/v1/groups")
}

// CreateGroup makes a group of spares.
func (c *Client) CreateGroup(ctx context.Context, n NewGroup, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/groups", dryRun, n)
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

// Adopt takes an existing server in as the primary of a new group.
func (c *Client) Adopt(ctx context.Context, a Adoption, dryRun bool) (AdoptReport, error) {
	var answer AdoptReport
	err := c.Do(ctx, http.MethodPost, "/v1/adopt", dryRun, a.wire(), &answer)
	return answer, err
}
