package failover

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/mysql/server"
	"github.com/shardway/shardway/topology"
)

// socketTimeout bounds every read and write of a control connection; contexts
// bound each statement more tightly.
const socketTimeout = 60 * time.Second

// link is this controller's way to one instance. It belongs to the group's
// goroutine; observing may use db at the same time.
type link struct {
	instance topology.Instance
	admin    topology.Account
	db       *sql.DB
	// control is nil until the controller first acts on the instance.
	control *control
	// startedAt is when replication was last started by hand, demotedAt when
	// the instance was last told to be no primary any more, skippedAt when half a
	// branch was last skipped.
	startedAt time.Time
	demotedAt time.Time
	skippedAt time.Time
	// foreign: it is logged in to with another instance's account, of which this
	// one has a copy.
	foreign bool
	// cloning is the copying that was begun last; nil if none was.
	cloning *pendingWrite
	// writing is a write that waits for an acknowledgement, nil if none does.
	writing *pendingWrite
}

func newLink(ctx context.Context, store Store, instance topology.Instance) (*link, error) {
	admin, err := store.Credential(ctx, instance.ID)
	if err != nil {
		return nil, fmt.Errorf("credential of %s: %w", instance.ID, err)
	}
	db, err := server.Open(instance.Host, instance.Port, server.Credential{User: admin.User, Password: admin.Password.Reveal()}, socketTimeout)
	if err != nil {
		return nil, err
	}
	return &link{instance: instance, admin: admin, db: db}, nil
}

// act returns the control session, a new one if the former is gone. The caller
// asks for the leadership after that and acts then.
func (l *link) act(ctx context.Context) (*control, error) {
	if l.control != nil {
		err := l.control.held(ctx)
		if err == nil {
			return l.control, nil
		}
		l.control.close()
		l.control = nil
		if ctx.Err() != nil {
			return nil, err
		}
	}
	c, err := takeControl(ctx, l.db)
	if err != nil {
		return nil, err
	}
	l.control = c
	return c, nil
}

// close ends all sessions; a write that waits for an acknowledgement is
// abandoned, its outcome unknown.
func (l *link) close() {
	for _, w := range []*pendingWrite{l.writing, l.cloning} {
		if w != nil {
			w.abandon()
		}
	}
	if l.control != nil {
		l.control.close()
	}
	_ = l.db.Close()
}

// relogin has the link log in with an account from now on.
func (l *link) relogin(account topology.Account, timeout time.Duration) error {
	db, err := server.Open(l.instance.Host, l.instance.Port, server.Credential{User: account.User, Password: account.Password.Reveal()}, timeout)
	if err != nil {
		return err
	}
	if l.control != nil {
		l.control.close()
		l.control = nil
	}
	_ = l.db.Close()
	l.db = db
	return nil
}

// pendingWrite is a write that ends only when a replica acknowledges it. At
// most one is under way per instance: a session that waits cannot be stopped,
// and each new try would leave one more.
type pendingWrite struct {
	cancel context.CancelFunc
	done   chan struct{}
	// term is what is being written; err is set when done is closed.
	term int64
	err  error
}

// begin starts statements on a session of its own.
func (l *link) begin(term int64, statements ...statement) *pendingWrite {
	return begin(l.db, func() {}, term, statements...)
}

// begin starts statements on a session of db's, and calls after at their end.
func begin(db *sql.DB, after func(), term int64, statements ...statement) *pendingWrite {
	ctx, cancel := context.WithCancel(context.Background())
	w := &pendingWrite{cancel: cancel, done: make(chan struct{}), term: term}
	go func() {
		defer close(w.done)
		defer after()
		defer cancel()
		conn, err := db.Conn(ctx)
		if err != nil {
			w.err = err
			return
		}
		defer discard(conn)
		w.err = execOn(ctx, conn, statements)
	}()
	return w
}

func (w *pendingWrite) abandon() {
	w.cancel()
	<-w.done
}

// errno returns the MySQL error number in err's chain, 0 if there is none.
func errno(err error) uint16 {
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// isFull reports whether err says that there is no room on the server's disk, for
// the tables that answers are made in for one.
func isFull(err error) bool {
	return slices.Contains([]uint16{mysql.ErDiskFull, mysql.ErErrorOnWrite, mysql.ErRecordFileFull}, errno(err))
}

// isMissing reports whether err says that a schema or a table is not there.
func isMissing(err error) bool {
	n := errno(err)
	return n == mysql.ErBadDB || n == mysql.ErNoSuchTable
}
