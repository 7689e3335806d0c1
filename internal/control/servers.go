package control

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql/server"
	"github.com/shardway/shardway/topology"
)

// socketTimeout bounds every dial, read and write; contexts bound each statement
// more tightly.
const socketTimeout = 30 * time.Second

// Store is what is needed of the topology's store.
type Store interface {
	// Credential returns the administrator's account of an instance.
	Credential(ctx context.Context, instance string) (topology.Account, error)
}

// Servers are the ways to the instances, one small pool each.
type Servers struct {
	store Store

	mu    sync.Mutex
	pools map[string]pool // by instance
}

type pool struct {
	addr string
	db   *sql.DB
}

// NewServers returns servers that have connected to nothing yet.
func NewServers(store Store) *Servers {
	return &Servers{store: store, pools: make(map[string]pool)}
}

// Close ends all pools. A connection that is still lent ends when it is given
// back.
func (s *Servers) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pools {
		_ = p.db.Close()
	}
	clear(s.pools)
}

// Forget closes the pools of instances that the topology no longer has.
func (s *Servers) Forget(snap *topology.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.pools {
		if snap.Instances[id] == nil {
			_ = p.db.Close()
			delete(s.pools, id)
		}
	}
}

// Conn connects to an instance. The caller closes what it gets, or discards it.
func (s *Servers) Conn(ctx context.Context, instance *topology.Instance) (*sql.Conn, error) {
	db, err := s.db(ctx, instance)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		return conn, nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%s at %s does not answer", instance.ID, instance.Addr())
	}
	if Errno(err) != 0 {
		// The account may have been changed: ask for it again next time.
		s.drop(instance.ID)
	}
	return nil, fmt.Errorf("%s at %s: %w", instance.ID, instance.Addr(), err)
}

// Primary connects to a group's published primary.
func (s *Servers) Primary(ctx context.Context, snap *topology.Snapshot, group string) (*sql.Conn, error) {
	primary, err := PrimaryOf(snap, group)
	if err != nil {
		return nil, err
	}
	return s.Conn(ctx, primary)
}

// ErrUnknownGroup: the topology has no such group.
var ErrUnknownGroup = errors.New("it is not in the topology")

// PrimaryOf returns the instance that takes a group's writes.
func PrimaryOf(snap *topology.Snapshot, group string) (*topology.Instance, error) {
	g := snap.Groups[group]
	if g == nil {
		return nil, fmt.Errorf("group %s: %w", group, ErrUnknownGroup)
	}
	if snap.Instances[g.Primary] == nil {
		return nil, fmt.Errorf("group %s has no primary", group)
	}
	return snap.Instances[g.Primary], nil
}

func (s *Servers) db(ctx context.Context, instance *topology.Instance) (*sql.DB, error) {
	s.mu.Lock()
	p, known := s.pools[instance.ID]
	s.mu.Unlock()
	if known && p.addr == instance.Addr() {
		return p.db, nil
	}
	account, err := s.store.Credential(ctx, instance.ID)
	if err != nil {
		return nil, fmt.Errorf("credential of %s: %w", instance.ID, err)
	}
	db, err := server.Open(instance.Host, instance.Port, server.Credential{User: account.User, Password: account.Password.Reveal()}, socketTimeout)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, known := s.pools[instance.ID]; known {
		if p.addr == instance.Addr() { // somebody else was quicker
			_ = db.Close()
			return p.db, nil
		}
		_ = p.db.Close()
	}
	s.pools[instance.ID] = pool{addr: instance.Addr(), db: db}
	return db, nil
}

func (s *Servers) drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, known := s.pools[id]; known {
		_ = p.db.Close()
		delete(s.pools, id)
	}
}

// Errno returns the MySQL error number in err's chain, 0 if there is none: then
// the connection itself has failed, or was never made.
func Errno(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}
