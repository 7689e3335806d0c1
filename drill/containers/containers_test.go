package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// paper is a machine on which everything is written down and nothing done. A
// command that contains refuses fails, in the containers alone.
type paper struct {
	mu       sync.Mutex
	inspects string
	done     []string
	refuses  string
	bytes    int64
}

func (p *paper) note(format string, args ...any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	p.done = append(p.done, what)
	if p.refuses != "" && strings.Contains(what, p.refuses) {
		return errors.New("refused")
	}
	return nil
}

// took returns what was done since the last time, in the order of the alphabet
// since networks are told side by side.
func (p *paper) took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := slices.Sorted(slices.Values(p.done))
	p.done = nil
	return done
}

func (p *paper) able() error { return nil }

func (p *paper) run(_ context.Context, input, name string, args ...string) (string, error) {
	switch {
	case name == "docker" && args[0] == "ps":
		if args[len(args)-1] != "label=com.docker.compose.project=here" {
			return "\n", nil
		}
		return "one\ntwo\n", nil
	case name == "docker" && args[0] == "inspect":
		return p.inspects, nil
	}
	return "", p.note("%s %s: %s", args[1], strings.Join(args[3:], " "), strings.ReplaceAll(strings.TrimSpace(input), "\n", "; "))
}

func (p *paper) signal(pid int, sig syscall.Signal) error { return p.note("%d gets %s", pid, sig) }
func (p *paper) runs(process) bool                        { return true }
func (p *paper) devices(int) ([]string, error)            { return []string{"eth0", "eth1"}, nil }
func (p *paper) size(string) (int64, error)               { return p.bytes, nil }
func (p *paper) remove(path string) error                 { return p.note("remove %s", path) }

func (p *paper) fill(_ context.Context, path string) error { return p.note("fill %s", path) }
func (p *paper) freeze(folder string) error                { return p.note("freeze %s", folder) }
func (p *paper) thaw(folder string) error                  { return p.note("thaw %s", folder) }

func (p *paper) dial(context.Context, int, string) (net.Conn, error) {
	return nil, errors.New("there is nobody on paper")
}

// service is what docker inspect says of a container of docker-compose.yml.
func service(name string, pid int, entrypoint, command string, addrs ...string) string {
	networks := make([]string, len(addrs))
	for n, addr := range addrs {
		networks[n] = fmt.Sprintf(`"n%d":{"IPAddress":%q}`, n, addr)
	}
	return fmt.Sprintf(`{"Id":"id-of-%s","State":{"Running":%t,"Pid":%d},"Config":{"Labels":{"com.docker.compose.service":%q,"com.docker.compose.oneoff":"False"},
		"Entrypoint":[%s],"Cmd":[%s]},"NetworkSettings":{"Networks":{%s}},"Mounts":[{"Source":"/somewhere/admin_token","Destination":"/run/secrets/admin_token"}]}`,
		name, pid > 0, pid, name, entrypoint, command, strings.Join(networks, ","))
}

const (
	mysqlEntry = `"/bin/sh","/etc/shardway/mysqld"`
	etcdEntry  = `"/usr/local/bin/etcd"`
)

// onPaper is a cluster of two servers, a controller, a proxy and two members of
// etcd, and what is left of setup.
func onPaper() (*Cluster, *paper) {
	p := &paper{bytes: 600 << 20, inspects: "[" + strings.Join([]string{
		service("g1-1", 11, mysqlEntry, `"--server-id=11"`, "10.0.0.11"),
		service("g1-2", 12, mysqlEntry, `"--server-id=12"`, "10.0.0.12"),
		service("controller1", 21, `"/shardway"`, `"controller","--id=c1"`, "10.0.0.21", "10.0.9.21"),
		service("proxy1", 31, `"/shardway"`, `"proxy","--id=p1"`, "10.0.0.31"),
		service("etcd1", 41, etcdEntry, `"--name=e1"`, "10.0.0.41"),
		service("etcd2", 42, etcdEntry, `"--name=e2"`, "10.0.0.42"),
		service("setup", 0, `"/shardway"`, `"setup"`),
	}, ",") + "]"}
	return newCluster("here", p), p
}

