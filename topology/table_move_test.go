package topology

import (
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/shardkey"
)

// receiving is movable, with keyspaces big on g3 and g4 and far on g5.
func receiving(t *testing.T) *Snapshot {
	t.Helper()
	return edited(t, movable(t), func(d *Draft) error {
		if _, err := d.CreateKeyspace(NewKeyspace{Name: "big", Groups: []string{"g3", "g4"}}); err != nil {
			return err
		}
		_, err := d.CreateKeyspace(NewKeyspace{Name: "far", Groups: []string{"g5"}})
		return err
	})
}

// outbound is a move of table orders from a keyspace to another, where it is single, too.
func outbound(s *Snapshot, from, to string) Move {
	return Move{
		ID: "m", Kind: MoveTable, Phase: MoveCopying, From: s.Keyspaces[from].Shards, To: s.Keyspaces[to].Shards,
		Table: &TableMove{Keyspace: to, Old: Table{Name: "orders", Kind: KindSingle}, New: Table{Name: "orders", Kind: KindSingle}},
	}
}

// tableTurn changes the sides of a table's move, and has what was held go on.
func tableTurn(t *testing.T, s *Snapshot, keyspace string) *Snapshot {
	t.Helper()
	s = edited(t, s, func(d *Draft) error {
		next := *d.Keyspaces[keyspace].Move
		next.Phase = MoveSwitching
		return d.HoldForMove(keyspace, next, time.Unix(5, 0))
	})
	s = edited(t, s, func(d *Draft) error {
		next := *d.Keyspaces[keyspace].Move
		next.Phase, next.Switched, next.Turns = MoveSwapping, !next.Switched, next.Turns+1
		return d.TurnMove(keyspace, next, Turn{Accounts: fresh(next.Held()...)})
	})
	return edited(t, s, func(d *Draft) error {
		next := *d.Keyspaces[keyspace].Move
		next.Phase, next.Starts = MoveFollowing, map[string]string{"g3": "u:1-9"}
		return d.LandMove(keyspace, next)
	})
}

func moveEnds(t *testing.T, s *Snapshot, keyspace string) *Snapshot {
	t.Helper()
	return edited(t, s, func(d *Draft) error { return d.EndMove(keyspace, *d.Keyspaces[keyspace].Move, MoveCompleted) })
}

// homes checks in which keyspace the table is found by the names that it may have.
func homes(t *testing.T, s *Snapshot, what string, want map[string]string) {
	t.Helper()
	for named, home := range want {
		if got := s.Home(named, "orders"); got != home {
			t.Errorf("%s: %s.orders is in %s, not %s", what, named, got, home)
		}
	}
}

// A table moves to another keyspace, back, and there for good: it is declared where it
// is, and found by the name that it had. Groups of both sides are held, and neither
// keyspace's tables change meanwhile.
func TestATableMovesToAnotherKeyspace(t *testing.T) {
	s := receiving(t)
	s = edited(t, s, func(d *Draft) error { return d.BeginMove("shop", outbound(s, "shop", "big")) })
	for _, keyspace := range []string{"shop", "big"} {
		err := s.Edit().DeclareTable(keyspace, Table{Name: "other", Kind: KindSingle})
		if err == nil || !strings.Contains(err.Error(), "moved") {
			t.Errorf("a table of %s is declared meanwhile: %v", keyspace, err)
		}
	}
	if err := s.Edit().BeginMove("big", outbound(s, "big", "far")); err == nil {
		t.Error("a keyspace that receives a table begins to move another")
	}
	homes(t, s, "copying", map[string]string{"shop": "shop", "big": "big"})
	s = tableTurn(t, s, "shop")
	homes(t, s, "switched", map[string]string{"shop": "big", "big": "big"})
	if s.Keyspaces["big"].Tables["orders"] == nil || s.Keyspaces["shop"].Tables["orders"] != nil {
		t.Error("it is not declared where it is")
	}
	for _, group := range []string{"g1", "g2", "g3", "g4"} {
		if s.Accounts[group].User != "next_"+group || s.Groups[group].Operation != nil {
			t.Errorf("%s was not held, or is still: account %s, %+v", group, s.Accounts[group].User, s.Groups[group].Operation)
		}
	}
	if s.Accounts["g5"].User == "next_g5" || s.Groups["g3"].Floor != "u:1-9" {
		t.Error("a group was held that has nothing to do with it, or replicas are read that may lack the table")
	}
	s = tableTurn(t, s, "shop")
	homes(t, s, "reversed", map[string]string{"shop": "shop", "big": "big"})
	s = moveEnds(t, tableTurn(t, s, "shop"), "shop")
	homes(t, s, "completed", map[string]string{"shop": "big", "big": "big"})
	if err := s.Edit().DeclareTable("shop", Table{Name: "orders", Kind: KindSingle}); err == nil {
		t.Error("another table gets the name that it had")
	}
	for what, gone := range map[string]*Snapshot{
		"dropped":       edited(t, s, func(d *Draft) error { return d.ForgetTable("big", "orders") }),
		"renamed":       edited(t, s, func(d *Draft) error { return d.RenameTable("big", "orders", "items") }),
		"with keyspace": edited(t, s, func(d *Draft) error { return d.DropKeyspace("big") }),
	} {
		homes(t, gone, what, map[string]string{"shop": "shop"})
	}
}

