package flow

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/shardway/shardway/topology"
)

// segment is a part of a table that is copied in order.
type segment struct {
	*table
	number int
	// bytesMax is when a chunk is cut although its rows were to fit.
	bytesMax int64
	state    segmentState
	// careful says of each target whether rows must not take others' places, loaded
	// whether they may be written by LOAD DATA.
	careful, loaded []bool
	// targets are the places of those that take rows of the table.
	targets []int
}

// planCopy finds what is left to copy: from where every target has it.
func (a *attempt) planCopy(ctx context.Context) ([]*segment, error) {
	states := make([]map[string]map[int]segmentState, len(a.targets))
	for i, t := range a.targets {
		var err error
		if states[i], err = t.segments(ctx); err != nil {
			return nil, err
		}
	}
	var left []*segment
	for _, t := range a.tables {
		targets := a.takers(t)
		if len(targets) == 0 {
			continue
		}
		stored := states[targets[0]][t.id()]
		for _, i := range targets[1:] {
			for number, other := range states[i][t.id()] {
				if own, ok := stored[number]; ok && other.chunks < own.chunks {
					stored[number] = other
				}
			}
			if len(states[i][t.id()]) != len(stored) {
				// The flow died between two targets: nothing is copied yet.
				stored = nil
			}
		}
		if len(stored) == 0 {
			var err error
			if stored, err = a.cut(ctx, t); err != nil {
				return nil, err
			}
		}
		segments, err := a.segmentsOf(ctx, t, targets, stored)
		if err != nil {
			return nil, err
		}
		left = append(left, segments...)
	}
	return left, nil
}

