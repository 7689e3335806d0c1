package exec

import (
	"errors"
	"io"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

const (
	// insertBytesMax is how much text one INSERT into a temporary table has, in bytes.
	insertBytesMax = 512 << 10
	// reduceKeysMax bounds the values that a semi-join sends to a shard.
	reduceKeysMax = 10_000
)

// collect reads the rows of one table and writes them into its temporary table.
func (g *gathering) collect(at int, groups []string) (again bool, err error) {
	t := &g.plan.Tables[at]
	keys, again, err := g.reduced(t)
	if err != nil {
		return again, err
	}
	b, err := g.s.bind(t.Fetch, g.st)
	if err != nil {
		return false, err
	}
	b.text = append(append([]byte(nil), b.text...), keys...)
	b.text = append(b.text, t.Lock...)
	b.once = b.once || len(keys) > 0
	for _, group := range groups {
		src := g.sources[group]
		if err := g.s.sendBound(src.l, &b, g.st); err != nil {
			if g.st.literally(src.l, &b, err) {
				return true, err
			}
			return g.lost(src, err)
		}
	}
	w := &loader{g: g, table: t}
	for _, group := range groups {
		if again, err := g.drainInto(w, g.sources[group]); err != nil {
			return again, err
		}
	}
	if err := w.close(); err != nil {
		return g.loadFailed(err)
	}
	return false, nil
}

// drainInto reads a source's rows.
func (g *gathering) drainInto(w *loader, src *source) (again bool, err error) {
	stream, err := g.s.openStream(src.l)
	if err != nil {
		return g.lost(src, err)
	}
	w.columns = stream.r.Columns
	for {
		row, err := stream.r.Next()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // a closed connection is not the end of the rows
		}
		if err != nil {
			return g.lost(src, err)
		}
		if row == nil {
			return false, nil
		}
		g.rows++
		g.bytes += len(row)
		if err := g.bounded(); err != nil {
			g.s.cut(src.l, stream.r)
			g.forget(src)
			return false, err
		}
		if err := w.add(row); err != nil {
			g.s.cut(src.l, stream.r)
			g.forget(src)
			return g.loadFailed(err)
		}
	}
}

// forget takes a source out that has been given up.
func (g *gathering) forget(src *source) {
	delete(g.sources, src.l.group)
	for i, o := range g.order {
		if o == src {
			g.order = append(g.order[:i], g.order[i+1:]...)
			return
		}
	}
}

// bounded refuses what would fill a server's disk with one client's question.
func (g *gathering) bounded() error {
	limit := g.s.env.Limits.Gather
	switch {
	case g.s.interrupted.Load(): // a KILL may fall between two statements of ours
		return mysql.NewError(mysql.ErQueryInterrupted, "Query execution was interrupted")
	case g.rows > limit.Rows:
		return mysql.NewError(mysql.ErCapacityExceeded, "this statement needs more than %d rows of several shards in one place (gather_max_rows); narrow the conditions, give the shard key, or join by the shard keys", limit.Rows)
	case g.bytes > limit.Bytes:
		return mysql.NewError(mysql.ErCapacityExceeded, "this statement needs more than %d bytes of several shards in one place (gather_max_bytes); narrow the conditions, select fewer columns, give the shard key, or join by the shard keys", limit.Bytes)
	}
	return nil
}

func (g *gathering) loadFailed(err error) (again bool, _ error) {
	var my *mysql.Error
	if errors.As(err, &my) && !g.home.b.Broken() {
		return g.homeRefused(err)
	}
	return g.homeLost(err)
}

// reduced are the conditions that leave out rows without a partner, as SQL text.
func (g *gathering) reduced(t *plan.GatherTable) (text []byte, again bool, err error) {
	word := " WHERE "
	if t.Filtered {
		word = " AND "
	}
	for _, r := range t.Reduce {
		values, again, err := g.values(&r)
		if err != nil {
			return nil, again, err
		}
		if values == nil {
			continue
		}
		text = append(append(append(text, word...), r.Column...), " IN ("...)
		text = append(append(text, values...), ')')
		word = " AND "
	}
	return text, false, nil
}

