package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
)

// What a Cluster can refuse, matched by errors.Is.
var (
	// ErrUnknown: no such group or instance in the topology.
	ErrUnknown = errors.New("not in the topology")
	// ErrNoPrimary: the group has no published primary now.
	ErrNoPrimary = errors.New("the group has no primary")
	// ErrNoReplica: no replica of the group can serve the read.
	ErrNoReplica = errors.New("no replica can serve the read")
	// ErrRemoved: the server left the topology, or its account changed, or the
	// cluster was closed.
	ErrRemoved = errors.New("the server is no longer in use")
	// ErrTooManyWaiters: Options.MaxWaiters already wait for a connection.
	ErrTooManyWaiters = errors.New("too many are waiting for a connection")
)

// InstanceError says which server an operation failed on.
type InstanceError struct {
	Instance string
	Op       string // "connect", "wait for a connection", "probe"
	Err      error
}

// Error names the server and what was being done.
func (e *InstanceError) Error() string { return fmt.Sprintf("%s, %s: %v", e.Instance, e.Op, e.Err) }

// Unwrap returns the cause.
func (e *InstanceError) Unwrap() error { return e.Err }

// accessDenied reports an account that the server does not know.
func accessDenied(err error) bool {
	var refused *mysql.Error
	return errors.As(err, &refused) && refused.Code == mysql.ErAccessDenied
}

// serverGone reports whether err says that the server does not serve at all: a
// network error, or MySQL's own word that it is going down, offline or fenced. Other
// errors of MySQL, and a caller who gave up, say nothing about the server.
func serverGone(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrRemoved) {
		return false
	}
	var garbled *mysql.MalformedError
	if errors.As(err, &garbled) {
		return false
	}
	var side *mysql.SideError
	if errors.As(err, &side) && side.Side == mysql.ClientSide {
		return false
	}
	var refused *mysql.Error
	if !errors.As(err, &refused) {
		return true
	}
	switch refused.Code {
	case mysql.ErServerShutdown, mysql.ErServerOfflineMode, mysql.ErAccessDenied, mysql.ErAccountLocked:
		return true
	}
	return false
}
