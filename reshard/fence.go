package reshard

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
)

// fencePause is how often a fence looks whether what it waits for is over.
const fencePause = 5 * time.Millisecond

// fencePatience is how long what has outlived the grace gets to end.
var fencePatience = control.Patience{Write: 200 * time.Millisecond, Commit: time.Second}

// errUndecided: transactions over several groups are not decided in time.
var errUndecided = errors.New("prepared branches are not decided")

// fence keeps the proxies of one route epoch from a group: their account is
// locked and their sessions are cut, so that a proxy that has missed a change of
// the shard map neither reads nor writes there (safety rule 27). Whoever takes
// over logs in with the account of the next epoch.
type fence struct {
	group string
	seat  *control.Seat
	// old is the account that is locked out, next the one after it.
	old, next topology.Account
	// everywhere: the old account is locked out of the replicas, too, and the next
	// one is locked until openEverywhere lets it in.
	everywhere bool
}

// nextAccount is the proxies' account of the next route epoch; names end with
// the epoch's number.
func nextAccount(old topology.Account, epoch int64) topology.Account {
	name := old.User
	if at := strings.LastIndexByte(name, '_'); at >= 0 {
		name = name[:at]
	}
	return topology.Account{User: fmt.Sprintf("%s_%d", name, epoch), Password: topology.NewSecret(rand.Text())}
}

// prepare makes the next account, with all that the old one may do. It may be
// left of an earlier try: nobody knows its password then.
func (f *fence) prepare(ctx context.Context) error {
	nascent := control.Nascent(f.next.User)
	return f.seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		grants, err := grantsOf(ctx, conn, f.old.User)
		if err != nil {
			return fmt.Errorf("group %s, grants of %s: %w", f.group, f.old.User, err)
		}
		if err := execute(ctx, conn, "DROP USER IF EXISTS ?@'%', ?@'%'", f.next.User, nascent); err != nil {
			return fmt.Errorf("group %s, make account %s: %w", f.group, f.next.User, err)
		}
		create := "CREATE USER ?@'%' IDENTIFIED BY ?"
		if f.everywhere {
			create += " ACCOUNT LOCK"
		}
		if err := execute(ctx, conn, create, nascent, f.next.Password.Reveal()); err != nil {
			return fmt.Errorf("group %s, make account %s: %w", f.group, f.next.User, err)
		}
		for _, grant := range grants {
			grant = strings.Replace(grant, quote(f.old.User)+"@", quote(nascent)+"@", 1)
			if err := execute(ctx, conn, grant); err != nil {
				return fmt.Errorf("group %s, grants of account %s: %w", f.group, f.next.User, err)
			}
		}
		if err := execute(ctx, conn, "RENAME USER ?@'%' TO ?@'%'", nascent, f.next.User); err != nil {
			return fmt.Errorf("group %s, make account %s: %w", f.group, f.next.User, err)
		}
		return nil
	})
}

func grantsOf(ctx context.Context, conn *sql.Conn, user string) ([]string, error) {
	rows, err := conn.QueryContext(ctx, "SHOW GRANTS FOR ?@'%'", user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var grants []string
	for rows.Next() {
		var grant string
		if err := rows.Scan(&grant); err != nil {
			return nil, err
		}
		grants = append(grants, grant)
	}
	return grants, rows.Err()
}

// close locks the old account out of the primary and returns what the primary
// had executed when nobody could write there with it any more: sessions are gone
// and branches decided. The lock is this server's alone, unless it is everywhere; see
// retire.
func (f *fence) close(ctx context.Context) (stop string, err error) {
	run := unlogged
	if f.everywhere {
		run = execute
	}
	err = f.seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		if err := run(ctx, conn, "ALTER USER ?@'%' ACCOUNT LOCK", f.old.User); err != nil {
			return fmt.Errorf("lock account %s: %w", f.old.User, err)
		}
		if err := control.EndSessions(ctx, conn, f.old.User, fencePatience); err != nil {
			return err
		}
		if err := decided(ctx, conn); err != nil {
			return err
		}
		return conn.QueryRowContext(ctx, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')").Scan(&stop)
	})
	if err != nil {
		return "", fmt.Errorf("group %s, fence: %w", f.group, err)
	}
	return stop, nil
}

