package mysql

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func TestOKRoundTrip(t *testing.T) {
	for _, k := range []OK{
		{},
		{AffectedRows: 250, InsertID: 251, Status: StatusAutocommit, Warnings: 3, Info: "Records: 2"},
		{AffectedRows: 1 << 16, InsertID: 1<<64 - 1},
		{AffectedRows: 1 << 24},
	} {
		for _, p := range [][]byte{k.Append(nil), k.AppendEnd(nil)} {
			got, err := ParseOK(p, CapSessionTrack)
			if err != nil || !reflect.DeepEqual(got, k) {
				t.Errorf("%+v: %v, %+v", k, err, got)
			}
		}
	}
}

func TestParseOKWithState(t *testing.T) {
	k, err := ParseOK(trackedOK(headerOK, "info", someGTID), CapSessionTrack)
	if err != nil || k.Info != "info" {
		t.Fatal(err, k)
	}
	states, err := ParseTrack(k.Track)
	want := []State{{Kind: StateGTIDs, Value: someGTID}, {Kind: StateSchema, Value: "shop"}}
	if err != nil || !reflect.DeepEqual(states, want) {
		t.Errorf("%v, %+v", err, states)
	}
}

func TestErrorRoundTrip(t *testing.T) {
	e := NewError(ErNoSuchTable, "Table '%s' doesn't exist", "t")
	got, err := ParseError(e.Append(nil))
	if err != nil || *got != *e || got.State != "42S02" {
		t.Errorf("%v, %v", err, got)
	}
	early, err := ParseError([]byte("\xff\x10\x04Too many connections"))
	if err != nil || early.Code != ErConCount || early.State != "08004" || early.Message != "Too many connections" {
		t.Errorf("before the handshake: %v, %+v", err, early)
	}
	if !errors.Is(got, &Error{Code: ErNoSuchTable}) || errors.Is(got, &Error{Code: ErBadDB}) {
		t.Error("errors.Is does not go by the number")
	}
}

