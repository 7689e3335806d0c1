package flow

import (
	"context"
	"crypto/tls"
)

// Server is one MySQL server and the administrator's account on it.
type Server struct {
	// Instance names it in messages.
	Instance string
	Addr     string // host:port
	User     string
	Password string
	// TLS is used if set; without it connections to targets use TLS if the
	// server offers it.
	TLS *tls.Config
}

// String leaves the password out.
func (s Server) String() string { return s.Instance + " (" + s.Addr + ")" }

// Servers says which servers a group has now. The flow asks again whenever it
// has lost one, and opens connections of its own.
type Servers interface {
	// Primary returns the published primary of a group.
	Primary(ctx context.Context, group string) (Server, error)
	// Reader returns the server of a group to read rows and the binary log
	// from: by preference a replica.
	Reader(ctx context.Context, group string) (Server, error)
	// Replicas returns the replicas of a group that should be in step: copying
	// waits for them.
	Replicas(ctx context.Context, group string) ([]Server, error)
}
