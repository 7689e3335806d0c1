package mysql

import (
	"bytes"
	"errors"
	"testing"
)

// fileExchange runs a LOAD DATA LOCAL: request is what the backend asks first,
// file what the client sends for it, answer what the backend says at the end.
func fileExchange(clientCaps Capability, opts RelayOptions, seq byte, chunk int, file []byte) (c, b *scriptConn, sum Summary, err error) {
	request := packets(1, append([]byte{0xfb}, "data.csv"...))
	var answer []byte
	if opts.LocalFiles && clientCaps.Has(CapLocalFiles) {
		answer = packets(seq, okPayload(OK{AffectedRows: 2}))
	} else {
		answer = packets(3, okPayload(OK{}))
	}
	client, backend, c, b := relayPair(0, 1<<20, request)
	client.caps = clientCaps
	b.reads = append(b.reads, answer)
	for len(file) > 0 {
		n := min(chunk, len(file))
		c.reads = append(c.reads, file[:n])
		file = file[n:]
	}
	client.seq = 1
	sum, err = Relay(client, backend, opts)
	return c, b, sum, err
}

func TestRelayFile(t *testing.T) {
	file := packets(2, bytes.Repeat([]byte("1,2\n"), 20_000), []byte("3,4\n"), nil)
	for _, chunk := range []int{1000, 1 << 20} {
		c, b, sum, err := fileExchange(CapLocalFiles, RelayOptions{LocalFiles: true}, 5, chunk, bytes.Clone(file))
		if err != nil || sum.AffectedRows != 2 {
			t.Fatal(err, sum)
		}
		if !bytes.Equal(b.written.Bytes(), file) {
			t.Errorf("the backend got %d bytes, not the %d of the file", b.written.Len(), len(file))
		}
		want := string(packets(1, append([]byte{0xfb}, "data.csv"...))) + string(packets(5, okPayload(OK{AffectedRows: 2})))
		if c.written.String() != want {
			t.Errorf("the client got %q", c.written.String())
		}
	}
}

func TestRelayFileOfExactlyOneFullFrame(t *testing.T) {
	file := packets(2, make([]byte, maxFrame), nil)
	_, b, sum, err := fileExchange(CapLocalFiles, RelayOptions{LocalFiles: true}, 5, 1<<20, file)
	if err != nil || sum.AffectedRows != 2 || b.written.Len() != len(file) {
		t.Fatal(err, sum, b.written.Len())
	}
}

func TestRelayRefusesFile(t *testing.T) {
	for name, c := range map[string]struct {
		caps Capability
		opts RelayOptions
	}{
		"client":  {0, RelayOptions{LocalFiles: true}},
		"options": {CapLocalFiles, RelayOptions{}},
	} {
		client, backend, sum, err := fileExchange(c.caps, c.opts, 0, 1, nil)
		if err != nil || sum.Err == nil || sum.Err.Code != ErClientLocalFilesOff {
			t.Fatal(name, err, sum)
		}
		if got := backend.written.Bytes(); !bytes.Equal(got, []byte{0, 0, 0, 2}) {
			t.Errorf("%s: the backend got %q", name, got)
		}
		if got, want := client.written.String(), string(packets(1, sum.Err.Append(nil))); got != want {
			t.Errorf("%s: the client got %q", name, got)
		}
	}
}

func TestRelayFileBrokenClient(t *testing.T) {
	file := packets(2, []byte("1,2\n"))
	_, _, _, err := fileExchange(CapLocalFiles, RelayOptions{LocalFiles: true}, 5, 100, file)
	var side *SideError
	if !errors.As(err, &side) || side.Side != ClientSide {
		t.Fatal(err)
	}
}