// segmentsOf stores the state of a table's segments everywhere, and returns
// those that are not done.
func (a *attempt) segmentsOf(ctx context.Context, t *table, targets []int, stored map[int]segmentState) ([]*segment, error) {
	for _, i := range targets {
		tx, err := a.targets[i].db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		for number, state := range stored {
			if err := a.targets[i].setSegment(ctx, tx, t.id(), number, &state); err != nil {
				return nil, errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return nil, err
		}
	}
	var left []*segment
	for _, number := range slices.Sorted(maps.Keys(stored)) {
		s := &segment{table: t, number: number, bytesMax: 4 * int64(a.f.o.ChunkBytes), targets: targets, state: stored[number]}
		for _, target := range a.targets {
			s.careful = append(s.careful, target.isCareful(t))
			s.loaded = append(s.loaded, target.loads)
		}
		a.note.segment(s, &s.state)
		if !s.state.done {
			left = append(left, s)
		}
	}
	return left, nil
}

const (
	// segmentRows is from how many rows on a table is copied in segments, and
	// segmentsMax how many those are.
	segmentRows = 20_000
	segmentsMax = 8
)

// cut divides a table into segments that are copied at the same time: a large
// one, by the first column of its identity, where that is an integer.
func (a *attempt) cut(ctx context.Context, t *table) (map[int]segmentState, error) {
	whole := map[int]segmentState{0: {}}
	first := &t.columns[t.identity[0]]
	n := int64(min(segmentsMax, 4*a.f.o.Copiers))
	if t.rows < segmentRows || n < 2 || len(t.identity) > 1 || first.form != formNumber || !strings.Contains(first.kind, "int") {
		return whole, nil
	}
	var low, high sql.NullFloat64
	query := fmt.Sprintf("SELECT MIN(%s), MAX(%s) FROM %s", quote(first.name), quote(first.name), t.from)
	if err := a.source.QueryRowContext(ctx, query).Scan(&low, &high); err != nil {
		return nil, err
	}
	if high.Float64-low.Float64 < float64(segmentRows) {
		return whole, nil
	}
	segments := map[int]segmentState{}
	var above []string
	for i := range n {
		var last []string
		if i < n-1 {
			// Bounds need not be exact, only the same for both neighbours.
			bound := low.Float64 + (high.Float64-low.Float64)*float64(i+1)/float64(n)
			last = []string{strconv.FormatFloat(math.Trunc(bound), 'f', 0, 64)}
		}
		segments[int(i)] = segmentState{above: above, last: last}
		above = last
	}
	return segments, nil
}

// takers are the places of the targets that take rows of a table.
func (a *attempt) takers(t *table) []int {
	var places []int
	for i := range a.f.spec.Targets {
		target := &a.f.spec.Targets[i]
		takes := len(target.Ranges) > 0
		switch t.Kind {
		case topology.KindReference:
			takes = target.Reference
		case topology.KindSingle:
			takes = a.f.spec.targetOf(0) == i
		case topology.KindSharded:
		}
		if takes {
			places = append(places, i)
		}
	}
	return places
}

// copy copies the segments, largest first as they come, Copiers at a time.
func (a *attempt) copy(ctx context.Context, left []*segment) error {
	if len(left) == 0 {
		a.note.allCopied()
		return nil
	}
	if err := a.awaitBranches(ctx); err != nil {
		return err
	}
	work := make(chan *segment, len(left))
	for _, s := range left {
		work <- s
	}
	close(work)
	group, ctx := errgroup.WithContext(ctx)
	for range min(a.f.o.Copiers, len(left)) {
		group.Go(func() error {
			for s := range work {
				if err := a.copySegment(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	a.note.allCopied()
	return nil
}

// chunksAhead is how many chunks of a segment may be read or waiting to be written.
const chunksAhead = 2

// copySegment reads chunk after chunk, one while the former is being written.
func (a *attempt) copySegment(ctx context.Context, s *segment) error {
	conn, err := a.source.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	var unwritten []*chunkDone
	limit := a.firstLimit(s)
	state := s.state
	for !state.done {
		ahead := chunksAhead
		if a.held() {
			ahead = 1 // nothing is gained by it, and what is written is to be seen
		}
		for len(unwritten) >= ahead {
			if err := unwritten[0].wait(ctx); err != nil {
				return err
			}
			a.note.wrote(unwritten[0].chunk)
			unwritten = unwritten[1:]
		}
		if err := a.throttle(ctx); err != nil {
			return err
		}
		c := &chunk{segment: s, ready: make(chan struct{}), after: state}
		done, err := a.mark(ctx, c)
		if err != nil {
			return err
		}
		begun := time.Now()
		rows, err := c.read(ctx, conn, &a.f.spec, limit)
		c.err = err
		close(c.ready)
		if err != nil {
			return fmt.Errorf("read table %s on %s: %w", s.Name, a.reader, err)
		}
		if c.after.bytes-state.bytes > c.bytesMax {
			// The session was cut in the middle of an answer.
			_ = conn.Close()
			another, err := a.source.Conn(ctx)
			if err != nil {
				return err
			}
			conn = another
		}
		limit = a.nextLimit(limit, took{rows: rows, bytes: c.after.bytes - state.bytes, time: time.Since(begun)})
		a.spent(c.after.bytes - state.bytes)
		state = c.after
		unwritten = append(unwritten, done)
	}
	for _, c := range unwritten {
		if err := c.wait(ctx); err != nil {
			return err
		}
		a.note.wrote(c.chunk)
	}
	return nil
}

const (
	rowsMin = 1
	rowsMax = 50_000
)

// firstLimit guesses the rows of a chunk by what MySQL thinks a row's size is.
func (a *attempt) firstLimit(s *segment) int {
	const guess = 200
	size := int64(guess)
	if s.rows > 0 && s.bytes > s.rows {
		size = s.bytes / s.rows
	}
	return int(min(max(int64(a.f.o.ChunkBytes)/size, rowsMin), rowsMax))
}

// nextLimit follows the size of the rows that came.
func (a *attempt) nextLimit(limit int, was took) int {
	if was.rows == 0 || was.bytes == 0 {
		return limit
	}
	fit := int64(a.f.o.ChunkBytes) * int64(was.rows) / was.bytes
	return int(min(max(fit, rowsMin), rowsMax, int64(4*limit)))
}

// chunkDone is closed piece by piece, as the targets write the chunk.
type chunkDone struct {
	chunk *chunk
	left  chan struct{}
}

// wait returns when every target has written the chunk.
func (d *chunkDone) wait(ctx context.Context) error {
	for range cap(d.left) {
		select {
		case <-d.left:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// mark puts the chunk in the queues of its targets and notes what must be
// executed where it is read, in one step at a transaction boundary of the
// stream (safety rule 36). What a target has executed is part of that: it may
// be more than the stream has delivered again.
func (a *attempt) mark(ctx context.Context, c *chunk) (*chunkDone, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	done := &chunkDone{chunk: c, left: make(chan struct{}, len(c.targets))}
	for _, i := range c.targets {
		if err := a.targets[i].queue.push(ctx, &item{chunk: c, done: done}); err != nil {
			return nil, err
		}
	}
	c.barrier = a.delivered.Union(a.ahead).String()
	a.chunks = true
	return done, nil
}

// awaitBranches returns when the branches that were prepared before the stream
// began are decided: the log has their rows no more (safety rule 37). What they
// have changed must then be visible to every chunk: all that the server has
// executed by then is waited for in the stream.
func (a *attempt) awaitBranches(ctx context.Context) error {
	older, err := preparedBranches(ctx, a.source)
	if err != nil {
		return err
	}
	for len(older) > 0 {
		a.note.waiting(fmt.Sprintf("%d prepared transactions that are older than the flow are not decided; 'shardway txn list' shows them", len(older)))
		if err := sleep(ctx, branchesPause); err != nil {
			return err
		}
		now, err := preparedBranches(ctx, a.source)
		if err != nil {
			return err
		}
		for id := range older {
			if !now[id] {
				delete(older, id)
			}
		}
	}
	a.note.waiting("")
	executed, err := executedSet(ctx, a.source)
	if err != nil {
		return err
	}
	return a.awaitDelivered(ctx, executed)
}

const branchesPause = 100 * time.Millisecond

// preparedBranches lists XA RECOVER.
func preparedBranches(ctx context.Context, db querier) (map[string]bool, error) {
	all := map[string]bool{}
	err := queryRows(ctx, db, func(rows *sql.Rows) error {
		var format, gtrid, bqual int64
		var data string
		if err := rows.Scan(&format, &gtrid, &bqual, &data); err != nil {
			return err
		}
		all[fmt.Sprint(format, gtrid, bqual, data)] = true
		return nil
	}, "XA RECOVER CONVERT XID")
	return all, err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
