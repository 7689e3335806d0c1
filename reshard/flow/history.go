package flow

import (
	"context"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
)

// onHistory makes sure that the source still has what the targets have applied,
// and in its logs what they lack. A server may be behind for a while, and a
// replica may even be ahead of a primary that waits for an acknowledgement; what
// lasts longer than Options.Patience ends the flow.
func (a *attempt) onHistory(ctx context.Context) error {
	why, hint, err := a.offHistory(ctx)
	if err != nil {
		return err
	}
	if why == "" {
		a.f.offSince = time.Time{}
		return nil
	}
	if a.f.offSince.IsZero() {
		a.f.offSince = time.Now()
	}
	if time.Since(a.f.offSince) > a.f.o.Patience {
		return stop(hint, "%s", why)
	}
	return fmt.Errorf("%s", why)
}

// offHistory says what is missing.
func (a *attempt) offHistory(ctx context.Context) (why, hint string, err error) {
	primary, err := a.f.servers.Primary(ctx, a.f.spec.Source)
	if err != nil {
		return "", "", fmt.Errorf("group %s: %w", a.f.spec.Source, err)
	}
	db, err := open(primary, false, 1)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = db.Close() }()
	executed, err := executedSet(ctx, db)
	if err != nil {
		return "", "", fmt.Errorf("position of %s: %w", primary, err)
	}
	if lost := a.ahead.Subtract(executed); !lost.IsZero() {
		return fmt.Sprintf("the primary %s of group %s does not have %s, which the targets have applied", primary, a.f.spec.Source, lost), hintBeginAgain, nil
	}
	var text string
	if err := a.source.QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_purged").Scan(&text); err != nil {
		return "", "", err
	}
	purged, err := mysql.ParseGTIDSet(text)
	if err != nil {
		return "", "", err
	}
	if gone := purged.Subtract(a.delivered); !gone.IsZero() {
		return fmt.Sprintf("%s has no binary logs of %s any more, which the targets have not applied", a.reader, gone),
			hintBeginAgain + ", with a larger binlog_expire_logs_seconds", nil
	}
	return "", "", nil
}