// values lists what a semi-join compares with, nil if it is too much: then all
// rows are collected.
func (g *gathering) values(r *plan.Reduction) (list []byte, again bool, err error) {
	of := &g.plan.Tables[r.Of]
	column := plan.GatherColumn{Name: r.OfColumn, Encoding: r.Encoding, Charset: r.Charset}
	selected := quoteName(r.OfColumn)
	sql := "SELECT DISTINCT " + column.Encoding.Selected(selected) + " FROM " + quoteName(g.plan.Keyspace.Name) + "." + quoteName(of.Name) +
		" WHERE " + selected + " IS NOT NULL LIMIT " + strconv.Itoa(reduceKeysMax+1)
	res, err := g.s.query(g.home, sql)
	if err != nil {
		again, err := g.loadFailed(err)
		return nil, again, err
	}
	if len(res.Rows) > reduceKeysMax {
		return nil, false, nil
	}
	if len(res.Rows) == 0 {
		return []byte("NULL"), false, nil
	}
	for i, row := range res.Rows {
		if i > 0 {
			list = append(list, ',')
		}
		list = appendGathered(list, &column, row[0].Data)
	}
	return list, false, nil
}

// loader writes rows into a temporary table. One INSERT is under way while the
// next is made.
type loader struct {
	g       *gathering
	table   *plan.GatherTable
	columns []mysql.Column
	cells   []mysql.Cell
	text    []byte
	buf     []byte
	sent    bool
}

func (w *loader) add(row []byte) error {
	if len(w.text) == 0 {
		w.text = append(append(w.text, "INSERT INTO "...), quoteName(w.g.plan.Keyspace.Name)...)
		w.text = append(append(append(w.text, '.'), quoteName(w.table.Name)...), " ("...)
		for i := range w.table.Columns {
			if i > 0 {
				w.text = append(w.text, ',')
			}
			w.text = append(w.text, quoteName(w.table.Columns[i].Name)...)
		}
		w.text = append(w.text, ") VALUES ("...)
	} else {
		w.text = append(w.text, ",("...)
	}
	if err := w.decode(row); err != nil {
		return err
	}
	for i := range w.cells {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		if w.cells[i].Null {
			w.text = append(w.text, "NULL"...)
			continue
		}
		value, err := w.value(i)
		if err != nil {
			return err
		}
		w.text = appendGathered(w.text, &w.table.Columns[i], value)
	}
	w.text = append(w.text, ')')
	if len(w.text) >= insertBytesMax {
		return w.flush()
	}
	return nil
}

func (w *loader) decode(row []byte) (err error) {
	if len(w.columns) != len(w.table.Columns) {
		return mysql.NewError(mysql.ErUnknown, "a shard has answered with %d columns of %s instead of %d", len(w.columns), w.table.Table.Name, len(w.table.Columns))
	}
	if w.g.st.binary() {
		w.cells, err = mysql.DecodeBinaryRow(w.cells[:0], row, w.columns)
	} else {
		w.cells, err = mysql.DecodeTextRow(w.cells[:0], row, len(w.columns))
	}
	return err
}

// value is a cell as text.
func (w *loader) value(i int) ([]byte, error) {
	if !w.g.st.binary() {
		return w.cells[i].Data, nil
	}
	var err error
	w.buf, err = mysql.BinaryToText(w.buf[:0], &w.columns[i], w.cells[i].Data)
	return w.buf, err
}

// flush sends what there is, once the INSERT before is answered.
func (w *loader) flush() error {
	if err := w.await(); err != nil || len(w.text) == 0 {
		return err
	}
	b := w.g.home.b
	if err := b.WriteCommand(mysql.ComQuery, w.text); err != nil {
		return err
	}
	w.text, w.sent = w.text[:0], true
	return b.Flush()
}

func (w *loader) await() error {
	if !w.sent {
		return nil
	}
	w.sent = false
	sum, err := mysql.Relay(nil, w.g.home.b.Conn, mysql.RelayOptions{Capture: true})
	if err != nil {
		return err
	}
	if sum.Err != nil {
		return sum.Err
	}
	return nil
}

func (w *loader) close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.await()
}
