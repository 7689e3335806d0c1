package tpcc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"golang.org/x/sync/errgroup"
)

// The errors after which a transaction is tried again, as on one MySQL.
const (
	errLockWaitTimeout = 1205
	errDeadlock        = 1213
)

// Result is what terminals have done.
type Result struct {
	// Done counts transactions that were committed, or rolled back as specified,
	// by name; Retried those tried again after a deadlock or a lock wait.
	Done    map[string]int
	Retried int
	// NewOrders and Paid (in cents) are what was acknowledged as committed.
	NewOrders int
	Paid      int
	// Remote counts acknowledged transactions that wrote in two warehouses or more.
	Remote int
	// Slowest is the longest transaction, tries included.
	Slowest time.Duration
}

// Run has terminals at work through db until the time is over. It ends at the
// first error that is not one to try again after.
func (o Options) Run(ctx context.Context, db *sql.DB) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	results := make([]Result, o.Terminals)
	until := time.Now().Add(o.Time)
	together, ctx := errgroup.WithContext(ctx)
	for i := range o.Terminals {
		together.Go(func() error {
			conn, err := db.Conn(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			t := &terminal{
				random: newRandom(o.Seed, 1<<32+uint64(i)), o: o, conn: conn,
				warehouse: i%o.Warehouses + 1, result: Result{Done: map[string]int{}},
			}
			err = t.work(ctx, until)
			results[i] = t.result
			if err != nil {
				return fmt.Errorf("terminal %d of warehouse %d: %w", i+1, t.warehouse, err)
			}
			return nil
		})
	}
	err := together.Wait()
	return add(results), err
}

func add(results []Result) Result {
	all := Result{Done: map[string]int{}}
	for _, r := range results {
		for name, n := range r.Done {
			all.Done[name] += n
		}
		all.Retried += r.Retried
		all.NewOrders += r.NewOrders
		all.Paid += r.Paid
		all.Remote += r.Remote
		all.Slowest = max(all.Slowest, r.Slowest)
	}
	return all
}

// terminal is one client with its warehouse.
type terminal struct {
	random
	o         Options
	conn      *sql.Conn
	warehouse int
	result    Result
}

// transaction does its statements and returns what to add to the result once it
// is committed.
type transaction func(ctx context.Context, tx *sql.Tx) (outcome, error)

// outcome is what a transaction has done.
type outcome struct {
	newOrders, paid, remote int
	// rollback asks for a rollback: an item does not exist.
	rollback bool
}

func (t *terminal) work(ctx context.Context, until time.Time) error {
	for time.Now().Before(until) {
		name, transaction := t.choose()
		begin := time.Now()
		if err := t.untilDone(ctx, transaction); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.result.Done[name]++
		t.result.Slowest = max(t.result.Slowest, time.Since(begin))
	}
	return nil
}

// choose takes the mix of clause 5.2.3: 45, 43, 4, 4 and 4 of a hundred. What
// is asked is chosen once, however often it is tried.
func (t *terminal) choose() (string, transaction) {
	switch n := t.IntN(100); {
	case n < 45:
		return "new-order", t.newOrder()
	case n < 88:
		return "payment", t.payment()
	case n < 92:
		return "order-status", t.orderStatus()
	case n < 96:
		return "delivery", t.delivery()
	default:
		return "stock-level", t.stockLevel()
	}
}

func (t *terminal) untilDone(ctx context.Context, f transaction) error {
	for {
		out, err := t.once(ctx, f)
		if err == nil {
			t.result.NewOrders += out.newOrders
			t.result.Paid += out.paid
			t.result.Remote += out.remote
			return nil
		}
		var refused *driver.MySQLError
		if !errors.As(err, &refused) || refused.Number != errDeadlock && refused.Number != errLockWaitTimeout {
			return err
		}
		t.result.Retried++
	}
}

func (t *terminal) once(ctx context.Context, f transaction) (outcome, error) {
	tx, err := t.conn.BeginTx(ctx, nil)
	if err != nil {
		return outcome{}, err
	}
	out, err := f(ctx, tx)
	if err != nil {
		// What the statement said counts; the server may have rolled back already.
		_ = tx.Rollback()
		return outcome{}, err
	}
	if out.rollback {
		return outcome{}, tx.Rollback()
	}
	return out, tx.Commit()
}
