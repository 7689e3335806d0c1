package admin

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// good are the facts of a server that can be adopted.
func good() facts {
	return facts{
		variables: map[string]string{
			"version": "8.0.36", "gtid_mode": "ON", "enforce_gtid_consistency": "ON", "log_bin": "ON", "binlog_format": "ROW",
			"binlog_row_image": "FULL", "log_replica_updates": "ON", "performance_schema": "ON", "lower_case_table_names": "0", "server_id": "1",
			"read_only": "OFF", "offline_mode": "OFF",
		},
		schemas: []string{"blog", "shop"}, account: "root@%",
	}
}

func TestChecks(t *testing.T) {
	set := func(name, value string) func(*facts, *Adoption) {
		return func(f *facts, _ *Adoption) { f.variables[name] = value }
	}
	for name, c := range map[string]struct {
		edit   func(*facts, *Adoption)
		check  string
		result string
	}{
		"good":              {func(*facts, *Adoption) {}, "version", CheckOK},
		"9.7":               {set("version", "9.7.0-debug"), "version", CheckOK},
		"8.0.29":            {set("version", "8.0.29"), "version", CheckFailed},
		"5.7":               {set("version", "5.7.44-log"), "version", CheckFailed},
		"MariaDB":           {set("version", "11.4.2-MariaDB"), "version", CheckFailed},
		"MariaDB's comment": {set("version_comment", "mariadb.org"), "version", CheckFailed},
		"no version":        {set("version", ""), "version", CheckFailed},
		"no GTIDs":          {set("gtid_mode", "OFF"), "gtid", CheckFailed},
		"no consistency":    {set("enforce_gtid_consistency", "WARN"), "gtid", CheckFailed},
		"GTIDs to come":     {func(f *facts, a *Adoption) { f.variables["gtid_mode"] = "OFF"; a.EnableGTID = true }, "gtid", CheckWarning},
		"GTIDs with replicas": {func(f *facts, a *Adoption) {
			f.variables["gtid_mode"], a.EnableGTID, f.replicas = "OFF", true, 1
		}, "gtid", CheckFailed},
		"no binlog":          {set("log_bin", "OFF"), "log_bin", CheckFailed},
		"statements":         {set("binlog_format", "MIXED"), "binlog_format", CheckFailed},
		"no format any more": {func(f *facts, _ *Adoption) { delete(f.variables, "binlog_format") }, "binlog_row_image", CheckOK},
		"part of the row":    {set("binlog_row_image", "MINIMAL"), "binlog_row_image", CheckFailed},
		"no updates":         {set("log_replica_updates", "OFF"), "log_replica_updates", CheckFailed},
		"no sessions":        {set("performance_schema", "OFF"), "performance_schema", CheckFailed},
		"no server id":       {set("server_id", "0"), "server_id", CheckFailed},
		"lower case":         {set("lower_case_table_names", "1"), "lower_case_table_names", CheckWarning},
		"read only":          {set("read_only", "ON"), "writable", CheckWarning},
		"MyISAM":             {func(f *facts, _ *Adoption) { f.foreign = []string{"shop.old"} }, "engine", CheckFailed},
		"no primary key":     {func(f *facts, _ *Adoption) { f.keyless = make([]string, 30) }, "primary keys", CheckWarning},
		"was ours":           {func(f *facts, _ *Adoption) { f.reserved = []string{"_shardway"} }, "reserved names", CheckFailed},
		"a replica":          {func(f *facts, _ *Adoption) { f.source = "10.0.0.1" }, "source", CheckFailed},
		"has replicas":       {func(f *facts, _ *Adoption) { f.replicas = 2 }, "replicas", CheckWarning},
		"prepared":           {func(f *facts, _ *Adoption) { f.prepared = 1 }, "prepared transactions", CheckWarning},
		"lacks privileges":   {func(f *facts, _ *Adoption) { f.missing = []string{"SELECT"} }, "privileges", CheckFailed},
		"group is taken":     {func(_ *facts, a *Adoption) { a.Group = "g1" }, "group", CheckFailed},
		"keyspace is taken":  {func(f *facts, _ *Adoption) { f.schemas = []string{"taken"} }, "schema", CheckFailed},
		"no such schema":     {func(_ *facts, a *Adoption) { a.Keyspaces = []string{"nope"} }, "schema", CheckFailed},
		"odd name":           {func(f *facts, _ *Adoption) { f.schemas = []string{"a.b"} }, "schema", CheckFailed},
		"only some":          {func(_ *facts, a *Adoption) { a.Keyspaces = []string{"shop"} }, "schema", CheckWarning},
	} {
		empty, err := topology.Decode(1, nil)
		if err != nil {
			t.Fatal(err)
		}
		d := empty.Edit()
		d.Groups["g1"] = &topology.Group{ID: "g1"}
		d.Keyspaces["taken"] = &topology.Keyspace{Name: "taken", Undeclared: topology.KindSingle, Shards: []topology.Shard{{Group: "g1"}}}
		snap, err := d.Finish()
		if err != nil {
			t.Fatal(err)
		}
		f, a := good(), Adoption{Host: "h", Port: 1, Group: "new", Instance: "new-1"}
		c.edit(&f, &a)
		list := judge(f, snap, a)
		at := slices.IndexFunc(list, func(k Check) bool { return k.Name == c.check })
		if at < 0 || list[at].Result != c.result || (list[at].Hint == "") != (c.result == CheckOK) {
			t.Errorf("%s: %+v", name, list)
		}
		for i, k := range list {
			if i != at && k.Result == CheckFailed {
				t.Errorf("%s: also failed: %+v", name, k)
			}
		}
	}
}

