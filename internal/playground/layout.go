package playground

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/shardway/shardway/topology"
)

// layout is what a playground consists of. It is made once and kept in the
// folder: addresses and passwords are in the topology, too, so they must stay.
type layout struct {
	Groups   int `json:"groups"`
	Replicas int `json:"replicas"`
	Spares   int `json:"spares"`
	// Proxies and Controllers are 0 in folders of older releases, which had one.
	Proxies     int              `json:"proxies,omitempty"`
	Controllers int              `json:"controllers,omitempty"`
	Ports       ports            `json:"ports"`
	Instances   []layoutInstance `json:"instances"`
	// AdminPassword is that of every server's administrator, AppPassword that
	// of the user for clients.
	AdminPassword string `json:"admin_password"`
	AppPassword   string `json:"app_password"`
	// SampleLoaded: the sample keyspace has been loaded; it may be dropped since.
	SampleLoaded bool `json:"sample_loaded"`
}

type layoutInstance struct {
	ID    string `json:"id"`
	Group string `json:"group"` // empty for a spare
	Zone  string `json:"zone"`
	Port  int    `json:"port"`
}

// The accounts of a playground.
const (
	adminUser = "shardway_admin"
	appUser   = "app"
)

// adminPortOffset is how far below the proxy's port the admin API listens.
const adminPortOffset = 6

// The servers' ports begin well above the proxy's, so that the next playground's
// proxy can have the next port; from the top they go on at the bottom.
const (
	portsApart   = 100
	portsHighest = 60_000
	portsLowest  = 20_000
)

func layoutPath(dir string) string { return filepath.Join(dir, "layout.json") }

// loadLayout reads the folder's layout, or makes one, and fits it to o.
func loadLayout(o Options, c *claims) (*layout, error) {
	text, err := os.ReadFile(layoutPath(o.Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return newLayout(o, c)
	}
	if err != nil {
		return nil, err
	}
	l := new(layout)
	if err := json.Unmarshal(text, l); err != nil {
		return nil, fmt.Errorf("%s: %w", layoutPath(o.Dir), err)
	}
	l.Proxies, l.Controllers = max(1, l.Proxies), max(1, l.Controllers)
	for _, fixed := range []struct {
		flag     string
		has, ask int
	}{{"groups", l.Groups, o.Groups}, {"replicas", l.Replicas, o.Replicas}, {"spares", l.Spares, o.Spares}, {"proxies", l.Proxies, o.Proxies}, {"controllers", l.Controllers, o.Controllers}} {
		if fixed.ask >= 0 && fixed.ask != fixed.has {
			return nil, &topology.Refused{
				Code:    topology.CodeInvalid,
				Message: fmt.Sprintf("%s holds a playground with --%s=%d, which cannot be changed", o.Dir, fixed.flag, fixed.has),
				Hint:    "use another --dir, or remove that folder and all data in it",
			}
		}
	}
	if o.Port > 0 {
		l.Ports.Proxy = o.Port
	}
	return l, l.claimPorts(c)
}

func newLayout(o Options, c *claims) (*layout, error) {
	l := &layout{
		Groups: orDefault(o.Groups, defaultGroups), Replicas: orDefault(o.Replicas, defaultReplicas), Spares: orDefault(o.Spares, 0),
		Proxies: orDefault(o.Proxies, defaultPrograms), Controllers: orDefault(o.Controllers, defaultPrograms),
		AdminPassword: rand.Text(), AppPassword: rand.Text(),
	}
	l.Ports.Proxy = orDefault(o.Port, DefaultPort)
	if !c.take(l.Ports.Proxy) {
		return nil, portTaken("the proxy", l.Ports.Proxy, "choose another with --port")
	}
	next := l.Ports.Proxy + portsApart
	if next > portsHighest {
		next = portsLowest
	}
	take := func() int {
		next = c.next(next)
		return next
	}
	if l.Ports.Admin = l.Ports.Proxy - adminPortOffset; !c.take(l.Ports.Admin) {
		l.Ports.Admin = take()
	}
	l.Ports.ProxyHTTP, l.Ports.Etcd = take(), take()
	for range l.Proxies - 1 {
		l.Ports.MoreProxies = append(l.Ports.MoreProxies, proxyPorts{Clients: take(), HTTP: take()})
	}
	for range l.Controllers - 1 {
		l.Ports.MoreAdmins = append(l.Ports.MoreAdmins, take())
	}
	for g := range l.Groups {
		for i := range 1 + l.Replicas {
			group := "g" + strconv.Itoa(g+1)
			l.Instances = append(l.Instances, layoutInstance{
				ID: group + "-" + strconv.Itoa(i+1), Group: group, Zone: "z" + strconv.Itoa(i+1), Port: take(),
			})
		}
	}
	for s := range l.Spares {
		l.Instances = append(l.Instances, layoutInstance{ID: "s" + strconv.Itoa(s+1), Zone: "z" + strconv.Itoa(s+1), Port: take()})
	}
	if next == 0 {
		return nil, &topology.Refused{
			Code:    topology.CodeInUse,
			Message: fmt.Sprintf("there are not enough free ports above %d", l.Ports.Proxy), Hint: "choose another with --port",
		}
	}
	return l, nil
}

// claimPorts refuses to start on ports that others took meanwhile.
func (l *layout) claimPorts(c *claims) error {
	type use struct {
		what string
		port int
		hint string
	}
	const ends = "end the process that listens there"
	uses := []use{
		{"the proxy", l.Ports.Proxy, "choose another with --port"},
		{"the proxy's HTTP server", l.Ports.ProxyHTTP, ends},
		{"the admin API", l.Ports.Admin, ends},
		{"etcd", l.Ports.Etcd, ends},
	}
	for _, p := range l.Ports.MoreProxies {
		uses = append(uses, use{"a further proxy", p.Clients, ends}, use{"a further proxy's HTTP server", p.HTTP, ends})
	}
	for _, port := range l.Ports.MoreAdmins {
		uses = append(uses, use{"a further controller's admin API", port, ends})
	}
	for _, i := range l.Instances {
		uses = append(uses, use{"instance " + i.ID, i.Port, ends})
	}
	for _, u := range uses {
		if !c.take(u.port) {
			return portTaken(u.what, u.port, u.hint)
		}
	}
	return nil
}

func (l *layout) save(dir string) error {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(layoutPath(dir), text)
}

func orDefault(value, standard int) int {
	if value < 0 {
		return standard
	}
	return value
}

// writeFile replaces a file of secrets as a whole.
func writeFile(path string, text []byte) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
