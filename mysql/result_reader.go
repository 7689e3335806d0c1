package mysql

// ResultReader reads one result of a response row by row, in either framing
// and either encoding of rows, without holding it.
type ResultReader struct {
	c *Conn
	// Columns is empty if the response is an OK packet.
	Columns []Column
	// Raw holds the payloads of the column definitions as they came.
	Raw [][]byte
	// Summary is complete once Next has returned nil.
	Summary Summary
	done    bool
}

// maxColumns is MySQL's bound on the columns of a result.
const maxColumns = 4096

// BeginResult begins the oldest unanswered response and reads the column
// definitions. An ERR packet is returned as *Error, with the response ended.
func (c *Conn) BeginResult() (*ResultReader, error) {
	c.BeginResponse()
	return c.readHead()
}

func (c *Conn) readHead() (*ResultReader, error) {
	r := &ResultReader{c: c}
	p, err := c.ReadPacket()
	if err != nil {
		return nil, err
	}
	switch {
	case len(p) == 0:
		return nil, c.garbled("result")
	case p[0] == headerERR:
		return nil, r.fail(p)
	case p[0] == headerOK:
		r.Summary.Boundary = true
		return r, r.end(p)
	case p[0] == headerLocalInfile:
		return nil, c.garbled("result: the server asks for a file")
	}
	cur := cursor{p: p}
	n := cur.lenenc()
	if cur.bad || len(cur.p) != 0 || n == 0 || n > maxColumns {
		return nil, c.garbled("column count")
	}
	r.Summary.Columns = int(n)
	return r, r.readColumns(int(n))
}

func (r *ResultReader) readColumns(n int) error {
	for range n {
		p, err := r.c.ReadPacket()
		if err != nil {
			return err
		}
		if len(p) > 0 && p[0] == headerERR {
			return r.fail(p)
		}
		col, err := ParseColumn(p)
		if err != nil {
			r.c.broken = true
			return err
		}
		r.Columns = append(r.Columns, col)
		r.Raw = append(r.Raw, append([]byte(nil), p...))
	}
	if r.c.DeprecateEOF() {
		return nil
	}
	p, err := r.c.ReadPacket()
	if err != nil {
		return err
	}
	if !IsEOF(p) {
		return r.c.garbled("result: no EOF behind the columns")
	}
	return nil
}

// Next returns the next row's payload, valid until the next call, or nil at
// the end. An ERR within the rows is returned as *Error.
func (r *ResultReader) Next() ([]byte, error) {
	if r.done {
		return nil, nil
	}
	p, err := r.c.ReadPacket()
	if err != nil {
		return nil, err
	}
	if len(p) == 0 {
		return nil, r.c.garbled("row")
	}
	switch {
	case p[0] == headerERR:
		return nil, r.fail(p)
	case p[0] == headerEOF && len(p) < 9 || p[0] == headerEOF && r.c.DeprecateEOF() && len(p) < maxFrame:
		return nil, r.end(p)
	}
	r.Summary.Rows++
	return p, nil
}

// More reports whether another result follows in this response.
func (r *ResultReader) More() bool { return r.done && r.Summary.Status.Has(StatusMoreResults) }

// NextResult begins the response's next result.
func (r *ResultReader) NextResult() (*ResultReader, error) { return r.c.readHead() }

func (r *ResultReader) drain() error {
	for {
		if p, err := r.Next(); p == nil || err != nil {
			return err
		}
	}
}

// end takes the values of the packet that ends the result.
func (r *ResultReader) end(p []byte) error {
	r.done = true
	if IsEOF(p) {
		e, err := ParseEOF(p)
		if err != nil {
			return err
		}
		r.Summary.Status, r.Summary.Warnings = e.Status, e.Warnings
	} else {
		k, err := ParseOK(p, r.c.caps)
		if err != nil {
			r.c.broken = true
			return err
		}
		s := &r.Summary
		s.AffectedRows, s.InsertID = k.AffectedRows, k.InsertID
		s.Status, s.Warnings, s.Info = k.Status, k.Warnings, k.Info
		if err := s.takeTrack(k.Track); err != nil {
			r.c.broken = true
			return err
		}
	}
	if !r.More() {
		r.c.EndResponse()
	}
	return nil
}

// fail ends the response with the ERR packet p.
func (r *ResultReader) fail(p []byte) error {
	e, err := ParseError(p)
	if err != nil {
		r.c.broken = true
		return err
	}
	r.done, r.Summary.Err = true, e
	r.c.EndResponse()
	return e
}

func (c *Conn) garbled(what string) error {
	c.broken = true
	return malformed(what)
}