func TestUsersAreMapped(t *testing.T) {
	sha2 := append([]byte("$A$005$"), make([]byte, 63)...)
	native := []byte("*" + strings.ToUpper(hex.EncodeToString(mysql.NativeVerifier("pw"))))
	account := func(user, host, plugin string, authentication []byte) mysqlAccount {
		return mysqlAccount{user: user, host: host, plugin: plugin, authentication: authentication}
	}
	accounts := []mysqlAccount{
		account("app", "10.%", "caching_sha2_password", sha2),
		account("app", "%", "mysql_native_password", native),
		account("local", "localhost", "caching_sha2_password", sha2),
		account("", "%", "caching_sha2_password", sha2),
		account("open", "%", "caching_sha2_password", nil),
		account("ldap", "%", "authentication_ldap_sasl", []byte("x")),
		account("short", "%", "caching_sha2_password", []byte("$A$")),
		account("odd", "%", "mysql_native_password", []byte("*zz")),
		account("mysql.sys", "localhost", "caching_sha2_password", sha2),
		account("shardway_p_1", "%", "caching_sha2_password", sha2),
		{user: "old", host: "%", plugin: "caching_sha2_password", authentication: sha2, locked: true, expired: true, roles: 2},
	}
	privileges := []mysqlPrivilege{
		{user: "app", host: "%", schema: "shop", name: "SELECT"},
		{user: "app", host: "10.%", schema: "shop", name: "DROP"},
		{user: "local", host: "localhost", name: "USAGE"},
	}
	users, unmapped := mapUsers(accounts, privileges, []string{"shop"})
	var names []string
	for _, u := range users {
		names = append(names, u.Name)
	}
	if !slices.Equal(names, []string{"app", "local", "old"}) {
		t.Fatal(names)
	}
	if users[0].Grants["shop"] != topology.GrantRead || !slices.Equal(users[0].NativeVerifier, mysql.NativeVerifier("pw")) || users[0].SHA2Verifier != nil {
		t.Errorf("%+v", users[0])
	}
	if len(users[1].SHA2Verifier) != 70 || len(users[1].Grants) != 0 || !users[2].Locked {
		t.Errorf("%+v %+v", users[1], users[2])
	}
	text := strings.Join(unmapped, "\n")
	for _, want := range []string{"app@10.%: not taken", "local@localhost: it will be let in", "@%: not taken: it is anonymous", "open@%: not taken", "ldap@%", "short@%", "odd@%", "old@%: its 2 roles", "old@%: its password has expired"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "mysql.sys") || strings.Contains(text, "shardway_p_1") {
		t.Error(text)
	}
}

