package mysql

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

func TestPreparedRoundTrip(t *testing.T) {
	s := &Prepared{
		ID: 5, Warnings: 1,
		Params: [][]byte{columnPayload("?"), columnPayload("?")}, Columns: [][]byte{columnPayload("a")},
	}
	for _, want := range []*Prepared{s, {ID: 9}, {ID: 1, Params: s.Params}, {ID: 1, Columns: s.Columns}} {
		for _, caps := range []Capability{0, CapDeprecateEOF} {
			w := &scriptConn{}
			c := NewConn(w, ConnOptions{Capabilities: caps})
			c.seq = 1
			if err := errors.Join(c.WritePrepared(want, want.ID, 0), c.Flush()); err != nil {
				t.Fatal(err)
			}
			r := NewConn(&scriptConn{reads: [][]byte{w.written.Bytes()}}, ConnOptions{Capabilities: caps})
			got, err := r.ReadPrepared()
			if err != nil || !reflect.DeepEqual(got, want) || !r.Clean() {
				t.Errorf("%v, %+v, want %+v", err, got, want)
			}
		}
	}
}

func testExecute() *Execute {
	return &Execute{StmtID: 3, Rebound: true, Params: []Param{
		{ParamType: ParamType{Type: TypeLongLong, Unsigned: true}, Value: []byte{1, 0, 0, 0, 0, 0, 0, 0x80}},
		{ParamType: ParamType{Type: TypeVarString}, Null: true},
		{ParamType: ParamType{Type: TypeVarString}, Value: []byte("it's")},
		{ParamType: ParamType{Type: TypeDatetime}, Value: []byte{0xda, 7, 10, 17}},
		{ParamType: ParamType{Type: TypeTiny}, Value: []byte{0xff}},
	}}
}

func TestExecuteRoundTrip(t *testing.T) {
	x := testExecute()
	p := x.Append(nil)
	got, err := ParseExecute(p, len(x.Params), nil, nil)
	if err != nil || !reflect.DeepEqual(got, x) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, x)
	}
	if id, ok := StmtID(p); !ok || id != 3 {
		t.Error(id, ok)
	}
	SetStmtID(p, 77)
	if id, _ := StmtID(p); id != 77 {
		t.Error(id)
	}
}

func TestExecuteKeepsTheTypesBoundBefore(t *testing.T) {
	p := []byte{byte(ComStmtExecute), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0xfe, 0xff}
	x, err := ParseExecute(p, 1, []ParamType{{Type: TypeShort}}, nil)
	if err != nil || x.Rebound || !bytes.Equal(x.Params[0].Value, []byte{0xfe, 0xff}) {
		t.Errorf("%v, %+v", err, x)
	}
	if _, err := ParseExecute(p, 1, nil, nil); err == nil {
		t.Error("a parameter without a type")
	}
}

func TestExecuteWithLongData(t *testing.T) {
	x := &Execute{StmtID: 3, Rebound: true, Params: []Param{
		{ParamType: ParamType{Type: TypeBlob}, Null: true},
		{ParamType: ParamType{Type: TypeTiny}, Value: []byte{1}},
	}}
	p := x.Append(nil)
	p[10] = 0 // the client sends neither a value nor a NULL for long data
	got, err := ParseExecute(p, 2, nil, [][]byte{[]byte("long")})
	if err != nil || string(got.Params[0].Value) != "long" || got.Params[1].Value[0] != 1 {
		t.Fatalf("%v, %+v", err, got)
	}
	again, err := ParseExecute(got.Append(nil), 2, nil, nil)
	if err != nil || string(again.Params[0].Value) != "long" {
		t.Errorf("%v, %+v", err, again)
	}
}

func TestParseLongData(t *testing.T) {
	d, err := ParseLongData([]byte{byte(ComStmtSendLongData), 1, 0, 0, 0, 2, 0, 'x', 'y'})
	if err != nil || d.StmtID != 1 || d.Param != 2 || string(d.Data) != "xy" {
		t.Errorf("%v, %+v", err, d)
	}
	if _, err := ParseLongData([]byte{byte(ComStmtSendLongData), 1, 0, 0, 0, 2}); err == nil {
		t.Error("short")
	}
}

func TestLiteral(t *testing.T) {
	gbk := LiteralMode{Charset: "gbk"}
	for _, c := range []struct {
		p    Param
		m    LiteralMode
		want string
	}{
		{Param{Null: true}, LiteralMode{}, "NULL"},
		{Param{ParamType: ParamType{Type: TypeTiny}, Value: []byte{0xff}}, LiteralMode{}, "-1"},
		{Param{ParamType: ParamType{Type: TypeTiny, Unsigned: true}, Value: []byte{0xff}}, LiteralMode{}, "255"},
		{Param{ParamType: ParamType{Type: TypeDouble}, Value: []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f}}, LiteralMode{}, "1.5e+00"},
		{Param{ParamType: ParamType{Type: TypeVarString}, Value: []byte(`it's a \`)}, LiteralMode{}, `'it''s a \\'`},
		{Param{ParamType: ParamType{Type: TypeVarString}, Value: []byte(`it's a \`)}, LiteralMode{NoBackslashEscapes: true}, `'it''s a \'`},
		{Param{ParamType: ParamType{Type: TypeVarString}, Value: []byte("\x81\x5c'")}, gbk, `_gbk X'815c27'`},
		{Param{ParamType: ParamType{Type: TypeVarString}, Value: []byte("\x81\x41'")}, gbk, "'\x81\x41'''"},
		{Param{ParamType: ParamType{Type: TypeBlob}, Value: []byte("a'\xff")}, LiteralMode{}, `_binary X'6127ff'`},
		{Param{ParamType: ParamType{Type: TypeBlob}, Value: []byte("a'ß")}, LiteralMode{}, `'a''ß'`},
		{Param{ParamType: ParamType{Type: TypeNewDecimal}, Value: []byte("-1.50")}, LiteralMode{}, "-1.50"},
		{Param{ParamType: ParamType{Type: TypeNewDecimal}, Value: []byte("1) OR (1")}, LiteralMode{}, "'1) OR (1'"},
		{Param{ParamType: ParamType{Type: TypeDate}, Value: []byte{0xda, 7, 10, 17}}, LiteralMode{}, "DATE'2010-10-17'"},
		{Param{ParamType: ParamType{Type: TypeDatetime}, Value: nil}, LiteralMode{}, "'0000-00-00 00:00:00.000000'"},
		{Param{ParamType: ParamType{Type: TypeDatetime}, Value: []byte{0xda, 7, 10, 17, 1, 2, 3, 1, 0, 0, 0}}, LiteralMode{}, "TIMESTAMP'2010-10-17 01:02:03.000001'"},
		{Param{ParamType: ParamType{Type: TypeTime}, Value: []byte{1, 0, 0, 0, 0, 1, 2, 3}}, LiteralMode{}, "TIME'-01:02:03.000000'"},
	} {
		got, err := c.p.Literal(nil, c.m)
		if err != nil || string(got) != c.want {
			t.Errorf("%+v: %v, %s, want %s", c.p, err, got, c.want)
		}
	}
	for _, p := range []Param{
		{ParamType: ParamType{Type: TypeLong}, Value: []byte{1}},
		{ParamType: ParamType{Type: TypeDouble}, Value: []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}},
		{ParamType: ParamType{Type: TypeTime}, Value: []byte{1}},
	} {
		if got, err := p.Literal(nil, LiteralMode{}); err == nil {
			t.Errorf("%+v became %s", p, got)
		}
	}
}
