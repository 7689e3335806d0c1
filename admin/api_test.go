package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

func TestInstancesAndGroups(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	secret := topology.NewSecret("very-s3cret")
	add := NewInstance{ID: "x1", Host: "127.0.0.1", Port: 1, Zone: "z", User: "root", Password: secret}
	_, err := c.AddInstance(ctx, add, true)
	wantCode(t, err, topology.CodeUnavailable)
	add.Unchecked = true
	dry, err := c.AddInstance(ctx, add, true)
	if err != nil || !dry.DryRun || len(dry.Steps) != 1 || len(c.load().Instances) != 0 {
		t.Fatalf("%+v, %v", dry, err)
	}
	for i := range 3 {
		add.ID, add.Port = fmt.Sprint("x", i), 1+i
		if _, err := c.AddInstance(ctx, add, false); err != nil {
			t.Fatal(err)
		}
	}
	if account, err := c.store.Credential(ctx, "x1"); err != nil || account.Password.Reveal() != "very-s3cret" {
		t.Errorf("the password was not kept: %v", err)
	}
	_, err = c.AddInstance(ctx, add, false)
	wantCode(t, err, topology.CodeExists)
	_, err = c.RemoveInstance(ctx, "nobody", false)
	wantCode(t, err, topology.CodeNotFound)
	if _, err := c.CreateGroup(ctx, NewGroup{ID: "g", Primary: "x0", Replicas: []string{"x1"}}, false); err != nil {
		t.Fatal(err)
	}
	groups, err := c.Groups(ctx)
	if err != nil || len(groups) != 1 || groups[0].ID != "g" || len(groups[0].Instances) != 2 {
		t.Errorf("%+v, %v", groups, err)
	}
	account := c.load().Accounts["g"]
	if !strings.HasPrefix(account.User, "shardway_p_") || len(account.User) > 32 || account.Password.Reveal() == "" {
		t.Errorf("%v", account)
	}
	if _, err := c.RemoveInstance(ctx, "x2", false); err != nil {
		t.Error(err)
	}
	instances, err := c.Instances(ctx)
	if err != nil || len(instances) != 2 || instances[0].Role != topology.RolePrimary {
		t.Errorf("%+v, %v", instances, err)
	}
	if _, err := c.SetPlacement(ctx, Placement{Groups: []string{"g"}}, false); err != nil {
		t.Error(err)
	}
	if p, err := c.Placement(ctx); err != nil || len(p.Groups) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = c.SetPlacement(ctx, Placement{Groups: []string{"h"}}, true)
	wantCode(t, err, topology.CodeNotFound)
}

func TestKeyspaces(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	c.group("g1")
	c.group("g2")
	name := testkit.Name()
	wanted := NewKeyspace{Name: name, Undeclared: topology.KindSharded, Charset: "utf8mb4", Collation: "utf8mb4_bin"}
	dry, err := c.CreateKeyspace(ctx, wanted, true)
	if err != nil || len(dry.Steps) != 4 || c.hasSchema("g1-1", name) {
		t.Fatalf("%+v, %v", dry, err)
	}
	if _, err := c.CreateKeyspace(ctx, wanted, false); err != nil {
		t.Fatal(err)
	}
	if !c.hasSchema("g1-1", name) || !c.hasSchema("g2-1", name) || c.load().Serving(name) == nil {
		t.Error("it is not everywhere")
	}
	_, err = c.CreateKeyspace(ctx, wanted, false)
	wantCode(t, err, topology.CodeExists)
	list, err := c.Keyspaces(ctx)
	if err != nil || len(list) != 1 || len(list[0].Shards) != 2 || list[0].Shards[1].Name != name+"/80-" || list[0].Shards[1].Primary != "g2-1" {
		t.Errorf("%+v, %v", list, err)
	}
	for only, n := range map[string]int{"": 2, name: 2} {
		if shards, err := c.Shards(ctx, only); err != nil || len(shards) != n {
			t.Errorf("%+v, %v", shards, err)
		}
	}
	_, err = c.Shards(ctx, "nope")
	wantCode(t, err, topology.CodeNotFound)
	if _, err := c.BumpSchema(ctx, name); err != nil {
		t.Error(err)
	}
	dry, err = c.DropKeyspace(ctx, name, true)
	if err != nil || len(dry.Steps) != 4 || !c.hasSchema("g1-1", name) {
		t.Errorf("%+v, %v", dry, err)
	}
	if _, err := c.DropKeyspace(ctx, name, false); err != nil {
		t.Fatal(err)
	}
	if c.hasSchema("g1-1", name) || c.hasSchema("g2-1", name) || len(c.load().Keyspaces) != 0 {
		t.Error("something is left")
	}
	_, err = c.DropKeyspace(ctx, name, false)
	wantCode(t, err, topology.CodeNotFound)
}

