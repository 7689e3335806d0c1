package topology

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// BeginMove begins to move shards of a keyspace to groups that do not have it.
// All that From's groups have of the keyspace moves: no group is left with rows
// that it does not own (safety rule 35).
func (d *Draft) BeginMove(keyspace string, m Move) error {
	k, err := d.serving(keyspace)
	if err != nil {
		return err
	}
	if err := k.Still(); err != nil {
		return err
	}
	if err := checkCopyLimit(m.CopyLimit); err != nil {
		return err
	}
	if m.Table != nil {
		err = d.checkTableMove(k, &m)
	} else if err = k.checkFrom(m.From); err == nil {
		err = d.checkTo(k, &m)
	}
	if err != nil {
		return err
	}
	k.Move = copyMove(&m)
	if m.Kind == MoveTable {
		d.Keyspaces[m.Table.Keyspace].Receives = keyspace
	}
	return nil
}

// checkFrom refuses shards that are not the keyspace's, are no neighbours, or
// would leave some of it behind on their groups.
func (k *Keyspace) checkFrom(from []Shard) error {
	if len(from) == 0 {
		return invalid("no shard of keyspace %s is named", k.Name)
	}
	groups := GroupsOf(from)
	for i, shard := range from {
		if !slices.Contains(k.Shards, shard) {
			return notFound("shard", ShardName(k.Name, shard.Range), "shard")
		}
		if i > 0 && (from[i-1].Range.End != shard.Range.Start || shard.Range.Start == 0) {
			return &Refused{
				Code:    CodeInvalid,
				Message: fmt.Sprintf("%s does not begin where %s ends", ShardName(k.Name, shard.Range), ShardName(k.Name, from[i-1].Range)),
				Hint:    "name neighbours, in order",
			}
		}
	}
	for _, shard := range k.Shards {
		if slices.Contains(groups, shard.Group) && !slices.Contains(from, shard) {
			return &Refused{
				Code: CodeUnsupported,
				Message: fmt.Sprintf("group %s has %s, too, which would stay behind: a group leaves a keyspace as a whole",
					shard.Group, ShardName(k.Name, shard.Range)),
				Hint: "name all shards of the keyspace that are on the group",
			}
		}
	}
	return nil
}

// checkTo refuses targets that do not cover From, cannot serve, or have the
// keyspace or another move's rows already.
func (d *Draft) checkTo(k *Keyspace, m *Move) error {
	if len(m.To) == 0 || len(k.Shards)-len(m.From)+len(m.To) > shardsMax {
		return invalid("%d shards cannot become %d", len(m.From), len(m.To))
	}
	first, last := m.From[0].Range.Start, m.From[len(m.From)-1].Range.End
	for i, shard := range m.To {
		start := first
		if i > 0 {
			start = m.To[i-1].Range.End
		}
		if shard.Range.Start != start || i > 0 && start == 0 || i == len(m.To)-1 && shard.Range.End != last {
			return invalid("the new shards do not cover what the old ones do: %s", shard.Range)
		}
	}
	if err := d.checkGroupList("the target", GroupsOf(m.To)); err != nil {
		return err
	}
	for _, id := range GroupsOf(m.To) {
		if err := d.checkTarget(k, id); err != nil {
			return err
		}
	}
	return nil
}

func (d *Draft) checkTarget(k *Keyspace, id string) error {
	refuse := func(code Code, why, hint string) error {
		return &Refused{Code: code, Message: fmt.Sprintf("group %s cannot take shards of %s: %s", id, k.Name, why), Hint: hint}
	}
	if slices.Contains(k.Groups(), id) {
		return refuse(CodeInUse, "it has some already, and clients would see copied rows twice", "name a group without this keyspace; 'shardway group create' makes one of spares")
	}
	if d.Groups[id].Primary == "" {
		return refuse(CodeUnavailable, "it has no primary yet", "'shardway status' says what keeps the controller from opening it")
	}
	for _, other := range d.Keyspaces {
		if other.Name == k.Name && other.Move.involves(id) {
			return refuse(CodeInUse, "it takes part in another move of the keyspace", "name another group")
		}
	}
	return nil
}

