package flow

import (
	"context"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
)

// Forget removes the flow's stored state from its targets; with tables, also
// the tables on the targets, for a job that is cancelled: never the source's
// own. A flow of the job that still runs somewhere ends, as its position is
// gone. Forget may be called again.
func Forget(ctx context.Context, spec Spec, servers Servers, tables bool) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	for _, target := range spec.Targets {
		if err := forgetOn(ctx, &spec, servers, target.Group, tables); err != nil {
			return fmt.Errorf("group %s: %w", target.Group, err)
		}
	}
	return nil
}

func forgetOn(ctx context.Context, spec *Spec, servers Servers, group string, tables bool) error {
	server, err := servers.Primary(ctx, group)
	if err != nil {
		return err
	}
	db, err := open(server, true, 1)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, name := range []string{"reshard_position", "reshard_copy", "reshard_parked"} {
		_, err := db.ExecContext(ctx, "DELETE FROM _shardway."+name+" WHERE job = ? AND source = ?", spec.Job, spec.Source)
		var refused *driver.MySQLError
		if errors.As(err, &refused) && (refused.Number == mysql.ErNoSuchTable || refused.Number == mysql.ErBadDB) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", server, err)
		}
	}
	if !tables {
		return nil
	}
	for i := range spec.Tables {
		t := &spec.Tables[i]
		if group == spec.Source && t.into() == t.Name && spec.into() == spec.Schema {
			return invalid("table %s of group %s is the source's own", t.Name, group)
		}
		if _, err := db.ExecContext(ctx, "DROP TABLE IF EXISTS "+quote(spec.into())+"."+quote(t.into())); err != nil {
			return fmt.Errorf("%s: %w", server, err)
		}
	}
	return nil
}
