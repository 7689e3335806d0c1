package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shardway/shardway/internal/bank"
)

// settleMax is how long a transaction may stay prepared once nobody writes.
const settleMax = 20 * time.Second

// The two ways in which a drill ends badly: a promise is broken, or it could
// not be found out.
var (
	errBroken  = errors.New("a promise is broken")
	errNotTold = errors.New("it could not be found out")
)

// findings are what a check has found.
type findings struct {
	broken []string
	lost   int
}

func (f *findings) note(format string, args ...any) {
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

// check compares what clients were told with what the servers have. The load
// has ended and the cluster is whole; while it was dark, readers may have seen
// late what was acknowledged over several groups.
func (s *scene) check(ctx context.Context, c condition, dark []bank.Outage) (*findings, error) {
	f := &findings{}
	primaries := s.primariesOf(c)
	if err := s.settled(ctx, primaries, f); err != nil {
		return f, err
	}
	have, err := readLanes(ctx, primaries[s.group], s.load.keyspace)
	if err != nil {
		return f, err
	}
	for _, l := range s.load.lanes {
		have.judge(l, f)
		f.broken = append(f.broken, l.broken...)
	}
	if err := s.sameEverywhere(ctx, c, f); err != nil {
		return f, err
	}
	if err := s.checkBank(ctx, primaries, dark, f); err != nil {
		return f, err
	}
	if err := checkRegisters(s.load.registrars); err != nil {
		if errors.Is(err, errNotTold) {
			return f, err
		}
		f.note("%v", err)
	}
	return f, nil
}

func (s *scene) primariesOf(c condition) map[string]*sql.DB {
	primaries := map[string]*sql.DB{}
	for _, g := range c.groups {
		primaries[g.ID] = s.servers[g.Primary]
	}
	return primaries
}

// settled waits until no transaction is prepared any more.
func (s *scene) settled(ctx context.Context, primaries map[string]*sql.DB, f *findings) error {
	ctx, cancel := context.WithTimeout(ctx, settleMax)
	defer cancel()
	for {
		left := 0
		for id, db := range primaries {
			n, err := prepared(ctx, db)
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("%w: branches prepared on group %s: %w", errNotTold, id, err)
			}
			left += len(n)
		}
		if left == 0 && ctx.Err() == nil {
			return nil
		}
		if pause(ctx, 5*lookPause) != nil {
			f.note("%d transactions are still prepared after %s", left, settleMax)
			return nil
		}
	}
}

// prepared are the branches that a server has prepared, by their names.
func prepared(ctx context.Context, db *sql.DB) (map[string]bool, error) {
	rows, err := db.QueryContext(ctx, "XA RECOVER CONVERT XID")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var format, global, branch int
		var name string
		if err := rows.Scan(&format, &global, &branch, &name); err != nil {
			return nil, err
		}
		all[name] = true
	}
	return all, rows.Err()
}

// laneRows are the rows of all lanes.
type laneRows struct {
	rows  map[int]map[int]bool
	tally map[int]int
}

func readLanes(ctx context.Context, db *sql.DB, schema string) (*laneRows, error) {
	h := &laneRows{rows: map[int]map[int]bool{}, tally: map[int]int{}}
	err := each(ctx, db, "SELECT lane, n FROM `"+schema+"`.seq", func(lane, n int) {
		if h.rows[lane] == nil {
			h.rows[lane] = map[int]bool{}
		}
		h.rows[lane][n] = true
	})
	if err == nil {
		err = each(ctx, db, "SELECT lane, n FROM `"+schema+"`.tally", func(lane, n int) { h.tally[lane] = n })
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read what was written: %w", errNotTold, err)
	}
	return h, nil
}

func each(ctx context.Context, db *sql.DB, query string, take func(a, b int)) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b int
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		take(a, b)
	}
	return rows.Err()
}

// judge compares a writer's rows with what it was told.
func (h *laneRows) judge(l *lane, f *findings) {
	rows := h.rows[l.id]
	asked, surely, perhaps := map[int]bool{}, 0, 0
	for _, o := range l.ops {
		if o.what != deedInsert {
			switch o.outcome {
			case Acknowledged:
				surely++
			case Unknown:
				perhaps++
			case Refused:
			}
		}
		if o.what == deedCount {
			continue
		}
		asked[o.n] = true
		there := rows[o.n]
		switch {
		case o.outcome == Acknowledged && !there:
			f.lost++
		case o.outcome == Refused && there:
			f.note("write %d of writer %d was refused and is there", o.n, l.id)
		}
		if o.what == deedPair && there != rows[-o.n] {
			f.note("transaction %d of writer %d is there by half", o.n, l.id)
		}
	}
	for n := range rows {
		if !asked[max(n, -n)] {
			f.note("nobody asked for row %d of writer %d", n, l.id)
		}
	}
	switch n := h.tally[l.id]; {
	case n < surely:
		f.lost += surely - n
		f.note("writer %d has counted %d times for certain, the tally is %d", l.id, surely, n)
	case n > surely+perhaps:
		f.note("writer %d has counted at most %d times, the tally is %d: something was done twice", l.id, surely+perhaps, n)
	}
}

// checkBank checks the books on the primaries, and what readers saw of them.
func (s *scene) checkBank(ctx context.Context, primaries map[string]*sql.DB, dark []bank.Outage, f *findings) error {
	var books bank.Books
	for _, i := range s.site.Instances {
		db := primaries[i.Group]
		if db == nil || db != s.servers[i.ID] {
			continue
		}
		own, err := s.openSchema(i)
		if err != nil {
			return err
		}
		err = books.Read(ctx, own)
		_ = own.Close()
		if err != nil {
			return fmt.Errorf("%w: read the bank's books: %w", errNotTold, err)
		}
	}
	if err := books.Check(bankAccounts, slices.Concat(s.load.former, s.load.logs), nil); err != nil {
		f.note("the bank's books: %v", err)
	}
	var seen []bank.Seen
	for _, some := range s.load.seen {
		seen = append(seen, some...)
	}
	if err := bank.CheckOrder(s.load.logs, seen, dark...); err != nil {
		f.note("%v", err)
	}
	return nil
}
