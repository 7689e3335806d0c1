package failover

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	seat "github.com/shardway/shardway/internal/control" // control is this package's own session
	"github.com/shardway/shardway/mysql/server"
	"github.com/shardway/shardway/topology"
)

// cloneTimeout bounds copying a server: large ones take hours.
const cloneTimeout = 24 * time.Hour

// clone begins to copy a donor's data onto an instance. It does not wait for
// the end: the server tells how far it is, whoever asks.
func (g *group) clone(ctx context.Context, l *link, c *control, donor string) error {
	from := g.links[donor]
	if from == nil {
		return fmt.Errorf("there is no way to instance %s", donor)
	}
	if l.cloning != nil {
		l.cloning.abandon()
		l.cloning = nil
	}
	addr := net.JoinHostPort(from.instance.Host, strconv.Itoa(from.instance.Port))
	if err := stopReplica(ctx, c); err != nil {
		return err
	}
	err := c.exec(ctx,
		// A copy is refused by a super_read_only server; nobody but
		// administrators is let in.
		sqlf("SET GLOBAL offline_mode = ON"), sqlf("SET GLOBAL super_read_only = OFF"), sqlf("SET GLOBAL read_only = ON"),
		sqlf("SET GLOBAL clone_valid_donor_list = ?", addr))
	if err == nil {
		err = rollBackPrepared(ctx, c)
	}
	if err != nil {
		return err
	}
	db, err := server.Open(l.instance.Host, l.instance.Port, server.Credential{User: l.admin.User, Password: l.admin.Password.Reveal()}, cloneTimeout)
	if err != nil {
		return err
	}
	l.startedAt = time.Now()
	account := replicationAccount(l.instance.ID, l.admin)
	l.cloning = begin(db, func() { _ = db.Close() }, 0, sqlf("CLONE INSTANCE FROM ?@?:"+strconv.Itoa(from.instance.Port)+" IDENTIFIED BY ?",
		account.User, from.instance.Host, account.Password.Reveal()))
	return nil
}

// rollBackPrepared rolls back what is prepared on a server whose rows are thrown
// away: CLONE would wait for those locks without an end. Nothing of it is
// logged, since the server may wait for acknowledgements.
func rollBackPrepared(ctx context.Context, c *control) error {
	rows, err := c.conn.QueryContext(ctx, "XA RECOVER CONVERT XID")
	if err != nil {
		return err
	}
	defer rows.Close()
	statements := []statement{sqlf("SET SESSION sql_log_bin = OFF")}
	for rows.Next() {
		var format, gtrid, bqual int
		var data string // 0x and two digits for each byte
		if err := rows.Scan(&format, &gtrid, &bqual, &data); err != nil {
			return err
		}
		digits := strings.TrimPrefix(data, "0x")
		statements = append(statements, sqlf(fmt.Sprintf("XA ROLLBACK X'%s', X'%s', %d", digits[:2*gtrid], digits[2*gtrid:], format)))
	}
	if err := rows.Err(); err != nil || len(statements) == 1 {
		return err
	}
	return c.exec(ctx, append(statements, sqlf("SET SESSION sql_log_bin = ON"))...)
}

// copying reports whether a copy that this controller began has not ended.
func (l *link) copying() bool {
	if l.cloning == nil {
		return false
	}
	select {
	case <-l.cloning.done:
		return false
	default:
		return true
	}
}

// relogin tries the donor's account on a server that holds a copy of it, or
// again its own.
func (g *group) relogin(l *link, job *topology.InstanceJob) error {
	account := l.admin
	if from := g.links[job.Donor]; !l.foreign {
		if from == nil || job.Phase != topology.InstanceCloning {
			return errLockLost
		}
		account = from.admin
	}
	if err := l.relogin(account, socketTimeout); err != nil {
		return err
	}
	l.foreign = !l.foreign
	return nil
}

// settle makes a copy a server of its own: it has its administrator's account
// again, and replicates from nobody.
func (l *link) settle(ctx context.Context, c *control, job *topology.InstanceJob) error {
	var readOnly bool
	if err := c.conn.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only").Scan(&readOnly); err != nil {
		return err
	}
	if l.foreign {
		at := strings.LastIndexByte(job.Account, '@')
		user, host := job.Account[:at], job.Account[at+1:]
		err := unlogged(ctx, c, readOnly,
			sqlf("CREATE USER IF NOT EXISTS ?@? IDENTIFIED BY ?", user, host, l.admin.Password.Reveal()),
			sqlf("ALTER USER ?@? IDENTIFIED BY ? ACCOUNT UNLOCK", user, host, l.admin.Password.Reveal()),
			sqlf("GRANT ALL PRIVILEGES ON *.* TO ?@? WITH GRANT OPTION", user, host))
		if err != nil {
			return fmt.Errorf("make the administrator's account again: %w", err)
		}
	}
	// The donor's way of replicating came along.
	if err := release(ctx, c); err != nil {
		return err
	}
	if !l.foreign {
		return nil
	}
	l.foreign = false
	return l.relogin(l.admin, socketTimeout)
}

// release has a server replicate from nobody and closes it.
func release(ctx context.Context, c *control) error {
	if err := c.exec(ctx, sqlf("SET GLOBAL offline_mode = ON")); err != nil {
		return err
	}
	if err := stopReplica(ctx, c); err != nil {
		return err
	}
	return c.exec(ctx, sqlf("SET GLOBAL rpl_semi_sync_replica_enabled = OFF"),
		sqlf("RESET REPLICA ALL"), sqlf("SET SESSION lock_wait_timeout = 1"), sqlf("SET GLOBAL super_read_only = ON"))
}

// forget takes a replica's account from the group, by way of its primary.
func (g *group) forget(ctx context.Context, l *link, c *control, replica string) error {
	var none int64
	if err := l.acknowledged(ctx, &none, sqlf("DROP USER IF EXISTS ?@'%'", ReplicationUser(replica))); err != nil {
		return err
	}
	sessions, err := seat.SessionsOf(ctx, c.conn, ReplicationUser(replica))
	if err == nil && len(sessions) > 0 {
		err = fmt.Errorf("%s is connected as a replica again", replica)
	}
	return err
}

// askClone reads what a server tells of its last copy; nil if there was none.
func askClone(ctx context.Context, db *sql.DB) (*Clone, error) {
	var c Clone
	err := db.QueryRowContext(ctx, `SELECT COALESCE(begin_time, ''), state, CONCAT(error_no, ' ', COALESCE(error_message, ''))
		FROM performance_schema.clone_status`).Scan(&c.Began, &c.State, &c.Error)
	switch {
	case isMissing(err) || errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &c, nil
}
