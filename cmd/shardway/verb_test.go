package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/ddl"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/reshard"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// shell runs command lines against a real admin API, store and server, without
// proxies and without a controller.
type shell struct {
	t     *testing.T
	url   string
	store *etcd.Store
	mysql *testkit.MySQL
	// led is empty until a test has somebody lead.
	led *led
}

func newShell(t *testing.T) *shell {
	t.Helper()
	store, err := etcd.Open(etcd.Options{Endpoints: []string{testkit.Etcd(t)}, Cluster: testkit.Name()})
	if err != nil {
		t.Fatal(err)
	}
	servers := admin.NewControlServers(store)
	proxies, led := &admin.HTTPProxies{Members: store.Members}, new(led)
	jobs, err := ddl.New(ddl.Options{ID: "c1", Store: store, Servers: servers, Patient: servers, Alive: admin.JobAlive(proxies, store.Members)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(jobs.Close)
	api, err := admin.New(admin.Options{
		Jobs:    jobs,
		Cluster: "main", Store: store, Servers: servers, Proxies: proxies,
		Distributor:  &reshard.Distributor{Store: store, Servers: servers, Known: proxies.Known},
		Transactions: &transactions{led: led, peers: &peers{id: "c1", store: store}},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(api.Handler())
	t.Cleanup(func() {
		web.Close()
		_ = servers.Close()
		_ = store.Close()
	})
	return &shell{t: t, url: web.URL, store: store, mysql: testkit.Server(t, testkit.Options{}), led: led}
}

// run executes a command line with some standard input.
func (s *shell) run(stdin string, args ...string) (stdout, stderr string, err error) {
	s.t.Helper()
	var out, complaints bytes.Buffer
	err = run(s.t.Context(), append(args, "--server", s.url), strings.NewReader(stdin), &out, &complaints)
	return out.String(), complaints.String(), err
}

// ok runs a command line that must work and print what is wanted.
func (s *shell) ok(stdin string, args []string, wanted ...string) {
	s.t.Helper()
	stdout, stderr, err := s.run(stdin, args...)
	if err != nil || stderr != "" {
		s.t.Fatalf("%v: %v\n%s%s", args, err, stdout, stderr)
	}
	for _, want := range wanted {
		if !strings.Contains(stdout, want) {
			s.t.Errorf("%v: %q is not in\n%s", args, want, stdout)
		}
	}
}

// refused runs a command line that must end with a code, an error and a hint.
func (s *shell) refused(code int, args []string, wanted string) {
	s.t.Helper()
	stdout, stderr, err := s.run("", args...)
	if exitCode(err) != code || !strings.Contains(stderr, "error: ") || !strings.Contains(stderr, wanted) {
		s.t.Errorf("%v: exit code %d\n%s%s", args, exitCode(err), stdout, stderr)
	}
}

func words(text string) []string { return strings.Fields(text) }

// withGroup adds the server as group g1 and publishes it, as a controller would.
func (s *shell) withGroup() {
	s.t.Helper()
	s.ok(s.mysql.Password+"\n", words("instance add a1 "+s.mysql.Addr()+" --zone here --password-stdin --user "+s.mysql.User), "done")
	s.ok("", words("group create g1 --primary a1"), "done")
	if _, err := s.store.Update(s.t.Context(), func(d *topology.Draft) error { return d.Publish("g1", "a1", 1) }); err != nil {
		s.t.Fatal(err)
	}
}

func TestVerbs(t *testing.T) {
	s := newShell(t)
	s.ok("", words("instance list"), "no instances")
	s.withGroup()
	s.ok("", words("instance list"), "a1", s.mysql.Addr(), "here", "primary")
	s.ok("", words("group list"), "g1", "a1")
	s.ok("", words("placement show"), "every group")
	s.ok("", words("placement set g1"), "done")
	s.ok("", words("placement show"), "g1")
	name := testkit.Name()
	s.ok("", words("keyspace create "+name+" --tables by-primary-key --dry-run"), "dry run", "make schema "+name)
	s.ok("", words("keyspace list"), "no keyspaces")
	s.ok("", words("keyspace create "+name+" --tables by-primary-key"), "done")
	s.ok("", words("keyspace list"), name, "by-primary-key", "serving")
	s.ok("", words("shard list "+name), name+"/-", "g1")
	s.ok("", words("keyspace balance "+name+" --policy round-robin --any-zone --max-lag 10s --slow-start 1m"), "done")
	s.refused(exitRefused, words("reshard limit "+name+" 20MB/s"), "nothing of keyspace "+name+" is being moved")
	s.ok("", words("keyspace list"), "round-robin, whatever their zone, none that is more than 10s behind, one that comes back with its full share after 1m0s")
	s.refused(exitRefused, words("keyspace balance "+name+" --policy luck"), "choose one of [two-choices least-connections round-robin]")
	s.refused(exitRefused, words("keyspace balance "+name+" --max-lag 1ms"), "at least a second")
	s.refused(exitRefused, words("keyspace balance "+name+" --max-lag soon"), "10s")
	testkit.Exec(t, s.mysql.DB(t, name), "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL)",
		"CREATE TABLE products (id INT PRIMARY KEY)", "CREATE TABLE settings (id INT PRIMARY KEY)")
	s.ok("", words("table distribute "+name+".orders --by customer_id --dry-run"), "by customer_id")
	s.ok("", words("table distribute "+name+".orders --by customer_id"), "done")
	s.ok("", words("table reference "+name+".products"), "done")
	s.ok("", words("table single "+name+".settings"), "done")
	s.ok("", words("table list "+name+" --tokens"), "orders", "customer_id", "id ", "products", "reference", "single", "SHA2(")
	s.ok("secret\n", append(words("user add app --password-stdin --grant"), "*=read", "--grant", name+"=write"), "done")
	s.ok("", append(words("user grant app"), "*=none"), "done")
	s.ok("other\n", words("user passwd app --password-stdin"), "done")
	s.ok("", words("user lock app"), "no more")
	s.ok("", words("user list"), "app", name+"=write", "caching_sha2_password", "locked")
	s.ok("", words("user unlock app"), "done")
	s.ok("", words("user remove app"), "done")
	s.ok("", words("doctor"), "warning  a1, accounts: partial_revokes is OFF", "mend:", "1 servers")
	s.ok("", words("doctor --fix --dry-run"), "a1: SET PERSIST partial_revokes = ON")
	s.ok("secret\n", words("instance add dead 127.0.0.1:1 --unchecked --password-stdin"), "done")
	s.refused(exitRefused, words("doctor"), "doctor --fix")
	s.ok("", words("instance remove dead"), "done")
	s.ok("", words("group durability g1 none"), "at once")
	s.ok("", words("group list"), "none")
	s.refused(exitRefused, words("group durability g1 some"), "choose one of [none one-ack cross-zone]")
	s.refused(exitRefused, words("group durability g1 cross-zone"), "in another zone first")
	s.ok("", words("group durability g1 one-ack"), "done")
	s.ok("", words("instance drain a1 --off"), "done")
	s.ok("", words("instance weight a1 3"), "weight 3")
	s.refused(exitRefused, words("instance weight a1 0"), "drain")
	s.refused(exitRefused, words("instance drain a1"), "switchover g1")
	s.refused(exitRefused, words("instance remove a1"), "switchover g1")
	s.refused(exitRefused, words("instance rebuild a1"), "is the primary")
	s.refused(exitRefused, words("instance rebuild a1 --yes"), "is the primary")
	s.refused(exitRefused, words("instance join a1 g1"), "is not empty: it holds")
	s.ok("", words("status"), "a1", "ok", name, "etcd", "no controller leads")
	s.refused(exitRefused, words("group remove g1"), "holds shards of "+name)
	s.refused(exitRefused, words("group remove g9"), "no group")
	s.ok("", words("keyspace drop "+name+" --dry-run"), "drop schema")
	s.ok("", words("keyspace drop "+name+" --yes"), "done")
	s.ok("", words("instance remove a9 --help"), "Forget a spare")
}

func TestVerbsInJSON(t *testing.T) {
	s := newShell(t)
	s.withGroup()
	for _, line := range []string{
		"status", "doctor", "instance list", "group list", "keyspace list", "shard list", "user list", "placement show",
		"placement set g1 --dry-run", "group create g2 --primary a9 --dry-run",
	} {
		stdout, stderr, err := s.run("", append(words(line), "-o", "json")...)
		if strings.HasPrefix(line, "group create") {
			if exitCode(err) != exitRefused || !strings.Contains(stderr, "hint: ") {
				t.Errorf("%s: %v %s", line, err, stderr)
			}
			continue
		}
		if err != nil || !json.Valid([]byte(stdout)) {
			t.Errorf("%s: %v\n%s%s", line, err, stdout, stderr)
		}
		if strings.Contains(stdout, s.mysql.Password) {
			t.Errorf("%s shows a password", line)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := newShell(t)
	for line, wanted := range map[string]string{
		"bogus": "unknown flag", "keyspace lst": "has no command", "keyspace create": "takes a name", "keyspace list more": "takes no argument",
		"keyspace create x --tables odd": "neither single", "instance add a1 host:port": "HOST:PORT", "status -o xml": "neither text nor json",
		"table single orders": "KEYSPACE.TABLE", "table distribute a.b": "--by", "user grant app read": "KEYSPACE=ROLE",
		"user grant app a=boss": "not a grant", "group create g1": "--primary", "status --bad": "unknown flag", "shard list a b": "at most 1",
		"user add app": "no terminal", "user add app --password-stdin": "password is empty", "keyspace drop x": "--yes",
		"reshard limit x fast": "is no rate", "reshard limit x 0": "is no rate", "reshard split x/- --limit -1": "is no rate", "reshard limit x": "a rate",
	} {
		s.refused(exitUsage, words(line), wanted)
	}
	for line, wanted := range map[string]string{
		"keyspace create x": "hint: 'shardway group create'", "keyspace drop x --yes": "no keyspace", "table list x": "no keyspace",
		"table single x.y": "no keyspace", "user remove x": "no user", "explain nothing": "no proxy is running", "shard list x": "no keyspace",
	} {
		s.refused(exitRefused, words(line), wanted)
	}
	var out bytes.Buffer
	err := run(t.Context(), words("status --server http://127.0.0.1:1"), strings.NewReader(""), &out, &out)
	if exitCode(err) != exitRefused || !strings.Contains(out.String(), "--server") {
		t.Errorf("%v %s", err, out.String())
	}
}

func TestAdoptVerb(t *testing.T) {
	s := newShell(t)
	name := testkit.Name()
	testkit.Exec(t, s.mysql.DB(t, ""), "CREATE DATABASE "+name, "CREATE TABLE "+name+".t (id INT) ENGINE = MyISAM")
	t.Cleanup(func() { _, _ = s.mysql.DB(t, "").Exec("DROP DATABASE " + name) })
	line := words("adopt " + s.mysql.Addr() + " --password-stdin --dry-run --user " + s.mysql.User + " --keyspaces " + name)
	stdout, stderr, err := s.run(s.mysql.Password, line...)
	if exitCode(err) != exitRefused || !strings.Contains(stdout, "failed   engine: not InnoDB: "+name+".t") || !strings.Contains(stderr, "1 checks failed") {
		t.Errorf("%v\n%s%s", err, stdout, stderr)
	}
	testkit.Exec(t, s.mysql.DB(t, ""), "DROP TABLE "+name+".t")
	s.ok(s.mysql.Password, line, "serve schema "+name, "dry run")
	s.refused(exitUsage, words("adopt 127.0.0.1:1"), "no terminal")
}

func TestVerifiers(t *testing.T) {
	for range 50 {
		v := newVerifiers(topology.NewSecret("pässword"))
		if !mysql.CheckSHA2(v.SHA2, "pässword") || mysql.CheckSHA2(v.SHA2, "other") || !bytes.Equal(v.Native, mysql.NativeVerifier("pässword")) ||
			bytes.ContainsAny(v.SHA2[len("$A$005$"):][:saltLength], "$\x00") {
			t.Errorf("%q", v.SHA2)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for want, err := range []error{nil, errors.New("x"), &usageError{err: errors.New("x")}, topology.ErrOutcomeUnknown} {
		if got := exitCode(err); got != want {
			t.Errorf("%v: %d", err, got)
		}
	}
	var out bytes.Buffer
	c := &console{stderr: &out}
	c.complain(topology.ErrOutcomeUnknown)
	if !strings.Contains(out.String(), "hint: look with") {
		t.Error(out.String())
	}
}

func TestCompletion(t *testing.T) {
	s := newShell(t)
	s.withGroup()
	var out, complaints bytes.Buffer
	// cobra asks for completions through this hidden command.
	err := run(t.Context(), []string{"__complete", "instance", "remove", "--server", s.url, ""}, strings.NewReader(""), &out, &complaints)
	if err != nil || !strings.HasPrefix(out.String(), "a1\n") {
		t.Errorf("%v %s %s", err, out.String(), complaints.String())
	}
	out.Reset()
	if err := run(t.Context(), []string{"completion", "bash"}, strings.NewReader(""), &out, &complaints); err != nil || out.Len() == 0 {
		t.Errorf("%v %s", err, complaints.String())
	}
}
