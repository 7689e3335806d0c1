package flow

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

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

// add counts what a chunk has shown, whose rows end with upto.
func (v *verifier) add(f *findings, upto []string) {
	t := &v.report.Tables[len(v.report.Tables)-1]
	t.Rows += f.rows
	t.Different += f.different
	t.Changing += f.changing
	v.report.Differences = append(v.report.Differences, f.differences...)
	v.report.Differences = v.report.Differences[:min(len(v.report.Differences), differencesMax)]
	v.upto = upto
}

const (
	// verifyBytes is about how much of a table is compared at once.
	verifyBytes   = 4 << 20
	verifyRowsMax = 20_000
	// differencesMax bounds the differences that are told one by one.
	differencesMax = 100
)

func (v *verifier) run(ctx context.Context, a *attempt) error {
	for ; v.table < len(a.tables); v.table, v.upto = v.table+1, nil {
		t := a.tables[v.table]
		if len(a.takers(t)) == 0 {
			continue
		}
		if n := len(v.report.Tables); n == 0 || v.report.Tables[n-1].Name != t.id() {
			v.report.Tables = append(v.report.Tables, TableReport{Name: t.id()})
		}
		if err := v.compare(ctx, a, t); err != nil {
			return fmt.Errorf("table %s: %w", t.id(), err)
		}
	}
	return nil
}

// comparing is a chunk that is being compared.
type comparing struct {
	findings findings
	upto     []string
	err      error
	done     chan struct{}
}

// compare compares the rest of a table, as many chunks at a time as are copied.
// What they show is counted in order, so that another attempt counts nothing
// twice.
func (v *verifier) compare(ctx context.Context, a *attempt, t *table) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	var open []*comparing
	settle := func() error {
		first := open[0]
		open = open[1:]
		<-first.done
		if first.err == nil {
			v.add(&first.findings, first.upto)
		}
		return first.err
	}
	above := v.upto
	for last := false; !last; {
		next, err := a.chunkEnd(ctx, t, above)
		if err != nil {
			return err
		}
		c := &comparing{upto: next, done: make(chan struct{})}
		one := &comparison{attempt: a, table: t, findings: &c.findings}
		condition := t.chunkBetween(above, next)
		all.Go(func() {
			c.err = one.chunk(ctx, condition)
			close(c.done)
		})
		open = append(open, c)
		above, last = next, next == nil
		if len(open) >= a.f.o.Copiers {
			if err := settle(); err != nil {
				return err
			}
		}
	}
	for len(open) > 0 {
		if err := settle(); err != nil {
			return err
		}
	}
	return nil
}

// findings is what comparing a chunk has shown.
type findings struct {
	rows, different, changing int64
	differences               []Difference
}

// comparison is that of one chunk.
type comparison struct {
	*attempt
	table    *table
	findings *findings
}

// chunkEnd finds where the chunk behind a row ends; nil for the table's end.
func (a *attempt) chunkEnd(ctx context.Context, t *table, above []string) ([]string, error) {
	rows := int64(verifyRowsMax)
	if t.rows > 0 {
		rows = min(max(verifyBytes*t.rows/max(t.bytes, 1), 1), verifyRowsMax)
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
	err := queryRows(ctx, a.source, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, at := range t.identity {
			found = append(found, t.columns[at].ascii(values[i]))
		}
		return nil
	}, fmt.Sprintf("SELECT %s FROM %s FORCE INDEX (%s) WHERE %s ORDER BY %s LIMIT 1 OFFSET %d",
		strings.Join(keys, ", "), t.from, quote(t.identityIndex), t.chunkBetween(above, nil), t.names(t.identity), rows-1))
	return found, err
}

// chunkBetween is the condition of the rows behind one and up to another.
func (t *table) chunkBetween(above, upTo []string) string {
	condition := "TRUE"
	if t.where != "" {
		condition = t.where
	}
	if above != nil {
		condition += " AND " + t.above(above)
	}
	if upTo != nil {
		condition += " AND " + t.upTo(upTo)
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
			c.findings.rows += d.rows
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
		have, err := c.table.digests(ctx, t.db, t.side(c.table), condition)
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
	digests, err := c.table.digests(ctx, c.source, c.sourceSide(c.table), condition)
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
