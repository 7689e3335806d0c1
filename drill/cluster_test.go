package drill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorder is a cluster that takes note of what is done to it; what is named in
// refuses cannot be done.
type recorder struct {
	done    []string
	refuses string
}

func (r *recorder) do(ctx context.Context, format string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	what := fmt.Sprintf(format, args...)
	if what == r.refuses {
		return errors.New("refused: " + what)
	}
	r.done = append(r.done, what)
	return nil
}

func (r *recorder) Site(context.Context) (Site, error) { return Site{}, nil }

func (r *recorder) Kill(ctx context.Context, p Process) error   { return r.do(ctx, "kill %s", p) }
func (r *recorder) Pause(ctx context.Context, p Process) error  { return r.do(ctx, "pause %s", p) }
func (r *recorder) Resume(ctx context.Context, p Process) error { return r.do(ctx, "resume %s", p) }

func (r *recorder) Cut(ctx context.Context, l Link) (func(context.Context) error, error) {
	return func(ctx context.Context) error { return r.do(ctx, "mend") }, r.do(ctx, "cut: %s", l)
}

// withDisks is one whose servers' disks can be filled and stopped.
type withDisks struct{ *recorder }

func (r withDisks) Fill(ctx context.Context, p Process) (func(context.Context) error, error) {
	return func(ctx context.Context) error { return r.do(ctx, "empty") }, r.do(ctx, "fill %s", p)
}

func (r withDisks) Stall(ctx context.Context, p Process) (func(context.Context) error, error) {
	return func(ctx context.Context) error { return r.do(ctx, "release") }, r.do(ctx, "stall %s", p)
}

// etcdThat answers as a member of etcd does.
func etcdThat(t *testing.T, id, member, leader string) Etcd {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/v3/maintenance/status" {
			fmt.Fprintf(w, `{"header":{"member_id":%q},"leader":%q}`, member, leader)
		}
	}))
	t.Cleanup(server.Close)
	return Etcd{ID: id, URL: server.URL}
}

// sceneOn is a scene on such a cluster: no servers, but members of etcd of which
// the second one leads.
func sceneOn(t *testing.T, c Cluster) *scene {
	t.Helper()
	site := Site{
		Proxies: []Proxy{{ID: "p1"}, {ID: "p2"}}, Controllers: []Controller{{ID: "c1"}, {ID: "c2"}}, Cuttable: "p2",
		Etcd: []Etcd{etcdThat(t, "e1", "7", "8"), etcdThat(t, "e2", "8", "8"), etcdThat(t, "e3", "9", "8")},
	}
	return &scene{cluster: c, site: site, group: "g1", primary: "a", say: func(string, ...any) {}}
}

// What is broken is mended, also when a step fails and when the drill is
// stopped in the middle.
func TestWhatIsBrokenIsMended(t *testing.T) {
	failed := errors.New("it failed")
	for _, c := range []struct {
		name  string
		step  func(meanwhile ...Step) Step
		wants []string
	}{
		{"cut", func(m ...Step) Step { return cutLink(thePrimary(), BothWays, everybody(), m...) }, []string{
			"cut: nothing gets through between instance a and everybody", "in the middle", "mend",
		}},
		{"cut one way", func(m ...Step) Step { return cutLink(thePrimary(), In, theControllers(), m...) }, []string{
			"cut: nothing gets through from controller c1 and controller c2 to instance a", "in the middle", "mend",
		}},
		{"cut from a proxy", func(m ...Step) Step { return cutLink(thePrimary(), BothWays, oneProxy(), m...) }, []string{
			"cut: nothing gets through between instance a and proxy p1", "in the middle", "mend",
		}},
		{"cut a proxy from etcd", cutFromEtcd, []string{"cut: nothing gets through between proxy p2 and etcd", "in the middle", "mend"}},
		{"loss", func(m ...Step) Step { return loseSome(thePrimary(), 20, m...) }, []string{
			"cut: 20 of a hundred packets between instance a and everybody get lost", "in the middle", "mend",
		}},
		{"narrow", func(m ...Step) Step { return narrow(thePrimary(), 64, m...) }, []string{
			"cut: no more than 64 kbit/s get through from instance a to everybody", "in the middle", "mend",
		}},
		{"late", func(m ...Step) Step { return delay(thePrimary(), time.Second, m...) }, []string{
			"cut: everything from instance a to everybody is 1s late", "in the middle", "mend",
		}},
		{"quorum", loseQuorum, []string{"pause etcd e2", "pause etcd e1", "in the middle", "resume etcd e2", "resume etcd e1"}},
		{"etcd's leader", func(m ...Step) Step { return freeze(theEtcdLeader(), m...) }, []string{"pause etcd e2", "in the middle", "resume etcd e2"}},
		{"disk", func(m ...Step) Step { return fillDisk(thePrimary(), m...) }, []string{"fill instance a", "in the middle", "empty"}},
		{"stalled disk", func(m ...Step) Step { return stallDisk(thePrimary(), m...) }, []string{"stall instance a", "in the middle", "release"}},
	} {
		for _, end := range []error{nil, failed, context.Canceled} {
			r := &recorder{}
			s := sceneOn(t, withDisks{r})
			ctx, cancel := context.WithCancel(t.Context())
			err := c.step(Step{"do something", func(ctx context.Context, _ *scene) error {
				if err := r.do(ctx, "in the middle"); err != nil {
					return err
				}
				if errors.Is(end, context.Canceled) {
					cancel()
				}
				return end
			}}).do(ctx, s)
			cancel()
			if !errors.Is(err, end) || end == nil && err != nil || !slices.Equal(r.done, c.wants) {
				t.Errorf("%s, %v: %v, done\n%s", c.name, end, err, strings.Join(r.done, "\n"))
			}
		}
	}
}

