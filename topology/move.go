package topology

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// MoveKind says what a move does with its shards.
type MoveKind string

// The kinds of moves.
const (
	MoveSplit MoveKind = "split" // one shard becomes several
	MoveMerge MoveKind = "merge" // neighbours become fewer
	// MoveIsolate gives one token a group of its own.
	MoveIsolate MoveKind = "isolate"
	// MoveDistribute gives a single table a shard key: its rows, which are on one
	// group, go to all.
	MoveDistribute MoveKind = "distribute"
	// MoveTable takes a single table to another keyspace.
	MoveTable MoveKind = "move"
)

// MovePhase is how far a move has come. Whichever controller leads goes on from
// there: what each phase does may be done twice.
type MovePhase string

// The phases. From copying one comes to following, from there to switching and
// back, and, as the operator asks, to completing or cancelling.
const (
	// MoveCopying: the rows are copied and changes followed; clients know nothing.
	MoveCopying MovePhase = "copying"
	// MoveFollowing: the side that does not serve has every row, verified, and
	// follows the other; both may take over.
	MoveFollowing MovePhase = "following"
	// MoveSwitching: proxies hold what would begin on the serving side, which is
	// fenced. It ends in MoveFollowing, with the sides changed or as they were.
	MoveSwitching MovePhase = "switching"
	// MoveSwapping, of a table's move: the sides have changed, and the tables of both
	// change names, group by group. Nobody gets in to a group before that is done
	// there. It ends in MoveFollowing.
	MoveSwapping MovePhase = "swapping"
	// MoveCompleting and MoveCancelling: the side that does not serve is dropped.
	MoveCompleting MovePhase = "completing"
	MoveCancelling MovePhase = "cancelling"
)

// Move is a change of the shards of a keyspace that is under way: the rows of
// From go to groups that do not have the keyspace yet. Or one table moves: From are
// all shards of the keyspace, To those of the one that takes the table, which is the
// same of a distribution. The record is the keyspace's lock: there is one at a time,
// and no table changes its shape meanwhile.
type Move struct {
	ID    string    `json:"id"`
	Kind  MoveKind  `json:"kind"`
	Phase MovePhase `json:"phase"`
	// From and To cover the same tokens, in order.
	From []Shard `json:"from"`
	To   []Shard `json:"to"`
	// Table is the only table that moves; nil where shards do.
	Table *TableMove `json:"table,omitempty"`
	// CopyLimit is how many bytes of rows are copied from each group a second; 0 is
	// no limit.
	CopyLimit int64 `json:"copy_limit,omitempty"`
	// Switched: clients are served by To, and From follows.
	Switched bool `json:"switched,omitempty"`
	// Turns counts how often the sides have changed.
	Turns int `json:"turns,omitempty"`
	// Starts has, for each group of the serving side, the GTID set that it had
	// executed when it began to serve; the other side has all of that. It is empty
	// until the sides have changed once.
	Starts map[string]string `json:"starts,omitempty"`
	// Locked are groups of the serving side on which a fence may be left that
	// could not be lifted when a change over was given up.
	Locked []string `json:"locked,omitempty"`
	// Stopped says why the move does not go on by itself; empty if it does.
	Stopped string `json:"stopped,omitempty"`
	// LastSwitch says how the last attempt to change sides went.
	LastSwitch string `json:"last_switch,omitempty"`
	// VerifiedAt is when all rows were last compared and found equal, since the
	// sides last changed.
	VerifiedAt time.Time `json:"verified_at,omitzero"`
	// Steps are what was done and when.
	Steps []OperationStep `json:"steps,omitempty"`
	// Keyspace and Outcome are set when it has ended.
	Keyspace string `json:"keyspace,omitempty"`
	Outcome  string `json:"outcome,omitempty"`
}

// TableMove is a table that moves. The groups of From have the old one, those of To
// the new one: the one of the side that serves has the table's name, the other one a
// hidden name.
type TableMove struct {
	// Old and New are its declarations, as it was and as it is to be.
	Old Table `json:"old"`
	New Table `json:"new"`
	// Keyspace is the one that takes it; empty of a distribution, which stays in its own.
	Keyspace string `json:"keyspace,omitempty"`
	// Back: clients of that keyspace could name the table there before, as it had
	// been in it.
	Back bool `json:"back,omitempty"`
}

