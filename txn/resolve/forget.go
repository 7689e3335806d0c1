package resolve

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// forgetting deletes what nobody needs any more, round after round.
func (r *Resolver) forgetting(ctx context.Context) {
	homes := make(map[string]*forgetter)
	tick := time.NewTicker(min(forgetEvery, max(r.opts.ForgetAfter/4, r.opts.Interval/10)))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for range batchesMax {
			if !r.forgetRound(ctx, homes) {
				break
			}
		}
	}
}

// forgetRound takes the next old rows of each home, and then asks all groups
// how far they have come: in this order, a decision that was read is known to
// have been made before. It reports whether some home has more rows.
func (r *Resolver) forgetRound(ctx context.Context, homes map[string]*forgetter) (more bool) {
	ctx, cancel := context.WithTimeout(ctx, forgetTimeout)
	defer cancel()
	snap := r.opts.Source.Current()
	for home := range homes {
		if snap.Groups[home] == nil {
			delete(homes, home)
			r.hold(home, nil)
		}
	}
	for home := range snap.Groups {
		if homes[home] == nil {
			homes[home] = &forgetter{resolver: r, home: home}
		}
	}
	each := func(f func(*forgetter)) {
		var wait sync.WaitGroup
		for _, home := range homes {
			wait.Go(func() { f(home) })
		}
		wait.Wait()
	}
	each(func(f *forgetter) { f.snap = snap; f.next(ctx) })
	found := false
	for _, f := range homes {
		found = found || len(f.rows) > 0
		more = more || len(f.rows) == batchRows
	}
	if !found {
		return false
	}
	groups := r.progress(ctx, snap)
	each(func(f *forgetter) { f.finish(ctx, groups) })
	return more
}

// progress asks each group what is prepared on its primary, and then whether
// every other instance has executed all that the primary had.
func (r *Resolver) progress(ctx context.Context, snap *topology.Snapshot) map[string]Progress {
	var mu sync.Mutex
	var wait sync.WaitGroup
	out := make(map[string]Progress, len(snap.Groups))
	for group := range snap.Groups {
		wait.Go(func() {
			p, err := r.progressOf(ctx, snap, group)
			if err != nil {
				p.Problem = control.Cause(err)
			}
			mu.Lock()
			defer mu.Unlock()
			out[group] = p
		})
	}
	wait.Wait()
	return out
}

func (r *Resolver) progressOf(ctx context.Context, snap *topology.Snapshot, group string) (Progress, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout+2*executedSeconds*time.Second)
	defer cancel()
	p := Progress{Prepared: make(map[string]bool)}
	conn, err := r.servers.Primary(ctx, snap, group)
	if err != nil {
		return p, err
	}
	defer conn.Close()
	list, err := recoverXIDs(ctx, conn)
	if err != nil {
		return p, err
	}
	for _, x := range list {
		p.Prepared[x.Gtrid] = true
	}
	// After the list: what is not in it any more is in this set.
	var executed string
	if err := conn.QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_executed").Scan(&executed); err != nil {
		return p, err
	}
	for _, member := range snap.Members(group) {
		if member.ID == snap.Groups[group].Primary {
			continue
		}
		if err := r.hasExecuted(ctx, member, strings.ReplaceAll(executed, "\n", "")); err != nil {
			return p, err
		}
	}
	return p, nil
}

// hasExecuted waits, briefly, until an instance has executed a set.
func (r *Resolver) hasExecuted(ctx context.Context, instance *topology.Instance, set string) error {
	conn, err := r.servers.Conn(ctx, instance)
	if err != nil {
		return err
	}
	defer conn.Close()
	var late bool
	err = conn.QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)", set, executedSeconds).Scan(&late)
	if err == nil && late {
		err = fmt.Errorf("%s has not executed yet what its primary has", instance.ID)
	}
	return err
}

// forgetter walks through one home group's old decisions, a batch at a time.
type forgetter struct {
	resolver *Resolver
	snap     *topology.Snapshot
	home     string
	// rows is the batch, and sessions what is known of those that were aborted.
	rows     []Decision
	sessions map[string]Session
	// cursor is where the walk goes on; kept counts, since its beginning, what
	// stays.
	cursor string
	kept   map[string]int
}

