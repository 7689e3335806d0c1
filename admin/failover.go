package admin

import (
	"context"
	"net/http"
	"net/url"

	"github.com/shardway/shardway/topology"
)

// Failovers changes the primaries of groups, by way of the controller that
// leads. Each call returns when the change has ended.
type Failovers interface {
	// Switchover has a replica take over from a primary that is well.
	Switchover(ctx context.Context, group string, s Switchover, dryRun bool) (Change, error)
	// Failover replaces a primary that is not.
	Failover(ctx context.Context, group string, f Failover, dryRun bool) (Change, error)
}

// Switchover asks for another primary.
type Switchover struct {
	// To is the replica that is to take over; empty leaves the choice.
	To string `json:"to,omitempty"`
}

// Failover asks for a primary to be replaced, dead or not.
type Failover struct {
	To string `json:"to,omitempty"`
	// AllowLoss: go on though acknowledged writes may be lost.
	AllowLoss bool `json:"allow_loss,omitempty"`
}

// noFailovers stands in where nobody looks after groups.
type noFailovers struct{}

func errNoFailovers() error {
	return &topology.Refused{Code: topology.CodeUnavailable, Message: "nobody looks after groups here", Hint: "ask a controller"}
}

// Switchover refuses.
func (noFailovers) Switchover(context.Context, string, Switchover, bool) (Change, error) {
	return Change{}, errNoFailovers()
}

// Failover refuses.
func (noFailovers) Failover(context.Context, string, Failover, bool) (Change, error) {
	return Change{}, errNoFailovers()
}

func (s *Server) switchover(c call, how Switchover) (Change, error) {
	return s.opts.Failovers.Switchover(c, c.name("group"), how, c.dryRun)
}

func (s *Server) failover(c call, how Failover) (Change, error) {
	return s.opts.Failovers.Failover(c, c.name("group"), how, c.dryRun)
}

// operations lists the operation of a group that is under way, if one is, and
// then those that have ended, the newest first.
func (s *Server) operations(c call, _ nothing) ([]topology.Operation, error) {
	id := c.name("group")
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	group := snap.Groups[id]
	if group == nil {
		return nil, &topology.Refused{Code: topology.CodeNotFound, Message: "there is no group " + id, Hint: "'shardway group list' shows what there is"}
	}
	ended, err := s.opts.Store.Operations(c, id)
	if group.Operation == nil || err != nil {
		return ended, err
	}
	return append([]topology.Operation{*group.Operation}, ended...), nil
}

// Switchover has a replica take over from a group's primary.
func (c *Client) Switchover(ctx context.Context, group string, how Switchover, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, groupPath(group)+"/switchover", dryRun, how)
}

// Failover replaces a group's primary.
func (c *Client) Failover(ctx context.Context, group string, how Failover, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, groupPath(group)+"/failover", dryRun, how)
}

// Operations lists the changes of a group's primary, the newest first; one that
// is under way has no outcome yet.
func (c *Client) Operations(ctx context.Context, group string) ([]topology.Operation, error) {
	return get[[]topology.Operation](ctx, c, groupPath(group)+"/operations")
}

func groupPath(group string) string { return "/v1/groups/" + url.PathEscape(group) }
