package mysql

// Result is a small answer held in memory: what the proxy itself asks a
// backend, or what it answers itself.
type Result struct {
	Summary
	Columns []Column
	Rows    [][]Cell
}

// DefaultResultBytes bounds what ReadResult keeps.
const DefaultResultBytes = 16 << 20

// Query sends sql to a backend and reads the whole answer, at most
// DefaultResultBytes of rows. An ERR is returned as *Error, and the connection
// goes on; any other error leaves it broken. Bound it with SetDeadline.
func (c *Conn) Query(sql string) (*Result, error) {
	if err := c.WriteQuery(sql); err != nil {
		return nil, err
	}
	if err := c.Flush(); err != nil {
		return nil, err
	}
	return c.ReadResult(DefaultResultBytes)
}

// ReadResult reads the response to the oldest unanswered text command into
// memory; of several results it keeps the first. Beyond maxBytes of rows it
// fails with *Error 1153 and the connection is broken.
func (c *Conn) ReadResult(maxBytes int) (*Result, error) {
	rd, err := c.BeginResult()
	if err != nil {
		return nil, err
	}
	res := &Result{Columns: rd.Columns}
	var arena []byte
	size := 0
	for {
		p, err := rd.Next()
		if err != nil {
			return nil, err
		}
		if p == nil {
			break
		}
		if size += len(p); size > maxBytes {
			return nil, c.tooLarge()
		}
		arena = append(arena[len(arena):], p...)
		cells, err := DecodeTextRow(make([]Cell, 0, len(rd.Columns)), arena, len(rd.Columns))
		if err != nil {
			c.broken = true
			return nil, err
		}
		res.Rows = append(res.Rows, cells)
	}
	for rd.More() {
		if rd, err = rd.NextResult(); err != nil {
			return nil, err
		}
		if err := rd.drain(); err != nil {
			return nil, err
		}
	}
	res.Summary = rd.Summary
	return res, nil
}

// Value returns a cell of the result as a string, empty if it is NULL or
// not there.
func (r *Result) Value(row, column int) string {
	if row >= len(r.Rows) || column >= len(r.Rows[row]) {
		return ""
	}
	return string(r.Rows[row][column].Data)
}