// Still refuses what cannot be done while a keyspace's shards move.
func (k *Keyspace) Still() error {
	switch {
	case k.Receives != "":
		return &Refused{
			Code:    CodeInUse,
			Message: fmt.Sprintf("a table of keyspace %s is being moved to keyspace %s", k.Receives, k.Name),
			Hint:    "'shardway reshard status " + k.Receives + "' shows how far that is; tables can be changed again after 'reshard complete' or 'reshard cancel'",
		}
	case k.Move == nil:
		return nil
	}
	return &Refused{
		Code:    CodeInUse,
		Message: fmt.Sprintf("shards of keyspace %s are being moved (%s, %s)", k.Name, k.Move.Kind, k.Move.Phase),
		Hint:    "'shardway reshard status " + k.Name + "' shows how far that is; its tables can be changed again after 'reshard complete' or 'reshard cancel'",
	}
}

// AdvanceMove replaces the record of the move that is under way. The shards that
// serve stay the same: see TurnMove.
func (d *Draft) AdvanceMove(keyspace string, m Move) error {
	k, err := d.moving(keyspace, m.ID)
	if err != nil {
		return err
	}
	if k.Move.Turns != m.Turns || k.Move.Switched != m.Switched {
		return invalid("the move %s of keyspace %s has changed sides meanwhile", m.ID, keyspace)
	}
	m.CopyLimit = k.Move.CopyLimit
	k.Move = copyMove(&m)
	return nil
}

// LimitMove bounds how many bytes a second are copied from each group for the move
// that is under way; 0 lifts the limit.
func (d *Draft) LimitMove(keyspace string, bytesPerSecond int64) error {
	k := d.Keyspaces[keyspace]
	switch {
	case k == nil:
		return notFound("keyspace", keyspace, "keyspace")
	case k.Move == nil:
		return &Refused{
			Code: CodeNotFound, Message: fmt.Sprintf("nothing of keyspace %s is being moved", keyspace),
			Hint: "'shardway reshard status " + keyspace + "' shows what was moved before",
		}
	}
	if err := checkCopyLimit(bytesPerSecond); err != nil {
		return err
	}
	k.Move.CopyLimit = bytesPerSecond
	return nil
}

// copyLimitMin is the least that a move may be limited to: less is a slip of the
// pen, and would take longer than anybody waits.
const copyLimitMin = 1000

func checkCopyLimit(bytesPerSecond int64) error {
	if bytesPerSecond != 0 && bytesPerSecond < copyLimitMin {
		return invalid("rows cannot be copied at %d bytes a second: the least is %d", bytesPerSecond, copyLimitMin)
	}
	return nil
}

func (d *Draft) moving(keyspace, id string) (*Keyspace, error) {
	k := d.Keyspaces[keyspace]
	if k == nil {
		return nil, notFound("keyspace", keyspace, "keyspace")
	}
	if k.Move == nil || k.Move.ID != id {
		return nil, invalid("the move %s of keyspace %s is no longer under way", id, keyspace)
	}
	return k, nil
}

// HoldForMove has proxies begin nothing on the primaries of the serving side any
// more. The record of each group's operation keeps failovers away meanwhile.
func (d *Draft) HoldForMove(keyspace string, m Move, at time.Time) error {
	if err := d.AdvanceMove(keyspace, m); err != nil {
		return err
	}
	for _, id := range m.Held() {
		g := d.Groups[id]
		if g == nil {
			return notFound("group", id, "group")
		}
		o := Operation{ID: m.operation(), Kind: OperationCutover, Phase: PhaseAnnounced, From: g.Primary, Reason: "shards of " + keyspace + " change over"}
		if err := d.BeginOperation(id, *o.With("announced", at)); err != nil {
			return err
		}
	}
	return nil
}

// operation is the id of the operations on groups by which a turn holds proxies
// back: the next one, or the one whose tables change names.
func (m *Move) operation() string {
	turn := m.Turns + 1
	if m.Phase == MoveSwapping {
		turn = m.Turns
	}
	return fmt.Sprintf("%s-%d", m.ID, turn)
}

// ReleaseMove lets proxies go on after a change over that did not come about.
func (d *Draft) ReleaseMove(keyspace string, m Move, why string) error {
	if err := d.AdvanceMove(keyspace, m); err != nil {
		return err
	}
	d.endHolds(&m, "given up: "+why)
	return nil
}

func (d *Draft) endHolds(m *Move, outcome string) {
	for _, id := range m.Held() {
		if g := d.Groups[id]; g != nil && g.Operation != nil && g.Operation.ID == m.operation() {
			d.end(g, outcome)
		}
	}
}

