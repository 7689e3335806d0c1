package resolve

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/txn"
)

// watched is one group whose prepared branches are looked after. It belongs to
// one goroutine.
type watched struct {
	resolver *Resolver
	group    string
	// since is when each branch was first seen prepared.
	since map[XID]time.Time
	// said is what was last logged, so that it is not repeated each second.
	said string
}

// round looks, asks the homes of what is due, and acts.
func (w *watched) round(ctx context.Context) {
	list, err := w.look(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.resolver.see(w.group, sight{at: time.Now(), problem: control.Cause(err)})
			w.say("cannot list prepared branches: " + control.Cause(err))
		}
		return
	}
	branches := w.age(list, time.Now())
	w.resolver.ask(ctx, branches, w.resolver.opts.After)
	steps := make([]Step, len(branches))
	for i, b := range branches {
		steps[i] = Next(*b, w.resolver.opts.After)
	}
	w.resolver.see(w.group, sight{at: time.Now(), branches: branches, steps: steps})
	done, err := w.resolver.act(ctx, w.group, branches, steps)
	if ctx.Err() == nil {
		w.sayAll(branches, steps, done, err)
	}
}

func (w *watched) look(ctx context.Context) ([]XID, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var list []XID
	err := w.resolver.seat(w.group).Look(ctx, func(ctx context.Context, conn *sql.Conn) error {
		var err error
		list, err = recoverXIDs(ctx, conn)
		return err
	})
	return list, err
}

// age remembers since when each branch is prepared.
func (w *watched) age(list []XID, now time.Time) []*Branch {
	branches := make([]*Branch, 0, len(list))
	known := w.since
	w.since = make(map[XID]time.Time, len(list))
	for _, x := range list {
		first, seen := known[x]
		if !seen {
			first = now
		}
		w.since[x] = first
		branches = append(branches, &Branch{Group: w.group, XID: x, Age: now.Sub(first)})
	}
	return branches
}

// ask has the homes of all branches that are due say how they were decided, and
// where one has no decision, decides. All homes are asked at the same time.
func (r *Resolver) ask(ctx context.Context, branches []*Branch, after time.Duration) {
	homes := make(map[string][]*Branch)
	for _, b := range branches {
		if Next(*b, after).Verb == VerbAsk {
			home := b.XID.ID().Home
			homes[home] = append(homes[home], b)
		}
	}
	var wait sync.WaitGroup
	for home, due := range homes {
		wait.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, askTimeout)
			defer cancel()
			if err := r.askHome(ctx, home, due, after); err != nil {
				for _, b := range due {
					if verb := Next(*b, after).Verb; verb == VerbAsk || verb == VerbAbort {
						b.Problem = control.Cause(err)
					}
				}
			}
		})
	}
	wait.Wait()
}

// act carries out the steps of a group's branches and returns which are done.
// It stops at the first that does not come back.
func (r *Resolver) act(ctx context.Context, group string, branches []*Branch, steps []Step) (done []bool, err error) {
	done = make([]bool, len(branches))
	final := func(s Step) bool { return s.Verb == VerbCommit || s.Verb == VerbRollback }
	if !slices.ContainsFunc(steps, final) {
		return done, nil
	}
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	err = r.seat(group).Act(ctx, func(ctx context.Context, conn *sql.Conn) error {
		for i, b := range branches {
			if !final(steps[i]) {
				continue
			}
			if err := finish(ctx, conn, b.XID.ID(), steps[i].Verb); err != nil {
				return err
			}
			done[i] = true
		}
		return nil
	})
	return done, err
}

// sayAll logs what was done, and what stands in the way.
func (w *watched) sayAll(branches []*Branch, steps []Step, done []bool, err error) {
	var stuck []string
	for i, b := range branches {
		switch {
		case done[i]:
			w.resolver.opts.Log.Info("prepared branch decided", "group", w.group, "gtrid", b.XID.Gtrid, "decision", string(steps[i].Verb), "why", steps[i].Why)
		case b.Problem != "" || steps[i].Verb == VerbLeave:
			stuck = append(stuck, fmt.Sprintf("%s: %s", b.XID, steps[i].Why))
		}
	}
	if err != nil {
		stuck = append(stuck, control.Cause(err))
	}
	w.say(strings.Join(stuck, "; "))
}

func (w *watched) say(text string) {
	if text == w.said {
		return
	}
	w.said = text
	if text != "" {
		w.resolver.opts.Log.Warn("prepared branches", "group", w.group, "problem", text)
	}
}

// finish commits or rolls back a prepared branch. That nobody knows it any more
// proves neither outcome; it is done by somebody else, and that is enough.
func finish(ctx context.Context, conn *sql.Conn, id txn.ID, verb Verb) error {
	text := id.Rollback()
	if verb == VerbCommit {
		text = id.CommitPrepared()
	}
	if _, err := conn.ExecContext(ctx, text); err != nil && control.Errno(err) != erXAerNota {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}
