package mysql

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const someGTID = "3e11fa47-71ca-11e1-9e33-c80aa9429562:23"

// relayCases are answers that reach the client as they are, in both framings.
func relayCases() map[string]struct {
	caps   Capability
	answer []byte
	want   Summary
} {
	end := endPayload(OK{Status: StatusAutocommit, Warnings: 2})
	more := endPayload(OK{Status: StatusAutocommit | StatusMoreResults})
	eof := EOF{Status: StatusAutocommit, Warnings: 2}.Append(nil)
	moreEOF := EOF{Status: StatusAutocommit | StatusMoreResults}.Append(nil)
	failed := NewError(ErDupEntry, "Duplicate entry '1'")
	type c = struct {
		caps   Capability
		answer []byte
		want   Summary
	}
	return map[string]c{
		"ok": {
			0, packets(1, okPayload(OK{AffectedRows: 300, InsertID: 9, Status: 2, Warnings: 1, Info: "Rows matched: 3"})),
			Summary{AffectedRows: 300, InsertID: 9, Status: 2, Warnings: 1},
		},
		"error": {0, packets(1, failed.Append(nil)), Summary{Err: failed}},
		"rows": {
			CapDeprecateEOF, packets(1, []byte{2}, columnPayload("a"), columnPayload("b"), textRow("1", "x"), textRow("2", "y"), end),
			Summary{Columns: 2, Rows: 2, Status: StatusAutocommit, Warnings: 2},
		},
		"rows, EOF": {
			0, packets(1, []byte{1}, columnPayload("a"), eof, textRow("1"), textRow("2"), textRow(""), eof),
			Summary{Columns: 1, Rows: 3, Status: StatusAutocommit, Warnings: 2},
		},
		"no rows": {
			CapDeprecateEOF, packets(1, []byte{1}, columnPayload("a"), end),
			Summary{Columns: 1, Status: StatusAutocommit, Warnings: 2},
		},
		"error after rows": {
			CapDeprecateEOF, packets(1, []byte{1}, columnPayload("a"), textRow("1"), failed.Append(nil)),
			Summary{Columns: 1, Rows: 1, Err: failed},
		},
		"error within columns": {
			CapDeprecateEOF, packets(1, []byte{2}, columnPayload("a"), failed.Append(nil)),
			Summary{Columns: 2, Err: failed},
		},
		"two results and an OK": {
			CapDeprecateEOF, packets(1, []byte{1}, columnPayload("a"), textRow("1"), more,
				[]byte{1}, columnPayload("b"), textRow("2"), more, okPayload(OK{AffectedRows: 4, Status: StatusAutocommit})),
			Summary{AffectedRows: 4, Rows: 2, Status: StatusAutocommit},
		},
		"two results, EOF": {
			0, packets(1, []byte{1}, columnPayload("a"), moreEOF, textRow("1"), moreEOF,
				[]byte{1}, columnPayload("b"), eof, textRow("2"), eof),
			Summary{Columns: 1, Rows: 2, Status: StatusAutocommit, Warnings: 2},
		},
		"cursor, EOF": {
			0, packets(1, []byte{1}, columnPayload("a"), EOF{Status: StatusCursorExists}.Append(nil)),
			Summary{Columns: 1, Status: StatusCursorExists},
		},
		"a NULL first": {
			CapDeprecateEOF, packets(1, []byte{1}, columnPayload("a"), []byte{0xfb}, end),
			Summary{Columns: 1, Rows: 1, Status: StatusAutocommit, Warnings: 2},
		},
		"many rows": {
			CapDeprecateEOF, packets(1, append(append([][]byte{{1}, columnPayload("a")},
				repeat(textRow(strings.Repeat("v", 700)), 600)...), end)...),
			Summary{Columns: 1, Rows: 600, Status: StatusAutocommit, Warnings: 2},
		},
		"a row of 100 kB": {
			0, packets(1, []byte{1}, columnPayload("a"), eof, textRow(strings.Repeat("w", 100_000)), eof),
			Summary{Columns: 1, Rows: 1, Status: StatusAutocommit, Warnings: 2},
		},
	}
}

