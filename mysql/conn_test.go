package mysql

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

func TestReadPacketAssemblesFrames(t *testing.T) {
	for _, size := range []int{0, 1, 5000, 100_000, maxFrame - 1, maxFrame, maxFrame + 5, 2 * maxFrame} {
		payload := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size]
		s := &scriptConn{reads: [][]byte{packets(0, payload), packets(0, []byte("next"))}}
		c := NewConn(s, ConnOptions{})
		got, err := c.ReadCommand()
		if err != nil || !bytes.Equal(got, payload) {
			t.Fatalf("size %d: %v, %d bytes", size, err, len(got))
		}
		got, err = c.ReadCommand()
		if err != nil || string(got) != "next" {
			t.Fatalf("behind size %d: %v, %q", size, err, got)
		}
		if len(c.buf) > keptBuffer {
			t.Errorf("behind size %d: a buffer of %d bytes is kept", size, len(c.buf))
		}
	}
}

func TestReadPacketRefuses(t *testing.T) {
	var e *Error
	c := NewConn(&scriptConn{reads: [][]byte{{0, 0, 2, 0}}}, ConnOptions{MaxPacket: 1000})
	if _, err := c.ReadPacket(); !errors.As(err, &e) || e.Code != ErNetPacketTooLarge {
		t.Errorf("too large: %v", err)
	}
	if len(c.buf) > DefaultReadBuffer {
		t.Errorf("the header alone took %d bytes", len(c.buf))
	}
	long := packets(0, make([]byte, maxFrame+10))
	c = NewConn(&scriptConn{reads: [][]byte{long}}, ConnOptions{MaxPacket: maxFrame + 9})
	if _, err := c.ReadPacket(); !errors.As(err, &e) || e.Code != ErNetPacketTooLarge {
		t.Errorf("too large in two frames: %v", err)
	}
	c = NewConn(&scriptConn{reads: [][]byte{packets(1, []byte("x"))}}, ConnOptions{})
	if _, err := c.ReadCommand(); !errors.As(err, &e) || e.Code != ErNetPacketsOutOfOrder || !c.Broken() {
		t.Errorf("out of order: %v", err)
	}
	c = NewConn(&scriptConn{}, ConnOptions{})
	if _, err := c.ReadCommand(); !errors.Is(err, io.EOF) {
		t.Errorf("closed: %v", err)
	}
	c = NewConn(&scriptConn{reads: [][]byte{{5, 0, 0, 0, 1}}}, ConnOptions{})
	if _, err := c.ReadCommand(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("closed within a packet: %v", err)
	}
}

func TestAHeaderAloneTakesNoMemory(t *testing.T) {
	c := NewConn(&scriptConn{reads: [][]byte{{0, 0, 0xf0, 0}, make([]byte, 100)}}, ConnOptions{})
	if _, err := c.ReadCommand(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	if len(c.buf) > DefaultReadBuffer {
		t.Errorf("15 MB were promised, 100 bytes came, %d taken", len(c.buf))
	}
}

func TestWritePacketSplits(t *testing.T) {
	for _, size := range []int{0, 10, flushAt - 1, flushAt, 100_000, maxFrame, maxFrame + 3} {
		payload := bytes.Repeat([]byte("x"), size)
		s := &scriptConn{}
		c := NewConn(s, ConnOptions{})
		if err := errors.Join(c.WritePacket([]byte("before")), c.WritePacket(payload), c.WritePacket([]byte("after")), c.Flush()); err != nil {
			t.Fatal(err)
		}
		want := packets(0, []byte("before"), payload, []byte("after"))
		if !bytes.Equal(s.written.Bytes(), want) {
			t.Errorf("size %d: wrong bytes", size)
		}
	}
}

func TestForward(t *testing.T) {
	for _, size := range []int{2, 5000, 100_000, maxFrame, maxFrame + 100} {
		for _, before := range []bool{false, true} {
			command := append([]byte{byte(ComQuery)}, bytes.Repeat([]byte("q"), size-1)...)
			client := NewConn(&scriptConn{reads: [][]byte{packets(0, command)}}, ConnOptions{})
			if _, err := client.ReadCommand(); err != nil {
				t.Fatal(err)
			}
			s := &scriptConn{}
			backend := NewConn(s, ConnOptions{})
			var want []byte
			expect := 1
			if before {
				if err := backend.WriteQuery("SET x"); err != nil {
					t.Fatal(err)
				}
				want, expect = packets(0, []byte("\x03SET x")), 2
			}
			if err := backend.Forward(client); err != nil {
				t.Fatal(err)
			}
			want = append(want, packets(0, command)...)
			if !bytes.Equal(s.written.Bytes(), want) {
				t.Errorf("size %d: wrong bytes", size)
			}
			if backend.Outstanding() != expect || backend.seq != client.seq {
				t.Errorf("size %d: %d outstanding, sequence %d for %d", size, backend.Outstanding(), backend.seq, client.seq)
			}
		}
	}
}

func TestCommandsWithoutAnswerLeaveTheConnectionClean(t *testing.T) {
	c := NewConn(&scriptConn{}, ConnOptions{})
	if err := errors.Join(c.WriteCommand(ComStmtClose, []byte{1, 0, 0, 0}), c.Flush()); err != nil || !c.Clean() {
		t.Error(err, c.Outstanding())
	}
	if err := c.WriteCommand(ComPing, nil); err != nil || c.Clean() {
		t.Error("clean with a command in the buffer")
	}
	if err := c.Flush(); err != nil || c.Clean() {
		t.Error("clean with an answer outstanding")
	}
	if err := c.Forward(&Conn{}); err == nil {
		t.Error("a client that has sent nothing was forwarded")
	}
}

func TestABrokenConnectionIsNotClean(t *testing.T) {
	c := NewConn(&scriptConn{failOn: 1}, ConnOptions{})
	if err := c.WriteCommand(ComStmtClose, []byte{1, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err == nil || c.Clean() || !c.Broken() {
		t.Error(err)
	}
}
