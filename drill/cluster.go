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
// starts again what was killed. etcd without an ID is all of it.
type Cluster interface {
	// Site says where everything is.
	Site(ctx context.Context) (Site, error)
	// Kill ends a process at once, as a crash would.
	Kill(ctx context.Context, p Process) error
	// Pause stops a process from running until Resume: it answers nothing, and
	// its connections stay.
	Pause(ctx context.Context, p Process) error
	Resume(ctx context.Context, p Process) error
	// Cut makes a link as bad as it says, for connections that are open and for
	// new ones, and returns what mends it. After an error nothing is cut.
	Cut(ctx context.Context, l Link) (mend func(ctx context.Context) error, err error)
}

// Disks is what clusters have besides whose servers' disks can be filled and stopped.
type Disks interface {
	// Fill leaves no room where a server's data are, and returns what makes room
	// again. After an error nothing is filled.
	Fill(ctx context.Context, p Process) (empty func(ctx context.Context) error, err error)
	// Stall lets nothing that is written where a server's data are come to an end,
	// and returns what lets it go on. After an error nothing stands.
	Stall(ctx context.Context, p Process) (release func(ctx context.Context) error, err error)
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
	Etcd        []Etcd
}

// Etcd is a member of etcd, and the URL for its clients.
type Etcd struct {
	ID  string
	URL string
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
