package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shardway/shardway/topology"
)

var errAttemptOver = errors.New("the connection to a server is lost")

const (
	// looksSame is how often a difference must be seen, unchanged, each time
	// after the target had executed what the source had when it was seen before.
	looksSame = 3
	// looksMax bounds the looks at rows that change all the time.
	looksMax = 40
	// candidatesMax bounds the rows of one chunk that are looked at again.
	candidatesMax = 2000
	looksPause    = 20 * time.Millisecond
)

// candidate is a row that differed when it was last looked at.
type candidate struct {
	source, target print
	// seen counts looks at which both sides were like this.
	seen int
	// waits: it was not on the target while rows waited there to be put in place.
	waits bool
}

// settled: changes that are on their way do not explain it.
func (c *candidate) settled() bool { return c.seen >= looksSame }

// different: nothing does.
func (c *candidate) different() bool { return c.settled() && !c.waits }

// again is the row as another look saw it. A row that is not there while rows wait may be
// one of them, even if none waits any more when all has been looked at.
func (c candidate) again(source, target print, parked bool) candidate {
	f := candidate{source: source, target: target, seen: 1, waits: parked && target.hash == ""}
	if c.seen > 0 && c.source == source && c.target == target {
		f.seen, f.waits = c.seen+1, f.waits || c.waits
	}
	return f
}

// rows finds what differs in a chunk, row by row, and reports what stays
// different.
func (c *comparison) rows(ctx context.Context, t *target, condition string) error {
	found, err := c.look(ctx, t, condition, nil)
	if err != nil {
		return err
	}
	for n := 0; len(found) > 0 && n < looksMax; n++ {
		settled := true
		for _, f := range found {
			settled = settled && f.settled()
		}
		if settled {
			break
		}
		if err := sleep(ctx, looksPause); err != nil {
			return err
		}
		if found, err = c.look(ctx, t, c.these(found), found); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		f := found[key]
		if !f.different() {
			c.findings.changing++
			continue
		}
		c.findings.different++
		if len(c.findings.differences) < differencesMax {
			d, err := c.difference(ctx, t, key, f)
			if err != nil {
				return err
			}
			c.findings.differences = append(c.findings.differences, d)
		}
	}
	return nil
}

// these is the condition of candidates.
func (c *comparison) these(found map[string]candidate) string {
	return c.table.rowKey.within + strings.Join(slices.Sorted(maps.Keys(found)), c.table.rowKey.between) + c.table.rowKey.behind
}

// look compares rows, each by itself: those of the source, when it has executed what
// the target had, then, when the target has executed what the source had, those of
// the target. The source is behind where it is a replica that lags, or tells of
// changes before they are visible.
func (c *comparison) look(ctx context.Context, t *target, condition string, before map[string]candidate) (map[string]candidate, error) {
	if err := awaitPosition(ctx, c.source, t.position().String()); err != nil {
		return nil, err
	}
	source, err := c.table.fingerprints(ctx, c.source, c.sourceSide(c.table), condition)
	if err != nil {
		return nil, err
	}
	executed, err := executedSet(ctx, c.source)
	if err != nil {
		return nil, err
	}
	if err := c.awaitApplied(ctx, t, executed); err != nil {
		return nil, err
	}
	parked := t.hasParked()
	there, err := c.table.fingerprints(ctx, t.db, t.side(c.table), condition)
	if err != nil {
		return nil, err
	}
	parked = parked || t.hasParked()
	found := map[string]candidate{}
	note := func(key string, s, h print) { found[key] = before[key].again(s, h, parked) }
	for key, s := range source {
		if s.sort != t.at && c.table.Kind != topology.KindReference {
			continue
		}
		if h := there[key]; h.hash != s.hash || h.sort != rowsOfFlow {
			note(key, s, h)
		}
	}
	for key, h := range there {
		s, ok := source[key]
		ours := ok && (s.sort == t.at || c.table.Kind == topology.KindReference)
		if !ours && h.sort != rowsOfOther {
			note(key, print{}, h)
		}
		if len(found) > candidatesMax {
			return nil, stop(hintBeginAgain, "more than %d rows of one chunk of table %s differ on group %s", candidatesMax, c.table.id(), t.spec.Group)
		}
	}
	return found, nil
}

// difference reads both rows.
func (c *comparison) difference(ctx context.Context, t *target, key string, f candidate) (Difference, error) {
	d := Difference{Table: c.table.id(), Group: t.spec.Group, Key: key, Misplaced: f.target.sort == rowsNowhere && f.target.hash != ""}
	var err error
	condition := c.table.rowKey.within + key + c.table.rowKey.behind
	if f.source.hash != "" {
		if d.Source, err = c.table.show(ctx, c.source, c.table.from, condition); err != nil {
			return d, err
		}
	}
	if f.target.hash != "" {
		d.Target, err = c.table.show(ctx, t.db, c.table.target, condition)
	}
	return d, err
}

// show reads a row as column=value.
func (t *table) show(ctx context.Context, db querier, from, condition string) ([]string, error) {
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s", t.selected(), from, condition))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return nil, rows.Err()
	}
	values := make([][]byte, len(t.written))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = t.columns[t.written[i]].name + "=" + printable(v)
	}
	return texts, rows.Err()
}

// shownMax is how many bytes of a value are shown.
const shownMax = 200

func printable(v []byte) string {
	if v == nil {
		return "NULL"
	}
	rest := ""
	if len(v) > shownMax {
		v, rest = v[:shownMax], "…"
	}
	if utf8.Valid(v) && !slices.ContainsFunc([]rune(string(v)), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return string(v) + rest
	}
	return fmt.Sprintf("0x%x%s", v, rest)
}
