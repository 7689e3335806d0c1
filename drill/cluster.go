package drill

import (
	"context"
	"errors"
)

// Kind is a kind of process.
type Kind string

// The kinds.
const (
	KindInstance   Kind = "instance"
	KindProxy      Kind = "proxy"
	KindController Kind = "controller"
	KindEtcd       Kind = "etcd"
)

// Process is one process of a cluster. The ID of etcd is empty where there is one.
type Process struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id,omitempty"`
}

// String names the process for people.
func (p Process) String() string {
	if p.ID == "" {
		return string(p.Kind)
	}
	return string(p.Kind) + " " + p.ID
}

// ErrUnable: this cluster has no way to do that, or not on this machine. The
// error around it says why.
var ErrUnable = errors.New("the cluster cannot do that")

// Cluster is what a drill does to a cluster's processes. Whoever runs them
// starts again what was killed.
type Cluster interface {
	// Site says where everything is.
	Site(ctx context.Context) (Site, error)
	// Kill ends a process at once, as a crash would.
	Kill(ctx context.Context, p Process) error
	// Pause stops a process from running until Resume: it answers nothing, and
	// its connections stay.
	Pause(ctx context.Context, p Process) error
	Resume(ctx context.Context, p Process) error
	// Cut lets nothing through between two processes until Heal, while both
	// reach everybody else.
	Cut(ctx context.Context, a, b Process) error
	Heal(ctx context.Context, a, b Process) error
}

// Site says where a cluster's processes are.
type Site struct {
	// User may make keyspaces and tables through the proxies.
	User     string
	Password string
	Proxies  []Proxy
	// Cuttable is the id of the proxy that can be cut from etcd; empty if none.
	Cuttable    string
	Controllers []Controller
	Instances   []Instance
}

// Proxy is a proxy and where clients reach it.
type Proxy struct {
	ID   string
	Addr string // host:port
}

// Controller is a controller and the URL of its admin API.
type Controller struct {
	ID    string
	Admin string
	Token string
}

// Instance is a MySQL server, and its administrator's account.
type Instance struct {
	ID       string
	Group    string
	Addr     string // host:port
	User     string
	Password string
}
