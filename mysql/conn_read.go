package mysql

import (
	"errors"
	"io"
)

// ReadCommand reads the next command of a client, which starts a new sequence.
// The payload is valid until the next read.
func (c *Conn) ReadCommand() ([]byte, error) {
	c.seq = 0
	return c.ReadPacket()
}

// ReadPacket reads one packet, assembled from its frames, and returns its
// payload, which is valid until the next read. A packet above the bound gives
// an *Error 1153, one out of sequence 1156; the stream is then lost.
func (c *Conn) ReadPacket() ([]byte, error) {
	c.shrink()
	n, err := c.readHeader()
	if err != nil {
		return nil, err
	}
	if n > c.maxPacket {
		return nil, c.tooLarge()
	}
	if n == maxFrame {
		return c.readLong(n)
	}
	if err := c.fill(packetHeaderLen + n); err != nil {
		return nil, err
	}
	end := c.r + packetHeaderLen + n
	c.frame, c.long = c.buf[c.r:end:end], nil
	c.r = end
	return c.frame[packetHeaderLen:], nil
}

// readHeader waits for the next frame's header, checks its sequence number and
// returns its length. The header stays unread.
func (c *Conn) readHeader() (int, error) {
	if err := c.fill(packetHeaderLen); err != nil {
		return 0, err
	}
	h := c.buf[c.r : c.r+packetHeaderLen]
	if h[3] != c.seq {
		c.broken = true
		return 0, NewError(ErNetPacketsOutOfOrder, "Got packets out of order")
	}
	c.seq++
	return frameLen(h), nil
}

func frameLen(h []byte) int { return int(h[0]) | int(h[1])<<8 | int(h[2])<<16 }

func (c *Conn) tooLarge() error {
	c.broken = true
	return NewError(ErNetPacketTooLarge, "Got a packet bigger than 'max_allowed_packet' bytes")
}

// readLong assembles a packet of several frames. Memory is taken as the bytes
// come, not as the headers promise them.
func (c *Conn) readLong(n int) ([]byte, error) {
	var long []byte
	for {
		if len(long)+n > c.maxPacket {
			return nil, c.tooLarge()
		}
		c.r += packetHeaderLen
		for left := n; left > 0; {
			if c.r == c.w {
				if err := c.fill(1); err != nil {
					return nil, err
				}
			}
			m := min(left, c.w-c.r)
			long = append(long, c.buf[c.r:c.r+m]...)
			c.r += m
			left -= m
		}
		if n < maxFrame {
			c.frame, c.long = nil, long
			return long, nil
		}
		var err error
		if n, err = c.readHeader(); err != nil {
			return nil, err
		}
	}
}

// fill reads until n bytes are unread in the buffer. io.EOF means that the
// peer closed between packets, io.ErrUnexpectedEOF within one.
func (c *Conn) fill(n int) error {
	for c.w-c.r < n {
		c.makeRoom(n)
		if err := c.readMore(); err != nil {
			if errors.Is(err, io.EOF) && c.w > c.r {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// readMore appends what one read returns to the buffer, which must have room.
func (c *Conn) readMore() error {
	n, err := c.nc.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	c.broken = true
	return err
}

// makeRoom sees to it that a read can append to the buffer: unread bytes move
// to the front if n would not fit behind them, and the buffer doubles only
// when it is full, so that a header alone cannot make it large.
func (c *Conn) makeRoom(n int) {
	if c.r == c.w {
		c.r, c.w = 0, 0
	}
	if c.r > 0 && c.r+n > len(c.buf) {
		c.compact()
	}
	if c.w == len(c.buf) {
		c.grow(2 * len(c.buf))
	}
}

// compact moves the unread bytes to the front of the buffer.
func (c *Conn) compact() {
	copy(c.buf, c.buf[c.r:c.w])
	c.w -= c.r
	c.r = 0
}

// grow replaces the buffer by one of n bytes; unread bytes keep their offset.
func (c *Conn) grow(n int) {
	buf := make([]byte, n)
	copy(buf[c.r:c.w], c.buf[c.r:c.w])
	c.buf = buf
}

// shrink gives a drained large buffer back.
func (c *Conn) shrink() {
	c.frame, c.long = nil, nil
	if c.r == c.w {
		c.r, c.w = 0, 0
		if len(c.buf) > keptBuffer {
			c.buf = make([]byte, c.idleSize)
		}
	}
}

// Trim gives the memory of an idle connection back, down to the size that it
// was made with.
func (c *Conn) Trim() {
	if c.r == c.w && len(c.buf) > c.idleSize {
		c.r, c.w, c.frame = 0, 0, nil
		c.buf = make([]byte, c.idleSize)
	}
	if len(c.out) == 0 {
		c.out = nil
	}
}