// open lets the old account in again: nothing has changed over.
func (f *fence) open(ctx context.Context) error {
	if f.everywhere {
		return f.openEverywhere(ctx)
	}
	err := f.seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		return unlogged(ctx, conn, "ALTER USER ?@'%' ACCOUNT UNLOCK", f.old.User)
	})
	if err != nil {
		return fmt.Errorf("group %s, lift the fence: %w", f.group, err)
	}
	return nil
}

// openEverywhere lets the account in again on all instances of the group, whoever
// is the primary now.
func (f *fence) openEverywhere(ctx context.Context) error {
	err := f.seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		return execute(ctx, conn, "ALTER USER ?@'%' ACCOUNT UNLOCK", f.old.User)
	})
	if err != nil {
		return fmt.Errorf("group %s, lift the fence: %w", f.group, err)
	}
	return nil
}

// retire locks the old account on the group's other instances, too, by way of
// the binary log, so that it stays locked whoever becomes the primary.
func (f *fence) retire(ctx context.Context) (executed string, err error) {
	err = f.seat.Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		if err := execute(ctx, conn, "ALTER USER IF EXISTS ?@'%' ACCOUNT LOCK", f.old.User); err != nil {
			return err
		}
		return conn.QueryRowContext(ctx, "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')").Scan(&executed)
	})
	if err != nil {
		return "", fmt.Errorf("group %s, lock account %s for good: %w", f.group, f.old.User, err)
	}
	return executed, nil
}

// cutReplica ends the old account's sessions on a replica once the lock is there.
func cutReplica(ctx context.Context, conn *sql.Conn, user, executed string) error {
	if err := awaitExecuted(ctx, conn, executed); err != nil {
		return fmt.Errorf("account %s is not locked there yet: %w", user, err)
	}
	return control.EndSessions(ctx, conn, user, control.Patience{})
}

// awaitExecuted waits a while until a replica has executed a set.
func awaitExecuted(ctx context.Context, conn *sql.Conn, set string) error {
	var late bool
	err := conn.QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 5)", set).Scan(&late)
	if err == nil && late {
		err = errors.New("it has not executed what its primary has")
	}
	return err
}

// decided waits until no branch is prepared: what one has written is not on
// anybody's side of a stop position (safety rule 6).
func decided(ctx context.Context, conn *sql.Conn) error {
	for {
		rows, err := conn.QueryContext(ctx, "XA RECOVER")
		if err != nil {
			return err
		}
		open := 0
		for rows.Next() {
			open++
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil || open == 0 {
			return err
		}
		if err := pause(ctx, fencePause); err != nil {
			return fmt.Errorf("%d %w", open, errUndecided)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unlogged runs a statement on this server alone.
func unlogged(ctx context.Context, conn *sql.Conn, statement string, args ...any) error {
	if err := execute(ctx, conn, "SET SESSION sql_log_bin = 0"); err != nil {
		return err
	}
	return errors.Join(execute(ctx, conn, statement, args...), execute(ctx, conn, "SET SESSION sql_log_bin = 1"))
}

func execute(ctx context.Context, conn *sql.Conn, statement string, args ...any) error {
	_, err := conn.ExecContext(ctx, statement, args...)
	return err
}

// dropOldAccounts drops the proxies' accounts of earlier route epochs: those that
// are named like the present one but for the number, and are locked.
func dropOldAccounts(ctx context.Context, conn *sql.Conn, present topology.Account) error {
	at := strings.LastIndexByte(present.User, '_')
	if at < 0 {
		return nil
	}
	prefix := present.User[:at+1]
	rows, err := strings2(ctx, conn, "SELECT user, '' FROM mysql.user WHERE host = '%' AND LEFT(user, CHAR_LENGTH(?)) = ? AND user <> ? AND account_locked = 'Y'", prefix, prefix, present.User)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := strconv.ParseInt(row[0][len(prefix):], 10, 64); err != nil {
			continue // another account of ours, or somebody's
		}
		if err := execute(ctx, conn, "DROP USER IF EXISTS ?@'%'", row[0]); err != nil {
			return err
		}
	}
	return nil
}
