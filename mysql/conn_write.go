package mysql

import "net"

// WritePacket buffers one packet, split into frames of 16 MB, with the next
// sequence numbers.
func (c *Conn) WritePacket(payload []byte) error {
	for {
		n := min(len(payload), maxFrame)
		if err := c.writeFrame(payload[:n]); err != nil {
			return err
		}
		payload = payload[n:]
		if n < maxFrame {
			return nil
		}
	}
}

func (c *Conn) writeFrame(p []byte) error {
	c.out = append(c.out, byte(len(p)), byte(len(p)>>8), byte(len(p)>>16), c.seq)
	c.seq++
	if len(p) >= flushAt {
		return c.flushWith(p)
	}
	c.out = append(c.out, p...)
	if len(c.out) >= flushAt {
		return c.Flush()
	}
	return nil
}

// begin starts a frame whose payload is appended to c.out in place; finish
// completes it.
func (c *Conn) begin() (start int) {
	start = len(c.out)
	c.out = append(c.out, 0, 0, 0, c.seq)
	return start
}

func (c *Conn) finish(start int) error {
	h := c.out[start:]
	n := len(h) - packetHeaderLen
	if n >= maxFrame {
		long := append([]byte(nil), h[packetHeaderLen:]...)
		c.out = c.out[:start]
		return c.WritePacket(long)
	}
	h[0], h[1], h[2] = byte(n), byte(n>>8), byte(n>>16)
	c.seq++
	if len(c.out) >= flushAt {
		return c.Flush()
	}
	return nil
}

// Flush writes what is buffered.
func (c *Conn) Flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.nc.Write(c.out)
	c.out = c.out[:0]
	if cap(c.out) > keptBuffer {
		c.out = nil
	}
	if err != nil {
		c.broken = true
	}
	return err
}

// flushWith writes what is buffered and p behind it in one system call.
func (c *Conn) flushWith(p []byte) error {
	if len(c.out) == 0 {
		return c.writeThrough(p)
	}
	v := net.Buffers{c.out, p}
	_, err := v.WriteTo(c.nc)
	c.out = c.out[:0]
	if err != nil {
		c.broken = true
	}
	return err
}

// writeThrough writes p, past the buffer, which must be empty.
func (c *Conn) writeThrough(p []byte) error {
	_, err := c.nc.Write(p)
	if err != nil {
		c.broken = true
	}
	return err
}

// WriteCommand buffers a command for a backend, as the start of a new
// sequence. Several may be written before one Flush.
func (c *Conn) WriteCommand(cmd Command, arg []byte) error {
	c.seq = 0
	if err := writeCommand(c, cmd, arg); err != nil {
		return err
	}
	c.expectResponse(cmd)
	return nil
}

// WriteQuery buffers a COM_QUERY for a backend.
func (c *Conn) WriteQuery(sql string) error {
	c.seq = 0
	if err := writeCommand(c, ComQuery, sql); err != nil {
		return err
	}
	c.expectResponse(ComQuery)
	return nil
}

func writeCommand[T string | []byte](c *Conn, cmd Command, arg T) error {
	if n := 1 + len(arg); n < flushAt {
		c.out = append(c.out, byte(n), byte(n>>8), byte(n>>16), c.seq, byte(cmd))
		c.out = append(c.out, arg...)
		c.seq++
		return nil
	}
	return c.WritePacket(append([]byte{byte(cmd)}, arg...))
}

// WriteRawCommand buffers a whole command payload, command byte included.
func (c *Conn) WriteRawCommand(payload []byte) error {
	if len(payload) == 0 {
		return malformed("command")
	}
	c.seq = 0
	if err := c.WritePacket(payload); err != nil {
		return err
	}
	c.expectResponse(Command(payload[0]))
	return nil
}

// Forward sends the command that was last read from client to the backend c,
// behind what is buffered, in one write and, if nothing is buffered, without a
// copy. The payload may have been changed in place, not in length.
func (c *Conn) Forward(client *Conn) error {
	if client.frame == nil {
		if err := c.WriteRawCommand(client.long); err != nil {
			return err
		}
		return c.Flush()
	}
	if len(client.frame) <= packetHeaderLen {
		return malformed("command")
	}
	client.frame[3] = 0
	c.seq = 1
	c.expectResponse(Command(client.frame[packetHeaderLen]))
	if len(c.out) > 0 && len(client.frame) < flushAt {
		c.out = append(c.out, client.frame...)
		return c.Flush()
	}
	return c.flushWith(client.frame)
}

func (c *Conn) expectResponse(cmd Command) {
	if cmd.HasResponse() {
		c.expect = append(c.expect, c.seq)
	}
}

// BeginResponse makes ready to read the response to the oldest command that
// was written and not answered; Relay and the readers of results call it.
func (c *Conn) BeginResponse() {
	c.seq = 1
	if len(c.expect) > 0 {
		c.seq = c.expect[0]
		c.expect = c.expect[:copy(c.expect, c.expect[1:])]
	}
	c.open = true
}

// EndResponse notes that a response was read to its end.
func (c *Conn) EndResponse() { c.open = false }

// WriteOK buffers an OK packet.
func (c *Conn) WriteOK(k OK) error {
	start := c.begin()
	c.out = k.Append(c.out)
	return c.finish(start)
}

// WriteError buffers an ERR packet.
func (c *Conn) WriteError(e *Error) error {
	start := c.begin()
	c.out = e.Append(c.out)
	return c.finish(start)
}
