package admin

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql/server"
	"github.com/shardway/shardway/topology"
)

const (
	// dialTimeout bounds connecting to a server, controlTimeout each read and
	// write afterwards: dropping a large schema takes a while.
	dialTimeout    = 3 * time.Second
	controlTimeout = 2 * time.Minute
)

// Directory says which servers there are and how to log in to them; the
// topology's store is one.
type Directory interface {
	Load(ctx context.Context) (*topology.Snapshot, error)
	Credential(ctx context.Context, instance string) (topology.Account, error)
}

// ControlServers opens control connections as the administrator. It keeps one
// small pool per instance until Close.
type ControlServers struct {
	// Timeout bounds each read and write; controlTimeout if it is 0. It is set
	// before the first connection.
	Timeout   time.Duration
	directory Directory

	mu       sync.Mutex
	pools    map[string]controlPool
	accounts map[string]topology.Account // by instance
}

// controlPool is the pool of one instance, and what it logs in as.
type controlPool struct {
	addr    string
	account topology.Account
	db      *sql.DB
}

// NewControlServers returns servers that have connected to nothing yet.
func NewControlServers(directory Directory) *ControlServers {
	return &ControlServers{directory: directory, pools: make(map[string]controlPool), accounts: make(map[string]topology.Account)}
}

// Close ends all pools.
func (s *ControlServers) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, pool := range s.pools {
		errs = append(errs, pool.db.Close())
	}
	clear(s.pools)
	return errors.Join(errs...)
}

// Primary connects to the instance that takes a group's writes.
func (s *ControlServers) Primary(ctx context.Context, group string) (*sql.Conn, error) {
	snap, err := s.directory.Load(ctx)
	if err != nil {
		return nil, err
	}
	g := snap.Groups[group]
	if g == nil {
		return nil, &topology.Refused{
			Code: topology.CodeNotFound, Message: fmt.Sprintf("there is no group %q", group), Hint: "'shardway group list' shows the groups",
		}
	}
	if g.Primary == "" {
		return nil, &topology.Refused{
			Code: topology.CodeUnavailable, Message: fmt.Sprintf("group %s has no primary yet", group),
			Hint: "a controller opens one within seconds; 'shardway status' says what keeps it",
		}
	}
	return s.connect(ctx, snap.Instances[g.Primary])
}

// Instance connects to one instance, also while the store is away if it has
// done so before.
func (s *ControlServers) Instance(ctx context.Context, instance *topology.Instance) (*sql.Conn, error) {
	return s.connect(ctx, instance)
}

func (s *ControlServers) connect(ctx context.Context, instance *topology.Instance) (*sql.Conn, error) {
	account, err := s.credential(ctx, instance.ID)
	if err != nil {
		return nil, err
	}
	db, err := s.pool(instance, account)
	if err != nil {
		return nil, err
	}
	dial, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := db.Conn(dial)
	if err != nil {
		s.forget(instance.ID)
		return nil, &topology.Refused{
			Code: topology.CodeUnavailable, Message: fmt.Sprintf("%s at %s does not let us in: %s", instance.ID, instance.Addr(), err),
			Hint: "'shardway status' shows which servers answer",
		}
	}
	return conn, nil
}

// credential returns the account of an instance: the one that let us in before,
// if there is one.
func (s *ControlServers) credential(ctx context.Context, id string) (topology.Account, error) {
	s.mu.Lock()
	account, known := s.accounts[id]
	s.mu.Unlock()
	if known {
		return account, nil
	}
	account, err := s.directory.Credential(ctx, id)
	if err != nil {
		return topology.Account{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[id] = account
	return account, nil
}

// forget makes the next connection ask for the account again: it may have
// been changed.
func (s *ControlServers) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.accounts, id)
}

// pool returns the pool of an instance, a new one if its address or account
// has changed.
func (s *ControlServers) pool(instance *topology.Instance, account topology.Account) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pool, known := s.pools[instance.ID]
	if known && pool.addr == instance.Addr() && pool.account == account {
		return pool.db, nil
	}
	db, err := server.Open(instance.Host, instance.Port,
		server.Credential{User: account.User, Password: account.Password.Reveal()}, cmp.Or(s.Timeout, controlTimeout))
	if err != nil {
		return nil, err
	}
	if known {
		// Connections that are lent end when they are returned.
		_ = pool.db.Close()
	}
	s.pools[instance.ID] = controlPool{addr: instance.Addr(), account: account, db: db}
	return db, nil
}