func instance(id string) drill.Process { return drill.Process{Kind: drill.KindInstance, ID: id} }

func TestContainersAreKnownByTheirCommands(t *testing.T) {
	c, _ := onPaper()
	all, err := c.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range all {
		got = append(got, fmt.Sprintf("%s: %s %s, %d, %v, port %d", one.service, one.kind, one.id, one.pid, one.addrs, one.port()))
	}
	want := []string{
		"controller1: controller c1, 21, [10.0.0.21 10.0.9.21], port 15300",
		"etcd1: etcd e1, 41, [10.0.0.41], port 2379",
		"etcd2: etcd e2, 42, [10.0.0.42], port 2379",
		"g1-1: instance g1-1, 11, [10.0.0.11], port 3306",
		"g1-2: instance g1-2, 12, [10.0.0.12], port 3306",
		"proxy1: proxy p1, 31, [10.0.0.31], port 3306",
		"setup:  , 0, [], port 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if _, ok := topology.AsRefused(func() error { _, err := newCluster("elsewhere", c.host).look(t.Context()); return err }()); !ok {
		t.Error("a project without containers is not refused")
	}
}

// Each packet is dropped where it arrives, for ten minutes at most.
func TestWhatIsCut(t *testing.T) {
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(service string, addrs ...string) container { return container{service: service, addrs: addrs} }
	a, b, both := at("a", "10.0.0.1"), at("b", "10.0.0.2"), at("c", "10.0.0.3", "10.0.9.3")
	const drop = " -m time --datestop 2026-01-02T03:04:05 -j DROP"
	for _, c := range []struct {
		name string
		link drill.Link
		b    []container
		want map[string][]string
	}{
		{"both ways", drill.Link{Loss: 100}, []container{b}, map[string][]string{
			"a": {"-A SHARDWAY-DRILL -s 10.0.0.2" + drop}, "b": {"-A SHARDWAY-DRILL -s 10.0.0.1" + drop},
		}},
		{"what a sends", drill.Link{Loss: 100, Way: drill.Out}, []container{b}, map[string][]string{"b": {"-A SHARDWAY-DRILL -s 10.0.0.1" + drop}}},
		{"what a gets, from all addresses", drill.Link{Loss: 100, Way: drill.In}, []container{both}, map[string][]string{
			"a": {"-A SHARDWAY-DRILL -s 10.0.0.3" + drop, "-A SHARDWAY-DRILL -s 10.0.9.3" + drop},
		}},
		{"some", drill.Link{Loss: 20, Way: drill.Out}, []container{b}, map[string][]string{
			"b": {"-A SHARDWAY-DRILL -s 10.0.0.1 -m time --datestop 2026-01-02T03:04:05 -m statistic --mode random --probability 0.20 -j DROP"},
		}},
	} {
		got := rules([]cutLink{{link: c.link, a: []container{a}, b: c.b, until: until}})
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// Two cuts at a time are mended one by one, and a network that has nothing to do
// with them is left alone.
func TestCutsAreMendedOneByOne(t *testing.T) {
	c, p := onPaper()
	first, err := c.Cut(t.Context(), drill.Link{A: instance("g1-1"), B: []drill.Process{instance("g1-2")}, Loss: 100})
	if err != nil {
		t.Fatal(err)
	}
	if took := p.took(); len(took) != 2 || !strings.Contains(took[0], "11 iptables-restore --wait --noflush: *filter; :SHARDWAY-DRILL - [0:0]; -I INPUT -j SHARDWAY-DRILL; -A SHARDWAY-DRILL -s 10.0.0.12 ") ||
		!strings.Contains(took[1], "12 iptables-restore") {
		t.Errorf("%q", took)
	}
	second, err := c.Cut(t.Context(), drill.Link{A: instance("g1-1"), B: []drill.Process{{Kind: drill.KindEtcd}}, Way: drill.In, Loss: 100})
	if err != nil {
		t.Fatal(err)
	}
	if took := p.took(); len(took) != 1 || strings.Contains(took[0], "-I INPUT") || strings.Count(took[0], "-s 10.0.0.12 ")+strings.Count(took[0], "-s 10.0.0.41 ")+strings.Count(took[0], "-s 10.0.0.42 ") != 3 {
		t.Errorf("%q", took)
	}
	if err := first(t.Context()); err != nil {
		t.Error(err)
	}
	if took := p.took(); len(took) != 2 || strings.Contains(took[0], "10.0.0.12") || !strings.Contains(took[0], "10.0.0.41") || strings.Contains(took[1], "DROP") {
		t.Errorf("%q", took)
	}
	if err := second(t.Context()); err != nil {
		t.Error(err)
	}
	if took := p.took(); len(took) != 1 || strings.Contains(took[0], "DROP") {
		t.Errorf("%q", took)
	}
	if err := second(t.Context()); err != nil || len(p.took()) != 0 {
		t.Errorf("mended twice: %v", err)
	}
}

func TestAHostIsCutOffFromEverybody(t *testing.T) {
	c, p := onPaper()
	if _, err := c.Cut(t.Context(), drill.Link{A: instance("g1-1"), Loss: 100}); err != nil {
		t.Fatal(err)
	}
	took := p.took()
	var pids []string
	for _, what := range took {
		pid, _, _ := strings.Cut(what, " ")
		pids = append(pids, pid)
		if drops := strings.Count(what, "DROP"); drops != 1 && pid != "11" || pid == "11" && drops != 6 {
			t.Errorf("%d rules: %s", drops, what)
		}
	}
	if !slices.Equal(pids, []string{"11", "12", "21", "31", "41", "42"}) {
		t.Errorf("%q", took)
	}
}

// What cannot be cut is told, and nothing is cut then.
func TestWhatCannotBeCut(t *testing.T) {
	for says, l := range map[string]drill.Link{
		"there is no instance g7":  {A: instance("g1-1"), B: []drill.Process{instance("g7")}, Loss: 100},
		"no link with itself":      {A: instance("g1-1"), B: []drill.Process{instance("g1-1")}, Loss: 100},
		"network of g1-2: refused": {A: instance("g1-1"), B: []drill.Process{instance("g1-2")}, Loss: 100},
	} {
		c, p := onPaper()
		p.refuses = "-s 10.0.0.11"
		if _, err := c.Cut(t.Context(), l); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v", err)
		}
		if took := p.took(); len(took) > 0 && strings.Contains(took[len(took)-1], "11 iptables-restore") && strings.Contains(strings.Join(c.text(), " "), "DROP") {
			t.Errorf("%s: still cut: %q", says, took)
		}
		if len(c.cuts) != 0 {
			t.Errorf("%s: a cut is left", says)
		}
	}
}

// text is what networks were told last.
func (c *Cluster) text() (all []string) {
	for _, rules := range c.rules {
		all = append(all, rules)
	}
	return all
}

func TestWhatIsSlow(t *testing.T) {
	c, p := onPaper()
	mend, err := c.Cut(t.Context(), drill.Link{A: instance("g1-1"), Way: drill.Out, Kilobits: 256})
	if err != nil {
		t.Fatal(err)
	}
	if took := p.took(); !slices.Equal(took, []string{
		"11 tc qdisc replace dev eth0 root tbf rate 256kbit burst 16kb latency 400ms: ", "11 tc qdisc replace dev eth1 root tbf rate 256kbit burst 16kb latency 400ms: ",
	}) {
		t.Errorf("%q", took)
	}
	gone := []string{"11 tc qdisc del dev eth0 root: ", "11 tc qdisc del dev eth1 root: "}
	if err := mend(t.Context()); err != nil || !slices.Equal(p.took(), gone) {
		t.Error(err)
	}
	p.refuses = "netem"
	if _, err := c.Cut(t.Context(), drill.Link{A: instance("g1-1"), Way: drill.Out, Delay: time.Second}); !errors.Is(err, drill.ErrUnable) {
		t.Errorf("a kernel without netem: %v", err)
	}
	if took := p.took(); !slices.Contains(took, gone[0]) || len(c.undo) != 0 {
		t.Errorf("%q, and to be undone %v", took, c.undo)
	}
}

func TestSignalsReachProcesses(t *testing.T) {
	c, p := onPaper()
	if err := c.Kill(t.Context(), instance("g1-2")); err != nil {
		t.Error(err)
	}
	if err := c.Pause(t.Context(), drill.Process{Kind: drill.KindEtcd}); err != nil {
		t.Error(err)
	}
	if err := c.Resume(t.Context(), drill.Process{Kind: drill.KindEtcd}); err != nil || len(c.undo) != 0 {
		t.Error(err)
	}
	if took := p.took(); !slices.Equal(took, []string{"12 gets killed", "41 gets continued", "41 gets stopped (signal)", "42 gets continued", "42 gets stopped (signal)"}) {
		t.Errorf("%q", took)
	}
	if err := c.Kill(t.Context(), instance("g7")); err == nil {
		t.Error("one that is not there is killed")
	}
}

func TestDisksAreFilledAndStopped(t *testing.T) {
	c, p := onPaper()
	path := filepath.Join("/proc", "11", "root", "var/lib/mysql", filler)
	empty, err := c.Fill(t.Context(), instance("g1-1"))
	if err != nil || !slices.Equal(p.took(), []string{"fill " + path}) {
		t.Fatal(err)
	}
	// It was started again meanwhile.
	p.inspects = strings.Replace(p.inspects, `"Pid":11`, `"Pid":19`, 1)
	if err := empty(t.Context()); err != nil || !slices.Equal(p.took(), []string{"remove " + strings.Replace(path, "11", "19", 1)}) {
		t.Error(err)
	}
	release, err := c.Stall(t.Context(), instance("g1-1"))
	if err != nil || release(t.Context()) != nil || len(c.undo) > 0 {
		t.Fatal(err)
	}
	data := strings.Replace(filepath.Dir(path), "11", "19", 1)
	if took := p.took(); !slices.Equal(took, []string{"freeze " + data, "thaw " + data}) {
		t.Errorf("%q", took)
	}
	p.bytes = 100 << 30
	for name, spoil := range map[string]func(context.Context, drill.Process) (func(context.Context) error, error){"fill": c.Fill, "stall": c.Stall} {
		if _, err := spoil(t.Context(), instance("g1-1")); !errors.Is(err, drill.ErrUnable) || len(p.took()) > 0 {
			t.Errorf("%s this machine's disk: %v", name, err)
		}
	}
}

// Whatever is still bad when a drill ends is mended by Close, and by the next
// one's Attach if it was killed.
func TestNothingStaysBad(t *testing.T) {
	c, p := onPaper()
	for _, l := range []drill.Link{{A: instance("g1-1"), B: []drill.Process{instance("g1-2")}, Way: drill.Out, Loss: 100}, {A: instance("g1-2"), Way: drill.Out, Kilobits: 9}} {
		if _, err := c.Cut(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Fill(t.Context(), instance("g1-1")); err != nil {
		t.Fatal(err)
	}
	if err := c.Pause(t.Context(), instance("g1-1")); err != nil {
		t.Fatal(err)
	}
	p.took()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	want := []string{
		"11 gets continued",
		"12 iptables --wait -D INPUT -j SHARDWAY-DRILL: ", "12 iptables --wait -F SHARDWAY-DRILL: ", "12 iptables --wait -X SHARDWAY-DRILL: ",
		"12 iptables-restore --wait --noflush: *filter; :SHARDWAY-DRILL - [0:0]; COMMIT",
		"12 tc qdisc del dev eth0 root: ", "12 tc qdisc del dev eth1 root: ",
		"remove /proc/11/root/var/lib/mysql/shardway-drill.filler",
	}
	if took := p.took(); !slices.Equal(took, want) {
		t.Errorf("%s", strings.Join(took, "\n"))
	}

	c, p = onPaper()
	all, err := c.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p.refuses = "iptables" // there is no such chain
	if err := c.mendLeft(t.Context(), all); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"12 iptables --wait -D INPUT -j SHARDWAY-DRILL: ", "41 gets continued", "31 tc qdisc del dev eth0 root: ", "remove /proc/12/root/var/lib/mysql/shardway-drill.filler"} {
		if !slices.Contains(p.done, want) {
			t.Errorf("no %q", want)
		}
	}
}