func repeat(p []byte, n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = p
	}
	return out
}

func TestRelayCopiesAnswersVerbatim(t *testing.T) {
	for name, c := range relayCases() {
		for _, chunk := range []int{1, 3, 7, 1000, 1 << 20} {
			if chunk < 1000 && len(c.answer) > 10_000 {
				continue
			}
			got, sum, err := relayed(t, c.caps, RelayOptions{}, chunk, bytes.Clone(c.answer))
			if err != nil {
				t.Errorf("%s in reads of %d: %v", name, chunk, err)
				continue
			}
			if got != string(c.answer) {
				t.Errorf("%s in reads of %d: the client got other bytes (%d for %d)", name, chunk, len(got), len(c.answer))
			}
			checkSummary(t, name, sum, c.want, int64(len(c.answer)))
		}
	}
}

func checkSummary(t *testing.T, name string, got, want Summary, size int64) {
	t.Helper()
	if (got.Err == nil) != (want.Err == nil) || got.Err != nil && *got.Err != *want.Err {
		t.Errorf("%s: error %v, want %v", name, got.Err, want.Err)
	}
	want.Err, want.Bytes, want.Boundary = got.Err, size, true
	if got != want {
		t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
	}
}

func TestRelayOfAPointSelectIsOneReadAndOneWrite(t *testing.T) {
	answer := relayCases()["rows"].answer
	client, backend, c, _ := relayPair(CapDeprecateEOF, 1<<20, bytes.Clone(answer))
	client.seq = 1
	if _, err := Relay(client, backend, RelayOptions{}); err != nil {
		t.Fatal(err)
	}
	if c.writes != 1 {
		t.Errorf("%d writes", c.writes)
	}
	if client.seq != 7 {
		t.Errorf("the client's next packet would be %d", client.seq)
	}
}

