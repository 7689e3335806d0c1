package ddl

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/topology/etcd"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is a store, two groups with a keyspace on both, and the jobs over them.
type world struct {
	t       *testing.T
	servers map[string]*sql.DB
	store   *etcd.Store
	alive   map[string]bool // jobs that a proxy is at work on
	ks      string
	*Jobs
}

func (w *world) Primary(ctx context.Context, group string) (*sql.Conn, error) {
	return w.servers[group].Conn(ctx)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := etcd.Open(etcd.Options{Endpoints: []string{testkit.Etcd(t)}, Cluster: testkit.Name()})
	if err != nil {
		t.Fatal(err)
	}
	a, b := testkit.Server(t, testkit.Options{Name: "a"}), testkit.Server(t, testkit.Options{Name: "b"})
	w := &world{t: t, store: store, ks: testkit.Name(), alive: map[string]bool{}, servers: map[string]*sql.DB{"g1": a.DB(t, ""), "g2": b.DB(t, "")}}
	account := topology.Account{User: "u", Password: topology.NewSecret("p")}
	_, err = store.Update(t.Context(), func(d *topology.Draft) error {
		return errors.Join(
			d.AddInstance(topology.Instance{ID: "a", Host: a.Host, Port: a.Port}, account),
			d.AddInstance(topology.Instance{ID: "b", Host: b.Host, Port: b.Port}, account),
			d.CreateGroup("g1", "a", nil, account), d.CreateGroup("g2", "b", nil, account),
			func() error {
				_, err := d.CreateKeyspace(topology.NewKeyspace{Name: w.ks, Groups: []string{"g1", "g2"}})
				return err
			}())
	})
	if err != nil {
		t.Fatal(err)
	}
	w.everywhere("CREATE DATABASE " + w.ks)
	t.Cleanup(func() { w.everywhere("DROP DATABASE " + w.ks) })
	w.Jobs, err = New(Options{ID: "c1", Store: store, Servers: w, Patient: w, Alive: func(_ context.Context, _ topology.JobRunner, id string) (bool, error) {
		return w.alive[id], nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		_ = store.Close()
	})
	w.everywhere("CREATE TABLE " + w.ks + ".t (id INT PRIMARY KEY)")
	return w
}

func (w *world) on(group, statement string) {
	w.t.Helper()
	if _, err := w.servers[group].Exec(strings.ReplaceAll(statement, " t", " "+w.ks+".t")); err != nil {
		w.t.Fatalf("%s: %s: %v", group, statement, err)
	}
}

func (w *world) everywhere(statement string) {
	w.t.Helper()
	for group := range w.servers {
		if _, err := w.servers[group].Exec(statement); err != nil {
			w.t.Fatalf("%s: %s: %v", group, statement, err)
		}
	}
}

// begin begins a job as a proxy does.
func (w *world) begin(id, statement string) (*topology.Job, error) {
	w.t.Helper()
	w.alive[id] = true
	return w.Begin(w.t.Context(), topology.Job{
		ID: id, Keyspace: w.ks, Verb: "DDL", Statement: statement, Schema: w.ks, Objects: []topology.JobObject{{Kind: "TABLE", Name: "t"}},
		Groups: []topology.JobGroup{{Group: "g1"}, {Group: "g2"}}, Runner: topology.JobRunner{Kind: topology.KindProxies, ID: "p1"},
	})
}

func (w *world) must(id, statement string) *topology.Job {
	w.t.Helper()
	job, err := w.begin(id, statement)
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}

// lost is a proxy that dies after it has sent the statement to both groups.
func (w *world) lost(job *topology.Job, first topology.JobGroupState) {
	w.t.Helper()
	job.Groups[0].State, job.Groups[1].State = first, topology.JobSent
	if _, err := w.Report(w.t.Context(), job.ID, job.Groups, false); err != nil {
		w.t.Fatal(err)
	}
	delete(w.alive, job.ID)
}

func code(err error) topology.Code {
	if refused, ok := topology.AsRefused(err); ok {
		return refused.Code
	}
	return ""
}

func TestAJobIsAKeyspacesLock(t *testing.T) {
	w := newWorld(t)
	job := w.must("j1", "ALTER TABLE t ADD COLUMN a INT")
	if _, err := w.begin("j2", "x"); code(err) != topology.CodeInUse {
		t.Errorf("%v", err)
	}
	if _, _, err := w.Resume(t.Context(), "j1", nil, nil, false); code(err) != topology.CodeInUse {
		t.Errorf("resumed under its runner: %v", err)
	}
	// Its runner dies before it did anything: the next one may begin.
	delete(w.alive, "j1")
	w.must("j2", "x")
	if _, err := w.Report(t.Context(), "j1", job.Groups, false); code(err) != topology.CodeNotFound {
		t.Errorf("%v", err)
	}
}

// What became of a statement is told by looking: it was executed on g1, and on
// g2 it was not.
func TestWhatBecameOfIt(t *testing.T) {
	for _, statement := range []string{"ALTER TABLE t ADD COLUMN a INT", "TRUNCATE TABLE t", "DROP TABLE t"} {
		w := newWorld(t)
		w.on("g1", "INSERT INTO t VALUES (1)")
		w.on("g2", "INSERT INTO t VALUES (2)")
		job := w.must("j1", statement)
		w.on("g1", statement)
		w.lost(job, topology.JobSent)
		if _, err := w.begin("j2", "x"); code(err) != topology.CodeExists {
			t.Errorf("%s: %v", statement, err)
		}
		if _, err := w.Cancel(t.Context(), "j1", false, false); code(err) != topology.CodeInUse {
			t.Errorf("%s: %v", statement, err)
		}
		steps, _, err := w.Resume(t.Context(), "j1", nil, nil, true)
		if err != nil || len(steps) != 3 || steps[0] != "it is done on group g1" || !strings.HasPrefix(steps[1], "run it on group g2") {
			t.Errorf("%s: %v, %v", statement, steps, err)
		}
		if _, version, err := w.Resume(t.Context(), "j1", nil, nil, false); err != nil || version == 0 {
			t.Errorf("%s: %v", statement, err)
		}
		f, err1 := w.fingerprintOf(t.Context(), job, "g1")
		g, err2 := w.fingerprintOf(t.Context(), job, "g2")
		if err := errors.Join(err1, err2); err != nil || !f.alike(g) || g.String() == job.Groups[1].Before {
			t.Errorf("%s: %v, %v, %v", statement, f, g, err)
		}
		if j, err := w.Get(t.Context(), "j1"); err != nil || j.State != topology.JobEnded {
			t.Errorf("%v, %v", j, err)
		}
		w.must("j3", "x")
	}
}

// A group that somebody else has changed meanwhile is not judged.
func TestWhatCannotBeTold(t *testing.T) {
	w := newWorld(t)
	job := w.must("j1", "ALTER TABLE t ADD COLUMN a INT")
	w.on("g1", "ALTER TABLE t ADD COLUMN a INT")
	w.on("g2", "ALTER TABLE t ADD COLUMN b INT")
	w.lost(job, topology.JobDone)
	if _, _, err := w.Resume(t.Context(), "j1", nil, nil, false); code(err) != topology.CodeInvalid {
		t.Errorf("%v", err)
	}
	if _, _, err := w.Resume(t.Context(), "j1", nil, []string{"g2"}, false); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := w.servers["g2"].QueryRow("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = ?", w.ks).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d columns, %v", n, err)
	}
}

