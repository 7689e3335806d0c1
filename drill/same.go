package drill

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"
)

// followMax is how long a replica may need to have what its primary has, once
// nobody writes, where a drill does not say otherwise.
const followMax = 30 * time.Second

// sameEverywhere sees to it that each replica has the rows of its primary.
func (s *scene) sameEverywhere(ctx context.Context, c condition, f *findings) error {
	for _, g := range c.groups {
		var executed string
		primary := s.servers[g.Primary]
		if err := primary.QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_executed").Scan(&executed); err != nil {
			return fmt.Errorf("%w: %s: %w", errNotTold, g.Primary, err)
		}
		want, err := fingerprint(ctx, primary, s.load.keyspace)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", errNotTold, g.Primary, err)
		}
		for _, i := range g.Instances {
			if i.ID == g.Primary || slices.Contains(c.quarantined, i.ID) {
				continue
			}
			db := s.servers[i.ID]
			var late bool
			if err := db.QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)", executed, s.follow.Seconds()).Scan(&late); err != nil {
				return fmt.Errorf("%w: %s: %w", errNotTold, i.ID, err)
			}
			if late {
				f.note("%s has not what its primary %s has after %s", i.ID, g.Primary, s.follow)
				continue
			}
			has, err := fingerprint(ctx, db, s.load.keyspace)
			if err != nil {
				return fmt.Errorf("%w: %s: %w", errNotTold, i.ID, err)
			}
			if has != want {
				f.note("%s has other rows than its primary %s: %s, not %s", i.ID, g.Primary, has, want)
			}
		}
	}
	return nil
}

// fingerprint sums up all rows of the load's tables on a server.
func fingerprint(ctx context.Context, db *sql.DB, schema string) (string, error) {
	all := ""
	for _, t := range []struct{ table, columns string }{
		{"seq", "lane, n"}, {"tally", "lane, n"}, {"reg", "id, v"}, {"account", "id, balance"}, {"journal", "writer, seq, source, target, amount"},
	} {
		var rows, sum uint64
		query := fmt.Sprintf("SELECT COUNT(*), COALESCE(BIT_XOR(CRC32(CONCAT_WS('#', %s))), 0) FROM `%s`.%s", t.columns, schema, t.table)
		if err := db.QueryRowContext(ctx, query).Scan(&rows, &sum); err != nil {
			return "", err
		}
		all += fmt.Sprintf(" %s %d/%08x", t.table, rows, sum)
	}
	return all[1:], nil
}

// openSchema opens the load's schema on a server.
func (s *scene) openSchema(i Instance) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = "tcp", i.Addr, i.User, i.Password, s.load.keyspace
	cfg.TLSConfig, cfg.Timeout = "preferred", 5*time.Second
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
