package flow

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/mysql/binlog"
)

// attempt is one try to go on, with the servers that there are: it ends with
// the first of them that is lost, and the next one begins with what is stored.
type attempt struct {
	f       *Flow
	note    *notes
	group   *errgroup.Group
	reader  Server
	source  *sql.DB
	targets []*target
	tables  []*table

	// mu is held while a transaction is put into the queues, and a chunk: what
	// is between two transactions of the log is so for every target.
	mu sync.Mutex
	// delivered is what the queues have or had.
	delivered mysql.GTIDSet
	// ahead is what any target had executed at the beginning.
	ahead mysql.GTIDSet
	// chunks is set when the first chunk is marked.
	chunks bool

	// state guards what targets have executed; moved is closed at each change.
	state sync.Mutex
	moved chan struct{}
	// draining counts those who wait for stored positions; hurry is closed when
	// that changes.
	draining int
	hurry    chan struct{}
	pause    pause
	// over is set when the attempt has ended.
	over bool
}

// run goes on until something fails, or ctx ends.
func (a *attempt) run(ctx context.Context) error {
	defer a.close()
	if err := a.connect(ctx); err != nil {
		return err
	}
	if err := a.position(ctx); err != nil {
		return err
	}
	if err := a.onHistory(ctx); err != nil {
		return err
	}
	if err := a.loadTables(ctx); err != nil {
		return err
	}
	var left []*segment
	if a.f.spec.Start == "" {
		var err error
		if left, err = a.planCopy(ctx); err != nil {
			return err
		}
	}
	a.note.planned(a.tables)
	a.group, ctx = errgroup.WithContext(ctx)
	a.f.began(a)
	defer a.f.ended(a)
	for _, t := range a.targets {
		a.group.Go(func() error { return t.run(ctx) })
	}
	a.group.Go(func() error { return a.stream(ctx) })
	a.group.Go(func() error { return a.observe(ctx) })
	a.group.Go(func() error { return a.copy(ctx, left) })
	return a.group.Wait()
}

// sourceConnections: besides those that read or compare chunks, one that looks and
// two that plan.
const sourceConnections = 3

// connect opens pools on all servers and takes the targets over.
func (a *attempt) connect(ctx context.Context) (err error) {
	spec := &a.f.spec
	if a.reader, err = a.f.servers.Reader(ctx, spec.Source); err != nil {
		return fmt.Errorf("group %s: %w", spec.Source, err)
	}
	if a.source, err = open(a.reader, false, a.f.o.Copiers+sourceConnections); err != nil {
		return err
	}
	owner := rand.Text()[:16]
	for i := range spec.Targets {
		t := &target{
			attempt: a, spec: &spec.Targets[i], at: i, queue: newQueue(a.f.o.QueueBytes),
			parked: true, owner: owner, job: spec.Job, source: spec.Source, lanes: a.f.o.Lanes,
		}
		if t.server, err = a.f.servers.Primary(ctx, t.spec.Group); err != nil {
			return fmt.Errorf("group %s: %w", t.spec.Group, err)
		}
		if t.db, err = open(t.server, true, t.lanes+2+a.f.o.Copiers); err != nil {
			return err
		}
		a.targets = append(a.targets, t)
		if err := t.takeOver(ctx); err != nil {
			return fmt.Errorf("group %s, %s: %w", t.spec.Group, t.server, err)
		}
		if t.loads, err = allowsLoading(ctx, t.db); err != nil {
			return fmt.Errorf("group %s, %s: %w", t.spec.Group, t.server, err)
		}
		t.loads = t.loads && !a.f.statementsOnly.Load()
	}
	return nil
}

func (a *attempt) close() {
	if a.source != nil {
		_ = a.source.Close()
	}
	for _, t := range a.targets {
		if t.db != nil {
			_ = t.db.Close()
		}
	}
}

// position finds where the stream begins: with what every target has.
func (a *attempt) position(ctx context.Context) error {
	start, err := mysql.ParseGTIDSet(a.f.spec.Start)
	if err == nil && a.f.spec.Start == "" {
		start, err = executedSet(ctx, a.source)
	}
	if err != nil {
		return err
	}
	for i, t := range a.targets {
		if err := t.begin(ctx, start); err != nil {
			return fmt.Errorf("group %s, %s: %w", t.spec.Group, t.server, err)
		}
		a.ahead = a.ahead.Union(t.applied)
		if i == 0 {
			a.delivered = t.applied
		} else {
			a.delivered = a.delivered.Subtract(a.delivered.Subtract(t.applied))
		}
	}
	return nil
}

func executedSet(ctx context.Context, db querier) (mysql.GTIDSet, error) {
	var text string
	if err := db.QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_executed").Scan(&text); err != nil {
		return mysql.GTIDSet{}, err
	}
	return mysql.ParseGTIDSet(text)
}

// stream reads the log into the queues.
func (a *attempt) stream(ctx context.Context) error {
	had := make([]mysql.GTIDSet, len(a.targets))
	a.state.Lock()
	for i, t := range a.targets {
		had[i] = t.applied
	}
	a.state.Unlock()
	s := binlog.NewStream(binlog.Options{
		Addr: a.reader.Addr, User: a.reader.User, Password: a.reader.Password, TLS: a.reader.TLS, Dir: a.f.o.SpillDir, Patience: streamPatience,
	}, a.delivered)
	d := newDispatch(ctx, a, had)
	err := s.Run(ctx, d.transaction)
	var unreadable *binlog.UnreadableError
	if errors.As(err, &unreadable) {
		return &StopError{Reason: unreadable.Error(), Hint: "undo the setting; rows that changed in this way are not known, so " + hintBeginAgain, Err: err}
	}
	return err
}

// setApplied notes what a target has executed.
func (t *target) setApplied(applied mysql.GTIDSet) {
	t.state.Lock()
	defer t.state.Unlock()
	t.applied = applied
	t.signal()
}

func (t *target) setStored(stored mysql.GTIDSet) {
	t.state.Lock()
	defer t.state.Unlock()
	t.stored, t.storedAt = stored, time.Now()
	t.signal()
}

// signal wakes those who wait for a position. The caller holds state.
func (a *attempt) signal() {
	close(a.moved)
	a.moved = make(chan struct{})
}
