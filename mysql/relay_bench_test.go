package mysql

import (
	"bytes"
	"testing"
)

// loopConn hands out the same bytes again and again, one whole copy a read.
type loopConn struct {
	scriptConn
	data []byte
}

func (l *loopConn) Read(p []byte) (int, error)  { return copy(p, l.data), nil }
func (l *loopConn) Write(p []byte) (int, error) { return len(p), nil }

func pointSelect(caps Capability) []byte {
	value := textRow("68487932199-96439406143-93774651418-41631865787-96406072701-20604855487-25459966574-28203206787-41238978918-19503783441")
	end := endPayload(OK{Status: StatusAutocommit})
	if caps.Has(CapDeprecateEOF) {
		return packets(1, []byte{1}, columnPayload("c"), value, end)
	}
	eof := EOF{Status: StatusAutocommit}.Append(nil)
	return packets(1, []byte{1}, columnPayload("c"), eof, value, eof)
}

// pointSelectLoop is a client that sends the same command for ever and a
// backend that answers it.
func pointSelectLoop(caps Capability) (client, backend *Conn) {
	command := packets(0, []byte("\x03SELECT c FROM sbtest1 WHERE id=4711"))
	client = NewConn(&loopConn{data: command}, ConnOptions{Capabilities: caps})
	backend = NewConn(&loopConn{data: pointSelect(caps)}, ConnOptions{Capabilities: caps | CapSessionTrack})
	return client, backend
}

func pointSelectOnce(tb testing.TB, client, backend *Conn) {
	if _, err := client.ReadCommand(); err != nil {
		tb.Fatal(err)
	}
	if err := backend.Forward(client); err != nil {
		tb.Fatal(err)
	}
	sum, err := Relay(client, backend, RelayOptions{HoldError: true, SetStatus: StatusInTransaction})
	if err != nil || sum.Rows != 1 {
		tb.Fatal(err, sum)
	}
}

func TestPointSelectDoesNotAllocate(t *testing.T) {
	for _, caps := range []Capability{0, CapDeprecateEOF} {
		client, backend := pointSelectLoop(caps)
		if n := testing.AllocsPerRun(100, func() { pointSelectOnce(t, client, backend) }); n != 0 {
			t.Errorf("%v allocations a query", n)
		}
	}
}

func BenchmarkRelayPointSelect(b *testing.B) {
	client, backend := pointSelectLoop(CapDeprecateEOF)
	b.ReportAllocs()
	for b.Loop() {
		pointSelectOnce(b, client, backend)
	}
}

// BenchmarkRelayScan streams rows of 190 bytes, as a table scan does.
func BenchmarkRelayScan(b *testing.B) {
	rows := repeat(bytes.Repeat([]byte{189}, 190), 10_000)
	answer := packets(1, append(append([][]byte{{1}, columnPayload("c")}, rows...), endPayload(OK{}))...)
	b.SetBytes(int64(len(answer)))
	for b.Loop() {
		b.StopTimer()
		client, backend, c, _ := relayPair(CapDeprecateEOF, 1<<16, bytes.Clone(answer))
		c.written.Grow(len(answer))
		b.StartTimer()
		if _, err := Relay(client, backend, RelayOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
