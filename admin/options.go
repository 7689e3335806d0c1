package admin

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"

	"github.com/shardway/shardway/heat"
	"github.com/shardway/shardway/topology"
)

// Store is what the API needs of the topology's store.
type Store interface {
	Load(ctx context.Context) (*topology.Snapshot, error)
	Update(ctx context.Context, edit func(*topology.Draft) error) (*topology.Snapshot, error)
	Members(ctx context.Context, kind string) ([]topology.Member, error)
	// Leader is the id of the controller that leads, "" if none does.
	Leader(ctx context.Context) (string, error)
	// Operations are the ended operations of a group, the newest first.
	Operations(ctx context.Context, group string) ([]topology.Operation, error)
	// Moves are the ended moves of a keyspace, the newest first.
	Moves(ctx context.Context, keyspace string) ([]topology.Move, error)
	// NextValue is what a sequence gives next; Advance makes it at least that.
	NextValue(ctx context.Context, keyspace, id string) (uint64, error)
	Advance(ctx context.Context, keyspace, id string, atLeast uint64) (previous uint64, err error)
	Endpoints() []string
}

// Servers opens control connections. The caller closes what it gets.
type Servers interface {
	// Primary connects to the instance that takes a group's writes.
	Primary(ctx context.Context, group string) (*sql.Conn, error)
	// Instance connects to one instance, also while the store is away.
	Instance(ctx context.Context, instance *topology.Instance) (*sql.Conn, error)
}

// Distributor declares how tables are spread, moving rows where it must.
type Distributor interface {
	Distribute(ctx context.Context, wanted topology.Declaration, dryRun bool) (*topology.Declared, error)
}

// Proxies asks the proxies that are alive.
type Proxies interface {
	// Stats asks each of them at the same time; one that does not answer is in
	// the list with its error.
	Stats(ctx context.Context) ([]ProxyStatus, error)
	// Heat adds up what all of them have counted, by keyspace.
	Heat(ctx context.Context) (map[string]heat.Load, error)
	// Explain asks any one how it would answer a statement.
	Explain(ctx context.Context, question ExplainRequest) (Explanation, error)
	// Known waits, bounded, until all route by at least that version.
	Known(ctx context.Context, version int64) error
}

// Options are what a Server needs; all but Transactions, Failovers, Moves, Leader, Token, Hosts, Routes,
// Notes and Log must be set.
type Options struct {
	// Cluster is the cluster's name, for status.
	Cluster     string
	Store       Store
	Servers     Servers
	Distributor Distributor
	Proxies     Proxies
	Jobs        Jobs
	// Transactions answers for those over several groups; without it they are
	// refused.
	Transactions Transactions
	// Failovers changes primaries; without it that is refused.
	Failovers Failovers
	// Moves moves shards; without it that is refused.
	Moves Moves
	// Leader returns a client of the controller that leads, nil if that is this
	// one: only the leader knows all that status says. Without it each answers
	// for itself.
	Leader func(ctx context.Context) (*Client, error)
	// Token, if set, is asked of every request as "Authorization: Bearer".
	Token string
	// Hosts are further names by which the API may be called without a token.
	Hosts []string
	// Routes adds further handlers; they are guarded like all others.
	Routes func(*http.ServeMux)
	// Notes are what the controller has to say about a group, for status.
	Notes func(group string) []string
	Log   *slog.Logger
}

// Validate fills in what is left out and refuses what cannot work.
func (o *Options) Validate() error {
	if o.Store == nil || o.Servers == nil || o.Distributor == nil || o.Proxies == nil || o.Jobs == nil {
		return errors.New("admin: a store, servers, a distributor, proxies and jobs are needed")
	}
	if o.Transactions == nil {
		o.Transactions = noTransactions{}
	}
	if o.Failovers == nil {
		o.Failovers = noFailovers{}
	}
	if o.Moves == nil {
		o.Moves = noMoves{}
	}
	if o.Leader == nil {
		o.Leader = func(context.Context) (*Client, error) { return nil, nil }
	}
	if o.Notes == nil {
		o.Notes = func(string) []string { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}
