package mysql

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// scriptConn is a network connection whose reads come from a script, each
// entry one read at most, and whose writes are recorded.
type scriptConn struct {
	reads   [][]byte
	written bytes.Buffer
	writes  int
	failOn  int // the number of the write that fails; 0 is none
}

func (s *scriptConn) Read(p []byte) (int, error) {
	for len(s.reads) > 0 && len(s.reads[0]) == 0 {
		s.reads = s.reads[1:]
	}
	if len(s.reads) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.reads[0])
	s.reads[0] = s.reads[0][n:]
	return n, nil
}

func (s *scriptConn) Write(p []byte) (int, error) {
	s.writes++
	if s.writes == s.failOn {
		return 0, net.ErrClosed
	}
	return s.written.Write(p)
}

func (s *scriptConn) Close() error                     { return nil }
func (s *scriptConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (s *scriptConn) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9} }
func (s *scriptConn) SetDeadline(time.Time) error      { return nil }
func (s *scriptConn) SetReadDeadline(time.Time) error  { return nil }
func (s *scriptConn) SetWriteDeadline(time.Time) error { return nil }

// packets frames payloads, numbered from seq on.
func packets(seq byte, payloads ...[]byte) []byte {
	var out []byte
	for _, p := range payloads {
		for {
			n := min(len(p), maxFrame)
			out = append(out, byte(n), byte(n>>8), byte(n>>16), seq)
			out = append(out, p[:n]...)
			seq++
			p = p[n:]
			if n < maxFrame {
				break
			}
		}
	}
	return out
}

// relayed runs one Relay whose backend sends answer, cut into reads of at most
// chunk bytes, and returns what the client got.
func relayed(t *testing.T, caps Capability, opts RelayOptions, chunk int, answer []byte) (string, Summary, error) {
	t.Helper()
	client, backend, c, _ := relayPair(caps, chunk, answer)
	if err := backend.WriteQuery("SELECT 1"); err != nil {
		t.Fatal(err)
	}
	client.seq = 1
	sum, err := Relay(client, backend, opts)
	if err == nil {
		backend.out = backend.out[:0]
		if !backend.Clean() {
			t.Errorf("backend is not clean after the answer: %d bytes left, %d open", backend.Buffered(), backend.Outstanding())
		}
	}
	return c.written.String(), sum, err
}

func relayPair(caps Capability, chunk int, answer []byte) (client, backend *Conn, c, b *scriptConn) {
	c, b = &scriptConn{}, &scriptConn{}
	for len(answer) > 0 {
		n := min(chunk, len(answer))
		b.reads = append(b.reads, answer[:n:n])
		answer = answer[n:]
	}
	client = NewConn(c, ConnOptions{Capabilities: caps})
	backend = NewConn(b, ConnOptions{Capabilities: caps | CapSessionTrack})
	return client, backend, c, b
}

func columnPayload(name string) []byte {
	col := Column{Schema: "s", Table: "t", OrgTable: "t", Name: name, OrgName: name, Charset: 45, Type: TypeVarString}
	return col.Append(nil)
}

func textRow(values ...string) []byte {
	var p []byte
	for _, v := range values {
		p = AppendString(p, v)
	}
	return p
}

func okPayload(k OK) []byte  { return k.Append(nil) }
func endPayload(k OK) []byte { return k.AppendEnd(nil) }

// trackedOK is an OK packet as a server with session tracking sends it.
func trackedOK(header byte, info, gtid string) []byte {
	p := append([]byte{header, 3, 7}, 0, 0, 1, 0)
	status := StatusAutocommit | StatusSessionStateChanged
	p[3], p[4] = byte(status), byte(status>>8)
	p = AppendString(p, info)
	entry := append([]byte{0}, AppendString(nil, gtid)...)
	track := append([]byte{byte(StateGTIDs)}, AppendString(nil, entry)...)
	track = append(track, byte(StateSchema))
	track = AppendString(track, AppendString(nil, "shop"))
	return AppendString(p, track)
}