// What cannot be broken is told, and what was broken by then is mended.
func TestWhatCannotBeBroken(t *testing.T) {
	never := Step{"never", func(context.Context, *scene) error { t.Error("it goes on"); return nil }}
	for _, c := range []struct {
		refuses string
		step    Step
		done    []string
	}{
		{"cut: nothing gets through between instance a and everybody", cutLink(thePrimary(), BothWays, everybody(), never), nil},
		{"pause etcd e1", loseQuorum(never), []string{"pause etcd e2", "resume etcd e2", "resume etcd e1"}},
		{"fill instance a", fillDisk(thePrimary(), never), nil},
	} {
		r := &recorder{refuses: c.refuses}
		if err := c.step.do(t.Context(), sceneOn(t, withDisks{r})); err == nil || !slices.Equal(r.done, c.done) {
			t.Errorf("%s: %v, done %q", c.refuses, err, r.done)
		}
	}
	if err := fillDisk(thePrimary(), never).do(t.Context(), sceneOn(t, &recorder{})); !errors.Is(err, ErrUnable) {
		t.Errorf("disks that cannot be filled: %v", err)
	}
	s := sceneOn(t, &recorder{})
	s.site.Etcd = s.site.Etcd[:1]
	if err := loseQuorum(never).do(t.Context(), s); err == nil || !strings.Contains(err.Error(), "no member of etcd leads") {
		t.Errorf("members without a leader: %v", err)
	}
	s.site.Instances = []Instance{{ID: "a", Group: "g1"}}
	if missing := (Needs{Etcd: 3}).missing(s.site, "g1"); missing != "it needs 3 members of etcd, and there are 1" {
		t.Errorf("%q", missing)
	}
}

func TestLinksAreChecked(t *testing.T) {
	a, b := Process{KindInstance, "a"}, Process{KindInstance, "b"}
	for says, l := range map[string]Link{
		"":                        {A: a, B: []Process{b}, Loss: 100},
		"begins at a process":     {B: []Process{b}, Loss: 100},
		"no link with itself":     {A: a, B: []Process{b, a}, Loss: 100},
		"101 of a hundred":        {A: a, Loss: 101},
		"nothing is wrong":        {A: a, B: []Process{b}},
		"all that instance a":     {A: a, B: []Process{b}, Way: Out, Kilobits: 5},
		"all that instance a sen": {A: a, Delay: time.Second},
	} {
		if err := l.Check(); says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// What is to come about within a bound is a promise.
func TestABoundIsAPromise(t *testing.T) {
	s := sceneOn(t, &recorder{})
	step := Step{"take some time", func(context.Context, *scene) error { return nil }}
	if err := within(time.Hour, "done", step).do(t.Context(), s); err != nil {
		t.Error(err)
	}
	if err := within(0, "done", step).do(t.Context(), s); !errors.Is(err, errBroken) {
		t.Errorf("later than it should: %v", err)
	}
	failed := Step{"fail", func(context.Context, *scene) error { return context.Canceled }}
	if err := within(time.Hour, "done", failed).do(t.Context(), s); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
