package mysql

// ResultWriter writes one result to a client, in the client's framing. Rows are
// buffered and leave as the buffer fills; the caller flushes at the end.
type ResultWriter struct {
	c      *Conn
	status Status
	// Rows counts the rows written.
	Rows uint64
}

// NewResultWriter writes the column definitions. status is what the packets
// that end columns and rows say.
func NewResultWriter(c *Conn, status Status, columns []Column) (*ResultWriter, error) {
	w, err := newResultWriter(c, status, len(columns))
	if err != nil {
		return nil, err
	}
	for i := range columns {
		start := c.begin()
		c.out = columns[i].Append(c.out)
		if err := c.finish(start); err != nil {
			return nil, err
		}
	}
	return w, w.endColumns()
}

// NewRawResultWriter is NewResultWriter for column definitions that came from
// a backend (ResultReader.Raw).
func NewRawResultWriter(c *Conn, status Status, columns [][]byte) (*ResultWriter, error) {
	w, err := newResultWriter(c, status, len(columns))
	if err != nil {
		return nil, err
	}
	for _, p := range columns {
		if err := c.WritePacket(p); err != nil {
			return nil, err
		}
	}
	return w, w.endColumns()
}

func newResultWriter(c *Conn, status Status, columns int) (*ResultWriter, error) {
	start := c.begin()
	c.out = AppendUint(c.out, uint64(columns))
	return &ResultWriter{c: c, status: status}, c.finish(start)
}

func (w *ResultWriter) endColumns() error {
	if w.c.DeprecateEOF() {
		return nil
	}
	return w.c.writeEOF(0, w.status)
}

// WriteRow writes a row whose payload is already encoded as the client wants it.
func (w *ResultWriter) WriteRow(payload []byte) error {
	w.Rows++
	return w.c.WritePacket(payload)
}

// WriteText writes a row of text cells in text encoding.
func (w *ResultWriter) WriteText(cells []Cell) error {
	w.Rows++
	start := w.c.begin()
	w.c.out = AppendTextRow(w.c.out, cells)
	return w.c.finish(start)
}

// Finish writes the packet that ends the rows. status replaces the one given
// at the start; StatusMoreResults in it announces another result.
func (w *ResultWriter) Finish(status Status, warnings uint16) error {
	return w.c.WriteEnd(status, warnings)
}

// Fail ends the result with an ERR packet, which is legal at any point.
func (w *ResultWriter) Fail(e *Error) error { return w.c.WriteError(e) }

// WriteEnd buffers the packet that ends rows in the connection's framing.
func (c *Conn) WriteEnd(status Status, warnings uint16) error {
	if !c.DeprecateEOF() {
		return c.writeEOF(warnings, status)
	}
	start := c.begin()
	k := OK{Status: status, Warnings: warnings}
	c.out = k.AppendEnd(c.out)
	return c.finish(start)
}

func (c *Conn) writeEOF(warnings uint16, status Status) error {
	start := c.begin()
	c.out = EOF{Warnings: warnings, Status: status}.Append(c.out)
	return c.finish(start)
}

// WriteResult buffers a whole result whose cells are text. With binary the
// rows are encoded for COM_STMT_EXECUTE, by the columns' types.
func WriteResult(c *Conn, status Status, columns []Column, rows [][]Cell, binary bool) error {
	w, err := NewResultWriter(c, status, columns)
	if err != nil {
		return err
	}
	var row []byte
	for _, cells := range rows {
		if !binary {
			if err := w.WriteText(cells); err != nil {
				return err
			}
			continue
		}
		if row, err = AppendBinaryRowFromText(row[:0], columns, cells); err != nil {
			return err
		}
		if err := w.WriteRow(row); err != nil {
			return err
		}
	}
	return w.Finish(status, 0)
}

// WriteFieldList buffers the answer to COM_FIELD_LIST: definitions and the end.
func WriteFieldList(c *Conn, status Status, columns [][]byte) error {
	for _, p := range columns {
		if err := c.WritePacket(p); err != nil {
			return err
		}
	}
	return c.WriteEnd(status, 0)
}
