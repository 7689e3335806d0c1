package playground

import (
	"net"
	"os"
	"testing"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/topology"
)

// freePort returns a port with room above it.
func freePort(t *testing.T) int {
	t.Helper()
	ports, err := mysqld.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return ports[0]
}

func asked(t *testing.T) Options {
	t.Helper()
	return Options{Dir: t.TempDir(), Groups: -1, Replicas: -1, Spares: -1, Proxies: -1, Controllers: -1, Port: freePort(t), Program: "x", Out: os.Stdout}
}

// load loads a layout and gives its ports up again.
func load(t *testing.T, o Options) (*layout, error) {
	t.Helper()
	var c claims
	defer c.release()
	return loadLayout(o, &c)
}

func TestTwoPlaygroundsAtOnceChooseDifferentPorts(t *testing.T) {
	o := asked(t)
	var mine, theirs claims
	defer mine.release()
	defer theirs.release()
	a, err := loadLayout(o, &mine)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody listens yet, and the other has the next port.
	other := o
	other.Dir, other.Port = t.TempDir(), theirs.next(o.Port)
	theirs.release()
	b, err := loadLayout(other, &theirs)
	if err != nil {
		t.Fatal(err)
	}
	used := map[int]bool{}
	for _, l := range []*layout{a, b} {
		all := []int{l.Ports.Proxy, l.Ports.ProxyHTTP, l.Ports.Admin, l.Ports.Etcd}
		for _, i := range l.Instances {
			all = append(all, i.Port)
		}
		for _, port := range all {
			if used[port] {
				t.Errorf("both chose port %d", port)
			}
			used[port] = true
		}
	}
}

func TestLayoutHasDefaultsAndStays(t *testing.T) {
	o := asked(t)
	first, err := load(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Instances) != 6 || first.Instances[0].ID != "g1-1" || first.Instances[5].ID != "g2-3" {
		t.Errorf("instances are %+v", first.Instances)
	}
	seen := map[int]bool{}
	all := []int{first.Ports.Proxy, first.Ports.ProxyHTTP, first.Ports.Admin, first.Ports.Etcd}
	for _, i := range first.Instances {
		all = append(all, i.Port)
	}
	for _, port := range all {
		if seen[port] || port == 0 {
			t.Errorf("port %d twice or none, in %v", port, all)
		}
		seen[port] = true
	}
	if err := first.save(o.Dir); err != nil {
		t.Fatal(err)
	}
	again, err := load(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if again.AppPassword != first.AppPassword || again.Instances[3] != first.Instances[3] {
		t.Error("the second layout differs from the first")
	}
	info, err := os.Stat(layoutPath(o.Dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the passwords: %v %v", info.Mode(), err)
	}
	o.Groups = 5
	if _, err := load(t, o); !isRefused(err, topology.CodeInvalid) {
		t.Errorf("another number of groups: %v", err)
	}
}

func isRefused(err error, code topology.Code) bool {
	refused, ok := topology.AsRefused(err)
	return ok && refused.Code == code && refused.Hint != ""
}

func TestTakenPortsAreSaid(t *testing.T) {
	o := asked(t)
	l, err := load(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.save(o.Dir); err != nil {
		t.Fatal(err)
	}
	for _, port := range []int{o.Port, l.Instances[2].Port} {
		taken, err := net.Listen("tcp", addr(port))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := load(t, o); !isRefused(err, topology.CodeInUse) {
			t.Errorf("port %d: %v", port, err)
		}
		_ = taken.Close()
	}
	// A new layout goes around what is taken.
	taken, err := net.Listen("tcp", addr(l.Ports.Etcd))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	o.Dir = t.TempDir()
	other, err := load(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if other.Ports.Etcd == l.Ports.Etcd || other.Ports.ProxyHTTP == l.Ports.Etcd {
		t.Error("a taken port was chosen")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no group":  func(o *Options) { o.Groups = 0 },
		"too many":  func(o *Options) { o.Groups, o.Replicas = 30, 2 },
		"no port":   func(o *Options) { o.Port = 0 },
		"high port": func(o *Options) { o.Port = 70000 },
	} {
		o := asked(t)
		change(&o)
		if err := o.Validate(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