func TestAJobIsGivenUp(t *testing.T) {
	w := newWorld(t)
	job := w.must("j1", "ALTER TABLE t ADD COLUMN a INT")
	w.on("g1", "ALTER TABLE t ADD COLUMN a INT")
	w.lost(job, topology.JobDone)
	if steps, err := w.Cancel(t.Context(), "j1", true, true); err != nil || !strings.Contains(steps[0], "done on g1; not tried on g2") {
		t.Errorf("%v, %v", steps, err)
	}
	if _, err := w.Cancel(t.Context(), "j1", true, false); err != nil {
		t.Fatal(err)
	}
	// The groups differ now, which a statement about whether the table exists does not mind.
	w.must("j2", "ALTER TABLE t ADD COLUMN c INT")
}

// A statement that could succeed on some groups alone is not begun.
func TestGroupsThatDiffer(t *testing.T) {
	w := newWorld(t)
	w.on("g2", "DROP TABLE t")
	if _, err := w.begin("j1", "ALTER TABLE t ADD COLUMN a INT"); code(err) != topology.CodeInvalid {
		t.Errorf("%v", err)
	}
	if jobs, err := w.List(t.Context()); err != nil || len(jobs) != 0 {
		t.Errorf("%v, %v", jobs, err)
	}
}

// A controller that dies while it resumes leaves a job that can be resumed.
func TestAResumedJobStops(t *testing.T) {
	w := newWorld(t)
	job := w.must("j1", "ALTER TABLE t ADD COLUMN a INT")
	w.on("g1", "ALTER TABLE t ADD COLUMN a INT")
	w.lost(job, topology.JobDone)
	w.Close()
	if _, _, err := w.Resume(t.Context(), "j1", nil, nil, false); code(err) != topology.CodeInUse {
		t.Errorf("a closed one took it: %v", err)
	}
	again, err := New(w.opts)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, _, err := again.Resume(t.Context(), "j1", nil, nil, false); err != nil {
		t.Fatal(err)
	}
}
