package flow

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// statementBytes is about how long a statement that writes rows gets.
const statementBytes = 1 << 20

// chunk is a part of a table that is read at once. It has its place in every
// target's queue from the moment it is marked; what it holds comes later.
type chunk struct {
	*segment
	// barrier is what the server must have executed before the chunk is read.
	barrier string
	// ready is closed when the rest is set; err says why it is not.
	ready chan struct{}
	err   error
	// statements write the rows, by target; loads are in place of them where LOAD
	// DATA may be used, and rows where rows must not take others' places.
	statements [][]string
	loads      []*loading
	rows       [][]*op
	// after is the segment's state when the chunk is written.
	after segmentState
}

// ended reports whether the chunk has been read.
func (c *chunk) ended() bool {
	select {
	case <-c.ready:
		return true
	default:
		return false
	}
}

// waitSeconds is how long one question about the position waits on the server.
const waitSeconds = 10

// awaitPosition returns when the server has executed a set: what it tells then
// is not older (safety rule 36).
func awaitPosition(ctx context.Context, server querier, set string) error {
	for {
		var late sql.NullInt64
		if err := server.QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)", set, waitSeconds).Scan(&late); err != nil {
			return err
		}
		if late.Valid && late.Int64 == 0 {
			return nil
		}
	}
}

// read waits for the barrier and reads up to limit rows, on one session.
func (c *chunk) read(ctx context.Context, conn *sql.Conn, spec *Spec, limit int) (rows int, err error) {
	if err := awaitPosition(ctx, conn, c.barrier); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := conn.QueryContext(ctx, c.query(limit))
	if err != nil {
		return 0, err
	}
	w := chunkWriter{chunk: c, spec: spec, texts: make([][]byte, len(spec.Targets))}
	c.statements, c.loads, c.rows = make([][]string, len(spec.Targets)), make([]*loading, len(spec.Targets)), make([][]*op, len(spec.Targets))
	values := make([]sql.RawBytes, 1+len(c.written))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	bytes := int64(0)
	for answer.Next() {
		if err := answer.Scan(into...); err != nil {
			_ = answer.Close()
			return rows, err
		}
		n, err := w.row(values)
		if err != nil {
			_ = answer.Close()
			return rows, err
		}
		rows++
		bytes += int64(n)
		if bytes > c.bytesMax {
			// Rows are larger than was thought: what is left is the next chunk's.
			c.setUpto(values)
			cancel()
			_ = answer.Close()
			break
		}
		if rows == limit {
			c.setUpto(values)
		}
	}
	if err := answer.Err(); err != nil && bytes <= c.bytesMax {
		return rows, err
	}
	_ = answer.Close()
	w.finish()
	c.after.done = rows < limit && bytes <= c.bytesMax
	c.after.chunks++
	c.after.rows += int64(rows)
	c.after.bytes += bytes
	return rows, nil
}

// query reads the rows behind those that are copied, in order of the identity,
// each with its token.
func (c *chunk) query(limit int) string {
	var where []string
	if from := c.after.upto; from != nil {
		where = append(where, c.above(from))
	} else if c.after.above != nil {
		where = append(where, c.above(c.after.above))
	}
	if c.after.last != nil {
		where = append(where, c.upTo(c.after.last))
	}
	if c.where != "" {
		where = append(where, c.where)
	}
	condition := ""
	if len(where) > 0 {
		condition = " WHERE " + strings.Join(where, " AND ")
	}
	return fmt.Sprintf("SELECT %s, %s FROM %s FORCE INDEX (%s)%s ORDER BY %s LIMIT %d",
		c.token(), c.selected(), c.from, quote(c.identityIndex), condition, c.names(c.identity), limit)
}

// setUpto notes the identity of the last row.
func (c *chunk) setUpto(values []sql.RawBytes) {
	c.after.upto = make([]string, len(c.key))
	for i, place := range c.key {
		c.after.upto[i] = c.columns[c.written[place]].ascii(values[1+place])
	}
}

// chunkWriter makes statements of rows.
type chunkWriter struct {
	*chunk
	spec  *Spec
	texts [][]byte
}

// row adds a row to the statements of its targets and returns its size.
func (w *chunkWriter) row(values []sql.RawBytes) (size int, err error) {
	for _, v := range values[1:] {
		size += len(v) + 4
	}
	if w.Kind == topology.KindReference {
		for i := range w.spec.Targets {
			if w.spec.Targets[i].Reference {
				w.add(i, values[1:])
			}
		}
		return size, nil
	}
	token, err := strconv.ParseUint(string(values[0]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("token of a row of %s: %w", w.Name, err)
	}
	if i := w.spec.targetOf(shardkey.Token(token)); i >= 0 {
		w.add(i, values[1:])
	}
	return size, nil
}

func (w *chunkWriter) add(target int, values []sql.RawBytes) {
	if w.careful[target] {
		row := w.appendRow(nil, values)
		w.rows[target] = append(w.rows[target], &op{table: w.table.at, key: w.identity(values), row: string(row)})
		return
	}
	if w.loaded[target] {
		if w.loads[target] == nil {
			w.loads[target] = &loading{into: w.loadsInto}
		}
		w.loads[target].appendRow(values)
		return
	}
	text := w.texts[target]
	if len(text) == 0 {
		text = append(text, w.replace...)
	} else {
		text = append(text, ',')
	}
	text = w.appendRow(text, values)
	if len(text) >= statementBytes {
		w.statements[target] = append(w.statements[target], string(text))
		text = text[:0]
	}
	w.texts[target] = text
}

// identity writes a row's identity as changes in the log have it.
func (w *chunkWriter) identity(values []sql.RawBytes) string {
	i := -1
	text, _ := w.rowKey.append(nil, w.table, func(dst []byte, at int) ([]byte, error) {
		i++
		c := &w.columns[at]
		return appendText(dst, c, c.normal(string(values[w.key[i]]))), nil
	})
	return string(text)
}

func (w *chunkWriter) appendRow(text []byte, values []sql.RawBytes) []byte {
	text = append(text, '(')
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		if v == nil {
			text = append(text, "NULL"...)
		} else {
			text = appendText(text, &w.columns[w.written[i]], []byte(v))
		}
	}
	return append(text, ')')
}

func (w *chunkWriter) finish() {
	for i, text := range w.texts {
		if len(text) > 0 {
			w.statements[i] = append(w.statements[i], string(text))
		}
	}
}

// took is what reading a chunk cost.
type took struct {
	rows  int
	bytes int64
	time  time.Duration
}
