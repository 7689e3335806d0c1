package topology

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/shardkey"
)

// movable is a topology with keyspace shop on g1 and g2, and g3 to g5 free.
func movable(t *testing.T) *Snapshot {
	t.Helper()
	d := (&Snapshot{Version: 7}).Edit()
	for _, id := range []string{"g1", "g2", "g3", "g4", "g5"} {
		d.Instances[id+"-1"] = &Instance{ID: id + "-1", Host: "localhost", Port: 3000 + int(id[1]), Group: id, Role: RolePrimary}
		d.Groups[id] = &Group{ID: id, Primary: id + "-1", Term: 1, RouteEpoch: 1}
		d.Accounts[id] = Account{User: "shardway_p_" + id + "_1", Password: NewSecret("x")}
	}
	if _, err := d.CreateKeyspace(NewKeyspace{Name: "shop", Groups: []string{"g1", "g2"}}); err != nil {
		t.Fatal(err)
	}
	s, err := d.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shardsOf(t *testing.T, text string) []Shard {
	t.Helper()
	var shards []Shard
	for _, word := range strings.Fields(text) {
		name, group, _ := strings.Cut(word, "@")
		r, err := ParseRange(name)
		if err != nil {
			t.Fatal(err)
		}
		shards = append(shards, Shard{Range: r, Group: group})
	}
	return shards
}

// edited applies an edit that must succeed.
func edited(t *testing.T, s *Snapshot, edit func(*Draft) error) *Snapshot {
	t.Helper()
	d := s.Edit()
	if err := edit(d); err != nil {
		t.Fatal(err)
	}
	after, err := d.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func TestBeginMoveRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, why string }{
		"no such shard":            {"-40@g1", "-20@g3 20-40@g4", "there is no shard"},
		"another group":            {"-80@g2", "-40@g3 40-80@g4", "there is no shard"},
		"a gap":                    {"-80@g1", "-40@g3 50-80@g4", "do not cover"},
		"too little":               {"-80@g1", "-40@g3 40-70@g4", "do not cover"},
		"too much":                 {"-80@g1", "-40@g3 40-@g4", "do not cover"},
		"not neighbours, in order": {"80-@g2 -80@g1", "-@g3", "does not begin where"},
		"a group that has some":    {"-80@g1", "-40@g3 40-80@g2", "it has some already"},
		"its own group":            {"-80@g1", "-40@g1 40-80@g3", "it has some already"},
		"no group":                 {"-80@g1", "-40@g3 40-80@g9", "does not exist"},
		"nothing":                  {"", "-@g3", "no shard"},
		"no target":                {"-80@g1", "", "cannot become 0"},
	} {
		s := movable(t)
		err := s.Edit().BeginMove("shop", Move{ID: "m", Kind: MoveSplit, Phase: MoveCopying, From: shardsOf(t, c.from), To: shardsOf(t, c.to)})
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Safety rule 35: what a group has of a keyspace leaves it as a whole.
func TestAGroupLeavesAKeyspaceAsAWhole(t *testing.T) {
	s := edited(t, movable(t), func(d *Draft) error {
		d.Keyspaces["shop"].Shards = shardsOf(t, "-40@g1 40-80@g2 80-@g1")
		return nil
	})
	err := s.Edit().BeginMove("shop", Move{ID: "m", From: shardsOf(t, "-40@g1"), To: shardsOf(t, "-40@g3")})
	if err == nil || !strings.Contains(err.Error(), "stay behind") {
		t.Error(err)
	}
}

// held has proxies hold for a change over.
func held(t *testing.T, s *Snapshot) *Snapshot {
	t.Helper()
	return edited(t, s, func(d *Draft) error {
		next := *d.Keyspaces["shop"].Move
		next.Phase = MoveSwitching
		return d.HoldForMove("shop", next, time.Unix(5, 0))
	})
}

func serving(t *testing.T, s *Snapshot, want string) {
	t.Helper()
	var have []string
	for _, shard := range s.Keyspaces["shop"].Shards {
		have = append(have, shard.Range.String()+"@"+shard.Group)
	}
	if strings.Join(have, " ") != want {
		t.Errorf("clients are served by %s", have)
	}
}

// turn changes the sides.
func turn(s *Snapshot, executed map[string]string, accounts map[string]Account) (*Snapshot, error) {
	d := s.Edit()
	next := *d.Keyspaces["shop"].Move
	next.Phase, next.Switched, next.Turns = MoveFollowing, !next.Switched, next.Turns+1
	if err := d.TurnMove("shop", next, Turn{Executed: executed, Accounts: accounts}); err != nil {
		return nil, err
	}
	return d.Finish()
}

func fresh(groups ...string) map[string]Account {
	accounts := make(map[string]Account)
	for _, g := range groups {
		accounts[g] = Account{User: "next_" + g, Password: NewSecret("y")}
	}
	return accounts
}

// A move from its beginning to its end, with a change over that is given up, one
// that comes about, and one back.
func TestAMoveChangesSides(t *testing.T) {
	s := movable(t)
	m := Move{ID: "m", Kind: MoveSplit, Phase: MoveCopying, From: shardsOf(t, "-80@g1"), To: shardsOf(t, "-40@g3 40-80@g4")}
	s = edited(t, s, func(d *Draft) error { return d.BeginMove("shop", m) })
	if err := s.Edit().BeginMove("shop", m); err == nil {
		t.Error("a second move began")
	}
	for what, edit := range map[string]func(*Draft) error{
		"drop":    func(d *Draft) error { return d.BeginDrop("shop") },
		"declare": func(d *Draft) error { return d.DeclareTable("shop", Table{Name: "t", Kind: KindReference}) },
		"remove a source": func(d *Draft) error {
			d.Keyspaces["shop"].Shards = shardsOf(t, "-80@g2 80-@g2")
			return d.RemoveGroup("g1")
		},
		"remove a target": func(d *Draft) error { return d.RemoveGroup("g3") },
	} {
		if err := edit(s.Edit()); err == nil {
			t.Errorf("%s: not refused", what)
		}
	}

	if _, err := turn(s, nil, fresh("g1")); err == nil {
		t.Error("sides changed that nobody held")
	}
	holding := held(t, s)
	if !holding.Groups["g1"].Holding() || holding.Groups["g2"].Holding() || holding.Groups["g3"].Holding() {
		t.Error("what is held is not what serves")
	}
	released := edited(t, holding, func(d *Draft) error {
		next := *d.Keyspaces["shop"].Move
		next.Phase = MoveFollowing
		return d.ReleaseMove("shop", next, "too slow")
	})
	serving(t, released, "-80@g1 80-@g2")
	if released.Groups["g1"].Holding() || released.Accounts["g1"].User != "shardway_p_g1_1" {
		t.Error("a change over that was given up has left something")
	}
	if _, err := turn(released, nil, fresh("g1")); err == nil {
		t.Error("a change over came about after it was given up")
	}

	holding = held(t, released)
	if _, err := turn(holding, nil, nil); err == nil {
		t.Error("the old account stays in use")
	}
	turned, err := turn(holding, map[string]string{"g3": "u3:1-5", "g4": "u4:1-6"}, fresh("g1"))
	if err != nil {
		t.Fatal(err)
	}
	serving(t, turned, "-40@g3 40-80@g4 80-@g2")
	k := turned.Keyspaces["shop"]
	switch {
	case turned.Groups["g1"].Holding() || turned.Groups["g1"].RouteEpoch != 2 || turned.Accounts["g1"].User != "next_g1":
		t.Errorf("the old side is still reachable: %+v", turned.Groups["g1"])
	case turned.Groups["g3"].Floor != "u3:1-5" || turned.Groups["g1"].Floor != "":
		t.Error("what replicas of the new side must have is not stored (safety rule 16)")
	case !maps.Equal(k.Move.Starts, map[string]string{"g3": "u3:1-5", "g4": "u4:1-6"}) || k.ShardEpoch != 1:
		t.Errorf("%+v", k.Move)
	}

	back, err := turn(held(t, turned), map[string]string{"g1": "u1:1-9"}, fresh("g3", "g4"))
	if err != nil {
		t.Fatal(err)
	}
	serving(t, back, "-80@g1 80-@g2")
	if back.Keyspaces["shop"].Move.Turns != 2 || back.Keyspaces["shop"].Move.Switched {
		t.Errorf("%+v", back.Keyspaces["shop"].Move)
	}
	d := back.Edit()
	if err := d.EndMove("shop", *back.Keyspaces["shop"].Move, MoveCancelled); err != nil {
		t.Fatal(err)
	}
	if d.Keyspaces["shop"].Move != nil || len(d.EndedMoves) != 1 || d.EndedMoves[0].Outcome != MoveCancelled {
		t.Errorf("%+v", d.EndedMoves)
	}
	if err := d.Keyspaces["shop"].Still(); err != nil {
		t.Error(err)
	}
}

// Unique keys without the shard key are kept by index tables while a keyspace is on
// several groups, and by MySQL while it is on one, whichever way it got there: that
// changes with the sides, in one transaction.
func TestUniqueKeysAreKeptByWhoeverCan(t *testing.T) {
	email := shardkey.Key{{Name: "email", Type: "varchar(60)", Collation: "utf8mb4_0900_ai_ci"}}
	for name, c := range map[string]struct {
		from, to     string
		before, then bool
	}{
		"split":         {"-@g1", "-80@g3 80-@g4", false, true},
		"to another":    {"-@g1", "-@g3", false, false},
		"two of one":    {"-80@g1 80-@g1", "-40@g3 40-@g3", false, false},
		"merge":         {"-80@g1 80-@g2", "-@g3", true, false},
		"two to two":    {"-80@g1 80-@g2", "-40@g3 40-@g4", true, true},
		"part of it":    {"-80@g1", "-40@g3 40-80@g3", true, true},
		"one that goes": {"80-@g2", "80-@g4", true, true},
	} {
		s := edited(t, movable(t), func(d *Draft) error {
			k := d.Keyspaces["shop"]
			if k.Shards = shardsOf(t, c.from); k.Shards[0].Range.Start != 0 || k.Shards[len(k.Shards)-1].Range.End != 0 {
				k.Shards = shardsOf(t, "-80@g1 80-@g2")
			}
			return d.DeclareTable("shop", Table{
				Name: "people", Kind: KindSharded, ShardKey: shardkey.Key{{Name: "id", Type: "int"}}, Unique: []GlobalKey{{Index: IndexPrefix + "x", Columns: email, Kept: c.before}},
			})
		})
		kept := func(s *Snapshot, want bool) {
			t.Helper()
			k := s.Keyspaces["shop"]
			index := k.Tables[IndexPrefix+"x"]
			if k.Tables["people"].Unique[0].Kept != want || (index != nil) != want || want && (index.IndexOf != "people" || index.Kind != KindSharded || index.ShardKey[0] != email[0]) {
				t.Errorf("%s: kept by index tables: %v, want %v, and the index table is %+v", name, k.Tables["people"].Unique[0].Kept, want, index)
			}
			if table, key := k.KeyOf(IndexPrefix + "x"); table == nil || table.Name != "people" || key == nil {
				t.Errorf("%s: nobody knows whose index table it is", name)
			}
		}
		m := Move{ID: "m", Kind: MoveSplit, Phase: MoveCopying, From: shardsOf(t, c.from), To: shardsOf(t, c.to)}
		s = edited(t, s, func(d *Draft) error { return d.BeginMove("shop", m) })
		for turns := range 3 {
			sides := []bool{c.before, c.then}
			k := s.Keyspaces["shop"]
			if k.Spread(false) != c.before || k.Spread(true) != c.then {
				t.Errorf("%s, after %d turns: several groups %v and %v", name, turns, k.Spread(false), k.Spread(true))
			}
			kept(s, sides[turns%2])
			was := s
			var err error
			if s, err = turn(held(t, s), nil, fresh(GroupsOf(k.Move.Serving())...)); err != nil {
				t.Fatal(err)
			}
			kept(was, sides[turns%2])
			if c.before != c.then && s.Keyspaces["shop"].SchemaVersion == k.SchemaVersion {
				t.Errorf("%s: plans of before are used on", name)
			}
		}
		kept(s, c.then)
	}
}

// A distribution whose index table has the name of a declared one does not begin.
func TestADistributionHasIndexTablesOfItsOwn(t *testing.T) {
	s := edited(t, movable(t), func(d *Draft) error {
		return d.DeclareTable("shop", Table{Name: IndexPrefix + "x", Kind: KindSharded, ShardKey: shardkey.Key{{Name: "email", Type: "int"}}})
	})
	m := Move{
		ID: "m", Kind: MoveDistribute, From: s.Keyspaces["shop"].Shards, To: s.Keyspaces["shop"].Shards,
		Table: &TableMove{Old: Table{Name: "people", Kind: KindSingle}, New: Table{Name: "people", Kind: KindSharded, Unique: []GlobalKey{{Index: IndexPrefix + "x"}}}},
	}
	if err := s.Edit().BeginMove("shop", m); err == nil || !strings.Contains(err.Error(), "there is already a table") {
		t.Error(err)
	}
	m.Table.New.Unique[0].Index += "y"
	if err := s.Edit().BeginMove("shop", m); err != nil {
		t.Error(err)
	}
}

// What is stored comes back, a move's record included.
func TestAMoveIsStored(t *testing.T) {
	s := edited(t, movable(t), func(d *Draft) error {
		return d.BeginMove("shop", *(&Move{ID: "m", Kind: MoveMerge, Phase: MoveCopying, From: shardsOf(t, "-80@g1 80-@g2"), To: shardsOf(t, "-@g3")}).With("begun", time.Unix(9, 0)))
	})
	records, err := s.Records()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(s.Version, records)
	if err != nil {
		t.Fatal(err)
	}
	m := back.Keyspaces["shop"].Move
	if m == nil || m.Kind != MoveMerge || !slices.Equal(m.To, shardsOf(t, "-@g3")) || !m.Began().Equal(time.Unix(9, 0)) {
		t.Errorf("%+v", m)
	}
}

// What an operator has accepted to lose, no replica is waited for to have; other
// failovers keep what shards came to the group with.
func TestALossLowersTheFloor(t *testing.T) {
	for _, loss := range []bool{false, true} {
		s := edited(t, movable(t), func(d *Draft) error {
			d.Groups["g3"].Floor = "u3:1-5"
			d.Instances["g3-2"] = &Instance{ID: "g3-2", Host: "localhost", Port: 4000, Group: "g3", Role: RoleReplica}
			return d.BeginOperation("g3", Operation{
				ID: "1", Kind: OperationFailover, Phase: PhasePromote, From: "g3-1", To: "g3-2", Term: 9, AllowLoss: loss,
			})
		})
		after := edited(t, s, func(d *Draft) error { return d.Publish("g3", "g3-2", 9) })
		if got := after.Groups["g3"].Floor; (got == "") != loss {
			t.Errorf("loss accepted: %v, floor %q", loss, got)
		}
	}
}

func TestLimitMove(t *testing.T) {
	s := movable(t)
	if err := s.Edit().LimitMove("shop", 5000); err == nil || !strings.Contains(err.Error(), "nothing of keyspace shop is being moved") {
		t.Errorf("no move: %v", err)
	}
	if err := s.Edit().LimitMove("none", 5000); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("no keyspace: %v", err)
	}
	m := Move{ID: "m", Kind: MoveSplit, Phase: MoveCopying, From: shardsOf(t, "-80@g1"), To: shardsOf(t, "-40@g3 40-80@g4")}
	m.CopyLimit = 10
	if err := s.Edit().BeginMove("shop", m); err == nil || !strings.Contains(err.Error(), "the least is 1000") {
		t.Errorf("ten bytes a second: %v", err)
	}
	m.CopyLimit = 0
	s = edited(t, s, func(d *Draft) error { return d.BeginMove("shop", m) })
	if err := s.Edit().LimitMove("shop", -1); err == nil || !strings.Contains(err.Error(), "the least is 1000") {
		t.Errorf("less than nothing: %v", err)
	}
	before := *s.Keyspaces["shop"].Move
	s = edited(t, s, func(d *Draft) error { return d.LimitMove("shop", 5000) })
	s = edited(t, s, func(d *Draft) error { return d.AdvanceMove("shop", *before.With("copied", time.Now())) })
	if limit := s.Keyspaces["shop"].Move.CopyLimit; limit != 5000 {
		t.Errorf("a step that knew nothing of the limit leaves %d of it", limit)
	}
	s = edited(t, s, func(d *Draft) error { return d.LimitMove("shop", 0) })
	if limit := s.Keyspaces["shop"].Move.CopyLimit; limit != 0 {
		t.Errorf("lifted, it is %d", limit)
	}
}
