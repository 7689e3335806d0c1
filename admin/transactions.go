package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// Transactions shows and decides transactions over several groups, by way of
// the controller that leads.
type Transactions interface {
	// List says what the leader last saw.
	List(ctx context.Context) (txn.Report, error)
	// Settle decides one prepared transaction at once; forced, if not empty,
	// says how where its row does not.
	Settle(ctx context.Context, gtrid string, forced txn.Outcome, dryRun bool) (txn.Settled, error)
}

// Settlement says how a prepared transaction is to be decided.
type Settlement struct {
	// Force is "commit" or "abort" where the row in its home group does not
	// say; empty goes by the row alone.
	Force txn.Outcome `json:"force,omitempty"`
}

// noTransactions stands in where nobody looks after transactions.
type noTransactions struct{}

func errNoTransactions() error {
	return &topology.Refused{Code: topology.CodeUnavailable, Message: "nobody looks after transactions here", Hint: "ask a controller"}
}

// List refuses.
func (noTransactions) List(context.Context) (txn.Report, error) {
	return txn.Report{}, errNoTransactions()
}

// Settle refuses.
func (noTransactions) Settle(context.Context, string, txn.Outcome, bool) (txn.Settled, error) {
	return txn.Settled{}, errNoTransactions()
}

func (s *Server) listTransactions(c call, _ nothing) (txn.Report, error) {
	return s.opts.Transactions.List(c)
}

func (s *Server) settleTransaction(c call, how Settlement) (Change, error) {
	if how.Force != "" && how.Force != txn.Commit && how.Force != txn.Abort {
		return Change{}, &topology.Refused{
			Code: topology.CodeInvalid, Message: fmt.Sprintf("a transaction cannot be forced to %q", how.Force), Hint: "force commit or abort, or leave it out",
		}
	}
	done, err := s.opts.Transactions.Settle(c, c.name("gtrid"), how.Force, c.dryRun)
	return Change{DryRun: c.dryRun, Steps: done.Steps, Warnings: done.Warnings}, err
}

// Transactions lists the prepared branches and what holds decisions up.
func (c *Client) Transactions(ctx context.Context) (txn.Report, error) {
	return get[txn.Report](ctx, c, "/v1/transactions")
}

// SettleTransaction decides a prepared transaction at once.
func (c *Client) SettleTransaction(ctx context.Context, gtrid string, force txn.Outcome, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/transactions/"+url.PathEscape(gtrid)+"/resolve", dryRun, Settlement{Force: force})
}
