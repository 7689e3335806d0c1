package playground

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/topology"
)

// awaitGroups waits until every group has a primary that takes writes and all
// its replicas are open to readers.
func (p *playground) awaitGroups(ctx context.Context) error {
	waiting := ""
	for {
		var err error
		if waiting, err = p.waitingFor(ctx); err != nil {
			return err
		}
		if waiting == "" {
			return nil
		}
		select {
		case <-time.After(2 * pollInterval):
		case <-ctx.Done():
			return fmt.Errorf("the groups did not become healthy in time: %s; see %s", waiting, filepath.Join(p.dir, "controller.log"))
		}
	}
}

// waitingFor says what is not yet as it should be; nothing if all is well.
func (p *playground) waitingFor(ctx context.Context) (string, error) {
	snap, err := p.store.Load(ctx)
	if err != nil {
		return "", err
	}
	for id, group := range snap.Groups {
		if group.Primary == "" {
			return "group " + id + " has no primary yet", nil
		}
		for _, i := range snap.Members(id) {
			if !p.isOpen(ctx, i) {
				return "instance " + i.ID + " is not open yet", nil
			}
		}
	}
	return "", nil
}

// isOpen reports whether an instance lets clients in.
func (p *playground) isOpen(ctx context.Context, i *topology.Instance) bool {
	db, err := open(i.Port, adminUser, p.layout.AdminPassword, "")
	if err != nil {
		return false
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var offline, readOnly bool
	err = db.QueryRowContext(ctx, "SELECT @@GLOBAL.offline_mode, @@GLOBAL.super_read_only").Scan(&offline, &readOnly)
	return err == nil && !offline && readOnly == (i.Role == topology.RoleReplica)
}

// logsIn logs in through the proxy on a port as a client would.
func (p *playground) logsIn(ctx context.Context, port int) error {
	db, err := open(port, appUser, p.layout.AppPassword, "")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return db.PingContext(ctx)
}

// open returns connections to a port on loopback.
func open(port int, user, password, schema string) (*sql.DB, error) {
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr = "tcp", addr(port)
	cfg.User, cfg.Passwd, cfg.DBName = user, password, schema
	cfg.TLSConfig = "preferred"
	cfg.InterpolateParams = true
	cfg.Logger = &driver.NopLogger{}
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
