package flow

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Verify compares the rows of the source with those of the targets: chunk after
// chunk, inside MySQL, without locks, while changes flow. Where a chunk differs,
// its rows are compared, and those that differ again and again, until no change
// on its way can be the reason. Run has to be under way in this process; lost
// servers are waited for.
func (f *Flow) Verify(ctx context.Context) (Report, error) {
	v := &verifier{}
	for {
		a, err := f.attempt(ctx)
		if err != nil {
			return v.report, err
		}
		err = v.run(ctx, a)
		if err == nil || ctx.Err() != nil {
			return v.report, err
		}
		if !a.ends(ctx) {
			return v.report, err
		}
	}
}

// ends reports whether an attempt ends soon: what failed was a server that it
// has lost too.
func (a *attempt) ends(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, silentMax)
	defer cancel()
	for {
		a.state.Lock()
		over, moved := a.over, a.moved
		a.state.Unlock()
		if over {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-moved:
		}
	}
}

// verifier is one verification. It goes on over attempts, from the chunk that
// it was at.
type verifier struct {
	report Report
	// table is the place of the table that it is at, upto the identity up to
	// which that is compared.
	table int
	upto  []string
}

const (
	// verifyBytes is about how much of a table is compared at once.
	verifyBytes   = 4 << 20
	verifyRowsMax = 20_000
	// differencesMax bounds the differences that are told one by one.
	differencesMax = 100
)

func (v *verifier) run(ctx context.Context, a *attempt) error {
	for ; v.table < len(a.tables); v.table++ {
		t := a.tables[v.table]
		if len(a.takers(t)) == 0 {
			continue
		}
		if v.upto == nil {
			v.report.Tables = append(v.report.Tables, TableReport{Name: t.Name})
		}
		c := &comparison{attempt: a, verifier: v, table: t, report: &v.report.Tables[len(v.report.Tables)-1]}
		for last := false; !last; {
			next, err := c.next(ctx)
			if err != nil {
				return err
			}
			last = next == nil
			if err := c.chunk(ctx, c.between(v.upto, next)); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
			v.upto = next
		}
	}
	return nil
}

// comparison is that of one table.
type comparison struct {
	*attempt
	*verifier
	table  *table
	report *TableReport
}

// next finds where the chunk behind upto ends; nil for the table's end.
func (c *comparison) next(ctx context.Context) ([]string, error) {
	t := c.table
	rows := int64(verifyRowsMax)
	if t.rows > 0 {
		rows = min(max(verifyBytes*t.rows/max(t.bytes, 1), 1), verifyRowsMax)
	}
	condition := "TRUE"
	if c.upto != nil {
		condition = t.above(c.upto)
	}
	keys := make([]string, len(t.identity))
	for i, at := range t.identity {
		keys[i] = t.columns[at].read()
	}
	values := make([]sql.RawBytes, len(keys))
	into := make([]any, len(keys))
	for i := range values {
		into[i] = &values[i]
	}
	var found []string
	err := queryRows(ctx, c.source, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, at := range t.identity {
			found = append(found, t.columns[at].ascii(values[i]))
		}
		return nil
	}, fmt.Sprintf("SELECT %s FROM %s FORCE INDEX (%s) WHERE %s ORDER BY %s LIMIT 1 OFFSET %d",
		strings.Join(keys, ", "), t.from, quote(t.identityIndex), condition, t.names(t.identity), rows-1))
	return found, err
}

func (c *comparison) between(above, upTo []string) string {
	condition := "TRUE"
	if above != nil {
		condition = c.table.above(above)
	}
	if upTo != nil {
		condition += " AND " + c.table.upTo(upTo)
	}
	return condition
}

// chunk compares the rows that fit a condition on the source and every target.
func (c *comparison) chunk(ctx context.Context, condition string) error {
	source, executed, err := c.onSource(ctx, condition)
	if err != nil {
		return err
	}
	for g, d := range source {
		if g != none {
			c.report.Rows += d.rows
		}
	}
	for _, t := range c.targets {
		if c.table.Kind == topology.KindReference && !t.spec.Reference {
			continue
		}
		want := source[t.at]
		if c.table.Kind == topology.KindReference {
			want = source[everywhere]
		}
		if err := c.awaitApplied(ctx, t, executed); err != nil {
			return err
		}
		have, err := c.table.digests(ctx, t.db, c.table.target, t.targetSort(c.table), condition)
		if err != nil {
			return err
		}
		if have[rowsOfFlow] == want && have[rowsNowhere].rows == 0 {
			continue
		}
		if err := c.rows(ctx, t, condition); err != nil {
			return err
		}
	}
	return nil
}

// onSource computes the source's digests, and what it had executed after that.
func (c *comparison) onSource(ctx context.Context, condition string) (map[int]digest, mysql.GTIDSet, error) {
	digests, err := c.table.digests(ctx, c.source, c.table.from, c.sourceSort(c.table), condition)
	if err != nil {
		return nil, mysql.GTIDSet{}, err
	}
	executed, err := executedSet(ctx, c.source)
	return digests, executed, err
}

// awaitApplied returns when a target has executed all of a set.
func (a *attempt) awaitApplied(ctx context.Context, t *target, set mysql.GTIDSet) error {
	for {
		a.state.Lock()
		done, over, moved := t.applied.Contains(set), a.over, a.moved
		a.state.Unlock()
		switch {
		case done:
			return nil
		case over:
			return errAttemptOver
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-moved:
		}
	}
}
