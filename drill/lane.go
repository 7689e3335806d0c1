package drill

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync/atomic"
	"time"
)

// The pauses of a writer: between two writes, and after one that failed.
const (
	writerPause = 20 * time.Millisecond
	retryPause  = 10 * time.Millisecond
)

// readBackEvery is how many writes a writer makes until it reads one back.
const readBackEvery = 16

// tables are what writers write to. All rows of a lane are on one shard.
func tables() []string {
	return []string{
		"CREATE TABLE seq (lane INT NOT NULL, n INT NOT NULL, PRIMARY KEY (lane, n)) COMMENT='shardway:shard_key=lane'",
		"CREATE TABLE tally (lane INT PRIMARY KEY, n INT NOT NULL) COMMENT='shardway:shard_key=lane'",
		"CREATE TABLE reg (id INT PRIMARY KEY, v INT NOT NULL) COMMENT='shardway:shard_key=id'",
	}
}

// lane is one writer: it makes its writes 1, 2, 3 …, one after the other, and
// remembers what it was told of each.
type lane struct {
	id    int
	group string
	// pair: each write is a transaction of three statements.
	pair bool
	// proxies are the proxies' connections; at is the one in use.
	proxies []*sql.DB
	at      int
	// total counts what all writers of the group have been acknowledged.
	total *atomic.Int64

	conn *sql.Conn
	ops  []op
	// errors counts what it was told, by kind; example has one of each kind.
	errors  map[string]int
	example map[string]string
	// broken are promises that it saw broken itself.
	broken []string
}

// work writes until stop is closed. ctx bounds a single write alone.
func (l *lane) work(ctx context.Context, stop <-chan struct{}) {
	defer l.hangUp()
	for !isClosed(stop) {
		o := op{n: len(l.ops) + 1, begin: time.Now()}
		err := l.connect(ctx)
		if err == nil {
			o.what = l.deed(o.n)
			o.outcome, err = l.write(ctx, o)
			o.end = time.Now()
			l.ops = append(l.ops, o)
		}
		rest := writerPause
		if err != nil {
			l.told(err)
			l.hangUp()
			l.at = (l.at + 1) % len(l.proxies)
			rest = retryPause
		} else {
			l.total.Add(1)
			l.readBack(ctx, o)
		}
		wait(stop, rest)
	}
}

func (l *lane) deed(n int) deed {
	switch {
	case l.pair:
		return deedPair
	case n%2 == 0:
		return deedCount
	}
	return deedInsert
}

func (l *lane) connect(ctx context.Context) error {
	if l.conn != nil {
		return nil
	}
	conn, err := l.proxies[l.at].Conn(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errDial, err)
	}
	l.conn = conn
	return nil
}

// hangUp closes the connection with whatever is open on it.
func (l *lane) hangUp() {
	if l.conn == nil {
		return
	}
	discard(l.conn)
	l.conn = nil
}

func (l *lane) write(ctx context.Context, o op) (Outcome, error) {
	count := fmt.Sprintf("UPDATE tally SET n = n + 1 WHERE lane = %d", l.id)
	switch o.what {
	case deedInsert:
		_, err := l.conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO seq VALUES (%d, %d)", l.id, o.n))
		return outcomeOf(err), err
	case deedCount:
		_, err := l.conn.ExecContext(ctx, count)
		return outcomeOf(err), err
	case deedPair:
	}
	for _, statement := range []string{
		"BEGIN", fmt.Sprintf("INSERT INTO seq VALUES (%d, %d)", l.id, o.n), fmt.Sprintf("INSERT INTO seq VALUES (%d, %d)", l.id, -o.n), count,
	} {
		if _, err := l.conn.ExecContext(ctx, statement); err != nil {
			return Refused, err // nobody has said COMMIT
		}
	}
	_, err := l.conn.ExecContext(ctx, "COMMIT")
	return outcomeOf(err), err
}

// readBack looks now and then for what the session has just written, wherever
// the proxy reads it.
func (l *lane) readBack(ctx context.Context, o op) {
	if o.what == deedCount || o.n%readBackEvery != readBackEvery-1 {
		return
	}
	var n int
	err := l.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM seq WHERE lane = ? AND n = ?", l.id, o.n).Scan(&n)
	switch {
	case err != nil:
		l.told(err)
		l.hangUp()
	case n != 1:
		l.broken = append(l.broken, fmt.Sprintf("writer %d did not see its own write %d, which was acknowledged", l.id, o.n))
	}
}

func (l *lane) told(err error) {
	class := className(err)
	l.errors[class]++
	if l.example[class] == "" {
		l.example[class] = err.Error()
	}
}

// discard closes a connection instead of giving it back.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}

func isClosed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

func wait(stop <-chan struct{}, d time.Duration) {
	select {
	case <-stop:
	case <-time.After(d):
	}
}