func TestPrivilegesAreMapped(t *testing.T) {
	crud := []string{"SELECT", "INSERT", "UPDATE", "DELETE"}
	ddl := append([]string{"CREATE", "ALTER", "DROP", "INDEX"}, crud...)
	all := append([]string{
		"REFERENCES", "CREATE VIEW", "TRIGGER", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT",
		"CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "SHOW VIEW",
	}, ddl...)
	for name, c := range map[string]struct {
		schema, object string
		names          []string
		want           map[string]topology.Grant
		notes          int
	}{
		"nothing":             {"shop", "", []string{"USAGE"}, nil, 0},
		"read":                {"shop", "", []string{"SELECT", "SHOW VIEW"}, map[string]topology.Grant{"shop": "read"}, 0},
		"write":               {"shop", "", append([]string{"LOCK TABLES"}, crud...), map[string]topology.Grant{"shop": "write"}, 0},
		"insert only":         {"shop", "", []string{"INSERT"}, nil, 1},
		"read and insert":     {"shop", "", []string{"SELECT", "INSERT"}, map[string]topology.Grant{"shop": "read"}, 1},
		"ddl":                 {"shop", "", ddl, map[string]topology.Grant{"shop": "ddl"}, 0},
		"all":                 {"shop", "", all, map[string]topology.Grant{"shop": "admin"}, 0},
		"everywhere":          {"", "", all, map[string]topology.Grant{"*": "admin"}, 0},
		"everywhere and more": {"", "", append([]string{"SUPER"}, all...), map[string]topology.Grant{"*": "admin"}, 1},
		"pattern":             {"s%", "", crud, map[string]topology.Grant{"shop": "write", "s_x": "write"}, 0},
		"escaped":             {`s\_x`, "", crud, map[string]topology.Grant{"s_x": "write"}, 0},
		"underscore":          {"s_x", "", crud, map[string]topology.Grant{"s_x": "write"}, 0},
		"nobody's":            {"other", "", crud, nil, 0},
		"one table":           {"shop", "orders", crud, nil, 1},
	} {
		var privileges []mysqlPrivilege
		for _, n := range c.names {
			privileges = append(privileges, mysqlPrivilege{user: "u", host: "%", schema: c.schema, object: c.object, name: n})
		}
		grants, notes := mapPrivileges(mysqlAccount{user: "u", host: "%"}, privileges, []string{"shop", "s_x"})
		if len(notes) != c.notes || len(grants) != len(c.want) {
			t.Errorf("%s: %v %v", name, grants, notes)
		}
		for keyspace, want := range c.want {
			if grants[keyspace] != want {
				t.Errorf("%s: %v", name, grants)
			}
		}
	}
	// What is granted everywhere counts in each schema, too.
	grants, _ := mapPrivileges(mysqlAccount{user: "u", host: "%"}, []mysqlPrivilege{
		{user: "u", host: "%", name: "SELECT"},
		{user: "u", host: "%", schema: "shop", name: "INSERT"},
		{user: "u", host: "%", schema: "shop", name: "UPDATE"},
		{user: "u", host: "%", schema: "shop", name: "DELETE"},
	}, []string{"shop"})
	if grants["shop"] != topology.GrantWrite || grants["*"] != topology.GrantRead {
		t.Error(grants)
	}
}

func TestGTIDSteps(t *testing.T) {
	for mode, n := range map[string]int{"OFF": 4, "OFF_PERMISSIVE": 3, "ON_PERMISSIVE": 2, "ON": 1} {
		steps := gtidSteps(mode)
		if len(steps) != n || mode != "ON" && !steps[n-1].drains {
			t.Errorf("%s: %+v", mode, steps)
		}
	}
}

// adoptable is a real server of its own with data and users, and what adopts it.
func adoptable(t *testing.T, args ...string) (*testkit.MySQL, Adoption) {
	t.Helper()
	s := testkit.OwnServer(t, testkit.Options{Args: args})
	testkit.Exec(t, s.DB(t, ""),
		"CREATE DATABASE blog", "CREATE DATABASE shop",
		"CREATE TABLE blog.posts (id BIGINT AUTO_INCREMENT PRIMARY KEY, title TEXT)", "INSERT INTO blog.posts (title) VALUES ('a'), ('b')",
		"CREATE TABLE shop.settings (k VARCHAR(20) PRIMARY KEY)",
		"CREATE USER 'wp'@'%' IDENTIFIED BY 'wp-password'", "GRANT ALL ON blog.* TO 'wp'@'%'",
		"CREATE USER 'reader'@'localhost' IDENTIFIED BY 'r'", "GRANT SELECT ON *.* TO 'reader'@'localhost'",
		"GRANT INSERT ON shop.settings TO 'reader'@'localhost'")
	return s, Adoption{Host: s.Host, Port: s.Port, User: s.User, Password: topology.NewSecret(s.Password), Group: "old"}
}

