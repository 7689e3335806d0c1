package mysql

// SendFile answers the request of LOAD DATA LOCAL, which is the response to the
// oldest command not yet answered, with the content of a file. What the server
// says of it is read with ReadFileResult. An ERR in place of the request is
// returned as *Error, and the connection goes on.
// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_local_infile_request.html
func (c *Conn) SendFile(content []byte) error {
	c.BeginResponse()
	p, err := c.ReadPacket()
	switch {
	case err != nil:
		return err
	case len(p) > 0 && p[0] == headerERR:
		return (&ResultReader{c: c}).fail(p)
	case len(p) == 0 || p[0] != headerLocalInfile:
		return c.garbled("answer to LOAD DATA LOCAL")
	}
	for len(content) > 0 {
		n := min(len(content), fileChunk)
		if err := c.WritePacket(content[:n]); err != nil {
			return err
		}
		content = content[n:]
	}
	if err := c.WritePacket(nil); err != nil {
		return err
	}
	return c.Flush()
}

// fileChunk is the size of the packets that a file is sent in, in bytes.
const fileChunk = 1 << 20

// ReadFileResult reads what a server says of a file that it was sent. An ERR is
// returned as *Error.
func (c *Conn) ReadFileResult() (Summary, error) {
	r, err := c.readHead()
	if err != nil {
		return Summary{}, err
	}
	return r.Summary, r.drain()
}

// RequestFile asks the client for a file by its name and sends what is buffered.
// ReadFile then returns its content.
func (c *Conn) RequestFile(name string) error {
	if err := c.WritePacket(append([]byte{headerLocalInfile}, name...)); err != nil {
		return err
	}
	return c.Flush()
}

// ReadFile reads the next piece of a file that the client was asked for, valid
// until the next read; an empty one is the end.
func (c *Conn) ReadFile() ([]byte, error) { return c.ReadPacket() }