func TestRelayCutsSessionState(t *testing.T) {
	for _, info := range []string{"", "Rows matched: 1  Changed: 1  Warnings: 0"} {
		for _, chunk := range []int{1, 1 << 20} {
			got, sum, err := relayed(t, 0, RelayOptions{}, chunk, packets(1, trackedOK(0, info, someGTID)))
			if err != nil {
				t.Fatal(err)
			}
			want := packets(1, okPayload(OK{AffectedRows: 3, InsertID: 7, Status: StatusAutocommit, Warnings: 1, Info: info}))
			if got != string(want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if sum.GTID != someGTID || sum.Schema != "shop" || !sum.SchemaChanged {
				t.Errorf("summary %+v", sum)
			}
		}
	}
}

func TestRelayKeepsWhatFollowsACutPacket(t *testing.T) {
	first := trackedOK(0, "", someGTID)
	first[3] |= byte(StatusMoreResults)
	answer := packets(1, first, okPayload(OK{AffectedRows: 5}))
	got, sum, err := relayed(t, 0, RelayOptions{}, 1<<20, answer)
	want := packets(1, okPayload(OK{AffectedRows: 3, InsertID: 7, Status: StatusAutocommit | StatusMoreResults, Warnings: 1}),
		okPayload(OK{AffectedRows: 5}))
	if err != nil || got != string(want) || sum.AffectedRows != 5 || sum.GTID != someGTID {
		t.Errorf("%v: got %q, want %q, %+v", err, got, want, sum)
	}
}

func TestRelayKeepsStateForAClientThatTracks(t *testing.T) {
	answer := packets(1, trackedOK(0, "x", someGTID))
	got, _, err := relayed(t, CapSessionTrack, RelayOptions{}, 1<<20, bytes.Clone(answer))
	if err != nil || got != string(answer) {
		t.Errorf("%v: %q", err, got)
	}
}

func TestRelayRewritesStatus(t *testing.T) {
	opts := RelayOptions{SetStatus: StatusInTransaction, ClearStatus: StatusAutocommit}
	before, after := OK{Status: StatusAutocommit, Warnings: 2}, OK{Status: StatusInTransaction, Warnings: 2}
	for name, c := range map[string]struct {
		caps       Capability
		send, want []byte
	}{
		"ok":   {0, packets(1, okPayload(before)), packets(1, okPayload(after))},
		"rows": {CapDeprecateEOF, packets(1, []byte{1}, columnPayload("a"), endPayload(before)), packets(1, []byte{1}, columnPayload("a"), endPayload(after))},
		"eof": {
			0, packets(1, []byte{1}, columnPayload("a"), EOF{2, before.Status}.Append(nil), EOF{2, before.Status}.Append(nil)),
			packets(1, []byte{1}, columnPayload("a"), EOF{2, after.Status}.Append(nil), EOF{2, after.Status}.Append(nil)),
		},
	} {
		got, sum, err := relayed(t, c.caps, opts, 1<<20, c.send)
		if err != nil || got != string(c.want) || sum.Status != StatusAutocommit {
			t.Errorf("%s: %v, %+v\n got %q\nwant %q", name, err, sum, got, c.want)
		}
	}
}

func TestRelayCapture(t *testing.T) {
	for name, c := range relayCases() {
		_, backend, _, _ := relayPair(c.caps, 50, bytes.Clone(c.answer))
		sum, err := Relay(nil, backend, RelayOptions{Capture: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		checkSummary(t, name, sum, c.want, 0)
	}
}

func TestRelayHoldsErrors(t *testing.T) {
	failed := NewError(ErOptionPreventsStatement, "read only")
	got, sum, err := relayed(t, 0, RelayOptions{HoldError: true}, 1<<20, packets(1, failed.Append(nil)))
	if err != nil || got != "" || sum.Err == nil || *sum.Err != *failed {
		t.Errorf("first packet: %v, %q, %+v", err, got, sum)
	}
	late := packets(1, []byte{1}, columnPayload("a"), failed.Append(nil))
	got, _, err = relayed(t, CapDeprecateEOF, RelayOptions{HoldError: true}, 1<<20, bytes.Clone(late))
	if err != nil || got != string(late) {
		t.Errorf("after columns: %v, %q", err, got)
	}
}

func TestRelayPipelinesTwoCommands(t *testing.T) {
	first := packets(1, okPayload(OK{Status: 2}))
	second := packets(1, []byte{1}, columnPayload("a"), textRow("1"), endPayload(OK{Status: 2}))
	client, backend, c, b := relayPair(CapDeprecateEOF, 1<<20, append(bytes.Clone(first), second...))
	c.reads = [][]byte{packets(0, []byte("\x03SELECT 1"))}
	if _, err := client.ReadCommand(); err != nil {
		t.Fatal(err)
	}
	if err := backend.WriteQuery("SET x = 1"); err != nil {
		t.Fatal(err)
	}
	if err := backend.Forward(client); err != nil {
		t.Fatal(err)
	}
	want := string(packets(0, []byte("\x03SET x = 1"))) + string(packets(0, []byte("\x03SELECT 1")))
	if b.writes != 1 || b.written.String() != want {
		t.Errorf("%d writes: %q", b.writes, b.written.String())
	}
	if backend.Outstanding() != 2 {
		t.Errorf("outstanding %d", backend.Outstanding())
	}
	if sum, err := Relay(client, backend, RelayOptions{Capture: true}); err != nil || sum.Status != 2 {
		t.Fatal(sum, err)
	}
	if backend.Clean() {
		t.Error("clean with an answer outstanding")
	}
	if _, err := Relay(client, backend, RelayOptions{}); err != nil {
		t.Fatal(err)
	}
	if c.written.String() != string(second) || !backend.Clean() {
		t.Errorf("client got %q", c.written.String())
	}
}

func TestRelayRenumbersForAClientWhoseCommandHadMoreFrames(t *testing.T) {
	client, backend, c, _ := relayPair(CapDeprecateEOF, 1<<20,
		packets(1, []byte{1}, columnPayload("a"), textRow("1"), endPayload(OK{})))
	client.seq = 2
	if _, err := Relay(client, backend, RelayOptions{}); err != nil {
		t.Fatal(err)
	}
	want := packets(2, []byte{1}, columnPayload("a"), textRow("1"), endPayload(OK{}))
	if c.written.String() != string(want) {
		t.Errorf("got %q", c.written.String())
	}
}

func TestRelayOfAnAnswerWithManyPacketsWraps(t *testing.T) {
	payloads := append([][]byte{{1}, columnPayload("a")}, repeat(textRow("r"), 1000)...)
	answer := packets(1, append(payloads, endPayload(OK{}))...)
	got, sum, err := relayed(t, CapDeprecateEOF, RelayOptions{}, 100, bytes.Clone(answer))
	if err != nil || got != string(answer) || sum.Rows != 1000 {
		t.Error(err, sum)
	}
}

func TestRelayBrokenBackend(t *testing.T) {
	answer := relayCases()["many rows"].answer
	for _, cut := range []int{0, 3, 50, 5000, 5001, 100_000} {
		got, sum, err := relayed(t, CapDeprecateEOF, RelayOptions{}, 1000, bytes.Clone(answer[:cut]))
		var side *SideError
		if !errors.As(err, &side) || side.Side != BackendSide {
			t.Errorf("cut at %d: %v", cut, err)
			continue
		}
		if int(sum.Bytes) != len(got) || side.Forwarded != sum.Bytes && cut < relayHold {
			t.Errorf("cut at %d: forwarded %d, said %d and %d", cut, len(got), sum.Bytes, side.Forwarded)
		}
		if cut < relayHold && len(got) != 0 {
			t.Errorf("cut at %d: %d bytes went out", cut, len(got))
		}
		if whole := endsAtPacket(got); whole != sum.Boundary {
			t.Errorf("cut at %d: boundary %v, is %v", cut, sum.Boundary, whole)
		}
	}
}

func endsAtPacket(s string) bool {
	for len(s) >= packetHeaderLen {
		n := packetHeaderLen + frameLen([]byte(s))
		if n > len(s) {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func TestRelayBrokenClient(t *testing.T) {
	client, backend, c, _ := relayPair(CapDeprecateEOF, 1000, bytes.Clone(relayCases()["many rows"].answer))
	c.failOn = 2
	_, err := Relay(client, backend, RelayOptions{})
	var side *SideError
	if !errors.As(err, &side) || side.Side != ClientSide || side.Forwarded == 0 {
		t.Fatal(err)
	}
	if backend.Clean() || !client.Broken() {
		t.Error("the backend has an answer left and the client is gone")
	}
}

func TestRelayRefusesGarbage(t *testing.T) {
	for name, answer := range map[string][]byte{
		"empty packet":       packets(1),
		"sequence":           packets(2, okPayload(OK{})),
		"empty payload":      packets(1, nil),
		"short OK":           packets(1, []byte{0, 1}),
		"short ERR":          packets(1, []byte{0xff, 1}),
		"no columns":         packets(1, []byte{0xfe, 0, 0}),
		"millions":           packets(1, []byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}),
		"OK of two MB":       packets(1, append([]byte{0, 0, 0, 0, 0}, make([]byte, 2<<20)...)),
		"state beyond end":   packets(1, []byte{0, 0, 0, 0, 0x40, 0, 0, 0, 9, 1}),
		"column instead EOF": packets(1, []byte{1}, columnPayload("a"), columnPayload("b")),
	} {
		_, _, err := relayed(t, 0, RelayOptions{}, 1<<20, answer)
		var side *SideError
		if !errors.As(err, &side) || side.Side != BackendSide {
			t.Errorf("%s: %v", name, err)
		}
	}
}
