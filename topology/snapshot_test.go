package topology

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

const testPassword = "t0p-s3cret"

var testAccount = Account{User: "shardway", Password: NewSecret(testPassword)}

// sample is a snapshot with everything in it.
func sample(t *testing.T) *Snapshot {
	t.Helper()
	empty, err := Decode(7, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := empty.Edit()
	do := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for i, id := range []string{"a1", "a2", "a3", "b1", "s1"} {
		do(d.AddInstance(Instance{ID: id, Host: "127.0.0.1", Port: 3000 + i, Zone: "z1"}, testAccount))
	}
	do(d.CreateGroup("g1", "a1", []string{"a2", "a3"}, testAccount))
	do(d.CreateGroup("g2", "b1", nil, testAccount))
	do(d.Publish("g1", "a1", 1))
	do(d.SetAckers("g1", *d.Groups["g1"], []string{"a3", "a2"}))
	_, err = d.CreateKeyspace(NewKeyspace{Name: "shop"})
	do(err)
	_, err = d.CreateKeyspace(NewKeyspace{Name: "my-blog$1", Groups: []string{"g2"}, Undeclared: KindSharded})
	do(err)
	do(d.DeclareTable("shop", Table{
		Name: "orders", Kind: KindSharded, Sequence: "id",
		ShardKey: shardkey.Key{{Name: "customer_id", Type: "bigint"}},
	}))
	do(d.DeclareTable("shop", Table{Name: "odd / näme", Kind: KindReference}))
	do(d.AddUser(User{
		Name: "app/é", NativeVerifier: make([]byte, 20), SHA2Verifier: bytes.Repeat([]byte("x"), 70),
		Grants: map[string]Grant{"shop": GrantWrite, AllKeyspaces: GrantRead},
	}))
	do(d.SetPlacement([]string{"g2", "g1"}))
	snap, err := d.Finish()
	do(err)
	return snap
}

func TestRecordsGoBothWays(t *testing.T) {
	snap := sample(t)
	records, err := snap.Records()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(7, records)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(snap, back) {
		t.Errorf("stored %+v\nread %+v", snap, back)
	}
	again, err := back.Records()
	if err != nil || !reflect.DeepEqual(records, again) {
		t.Errorf("the same snapshot gives other records, %v", err)
	}
	for _, key := range []string{"groups/g1", "instances/a1", "keyspaces/shop", "tables/shop/orders", "accounts/g2", "placement"} {
		if records[key] == nil {
			t.Errorf("there is no record %s among %v", key, slices.Sorted(maps.Keys(records)))
		}
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	good, err := sample(t).Records()
	if err != nil {
		t.Fatal(err)
	}
	for key, data := range map[string]string{
		"locks/g1": "{}", "groups/a/b": "{}", "tables/shop": "{}", "tables/nope/t": `{"name":"t","kind":"single"}`,
		"groups/%zz": "{}", "groups/g1": "[", "accounts/g1": "7", "accounts/g3": `{"user":"u"}`, "placement": `["g9"]`, "": "{}",
	} {
		records := maps.Clone(good)
		records[key] = []byte(data)
		if _, err := Decode(8, records); err == nil {
			t.Errorf("%s = %s was read", key, data)
		}
	}
}

func TestEveryInvariantIsChecked(t *testing.T) {
	broken := map[string]func(s *Snapshot){
		"group under another id":     func(s *Snapshot) { s.Groups["g1"].ID = "g2" },
		"bad group id":               func(s *Snapshot) { s.Groups["-"] = &Group{ID: "-"} },
		"negative term":              func(s *Snapshot) { s.Groups["g1"].Term = -1 },
		"negative route epoch":       func(s *Snapshot) { s.Groups["g1"].RouteEpoch = -1 },
		"primary unknown":            func(s *Snapshot) { s.Groups["g1"].Primary = "x" },
		"primary is a replica":       func(s *Snapshot) { s.Groups["g1"].Primary = "a2" },
		"primary of another group":   func(s *Snapshot) { s.Groups["g1"].Primary = "b1" },
		"two primaries":              func(s *Snapshot) { s.Groups["g1"].Ackers = nil; s.Instances["a2"].Role = RolePrimary },
		"acker unknown":              func(s *Snapshot) { s.Groups["g1"].Ackers = []string{"x"} },
		"acker is the primary":       func(s *Snapshot) { s.Groups["g1"].Ackers = []string{"a1"} },
		"acker twice":                func(s *Snapshot) { s.Groups["g1"].Ackers = []string{"a2", "a2"} },
		"instance under another id":  func(s *Snapshot) { s.Instances["s1"].ID = "s2" },
		"bad instance id":            func(s *Snapshot) { s.Instances["a b"] = &Instance{ID: "a b", Host: "h", Port: 1, Role: RoleSpare} },
		"instance without host":      func(s *Snapshot) { s.Instances["s1"].Host = "" },
		"instance port 0":            func(s *Snapshot) { s.Instances["s1"].Port = 0 },
		"instance port too big":      func(s *Snapshot) { s.Instances["s1"].Port = 65536 },
		"two instances, one address": func(s *Snapshot) { s.Instances["s1"].Port = s.Instances["a1"].Port },
		"spare in a group":           func(s *Snapshot) { s.Instances["s1"].Group = "g1" },
		"replica of nothing":         func(s *Snapshot) { s.Instances["s1"].Role = RoleReplica },
		"no such role":               func(s *Snapshot) { s.Instances["s1"].Role = "boss" },
		"keyspace under another name": func(s *Snapshot) {
			s.Keyspaces["shop"].Name = "stop"
		},
		"system schema":        func(s *Snapshot) { s.Keyspaces["MySQL"] = &Keyspace{Name: "MySQL"} },
		"undeclared reference": func(s *Snapshot) { s.Keyspaces["shop"].Undeclared = KindReference },
		"no shards":            func(s *Snapshot) { s.Keyspaces["shop"].Shards = nil },
		"shard on no group":    func(s *Snapshot) { s.Keyspaces["shop"].Shards[0].Group = "g9" },
		"gap":                  func(s *Snapshot) { s.Keyspaces["shop"].Shards[0].Range.End-- },
		"overlap":              func(s *Snapshot) { s.Keyspaces["shop"].Shards[0].Range.End++ },
		"does not begin at 0":  func(s *Snapshot) { s.Keyspaces["shop"].Shards[0].Range.Start = 1 },
		"does not end":         func(s *Snapshot) { s.Keyspaces["shop"].Shards[1].Range.End = 1<<64 - 1 },
		"ends in the middle":   func(s *Snapshot) { s.Keyspaces["shop"].Shards[0].Range.End = 0 },
		"sharded without key":  func(s *Snapshot) { s.Keyspaces["shop"].Tables["orders"].ShardKey = nil },
		"single with key":      func(s *Snapshot) { s.Keyspaces["shop"].Tables["orders"].Kind = KindSingle },
		"no such kind":         func(s *Snapshot) { s.Keyspaces["shop"].Tables["orders"].Kind = "big" },
		"table under another name": func(s *Snapshot) {
			s.Keyspaces["shop"].Tables["orders"].Name = "other"
		},
		"key column twice": func(s *Snapshot) {
			table := s.Keyspaces["shop"].Tables["orders"]
			table.ShardKey = append(table.ShardKey, table.ShardKey[0])
		},
		"key column without type":   func(s *Snapshot) { s.Keyspaces["shop"].Tables["orders"].ShardKey[0].Type = "" },
		"sequence without an id":    func(s *Snapshot) { s.Keyspaces["shop"].Tables["orders"].SequenceID = "" },
		"user under another name":   func(s *Snapshot) { s.Users["x"] = &User{Name: "y"} },
		"MySQL's own user":          func(s *Snapshot) { s.Users["mysql.sys"] = &User{Name: "mysql.sys"} },
		"short native verifier":     func(s *Snapshot) { s.Users["app/é"].NativeVerifier = []byte{1} },
		"short sha2 verifier":       func(s *Snapshot) { s.Users["app/é"].SHA2Verifier = []byte{1} },
		"no such grant":             func(s *Snapshot) { s.Users["app/é"].Grants["shop"] = "all" },
		"empty grant":               func(s *Snapshot) { s.Users["app/é"].Grants["shop"] = GrantNone },
		"grant on a system schema":  func(s *Snapshot) { s.Users["app/é"].Grants["sys"] = GrantRead },
		"account of no group":       func(s *Snapshot) { s.Accounts["g9"] = testAccount },
		"account of nobody":         func(s *Snapshot) { s.Accounts["g1"] = Account{} },
		"placement on no group":     func(s *Snapshot) { s.Placement = []string{"g9"} },
		"placement names one twice": func(s *Snapshot) { s.Placement = []string{"g1", "g1"} },
	}
	for name, breakIt := range broken {
		d := sample(t).Edit()
		breakIt(&d.Snapshot)
		if _, err := d.Finish(); err == nil {
			t.Errorf("%s: nobody noticed", name)
		}
	}
	if err := sample(t).Validate(); err != nil {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"shop", "Shop_2", "a-b$c", "7", strings.Repeat("x", 64)} {
		if err := CheckKeyspaceName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "a b", "a.b", "a/b", "é", "SYS", "_shardway", "Information_Schema", strings.Repeat("x", 65), "a`b"} {
		if err := CheckKeyspaceName(name); err == nil {
			t.Errorf("%q is a keyspace", name)
		}
	}
	for _, name := range []string{"", "a ", "a\x00b", "\xff", strings.Repeat("ü", 65)} {
		if err := CheckTableName(name); err == nil {
			t.Errorf("%q is a table", name)
		}
	}
	if err := CheckTableName(strings.Repeat("ü", 64)); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"", ".a", "a/b", strings.Repeat("x", 49)} {
		if err := CheckID("a group", id); err == nil {
			t.Errorf("%q is an id", id)
		}
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	snap := sample(t)
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "account", testAccount, "secret", testAccount.Password)
	asJSON, err := json.Marshal(struct {
		Snap     *Snapshot
		Accounts map[string]Account
	}{snap, snap.Accounts})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{string(asJSON), logged.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, testAccount), fmt.Sprintf(verb, testAccount.Password),
			fmt.Sprintf(verb, snap.Accounts), fmt.Sprintf(verb, *snap), fmt.Sprintf(verb, &testAccount))
	}
	for _, text := range shown {
		if strings.Contains(text, testPassword) || strings.Contains(text, fmt.Sprintf("%x", testPassword)) {
			t.Errorf("%s", text)
		}
	}
	var in Account
	if err := json.Unmarshal([]byte(`{"user":"u","password":"p"}`), &in); err != nil || in.Password.Reveal() != "p" {
		t.Errorf("%v, %v", in, err)
	}
}

func TestLookups(t *testing.T) {
	snap := sample(t)
	var members []string
	for _, m := range snap.Members("g1") {
		members = append(members, m.ID)
	}
	if !slices.Equal(members, []string{"a1", "a2", "a3"}) || snap.Members("") != nil {
		t.Error(members)
	}
	if on := snap.KeyspacesOn("g2"); !slices.Equal(on, []string{"my-blog$1", "shop"}) {
		t.Error(on)
	}
	if got := snap.DefaultPlacement(); !slices.Equal(got, []string{"g2", "g1"}) {
		t.Error(got)
	}
	snap.Placement = nil
	if got := snap.DefaultPlacement(); !slices.Equal(got, []string{"g1", "g2"}) {
		t.Error(got)
	}
	if snap.Serving("shop") == nil || snap.Serving("nope") != nil {
		t.Error("serving")
	}
}
