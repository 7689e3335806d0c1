package topology

import (
	"errors"
	"time"
)

// ErrOutcomeUnknown: the store did not answer whether a change took effect. It
// must not be sent again before somebody has looked.
var ErrOutcomeUnknown = errors.New("the topology store did not answer: whether the change took effect is unknown")

// The kinds of members.
const (
	KindProxies     = "proxies"
	KindControllers = "controllers"
)

// Member is a process of the cluster that is alive.
type Member struct {
	ID  string `json:"id"`
	PID int    `json:"pid"`
	// Addr is where clients of it connect, HTTP where it answers questions
	// about itself; both are host:port.
	Addr    string    `json:"addr,omitempty"`
	HTTP    string    `json:"http,omitempty"`
	Zone    string    `json:"zone,omitempty"`
	Started time.Time `json:"started"`
}