// Turn is what changes when the sides of a move do.
type Turn struct {
	// Accounts are the new ones of the groups that serve no longer, by group:
	// with the old ones nobody reaches the rows there any more (safety rule 27).
	Accounts map[string]Account
	// Executed is what each group that begins to serve has executed, and what
	// its replicas must have before they are read (safety rule 16). Of a
	// table's move it is known once names have changed: see LandMove.
	Executed map[string]string
	// First is what the sequence of a table that is sharded now gives first.
	First uint64
}

// TurnMove is the point of no return: clients are served by the other side, and
// what was held goes on there; of a table's move, once tables have changed names.
// m is the record as of then.
func (d *Draft) TurnMove(keyspace string, m Move, t Turn) error {
	k, err := d.moving(keyspace, m.ID)
	if err != nil {
		return err
	}
	was := k.Move
	if was.Phase != MoveSwitching || m.Turns != was.Turns+1 || m.Switched == was.Switched {
		return invalid("the move %s of keyspace %s is not about to change sides", m.ID, keyspace)
	}
	for _, id := range was.Held() {
		g := d.Groups[id]
		if g == nil || g.Operation == nil || g.Operation.ID != was.operation() || g.Operation.From != g.Primary {
			return invalid("group %s is no longer held for the move %s", id, m.ID)
		}
		if err := d.SetAccount(id, t.Accounts[id]); err != nil {
			return err
		}
	}
	if m.Table != nil {
		return d.turnTable(k, &m, t.First)
	}
	d.endHolds(was, OutcomeDone)
	for id, executed := range t.Executed {
		d.Groups[id].Floor = executed
	}
	k.replaceShards(was.Serving(), was.Following())
	k.settleKeys()
	m.Starts = t.Executed
	k.Move = copyMove(&m)
	return nil
}

// LandMove ends the turn of a table's move: on all groups tables have changed names,
// and Starts says what had been executed then. What was held goes on.
func (d *Draft) LandMove(keyspace string, m Move) error {
	k, err := d.moving(keyspace, m.ID)
	if err != nil {
		return err
	}
	if k.Move.Phase != MoveSwapping || k.Move.Turns != m.Turns {
		return invalid("the tables of the move %s of keyspace %s are not changing names", m.ID, keyspace)
	}
	d.endHolds(k.Move, OutcomeDone)
	for id, executed := range m.Starts {
		d.Groups[id].Floor = executed
	}
	k.Move = copyMove(&m)
	return nil
}

// replaceShards puts shards in the place of others that cover the same tokens.
func (k *Keyspace) replaceShards(old, by []Shard) {
	at := slices.Index(k.Shards, old[0])
	if at < 0 {
		return // the validation of the whole says what is wrong
	}
	k.Shards = slices.Replace(k.Shards, at, at+len(old), by...)
	k.ShardEpoch++
}

// EndMove ends a move whose other side is dropped.
func (d *Draft) EndMove(keyspace string, m Move, outcome string) error {
	k, err := d.moving(keyspace, m.ID)
	if err != nil {
		return err
	}
	ended := copyMove(&m)
	ended.Keyspace, ended.Outcome = keyspace, outcome
	d.EndedMoves = append(d.EndedMoves, *ended)
	if m.Kind == MoveTable {
		d.Keyspaces[m.Table.Keyspace].Receives = ""
	}
	k.Move = nil
	return nil
}

// checkMove checks a move's record against the keyspace's shards.
func (s *Snapshot) checkMove(k *Keyspace) error {
	m := k.Move
	if m == nil {
		return nil
	}
	if len(m.From) == 0 || len(m.To) == 0 || m.ID == "" {
		return invalid("its move %q has no shards", m.ID)
	}
	for _, shard := range slices.Concat(m.From, m.To) {
		if s.Groups[shard.Group] == nil {
			return invalid("its move %s names group %q, which does not exist", m.ID, shard.Group)
		}
	}
	serving := k
	if m.Kind == MoveTable {
		into := s.Keyspaces[m.Table.Keyspace]
		if into == nil || into.Receives != k.Name {
			return invalid("its move %s is to keyspace %q, which does not know it", m.ID, m.Table.Keyspace)
		}
		if m.Switched {
			serving = into
		}
	}
	for _, shard := range m.Serving() {
		if !slices.Contains(serving.Shards, shard) {
			return invalid("its move %s says that clients are served by %s on %s, which they are not", m.ID, shard.Range, shard.Group)
		}
	}
	return nil
}

// movesOn returns the keyspaces whose moves need a group.
func (s *Snapshot) movesOn(group string) string {
	var names []string
	for name, k := range s.Keyspaces {
		if k.Move.involves(group) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
