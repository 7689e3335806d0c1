package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/shardway/shardway/topology"
)

// Moves moves shards to other groups, by way of the controller that leads.
type Moves interface {
	// Begin begins to move shards of a keyspace.
	Begin(ctx context.Context, keyspace string, wanted NewMove, dryRun bool) (Change, error)
	// Ask does what a verb says with the move that is under way, and returns when
	// that is done: switch, reverse, complete, cancel, verify, resume.
	Ask(ctx context.Context, keyspace, verb string, dryRun bool) (Change, error)
	// Status returns the move that is under way; nil if none is.
	Status(ctx context.Context, keyspace string) (*MoveStatus, error)
}

// NewMove asks for shards to be moved.
type NewMove struct {
	Kind topology.MoveKind `json:"kind"`
	// From are the ranges of present shards, neighbours in order.
	From []topology.Range `json:"from,omitempty"`
	// Into is how many shards they become, evenly; Ranges says it exactly.
	Into   int              `json:"into,omitempty"`
	Ranges []topology.Range `json:"ranges,omitempty"`
	// Groups take the new shards, in turn; none means those that have no keyspace.
	Groups []string `json:"groups,omitempty"`
	// Table is the one that a distribution spreads, or that moves to the keyspace To;
	// Declaration says how its rows are spread there. All but Kind is empty then.
	Table       string            `json:"table,omitempty"`
	To          string            `json:"to,omitempty"`
	Declaration *TableDeclaration `json:"declaration,omitempty"`
	// CopyLimit see LimitMove; 0 is no limit.
	CopyLimit int64 `json:"copy_limit,omitempty"`
}

// LimitMove bounds how many bytes of rows a second are copied from each group; 0
// lifts the limit.
type LimitMove struct {
	CopyLimit int64 `json:"copy_limit"`
}

// MoveStatus is a move that is under way, and how far it is.
type MoveStatus struct {
	Keyspace string `json:"keyspace"`
	topology.Move
	// Doing says what is being done at the moment, or what keeps it from going on.
	Doing string `json:"doing,omitempty"`
	// Flows bring the side that follows what the serving side has, one per group
	// that serves.
	Flows []FlowStatus `json:"flows,omitempty"`
}

// FlowStatus is how far a flow from one group is.
type FlowStatus struct {
	Source string        `json:"source"`
	Tables []TableStatus `json:"tables,omitempty"`
	Copied bool          `json:"copied"`
	// RowsPerSecond and BytesPerSecond are those of the copy, of late.
	RowsPerSecond  float64 `json:"rows_per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"`
	// SecondsLeft is how long the copy still takes at that speed; -1 if that is not
	// known.
	SecondsLeft float64 `json:"seconds_left"`
	// LagSeconds is how old the oldest transaction is that the other side does not
	// have; -1 if that is not known.
	LagSeconds float64 `json:"lag_seconds"`
	// Throttle says why copying pauses, Waiting what else it waits for.
	Throttle string `json:"throttle,omitempty"`
	Waiting  string `json:"waiting,omitempty"`
	Error    string `json:"error,omitempty"`
}

// TableStatus is how much of a table is copied; sizes are MySQL's estimates.
type TableStatus struct {
	Name           string `json:"name"`
	Rows           int64  `json:"rows"`
	RowsEstimated  int64  `json:"rows_estimated"`
	Bytes          int64  `json:"bytes"`
	BytesEstimated int64  `json:"bytes_estimated"`
	Copied         bool   `json:"copied"`
}

// noMoves stands in where nobody moves shards.
type noMoves struct{}

func errNoMoves() error {
	return &topology.Refused{Code: topology.CodeUnavailable, Message: "nobody moves shards here", Hint: "ask a controller"}
}

// Begin refuses.
func (noMoves) Begin(context.Context, string, NewMove, bool) (Change, error) {
	return Change{}, errNoMoves()
}

// Ask refuses.
func (noMoves) Ask(context.Context, string, string, bool) (Change, error) {
	return Change{}, errNoMoves()
}

// Status refuses.
func (noMoves) Status(context.Context, string) (*MoveStatus, error) { return nil, errNoMoves() }

func (s *Server) beginMove(c call, wanted NewMove) (Change, error) {
	return s.opts.Moves.Begin(c, c.name("keyspace"), wanted, c.dryRun)
}

func (s *Server) askMove(c call, _ nothing) (Change, error) {
	return s.opts.Moves.Ask(c, c.name("keyspace"), c.name("verb"), c.dryRun)
}

func (s *Server) limitMove(c call, wanted LimitMove) (Change, error) {
	keyspace := c.name("keyspace")
	step := fmt.Sprintf("copy at most %d bytes of rows a second from each group", wanted.CopyLimit)
	if wanted.CopyLimit == 0 {
		step = "copy rows as fast as the servers allow"
	}
	return s.change(c, func(d *topology.Draft) error { return d.LimitMove(keyspace, wanted.CopyLimit) }, step)
}

// moves lists the move of a keyspace that is under way, if one is, and then those
// that have ended, the newest first.
func (s *Server) moves(c call, _ nothing) ([]MoveStatus, error) {
	keyspace := c.name("keyspace")
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	k := snap.Keyspaces[keyspace]
	if k == nil {
		return nil, &topology.Refused{Code: topology.CodeNotFound, Message: "there is no keyspace " + keyspace, Hint: "'shardway keyspace list' shows what there is"}
	}
	list := []MoveStatus{}
	if k.Move != nil {
		present, err := s.opts.Moves.Status(c, keyspace)
		if err != nil || present == nil { // nobody leads at the moment: the record is there all the same
			present = &MoveStatus{Keyspace: keyspace, Move: *k.Move}
		}
		list = append(list, *present)
	}
	ended, err := s.opts.Store.Moves(c, keyspace)
	for _, m := range ended {
		list = append(list, MoveStatus{Keyspace: keyspace, Move: m})
	}
	return list, err
}

// BeginMove begins to move shards of a keyspace.
func (c *Client) BeginMove(ctx context.Context, keyspace string, wanted NewMove, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, movesPath(keyspace), dryRun, wanted)
}

// AskMove does what a verb says with a keyspace's move: see Moves.
func (c *Client) AskMove(ctx context.Context, keyspace, verb string, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, movesPath(keyspace)+"/"+url.PathEscape(verb), dryRun, nothing{})
}

// LimitMove bounds how fast rows are copied for a keyspace's move.
func (c *Client) LimitMove(ctx context.Context, keyspace string, limit LimitMove, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, movesPath(keyspace)+"/limit", dryRun, limit)
}

// Moves lists the moves of a keyspace's shards, the newest first; one that is
// under way has no outcome yet.
func (c *Client) Moves(ctx context.Context, keyspace string) ([]MoveStatus, error) {
	return get[[]MoveStatus](ctx, c, movesPath(keyspace))
}

func movesPath(keyspace string) string {
	return "/v1/keyspaces/" + url.PathEscape(keyspace) + "/moves"
}