// Creating or dropping that stopped half way is finished by repeating it, and
// schemas with somebody's tables are not taken.
func TestKeyspacesHalfWay(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	c.group("g1")
	c.group("g2")
	name := testkit.Name()
	db := c.servers["g1-1"].DB(t, "")
	testkit.Exec(t, db, "CREATE DATABASE "+name)
	if _, err := c.CreateKeyspace(ctx, NewKeyspace{Name: name}, false); err != nil {
		t.Fatalf("an empty schema was in the way: %v", err)
	}
	c.update(func(d *topology.Draft) error { return d.BeginDrop(name) })
	testkit.Exec(t, db, "DROP DATABASE "+name)
	status, err := c.Status(ctx)
	if err != nil || status.Healthy || !strings.Contains(strings.Join(status.Problems, "\n"), "half dropped") {
		t.Errorf("%+v, %v", status.Problems, err)
	}
	if _, err := c.DropKeyspace(ctx, name, false); err != nil {
		t.Fatal(err)
	}
	testkit.Exec(t, db, "CREATE DATABASE "+name, "CREATE TABLE "+name+".t (id INT PRIMARY KEY)")
	t.Cleanup(func() { _, _ = db.Exec("DROP DATABASE " + name) })
	_, err = c.CreateKeyspace(ctx, NewKeyspace{Name: name}, false)
	wantCode(t, err, topology.CodeExists)
	if c.hasSchema("g2-1", name) {
		t.Error("a schema was made although the keyspace was refused")
	}
}

