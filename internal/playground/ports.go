package playground

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/shardway/shardway/topology"
)

// ports are the ones that a playground listens on besides the servers'.
type ports struct {
	Proxy     int `json:"proxy"`
	ProxyHTTP int `json:"proxy_http"`
	Admin     int `json:"admin"`
	Etcd      int `json:"etcd"`
	// MoreProxies and MoreAdmins are those of the second proxy and controller and up.
	MoreProxies []proxyPorts `json:"more_proxies,omitempty"`
	MoreAdmins  []int        `json:"more_admins,omitempty"`
}

// proxyPorts are the ones of one proxy.
type proxyPorts struct {
	Clients int `json:"clients"`
	HTTP    int `json:"http"`
}

// proxies returns the ports of all proxies, admins those of all controllers.
func (p *ports) proxies() []proxyPorts {
	return append([]proxyPorts{{Clients: p.Proxy, HTTP: p.ProxyHTTP}}, p.MoreProxies...)
}

func (p *ports) admins() []int { return append([]int{p.Admin}, p.MoreAdmins...) }

// claims are the ports that this process has chosen. Between choosing a port
// and listening on it a server needs a moment, in which another playground must
// not choose it, too: a lock on a file per port says so, and ends with the
// process.
type claims struct{ files []*os.File }

// take claims a port if nobody listens on it or has claimed it.
func (c *claims) take(port int) bool {
	if port < 1 || port > 65535 || !isFree(port) {
		return false
	}
	dir, err := claimsDir()
	if err != nil {
		return false
	}
	f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return false
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return false
	}
	c.files = append(c.files, f)
	return true
}

// claimsDir returns the folder of the locks, which all playgrounds of this user
// share.
func claimsDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = filepath.Join(os.TempDir(), fmt.Sprintf("shardway-%d", os.Getuid()))
	}
	dir := filepath.Join(base, "shardway", "ports")
	return dir, os.MkdirAll(dir, 0o700)
}

// next claims the first port above one, 0 if there is none.
func (c *claims) next(above int) int {
	for port := above + 1; port <= 65535; port++ {
		if c.take(port) {
			return port
		}
	}
	return 0
}

// release gives all ports up.
func (c *claims) release() {
	for _, f := range c.files {
		// Removed while locked: whoever opened it meanwhile locks a file that
		// is no longer there, and finds the port in use.
		_ = os.Remove(f.Name())
		_ = f.Close()
	}
	c.files = nil
}

// isFree reports whether nobody listens on a loopback port.
func isFree(port int) bool {
	listener, err := net.Listen("tcp", addr(port))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

func addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func portTaken(what string, port int, hint string) error {
	return &topology.Refused{Code: topology.CodeInUse, Message: fmt.Sprintf("port %d, for %s, is taken", port, what), Hint: hint}
}