func TestColumnRoundTrip(t *testing.T) {
	col := Column{
		Schema: "shop", Table: "o", OrgTable: "orders", Name: "größe", OrgName: "size", Charset: 255,
		Length: 1 << 30, Type: TypeNewDecimal, Flags: FlagNotNull | FlagUnsigned, Decimals: 4,
	}
	got, err := ParseColumn(col.Append(nil))
	if err != nil || got != col || !got.Unsigned() {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestTextRowRoundTrip(t *testing.T) {
	cells := []Cell{{Data: []byte("a")}, {Null: true}, {Data: []byte{}}, {Data: bytes.Repeat([]byte("x"), 70_000)}}
	p := AppendTextRow(nil, cells)
	got, err := DecodeTextRow(nil, p, len(cells))
	if err != nil || !reflect.DeepEqual(got, cells) {
		t.Error(err)
	}
	for _, n := range []int{3, 5} {
		if _, err := DecodeTextRow(nil, p, n); err == nil {
			t.Errorf("%d cells taken for %d", len(cells), n)
		}
	}
}

// typedValues are text values with the column that they come from, and the
// binary encoding that MySQL documents, where it is short enough to write down.
var typedValues = []struct {
	col    Column
	text   string
	binary string
}{
	{Column{Type: TypeTiny}, "-1", "\xff"},
	{Column{Type: TypeTiny, Flags: FlagUnsigned}, "255", "\xff"},
	{Column{Type: TypeShort}, "-2", "\xfe\xff"},
	{Column{Type: TypeYear, Flags: FlagUnsigned}, "2026", "\xea\x07"},
	{Column{Type: TypeYear, Flags: FlagUnsigned}, "0000", "\x00\x00"},
	{Column{Type: TypeInt24}, "-8388608", "\x00\x00\x80\xff"},
	{Column{Type: TypeLong, Flags: FlagUnsigned}, "4294967295", "\xff\xff\xff\xff"},
	{Column{Type: TypeLongLong}, "-9223372036854775808", "\x00\x00\x00\x00\x00\x00\x00\x80"},
	{Column{Type: TypeLongLong, Flags: FlagUnsigned}, "18446744073709551615", "\xff\xff\xff\xff\xff\xff\xff\xff"},
	{Column{Type: TypeDouble, Decimals: notFixed}, "10.2", "\x66\x66\x66\x66\x66\x66\x24\x40"},
	{Column{Type: TypeDouble, Decimals: 3}, "1.250", ""},
	{Column{Type: TypeDouble, Decimals: notFixed}, "1e100", ""},
	{Column{Type: TypeDouble, Decimals: notFixed}, "-1.5e-20", ""},
	{Column{Type: TypeDouble, Decimals: notFixed}, "0.000012", ""},
	{Column{Type: TypeDouble, Decimals: notFixed}, "0", ""},
	{Column{Type: TypeFloat, Decimals: notFixed}, "10.2", "\x33\x33\x23\x41"},
	{Column{Type: TypeDate}, "2010-10-17", "\x04\xda\x07\x0a\x11"},
	{Column{Type: TypeDate}, "0000-00-00", "\x00"},
	{Column{Type: TypeDatetime}, "2010-10-17 19:27:30", "\x07\xda\x07\x0a\x11\x13\x1b\x1e"},
	{Column{Type: TypeDatetime}, "2010-10-17 00:00:00", "\x04\xda\x07\x0a\x11"},
	{Column{Type: TypeTimestamp, Decimals: 6}, "2010-10-17 19:27:30.000001", "\x0b\xda\x07\x0a\x11\x13\x1b\x1e\x01\x00\x00\x00"},
	{Column{Type: TypeTimestamp, Decimals: 3}, "2010-10-17 19:27:30.120", ""},
	{Column{Type: TypeTime, Decimals: 6}, "-120:19:27.000001", "\x0c\x01\x05\x00\x00\x00\x00\x13\x1b\x01\x00\x00\x00"},
	{Column{Type: TypeTime}, "120:19:27", "\x08\x00\x05\x00\x00\x00\x00\x13\x1b"},
	{Column{Type: TypeTime}, "00:00:00", "\x00"},
	{Column{Type: TypeTime}, "838:59:59", ""},
	{Column{Type: TypeNewDecimal}, "-1.50", "\x05-1.50"},
	{Column{Type: TypeVarString}, "text", "\x04text"},
	{Column{Type: TypeJSON}, `{"a": 1}`, "\x08{\"a\": 1}"},
}

func TestBinaryRowFromText(t *testing.T) {
	columns, cells := make([]Column, 0, len(typedValues)), make([]Cell, 0, len(typedValues))
	for _, v := range typedValues {
		one, err := TextToBinary(nil, &v.col, []byte(v.text))
		if err != nil || v.binary != "" && string(one) != v.binary {
			t.Errorf("%s: %v, %q, want %q", v.text, err, one, v.binary)
		}
		columns, cells = append(columns, v.col), append(cells, Cell{Data: []byte(v.text)})
	}
	columns, cells = append(columns, Column{Type: TypeLong}), append(cells, Cell{Null: true})
	p, err := AppendBinaryRowFromText(nil, columns, cells)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeBinaryRow(nil, p, columns)
	if err != nil {
		t.Fatal(err)
	}
	if again := AppendBinaryRow(nil, columns, got); !bytes.Equal(again, p) {
		t.Error("a decoded row is encoded otherwise")
	}
	for i, v := range typedValues {
		text, err := BinaryToText(nil, &v.col, got[i].Data)
		if err != nil || string(text) != v.text {
			t.Errorf("%s came back as %s, %v", v.text, text, err)
		}
	}
	if !got[len(typedValues)].Null {
		t.Error("NULL came back as a value")
	}
}

func TestTextToBinaryRefusesWhatTheColumnCannotHold(t *testing.T) {
	for _, c := range []struct {
		t    FieldType
		text string
	}{
		{TypeLong, "1.5"},
		{TypeLong, ""},
		{TypeDouble, "x"},
		{TypeDate, "2010-10"},
		{TypeDatetime, "2010-10-17 1"},
		{TypeTime, "1:2"},
		{TypeTime, "1:2:3.x"},
		{TypeDate, ""},
		{TypeDatetime, "2010-10-17 19:27:30.1234567"},
	} {
		if _, err := TextToBinary(nil, &Column{Type: c.t}, []byte(c.text)); err == nil {
			t.Errorf("%q passed for type %d", c.text, c.t)
		}
	}
}

func TestWrittenResultsAreReadBack(t *testing.T) {
	columns := []Column{{Name: "a", Type: TypeLong}, {Name: "b", Type: TypeVarString}}
	rows := [][]Cell{{{Data: []byte("1")}, {Data: []byte("x")}}, {{Null: true}, {Data: []byte("y")}}}
	for _, caps := range []Capability{0, CapDeprecateEOF} {
		w := &scriptConn{}
		c := NewConn(w, ConnOptions{Capabilities: caps})
		c.seq = 1
		if err := errors.Join(WriteResult(c, StatusAutocommit, columns, rows, false), c.Flush()); err != nil {
			t.Fatal(err)
		}
		r := NewConn(&scriptConn{reads: [][]byte{w.written.Bytes()}}, ConnOptions{Capabilities: caps})
		res, err := r.ReadResult(1000)
		if err != nil || !reflect.DeepEqual(res.Columns, columns) || !reflect.DeepEqual(res.Rows, rows) ||
			res.Status != StatusAutocommit || !r.Clean() {
			t.Errorf("%v, %+v", err, res)
		}
	}
}

func TestReadResultIsBounded(t *testing.T) {
	answer := packets(1, []byte{1}, columnPayload("a"), textRow("123456"), textRow("123456"), endPayload(OK{}))
	c := NewConn(&scriptConn{reads: [][]byte{answer}}, ConnOptions{Capabilities: CapDeprecateEOF})
	_, err := c.ReadResult(10)
	wantCode(t, "rows beyond the bound", err, ErNetPacketTooLarge)
	if c.Clean() {
		t.Error("clean with rows unread")
	}
}