func TestKeyspacesAreRefused(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	_, err := c.CreateKeyspace(ctx, NewKeyspace{Name: "early"}, false)
	wantCode(t, err, topology.CodeInvalid)
	if _, err := c.AddInstance(ctx, NewInstance{ID: "x", Host: "127.0.0.1", Port: 1, User: "u", Unchecked: true}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateGroup(ctx, NewGroup{ID: "g", Primary: "x"}, false); err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateKeyspace(ctx, NewKeyspace{Name: "early"}, false)
	wantCode(t, err, topology.CodeUnavailable) // no primary yet
	c.update(func(d *topology.Draft) error { return d.Publish("g", "x", 1) })
	_, err = c.CreateKeyspace(ctx, NewKeyspace{Name: "early"}, false)
	wantCode(t, err, topology.CodeUnavailable) // it does not answer
	for _, n := range []NewKeyspace{{Name: "mysql"}, {Name: "a", Charset: "x; DROP"}, {Name: "a", Undeclared: "reference"}} {
		if _, err := c.CreateKeyspace(ctx, n, false); err == nil {
			t.Errorf("%+v was created", n)
		}
	}
}

func TestTables(t *testing.T) {
	distributor := noDistributor{got: new(topology.Declaration)}
	c := newCluster(t, func(o *Options) { o.Distributor = distributor })
	ctx := t.Context()
	c.group("g1")
	c.update(func(d *topology.Draft) error {
		_, err := d.CreateKeyspace(topology.NewKeyspace{Name: "shop"})
		return errors.Join(err,
			d.DeclareTable("shop", topology.Table{Name: "o", Kind: topology.KindSharded, ShardKey: shardkey.Key{{Name: "c", Type: "bigint"}}}),
			d.DeclareTable("shop", topology.Table{Name: "r/ü", Kind: topology.KindReference}))
	})
	tables, err := c.Tables(ctx, "shop")
	if err != nil || len(tables) != 2 || tables[0].ShardKey[0] != "c" || !strings.Contains(tables[0].Token, "SHA2") || tables[1].Token != "" {
		t.Errorf("%+v, %v", tables, err)
	}
	_, err = c.Tables(ctx, "nope")
	wantCode(t, err, topology.CodeNotFound)
	done, err := c.DeclareTable(ctx, "shop", "odd/näme", TableDeclaration{
		Kind: topology.KindSharded, ShardKey: []string{"a"}, UniqueShard: true, Schema: &topology.TableSchema{AutoIncrement: "id"},
	}, false)
	if err != nil || done.Version != 7 || len(done.Warnings) != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if got := distributor.got; got.Keyspace != "shop" || got.Table != "odd/näme" || !got.UniqueShard || got.Schema.AutoIncrement != "id" {
		t.Errorf("%+v", got)
	}
	if _, err := c.RenameTable(ctx, "shop", "r/ü", "r2"); err != nil {
		t.Error(err)
	}
	if _, err := c.ForgetTable(ctx, "shop", "o"); err != nil {
		t.Error(err)
	}
	if left := c.load().Keyspaces["shop"].Tables; len(left) != 1 || left["r2"] == nil {
		t.Errorf("%v", left)
	}
}

func TestUsers(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	verifiers := verifiersOf("pässword")
	if _, err := c.AddUser(ctx, NewUser{Name: "app/é", Verifiers: verifiers, Grants: map[string]topology.Grant{"shop": "write", "*": "read"}}, false); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func() (Change, error){
		func() (Change, error) { return c.SetPassword(ctx, "app/é", verifiersOf("other"), false) },
		func() (Change, error) { return c.SetGrant(ctx, "app/é", UserGrant{Keyspace: "*"}, false) },
		func() (Change, error) {
			return c.SetGrant(ctx, "app/é", UserGrant{Keyspace: "blog", Grant: "ddl"}, false)
		},
		func() (Change, error) { return c.SetLocked(ctx, "app/é", true, false) },
		func() (Change, error) { return c.RenameUser(ctx, "app/é", "app") },
		func() (Change, error) { return c.SetLocked(ctx, "app", true, true) },
	} {
		if done, err := change(); err != nil || len(done.Steps) != 1 {
			t.Errorf("%+v, %v", done, err)
		}
	}
	users, err := c.Users(ctx)
	if err != nil || len(users) != 1 || users[0].Name != "app" || !users[0].Locked || len(users[0].Plugins) != 2 ||
		len(users[0].Grants) != 2 || users[0].Grants["blog"] != topology.GrantDDL {
		t.Errorf("%+v, %v", users, err)
	}
	if bytes.Equal(c.load().Users["app"].NativeVerifier, verifiers.Native) {
		t.Error("the password has not changed")
	}
	if _, err := c.SetLocked(ctx, "app", false, false); err != nil {
		t.Error(err)
	}
	if _, err := c.RemoveUser(ctx, "app", false); err != nil {
		t.Error(err)
	}
	_, err = c.RemoveUser(ctx, "app", false)
	wantCode(t, err, topology.CodeNotFound)
}

// No call that reads gives away a password or what verifies one.
func TestNothingSecretIsShown(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	c.group("g1")
	verifiers := verifiersOf("pw")
	if _, err := c.AddUser(ctx, NewUser{Name: "u", Verifiers: verifiers}, false); err != nil {
		t.Fatal(err)
	}
	inJSON, err := json.Marshal(verifiers)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{c.servers["g1-1"].Password, c.load().Accounts["g1"].Password.Reveal()}
	for _, part := range strings.Split(string(inJSON), `"`) {
		if len(part) > 20 {
			secrets = append(secrets, part)
		}
	}
	if len(secrets) != 4 {
		t.Fatal(secrets)
	}
	for _, path := range []string{"status", "instances", "groups", "keyspaces", "shards", "users", "placement"} {
		request := httptest.NewRequest(http.MethodGet, c.url+"/v1/"+path, nil)
		request.RequestURI = ""
		status, body := fetch(t, c.HTTP, request)
		for _, secret := range secrets {
			if strings.Contains(body, secret) || status != http.StatusOK {
				t.Errorf("%s: %d, %s", path, status, body)
			}
		}
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	c := newCluster(t)
	for _, q := range []struct{ method, path, body string }{
		{"POST", "/v1/users", "{"},
		{"POST", "/v1/users", `{"nmae": "x"}`},
		{"POST", "/v1/users?dry_run=perhaps", `{"name": "x"}`},
		{"GET", "/v1/nothing", ""},
		{"PATCH", "/v1/users", "{}"},
	} {
		request := httptest.NewRequest(q.method, c.url+q.path, strings.NewReader(q.body))
		request.RequestURI = ""
		request.Header.Set("X-Shardway", "1")
		status, body := fetch(t, c.HTTP, request)
		var answer ErrorBody
		if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Error == "" || status < 400 || status >= 500 {
			t.Errorf("%+v: %d %s %v", q, status, body, err)
		}
	}
	if len(c.load().Users) != 0 {
		t.Error("a user was added")
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a server of nothing")
	}
}
