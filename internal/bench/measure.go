package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// ticksPerSecond is the unit of CPU times in /proc: USER_HZ, 100 on Linux.
const ticksPerSecond = 100

// sample is one measurement.
type sample struct {
	queries int
	took    time.Duration
	latency time.Duration // of one query, on average
	cpu     time.Duration // of the process in the middle
}

func (s sample) perSecond() float64 { return float64(s.queries) / s.took.Seconds() }

// cpuPerQuery is in microseconds.
func (s sample) cpuPerQuery() float64 { return float64(s.cpu.Microseconds()) / float64(s.queries) }

// measure runs point selects with a number of clients for a while and checks
// each answer.
func measure(ctx context.Context, w way, clients int, o options) (sample, error) {
	db, err := w.open(keyspace)
	if err != nil {
		return sample{}, err
	}
	defer db.Close()
	db.SetMaxOpenConns(clients)
	db.SetMaxIdleConns(clients)
	conns := make([]*sql.Conn, clients)
	for i := range conns {
		if conns[i], err = db.Conn(ctx); err != nil {
			return sample{}, err
		}
		defer conns[i].Close()
		if err := ask(ctx, conns[i], nil, 1); err != nil {
			return sample{}, err
		}
	}
	before := cpuOf(w.pid)
	counts := make([]int, clients)
	begin := time.Now()
	var together errgroup.Group
	for i := range conns {
		together.Go(func() (err error) {
			counts[i], err = client(ctx, conns[i], begin.Add(o.seconds), o.prepared)
			return err
		})
	}
	err = together.Wait()
	s := sample{took: time.Since(begin), cpu: cpuOf(w.pid) - before}
	for _, n := range counts {
		s.queries += n
	}
	if err == nil && s.queries == 0 {
		err = errors.New("no query was answered")
	}
	if err != nil {
		return sample{}, err
	}
	s.latency = s.took * time.Duration(clients) / time.Duration(s.queries)
	return s, nil
}

// client asks for random rows until a point in time.
func client(ctx context.Context, conn *sql.Conn, until time.Time, prepared bool) (n int, err error) {
	var stmt *sql.Stmt
	if prepared {
		if stmt, err = conn.PrepareContext(ctx, "SELECT c FROM sbtest1 WHERE id = ?"); err != nil {
			return 0, err
		}
		defer stmt.Close()
	}
	for ; time.Now().Before(until); n++ {
		if err := ask(ctx, conn, stmt, 1+rand.IntN(rows)); err != nil {
			return n, err
		}
	}
	return n, nil
}

func ask(ctx context.Context, conn *sql.Conn, stmt *sql.Stmt, id int) error {
	var row *sql.Row
	if stmt != nil {
		row = stmt.QueryRowContext(ctx, id)
	} else {
		row = conn.QueryRowContext(ctx, "SELECT c FROM sbtest1 WHERE id = "+strconv.Itoa(id))
	}
	var got string
	if err := row.Scan(&got); err != nil {
		return err
	}
	if !strings.HasPrefix(got, strconv.Itoa(id)+"-") {
		return fmt.Errorf("row %d is answered with %q", id, got)
	}
	return nil
}

// cpuOf returns the CPU time that a process and its threads have used, 0 where
// that cannot be known.
func cpuOf(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name in parentheses may hold spaces; the times are fields 14 and 15.
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}
