package mysql

import (
	"bytes"
	"testing"
)

// FuzzReadPacket: whatever comes over the wire, reading ends without a panic,
// within the bound, and a packet that was read is what a writer would frame.
func FuzzReadPacket(f *testing.F) {
	f.Add(packets(0, []byte("\x03SELECT 1"), []byte("x")), 3)
	f.Add([]byte{0xff, 0xff, 0xff, 0, 1, 2, 3}, 1)
	f.Fuzz(func(t *testing.T, data []byte, chunk int) {
		_, _, _, s := relayPair(0, max(1, chunk&0xff), bytes.Clone(data))
		c := NewConn(s, ConnOptions{MaxPacket: 1 << 16})
		for range 10 {
			p, err := c.ReadPacket()
			if err != nil {
				return
			}
			if len(p) > 1<<16 {
				t.Fatalf("%d bytes", len(p))
			}
			again := packets(c.seq-1, p)
			if !bytes.HasPrefix(data, again) {
				t.Fatalf("read %q, framed %q of %q", p, again, data)
			}
			data = data[len(again):]
		}
	})
}

// FuzzRelay: an answer of any bytes, cut anywhere, never panics, and an answer
// that is accepted in small reads is accepted in one read with the same result.
func FuzzRelay(f *testing.F) {
	for _, c := range relayCases() {
		f.Add(c.answer, uint32(c.caps), uint8(7))
	}
	f.Add(packets(1, trackedOK(0, "x", someGTID)), uint32(0), uint8(3))
	f.Add(packets(1, []byte{0xfb, 'f'}), uint32(CapLocalFiles), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, rawCaps uint32, chunk uint8) {
		caps := Capability(rawCaps) & (CapDeprecateEOF | CapLocalFiles | CapSessionTrack)
		opts := RelayOptions{LocalFiles: true, ClearStatus: StatusAutocommit, HoldError: rawCaps&1 != 0, RowsOnly: rawCaps&2 != 0}
		run := func(chunk int) (string, Summary, error) {
			client, backend, c, _ := relayPair(caps, chunk, bytes.Clone(data))
			client.seq = 1
			sum, err := Relay(client, backend, opts)
			return c.written.String(), sum, err
		}
		small, smallSum, smallErr := run(int(chunk) + 1)
		whole, wholeSum, wholeErr := run(1 << 20)
		if (smallErr == nil) != (wholeErr == nil) {
			t.Fatalf("in pieces: %v, whole: %v", smallErr, wholeErr)
		}
		smallSum.Err, wholeSum.Err = nil, nil
		if smallErr == nil && (small != whole || smallSum != wholeSum) {
			t.Fatalf("in pieces %q %+v, whole %q %+v", small, smallSum, whole, wholeSum)
		}
		if smallErr == nil && !endsAtPacket(small) {
			t.Fatalf("the client got a part of a packet: %q", small)
		}
	})
}

// FuzzHandshakeResponse: no bytes of a client that is not yet known panic.
func FuzzHandshakeResponse(f *testing.F) {
	p := appendUint32(nil, uint32(ServerCapabilities))
	p = append(p, make([]byte, 28)...)
	p = append(p, "user\x00\x02ab"+"shop\x00"+"mysql_native_password\x00\x06\x02ab\x02cd"...)
	f.Add(p)
	f.Add(sslRequest(CapProtocol41 | CapSSL))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseHandshakeResponse(data, ServerCapabilities|CapSSL)
		if err == nil && (len(r.user) > maxNameLen || len(r.attributes) > maxAttributes) {
			t.Fatalf("%+v", r)
		}
	})
}

// FuzzParseOK: what is parsed can be built and parsed again.
func FuzzParseOK(f *testing.F) {
	f.Add(trackedOK(headerOK, "info", someGTID))
	f.Add(okPayload(OK{AffectedRows: 1 << 40, Info: "x"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := ParseOK(data, CapSessionTrack)
		if err != nil {
			return
		}
		_, _ = ParseTrack(k.Track)
		k.Track, k.Status = nil, k.Status&^StatusSessionStateChanged
		again, err := ParseOK(k.Append(nil), CapSessionTrack)
		if err != nil || again.AffectedRows != k.AffectedRows || again.Info != k.Info || again.Status != k.Status {
			t.Fatalf("%v: %+v, %+v", err, k, again)
		}
	})
}

// FuzzParseExecute: what is parsed can be built, parsed again and written as
// literals.
func FuzzParseExecute(f *testing.F) {
	f.Add(testExecute().Append(nil), 5)
	f.Add([]byte{byte(ComStmtExecute), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0xfe, 0xff}, 1)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		kept := []ParamType{{Type: TypeShort}, {Type: TypeDatetime}, {Type: TypeBlob}}
		x, err := ParseExecute(data, n, kept, [][]byte{nil, []byte("long")})
		if err != nil {
			return
		}
		again, err := ParseExecute(x.Append(nil), len(x.Params), nil, nil)
		if err != nil || len(again.Params) != len(x.Params) {
			t.Fatalf("%v: %+v", err, x)
		}
		for i := range x.Params {
			if !bytes.Equal(again.Params[i].Value, x.Params[i].Value) || again.Params[i].Null != x.Params[i].Null {
				t.Fatalf("parameter %d: %+v, %+v", i, x.Params[i], again.Params[i])
			}
			_, _ = x.Params[i].Literal(nil, LiteralMode{})
		}
	})
}

// FuzzRows: no payload panics a decoder, and text rows survive.
func FuzzRows(f *testing.F) {
	f.Add(textRow("a", "b"), uint8(2), uint8(TypeLong))
	f.Fuzz(func(t *testing.T, data []byte, n, kind uint8) {
		cells, err := DecodeTextRow(nil, data, int(n))
		if err == nil {
			again, err := DecodeTextRow(nil, AppendTextRow(nil, cells), int(n))
			if err != nil || len(again) != len(cells) {
				t.Fatal(err)
			}
		}
		columns := make([]Column, n)
		for i := range columns {
			columns[i].Type = FieldType(kind + uint8(i))
		}
		if cells, err = DecodeBinaryRow(nil, data, columns); err != nil {
			return
		}
		for i := range cells {
			if text, err := BinaryToText(nil, &columns[i], cells[i].Data); err == nil {
				_, _ = TextToBinary(nil, &columns[i], text)
			}
		}
		_, _ = ParseColumn(data)
	})
}

// FuzzGTIDSet: what is parsed prints as a set that is equal.
func FuzzGTIDSet(f *testing.F) {
	f.Add(uuidA + ":1-5:7:tag:1," + uuidB + ":3")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseGTIDSet(text)
		if err != nil {
			return
		}
		again, err := ParseGTIDSet(s.String())
		if err != nil || !again.Equal(s) {
			t.Fatalf("%q: %v, %s, %s", text, err, s, again)
		}
	})
}