// next reads the next batch; there is none if that fails.
func (f *forgetter) next(ctx context.Context) {
	if f.cursor == "" {
		f.kept = make(map[string]int)
	}
	var err error
	if f.rows, err = f.read(ctx); err == nil {
		f.sessions, err = f.askSessions(ctx)
	}
	if err != nil {
		f.fail(ctx, err)
	} else if len(f.rows) == 0 {
		f.cursor = ""
		f.resolver.hold(f.home, f.kept)
	}
}

// finish forgets what it can of the batch.
func (f *forgetter) finish(ctx context.Context, groups map[string]Progress) {
	if len(f.rows) == 0 {
		return
	}
	gone, kept := Forgettable(f.home, f.rows, groups, func(id txn.ID) Session { return f.sessions[id.String()] })
	for why, n := range kept {
		f.kept[why] += n
	}
	if err := f.forget(ctx, gone); err != nil {
		f.fail(ctx, err)
		return
	}
	f.cursor = f.rows[len(f.rows)-1].Gtrid
	if len(f.rows) < batchRows {
		f.cursor = ""
		f.resolver.hold(f.home, f.kept)
	}
}

// fail says why the walk does not go on in this round.
func (f *forgetter) fail(ctx context.Context, err error) {
	f.rows = nil
	if ctx.Err() == nil {
		f.resolver.opts.Log.Debug("decisions cannot be forgotten", "group", f.home, "err", err)
		f.resolver.hold(f.home, map[string]int{control.Cause(err): 0})
	}
}

// read reads the next rows that are old.
func (f *forgetter) read(ctx context.Context) ([]Decision, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var list []Decision
	err := f.resolver.seat(f.home).Look(ctx, func(ctx context.Context, conn *sql.Conn) error {
		rows, err := conn.QueryContext(ctx, `SELECT gtrid, outcome, participants FROM `+txn.DecisionTable+`
			WHERE gtrid > ? AND decided_at < SYSDATE(6) - INTERVAL ? MICROSECOND ORDER BY gtrid LIMIT ?`,
			f.cursor, f.resolver.opts.ForgetAfter.Microseconds(), batchRows)
		if err != nil {
			return fmt.Errorf("read decisions: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var d Decision
			if err := rows.Scan(&d.Gtrid, &d.Outcome, &d.Participants); err != nil {
				return fmt.Errorf("read decisions: %w", err)
			}
			list = append(list, d)
		}
		return rows.Err()
	})
	return list, err
}

// forget deletes the branch rows, and then, at once, the decisions: whatever
// comes in between, a decision goes last, and the next round goes on.
func (f *forgetter) forget(ctx context.Context, gone []Forgotten) error {
	if len(gone) == 0 {
		return nil
	}
	var decisions []string
	branches := make(map[string][]string)
	for _, g := range gone {
		decisions = append(decisions, g.Gtrid)
		for _, group := range g.Groups {
			if group != f.home {
				branches[group] = append(branches[group], g.Gtrid)
			}
		}
	}
	var wait sync.WaitGroup
	errs := make(chan error, len(branches))
	for group, gtrids := range branches {
		wait.Go(func() { errs <- f.resolver.deleteRows(ctx, group, txn.BranchTable, gtrids) })
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return f.resolver.deleteRows(ctx, f.home, txn.DecisionTable, decisions)
}

func (r *Resolver) deleteRows(ctx context.Context, group, table string, gtrids []string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	names := make([]any, len(gtrids))
	for i, gtrid := range gtrids {
		names[i] = gtrid
	}
	return r.seat(group).Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "DELETE FROM "+table+" WHERE gtrid IN ("+marks(len(names))+")", names...)
		if err != nil {
			return fmt.Errorf("forget in group %s: %w", group, err)
		}
		return nil
	})
}

func (r *Resolver) hold(home string, kept map[string]int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(kept) == 0 {
		delete(r.held, home)
		return
	}
	r.held[home] = kept
}