func TestAdopt(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	_, wanted := adoptable(t)
	dry, err := c.Adopt(ctx, wanted, true)
	if err != nil || len(dry.Failed()) > 0 || len(c.load().Groups) != 0 {
		t.Fatalf("%+v, %v", dry, err)
	}
	// Instead of the controller.
	opened := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if _, err := c.store.Update(ctx, func(d *topology.Draft) error { return d.Publish("old", "old-1", 1) }); err == nil {
				break
			}
		}
		opened <- ctx.Err()
	}()
	report, err := c.Adopt(ctx, wanted, false)
	if err != nil || <-opened != nil {
		t.Fatalf("%+v, %v", report, err)
	}
	if len(report.Warnings) > 0 || len(dry.Steps) != len(report.Steps) {
		t.Errorf("%+v\nsaid before: %+v", report, dry)
	}
	snap := c.load()
	if k := snap.Serving("blog"); k == nil || len(k.Shards) != 1 || k.Shards[0].Group != "old" || snap.Serving("shop") == nil {
		t.Errorf("%+v", snap.Keyspaces)
	}
	if snap.Groups["old"].Primary != "old-1" || snap.Accounts["old"].IsZero() {
		t.Errorf("%+v", snap.Groups["old"])
	}
	wp, reader := snap.Users["wp"], snap.Users["reader"]
	if wp == nil || !wp.Allows("blog", topology.GrantAdmin) || wp.Allows("shop", topology.GrantRead) || !mysql.CheckSHA2(wp.SHA2Verifier, "wp-password") {
		t.Errorf("%+v", wp)
	}
	if reader == nil || reader.GrantIn("shop") != topology.GrantRead {
		t.Errorf("%+v", reader)
	}
	if text := strings.Join(report.Unmapped, "\n"); !strings.Contains(text, "reader@localhost: no equal on shop.settings: INSERT") {
		t.Error(text)
	}
	again, err := c.Adopt(ctx, wanted, false)
	if err != nil || !strings.Contains(fmt.Sprint(again.Steps), "is there already") {
		t.Errorf("adopting again: %+v, %v", again, err)
	}
	if version := c.load().Version; version != snap.Version {
		t.Error("adopting again has changed something")
	}
}

func TestAdoptEnablesGTIDs(t *testing.T) {
	c := newCluster(t)
	ctx := t.Context()
	s, wanted := adoptable(t, "--gtid-mode=OFF", "--enforce-gtid-consistency=OFF")
	testkit.Exec(t, s.DB(t, ""), "CREATE TABLE shop.old (id INT) ENGINE=MyISAM")
	_, err := c.Adopt(ctx, wanted, false)
	wantCode(t, err, topology.CodeUnsupported)
	if !strings.Contains(err.Error(), "gtid_mode is OFF") || !strings.Contains(err.Error(), "shop.old") || len(c.load().Instances) != 0 {
		t.Error(err)
	}
	testkit.Exec(t, s.DB(t, ""), "DROP TABLE shop.old")
	wanted.EnableGTID = true
	ctl := &Server{opts: c.opts}
	conn, closeAll, err := dialAdopted(ctx, wanted)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	a := &adoption{Server: ctl, Adoption: wanted, conn: conn, call: call{Context: ctx, dryRun: false}}
	if a.facts, err = inspect(ctx, conn); err != nil {
		t.Fatal(err)
	}
	a.Keyspaces, a.users = []string{}, nil
	c.update(func(d *topology.Draft) error {
		if err := d.AddInstance(topology.Instance{ID: "old-1", Host: s.Host, Port: s.Port}, topology.Account{User: "u"}); err != nil {
			return err
		}
		return d.CreateGroup("old", "old-1", nil, topology.Account{User: "u"})
	})
	a.Instance = "old-1"
	if err := a.run(c.load()); err != nil {
		t.Fatal(err)
	}
	after, err := inspect(ctx, conn)
	if err != nil || after.variables["gtid_mode"] != "ON" || after.variables["enforce_gtid_consistency"] != "ON" {
		t.Errorf("%v, %v", after.variables, err)
	}
}

func TestAdoptIsRefused(t *testing.T) {
	c := newCluster(t)
	for _, a := range []Adoption{{Host: "127.0.0.1", Port: 1, Group: "-"}, {Host: "127.0.0.1", Port: 1, Group: "g", Instance: "/"}} {
		_, err := c.Adopt(t.Context(), a, false)
		wantCode(t, err, topology.CodeInvalid)
	}
	_, err := c.Adopt(t.Context(), Adoption{Host: "127.0.0.1", Port: 1, Group: "g"}, false)
	wantCode(t, err, topology.CodeUnavailable)
}

func TestLocalAdministratorsAreLocked(t *testing.T) {
	verifier := append([]byte("$A$005$"), make([]byte, 63)...)
	for host, locked := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "%": false, "10.%": false} {
		accounts := []mysqlAccount{{user: "root", host: host, plugin: "caching_sha2_password", authentication: verifier}}
		var privileges []mysqlPrivilege
		for _, r := range roles() {
			for _, name := range append(r.needs, r.adds...) {
				privileges = append(privileges, mysqlPrivilege{user: "root", host: host, name: name})
			}
		}
		users, _ := mapUsers(accounts, privileges, []string{"shop"})
		if len(users) != 1 || users[0].Grants[topology.AllKeyspaces] != topology.GrantAdmin || users[0].Locked != locked {
			t.Errorf("%s: %+v", host, users)
		}
	}
}