// A table that has moved moves on, and back to where it has been: it is found by each
// name that it ever had, and a move that is reversed leaves the names as they were.
func TestATableMovesOnAndBack(t *testing.T) {
	s := receiving(t)
	for _, leg := range []struct {
		from, to string
		want     map[string]string
		before   map[string]string
	}{
		{"shop", "big", map[string]string{"shop": "big", "big": "big"}, map[string]string{"shop": "shop", "big": "big"}},
		{"big", "far", map[string]string{"shop": "far", "big": "far", "far": "far"}, map[string]string{"shop": "big", "big": "big"}},
		{"far", "shop", map[string]string{"shop": "shop", "far": "shop"}, map[string]string{"shop": "far", "big": "far", "far": "far"}},
	} {
		s = edited(t, s, func(d *Draft) error { return d.BeginMove(leg.from, outbound(s, leg.from, leg.to)) })
		s = tableTurn(t, s, leg.from)
		homes(t, s, leg.to, leg.want)
		s = tableTurn(t, s, leg.from)
		homes(t, s, leg.from, leg.before)
		s = moveEnds(t, tableTurn(t, s, leg.from), leg.from)
		homes(t, s, leg.to, leg.want)
	}
}

func TestATablesMoveRefuses(t *testing.T) {
	s := edited(t, receiving(t), func(d *Draft) error {
		d.Keyspaces["shop"].Moved = map[string]string{"gone": "far"}
		return d.DeclareTable("shop", Table{Name: "spread", Kind: KindSharded, ShardKey: shardkey.Key{{Name: "id", Type: "int"}}})
	})
	for name, c := range map[string]struct {
		change func(*Move)
		why    string
	}{
		"no keyspace":          {func(m *Move) { m.Table.Keyspace = "nowhere" }, "there is no keyspace"},
		"its own keyspace":     {func(m *Move) { m.Table.Keyspace = "shop" }, "is not one"},
		"a reference table":    {func(m *Move) { m.Table.New.Kind = KindReference }, "is not one"},
		"another table":        {func(m *Move) { m.Table.Old.Name = "other" }, "was not single"},
		"a sharded table":      {func(m *Move) { m.Table.Old.Name, m.Table.New.Name = "spread", "spread" }, "is sharded already"},
		"one that has moved":   {func(m *Move) { m.Table.Old.Name, m.Table.New.Name = "gone", "gone" }, "has moved to keyspace far"},
		"shards that are none": {func(m *Move) { m.To = m.From }, "have changed meanwhile"},
	} {
		m := outbound(s, "shop", "big")
		c.change(&m)
		if err := s.Edit().BeginMove("shop", m); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, not %q", name, err, c.why)
		}
	}
	taken := edited(t, s, func(d *Draft) error { return d.DeclareTable("big", Table{Name: "orders", Kind: KindSingle}) })
	if err := taken.Edit().BeginMove("shop", outbound(taken, "shop", "big")); err == nil || !strings.Contains(err.Error(), "already a table") {
		t.Error(err)
	}
}
