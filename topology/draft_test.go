package topology

import (
	"reflect"
	"slices"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

func TestADraftIsADeepCopy(t *testing.T) {
	snap, untouched := sample(t), sample(t)
	d := snap.Edit()
	d.Groups["g1"].Ackers[0] = "x"
	d.Groups["g1"].Term = 99
	d.Instances["a1"].Host = "x"
	d.Keyspaces["shop"].Shards[0].Group = "x"
	d.Keyspaces["shop"].Tables["orders"].ShardKey[0].Name = "x"
	delete(d.Keyspaces["shop"].Tables, "odd / näme")
	d.Users["app/é"].Grants["shop"] = GrantAdmin
	d.Users["app/é"].NativeVerifier[0] = 9
	d.Users["app/é"].SHA2Verifier[0] = 9
	d.Accounts["g1"] = Account{}
	d.Placement[0] = "x"
	if !reflect.DeepEqual(snap, untouched) {
		t.Error("editing the draft has changed the snapshot")
	}
}

// refusal runs an edit on a fresh draft and returns the code of its refusal.
func refusal(t *testing.T, edit func(d *Draft) error) Code {
	t.Helper()
	refused, ok := AsRefused(edit(sample(t).Edit()))
	if !ok {
		return ""
	}
	return refused.Code
}

func TestEditsAreRefused(t *testing.T) {
	spare := Instance{ID: "n1", Host: "h", Port: 1}
	for name, c := range map[string]struct {
		want Code
		edit func(d *Draft) error
	}{
		"instance twice": {CodeExists, func(d *Draft) error { return d.AddInstance(Instance{ID: "a1", Host: "h", Port: 1}, testAccount) }},
		"address twice": {CodeExists, func(d *Draft) error {
			return d.AddInstance(Instance{ID: "n", Host: "127.0.0.1", Port: 3000}, testAccount)
		}},
		"no credential":          {CodeInvalid, func(d *Draft) error { return d.AddInstance(spare, Account{}) }},
		"bad id":                 {CodeInvalid, func(d *Draft) error { return d.AddInstance(Instance{ID: "/"}, testAccount) }},
		"remove nobody":          {CodeNotFound, func(d *Draft) error { return d.RemoveInstance("x") }},
		"remove the primary":     {CodeInUse, func(d *Draft) error { return d.RemoveInstance("a1") }},
		"remove an acker":        {CodeInUse, func(d *Draft) error { return d.RemoveInstance("a2") }},
		"group twice":            {CodeExists, func(d *Draft) error { return d.CreateGroup("g1", "s1", nil, testAccount) }},
		"group of nobody":        {CodeNotFound, func(d *Draft) error { return d.CreateGroup("g3", "x", nil, testAccount) }},
		"group of members":       {CodeInUse, func(d *Draft) error { return d.CreateGroup("g3", "a2", nil, testAccount) }},
		"primary is replica too": {CodeInvalid, func(d *Draft) error { return d.CreateGroup("g3", "s1", []string{"s1"}, testAccount) }},
		"group without account":  {CodeInvalid, func(d *Draft) error { return d.CreateGroup("g3", "s1", nil, Account{}) }},
		"replica of no group":    {CodeNotFound, func(d *Draft) error { return d.AddReplica("g9", "s1") }},
		"remove no group":        {CodeNotFound, func(d *Draft) error { return d.RemoveGroup("g9") }},
		"remove a used group":    {CodeInUse, func(d *Draft) error { return d.RemoveGroup("g1") }},
		"remove a group in a switchover": {CodeInUse, func(d *Draft) error {
			finish(t, d, d.SetPlacement(nil), d.DropKeyspace("shop"), d.DropKeyspace("my-blog$1"))
			d.Groups["g1"].Operation = &Operation{Kind: OperationSwitchover}
			return d.RemoveGroup("g1")
		}},
		"remove a group with a job": {CodeInUse, func(d *Draft) error {
			finish(t, d, d.SetPlacement(nil), d.DropKeyspace("shop"), d.DropKeyspace("my-blog$1"))
			d.Instances["a2"].Job = &InstanceJob{Kind: InstanceRebuild}
			return d.RemoveGroup("g1")
		}},
		"publish for no group": {CodeNotFound, func(d *Draft) error { return d.Publish("g9", "a1", 9) }},
		"publish a stranger":   {CodeInvalid, func(d *Draft) error { return d.Publish("g1", "b1", 9) }},
		"publish an old term":  {CodeInvalid, func(d *Draft) error { return d.Publish("g1", "a2", 1) }},
		"ackers of no group":   {CodeNotFound, func(d *Draft) error { return d.SetAckers("g9", Group{}, nil) }},
		"ackers of a former term": {CodeInvalid, func(d *Draft) error {
			seen := *d.Groups["g1"]
			seen.Term--
			return d.SetAckers("g1", seen, nil)
		}},
		"ackers that have changed": {CodeInvalid, func(d *Draft) error {
			seen := *d.Groups["g1"]
			seen.Ackers = nil
			return d.SetAckers("g1", seen, nil)
		}},
		"ackers while an operation began": {CodeInvalid, func(d *Draft) error {
			seen := *d.Groups["g1"]
			d.Groups["g1"].Operation = &Operation{}
			return d.SetAckers("g1", seen, nil)
		}},
		"account of no group": {CodeNotFound, func(d *Draft) error { return d.SetAccount("g9", testAccount) }},
		"account of nobody":   {CodeInvalid, func(d *Draft) error { return d.SetAccount("g1", Account{}) }},
		"keyspace twice":      {CodeExists, func(d *Draft) error { _, err := d.CreateKeyspace(NewKeyspace{Name: "shop"}); return err }},
		"keyspace on no group": {CodeNotFound, func(d *Draft) error {
			_, err := d.CreateKeyspace(NewKeyspace{Name: "n", Groups: []string{"g9"}})
			return err
		}},
		"keyspace without shards": {CodeInvalid, func(d *Draft) error { _, err := d.CreateKeyspace(NewKeyspace{Name: "n", Shards: -1}); return err }},
		"drop no keyspace":        {CodeNotFound, func(d *Draft) error { return d.DropKeyspace("n") }},
		"begin to drop none":      {CodeNotFound, func(d *Draft) error { return d.BeginDrop("n") }},
		"table of no keyspace":    {CodeNotFound, func(d *Draft) error { return d.DeclareTable("n", Table{Name: "t", Kind: KindSingle}) }},
		"table without a key":     {CodeInvalid, func(d *Draft) error { return d.DeclareTable("shop", Table{Name: "t", Kind: KindSharded}) }},
		"forget in no keyspace":   {CodeNotFound, func(d *Draft) error { return d.ForgetTable("n", "t") }},
		"rename in no keyspace":   {CodeNotFound, func(d *Draft) error { return d.RenameTable("n", "t", "u") }},
		"rename onto another":     {CodeExists, func(d *Draft) error { return d.RenameTable("shop", "orders", "odd / näme") }},
		"rename to nothing":       {CodeInvalid, func(d *Draft) error { return d.RenameTable("shop", "orders", "") }},
		"bump no keyspace":        {CodeNotFound, func(d *Draft) error { return d.BumpSchema("n") }},
		"user twice":              {CodeExists, func(d *Draft) error { return d.AddUser(User{Name: "app/é"}) }},
		"bad user":                {CodeInvalid, func(d *Draft) error { return d.AddUser(User{}) }},
		"password of nobody":      {CodeNotFound, func(d *Draft) error { return d.SetVerifiers("x", nil, nil) }},
		"lock nobody":             {CodeNotFound, func(d *Draft) error { return d.SetLocked("x", true) }},
		"grant to nobody":         {CodeNotFound, func(d *Draft) error { return d.SetGrant("x", "shop", GrantRead) }},
		"grant on mysql":          {CodeInvalid, func(d *Draft) error { return d.SetGrant("app/é", "mysql", GrantRead) }},
		"grant nonsense":          {CodeInvalid, func(d *Draft) error { return d.SetGrant("app/é", "shop", "all") }},
		"rename nobody":           {CodeNotFound, func(d *Draft) error { return d.RenameUser("x", "y") }},
		"rename to oneself":       {CodeExists, func(d *Draft) error { return d.RenameUser("app/é", "app/é") }},
		"rename user to nothing":  {CodeInvalid, func(d *Draft) error { return d.RenameUser("app/é", "") }},
		"remove no user":          {CodeNotFound, func(d *Draft) error { return d.RemoveUser("x") }},
		"placement on no group":   {CodeNotFound, func(d *Draft) error { return d.SetPlacement([]string{"g9"}) }},
	} {
		if got := refusal(t, c.edit); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

func finish(t *testing.T, d *Draft, errs ...error) *Snapshot {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	snap, err := d.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func TestGroupsChange(t *testing.T) {
	d := sample(t).Edit()
	snap := finish(t, d, d.Publish("g1", "a2", 2), d.AddReplica("g2", "s1"), d.SetAccount("g2", testAccount))
	group := snap.Groups["g1"]
	if group.Primary != "a2" || group.Term != 2 || !slices.Equal(group.Ackers, []string{"a3"}) ||
		snap.Instances["a1"].Role != RoleReplica || snap.Instances["a2"].Role != RolePrimary {
		t.Errorf("%+v", group)
	}
	if snap.Instances["s1"].Group != "g2" || snap.Groups["g2"].RouteEpoch != 2 || snap.Groups["g2"].Primary != "" {
		t.Errorf("%+v", snap.Groups["g2"])
	}
	d = sample(t).Edit()
	snap = finish(t, d, d.SetPlacement(nil), d.DropKeyspace("shop"), d.DropKeyspace("my-blog$1"),
		d.RemoveGroup("g1"), d.RemoveInstance("a1"))
	if snap.Groups["g1"] != nil || snap.Instances["a2"].Role != RoleSpare || !d.Credentials["a1"].IsZero() {
		t.Errorf("%+v", snap)
	}
	if _, told := d.Credentials["a1"]; !told {
		t.Error("the credential of a removed instance stays")
	}
	d = sample(t).Edit()
	d.Credentials["x"] = testAccount
	if _, err := d.Finish(); err == nil {
		t.Error("a credential of nobody")
	}
}

func TestKeyspacesChange(t *testing.T) {
	d := sample(t).Edit()
	k, err := d.CreateKeyspace(NewKeyspace{Name: "big", Shards: 4})
	finish(t, d, err, d.BeginDrop("shop"))
	if len(k.Shards) != 4 || k.Shards[0].Group != "g2" || k.Shards[3].Group != "g1" || k.Undeclared != KindSingle {
		t.Errorf("%+v", k)
	}
	if err := d.BumpSchema("shop"); err == nil || d.Serving("shop") != nil {
		t.Errorf("a keyspace that is being dropped still serves: %v", err)
	}
	if _, err := d.CreateKeyspace(NewKeyspace{Name: "shop"}); err == nil {
		t.Error("created while being dropped")
	}
	if k, err := d.PlanKeyspace(NewKeyspace{Name: "one", Shards: 1}); err != nil || len(k.Groups()) != 1 {
		t.Errorf("%+v, %v", k, err)
	}
	empty, err := Decode(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := empty.PlanKeyspace(NewKeyspace{Name: "n"}); err == nil {
		t.Error("a keyspace on nothing")
	}
}

func TestTablesChange(t *testing.T) {
	d := sample(t).Edit()
	d.Version++ // the sample's own draft was of this version
	version := d.Keyspaces["shop"].SchemaVersion
	old := d.Keyspaces["shop"].Tables["orders"].SequenceID
	snap := finish(t, d,
		d.RenameTable("shop", "orders", "old_orders"),
		d.RenameTable("shop", "never_declared", "x"),
		d.DeclareTable("shop", Table{Name: "orders", Kind: KindSharded, Sequence: "id", ShardKey: shardkey.Key{{Name: "id", Type: "int"}}}),
		d.ForgetTable("shop", "odd / näme"),
		d.BumpSchema("shop"))
	k := snap.Keyspaces["shop"]
	if k.SchemaVersion != version+5 || len(k.Tables) != 2 || k.Tables["old_orders"].SequenceID != old {
		t.Errorf("%+v", k)
	}
	fresh := SequenceKey{"shop", k.Tables["orders"].SequenceID}
	if fresh.ID == old || d.Sequences[fresh] != 1 {
		t.Errorf("%+v", d.Sequences)
	}
	d.StartSequence("shop", "orders", 77)
	d.StartSequence("shop", "old_orders", 77)
	d.StartSequence("shop", "nope", 77)
	d.StartSequence("nope", "orders", 77)
	if len(d.Sequences) != 1 || d.Sequences[fresh] != 77 {
		t.Errorf("%+v", d.Sequences)
	}
}

func TestUsersChange(t *testing.T) {
	d := sample(t).Edit()
	finish(t, d,
		d.AddUser(User{Name: "bob"}),
		d.SetGrant("bob", "shop", GrantDDL), d.SetGrant("bob", "later", GrantRead), d.SetGrant("bob", "later", GrantNone),
		d.SetVerifiers("bob", make([]byte, 20), nil), d.SetLocked("bob", true), d.RenameUser("bob", "bill"),
		d.RemoveUser("app/é"))
	bill := d.Users["bill"]
	if len(d.Users) != 1 || !bill.Locked || len(bill.Grants) != 1 || len(bill.NativeVerifier) != 20 {
		t.Errorf("%+v", bill)
	}
	if bill.String() != "bill" {
		t.Error(bill)
	}
}

func TestGrants(t *testing.T) {
	u := User{Grants: map[string]Grant{"shop": GrantWrite, AllKeyspaces: GrantRead, "low": GrantRead}}
	for _, c := range []struct {
		keyspace string
		grant    Grant
		want     bool
	}{
		{"shop", GrantRead, true},
		{"shop", GrantWrite, true},
		{"shop", GrantDDL, false},
		{"other", GrantRead, true},
		{"other", GrantWrite, false},
		{"other", GrantNone, true},
	} {
		if got := u.Allows(c.keyspace, c.grant); got != c.want {
			t.Errorf("%s in %s: %v", c.grant, c.keyspace, got)
		}
	}
	u.Grants[AllKeyspaces] = GrantAdmin
	if !u.Allows("low", GrantAdmin) || u.Allows("low", "nonsense") {
		t.Error("the greater grant does not win")
	}
	if (&User{}).Allows("shop", GrantRead) {
		t.Error("no grant allows reading")
	}
	for _, name := range []string{"", "all"} {
		if _, err := ParseGrant(name); err == nil {
			t.Errorf("%q is a grant", name)
		}
	}
	if g, err := ParseGrant("ddl"); g != GrantDDL || err != nil {
		t.Error(g, err)
	}
}