// HiddenOld and HiddenNew name the two tables of a table's move while they do not
// serve.
func (m *Move) HiddenOld() string { return HiddenPrefix + "m_" + m.ID + "_old" }

// HiddenNew see HiddenOld.
func (m *Move) HiddenNew() string { return HiddenPrefix + "m_" + m.ID + "_new" }

// The outcomes of moves.
const (
	MoveCompleted = "completed"
	MoveCancelled = "cancelled"
)

// The steps between which proxies hold.
const (
	StepAnnounced = "announced"
	StepTurned    = "changed over"
	StepGivenUp   = "given up"
	// StepLetIn ends the pause of a table's move.
	StepLetIn = "let in"
)

// Serving are the shards that clients are served by, Following the others.
func (m *Move) Serving() []Shard {
	if m.Switched {
		return m.To
	}
	return m.From
}

// Following are the shards that clients are not served by.
func (m *Move) Following() []Shard {
	if m.Switched {
		return m.From
	}
	return m.To
}

// Held are the groups whose clients wait while the sides change: those that serve, and
// of a table's move those of both sides, as tables change names on all of them.
func (m *Move) Held() []string {
	if m.Table != nil {
		return GroupsOf(slices.Concat(m.From, m.To))
	}
	return GroupsOf(m.Serving())
}

// NewHome is the keyspace that takes the table whose move is this one's.
func (k *Keyspace) NewHome() string {
	if k.Move.Table.Keyspace != "" {
		return k.Move.Table.Keyspace
	}
	return k.Name
}

// Spread reports whether the keyspace is on several groups while To serves, if
// switched, or while From does: then index tables keep its unique keys.
func (k *Keyspace) Spread(switched bool) bool {
	side := k.Move.From
	if switched {
		side = k.Move.To
	}
	shards := slices.Clone(side)
	for _, shard := range k.Shards {
		if !slices.Contains(k.Move.Serving(), shard) {
			shards = append(shards, shard) // they stay
		}
	}
	return len(GroupsOf(shards)) > 1
}

// With returns a copy of the move with one more step of its timeline.
func (m *Move) With(step string, at time.Time) *Move {
	c := copyMove(m)
	c.Steps = append(c.Steps, OperationStep{Name: step, At: at.UTC()})
	return c
}

// Began returns when the move began.
func (m *Move) Began() time.Time {
	if len(m.Steps) == 0 {
		return time.Time{}
	}
	return m.Steps[0].At
}

// PauseTimeline writes the steps of the last change over, in milliseconds since
// proxies were told to hold; empty if there was none.
func (m *Move) PauseTimeline() string {
	var parts []string
	var began time.Time
	for _, s := range m.Steps {
		if s.Name == StepAnnounced {
			began, parts = s.At, nil
		}
		if !began.IsZero() {
			parts = append(parts, fmt.Sprintf("%s +%d ms", s.Name, s.At.Sub(began).Milliseconds()))
		}
		if s.Name == StepTurned && m.Table == nil || s.Name == StepGivenUp || s.Name == StepLetIn {
			began = time.Time{}
		}
	}
	return strings.Join(parts, ", ")
}

// involves reports whether a move needs a group, on either side.
func (m *Move) involves(group string) bool {
	on := func(s Shard) bool { return s.Group == group }
	return m != nil && (slices.ContainsFunc(m.From, on) || slices.ContainsFunc(m.To, on))
}

// GroupsOf returns the ids of the groups of shards, each once, sorted.
func GroupsOf(shards []Shard) []string {
	ids := make([]string, len(shards))
	for i := range shards {
		ids[i] = shards[i].Group
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func copyMove(m *Move) *Move {
	if m == nil {
		return nil
	}
	c := copyOf(m)
	c.From, c.To, c.Steps = slices.Clone(m.From), slices.Clone(m.To), slices.Clone(m.Steps)
	c.Starts, c.Locked = maps.Clone(m.Starts), slices.Clone(m.Locked)
	return c
}
