package plan

import (
	"bytes"
	"testing"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/shardkey"
)

func scanned(sql string, mode parser.Mode) *ShapeArgs {
	var scanner parser.Scanner
	shape := &parser.Shape{}
	scanner.Scan([]byte(sql), mode, shape)
	return &ShapeArgs{SQL: []byte(sql), Shape: shape, Mode: mode}
}

func TestShapeArgsValues(t *testing.T) {
	type value struct {
		kind shardkey.Kind
		text string
	}
	for _, c := range []struct {
		literal string
		mode    parser.Mode
		want    value
	}{
		{"12", parser.Mode{}, value{shardkey.Int, "12"}},
		{"1.50", parser.Mode{}, value{shardkey.Decimal, "1.50"}},
		{"1e3", parser.Mode{}, value{shardkey.Float, "1e3"}},
		{"'abc'", parser.Mode{}, value{shardkey.String, "abc"}},
		{"''", parser.Mode{}, value{shardkey.String, ""}},
		{`"a'b"`, parser.Mode{}, value{shardkey.String, "a'b"}},
		{"'it''s'", parser.Mode{}, value{shardkey.String, "it's"}},
		{`'a\'b\\\n'`, parser.Mode{}, value{shardkey.String, "a'b\\\n"}},
		{`'a\b'`, parser.Mode{NoBackslashEscapes: true}, value{shardkey.String, `a\b`}},
		{"N'abc'", parser.Mode{}, value{shardkey.String, "abc"}},
		{"_binary'a''b'", parser.Mode{}, value{shardkey.Binary, "a'b"}},
		{"x'4142'", parser.Mode{}, value{shardkey.Binary, "AB"}},
		{"0x41", parser.Mode{}, value{shardkey.Binary, "A"}},
		{"b'1'", parser.Mode{}, value{shardkey.Other, ""}},
	} {
		args := scanned("SELECT 1 FROM t WHERE a = "+c.literal, c.mode)
		if len(args.Shape.Slots) != 1 {
			t.Fatalf("%s has %d slots", c.literal, len(args.Shape.Slots))
		}
		v := args.Value(0, 0)
		if v.Kind != c.want.kind || string(v.Bytes) != c.want.text {
			t.Errorf("%s is %v %q", c.literal, v.Kind, v.Bytes)
		}
		if text := args.AppendSQL([]byte("x "), 0); string(text) != "x "+c.literal {
			t.Errorf("%s is written as %s", c.literal, text)
		}
	}
}

func TestShapeArgsLists(t *testing.T) {
	args := scanned("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'),\n(3, 'z') ON DUPLICATE KEY UPDATE b = 'q'", parser.Mode{})
	if n := args.Len(0); n != 3 {
		t.Errorf("the first slot has %d values", n)
	}
	if v := args.Value(1, 2); string(v.Bytes) != "z" {
		t.Errorf("the last row's value is %q", v.Bytes)
	}
	if text := args.AppendOneSQL(nil, 1, 1); string(text) != "'y'" {
		t.Errorf("the second row's value is %s", text)
	}
	if v := args.Value(2, 0); args.Len(2) != 1 || string(v.Bytes) != "q" {
		t.Errorf("the slot behind the rows is %q", v.Bytes)
	}
	args = scanned("DELETE FROM t WHERE a IN (1, 'b' , ?) AND c = ?", parser.Mode{})
	args.Params = testParams{"7", "NULL"}
	if n := args.Len(0); n != 3 {
		t.Errorf("the list has %d values", n)
	}
	if text := args.AppendSQL(nil, 0); string(text) != "1, 'b', 7" {
		t.Errorf("the list is written as %s", text)
	}
	if v := args.Value(0, 2); v.Kind != shardkey.Int || string(v.Bytes) != "7" {
		t.Errorf("the parameter in the list is %q", v.Bytes)
	}
	if v := args.Value(1, 0); v.Kind != shardkey.Null {
		t.Errorf("the second parameter is %v", v.Kind)
	}
}

// A doubtful shape has no slots; then slots are the client's placeholders.
func TestShapeArgsOfDoubtfulShape(t *testing.T) {
	args := &ShapeArgs{Shape: &parser.Shape{Doubt: true}, Params: testParams{"5", "'x'"}}
	if v := args.Value(1, 0); v.Kind != shardkey.String || string(v.Bytes) != "x" {
		t.Errorf("the second parameter is %v %q", v.Kind, v.Bytes)
	}
	if text := args.AppendSQL(nil, 0); string(text) != "5" {
		t.Errorf("the first parameter is written as %s", text)
	}
	args.Params = nil
	if v := args.Value(0, 0); v.Kind != shardkey.Other {
		t.Errorf("a placeholder without a value is %v", v.Kind)
	}
}

func TestShapeArgsCharsets(t *testing.T) {
	args := scanned("SELECT 1 FROM t WHERE a = 'x' AND b = N'y' AND c = 5", parser.Mode{})
	args.Charset = shardkey.Latin1
	if v := args.Value(0, 0); v.Charset != shardkey.Latin1 {
		t.Errorf("a string of a latin1 session is %v", v.Charset)
	}
	if v := args.Value(1, 0); v.Kind != shardkey.Other {
		t.Errorf("N'y' of a latin1 session is %v", v.Kind)
	}
	args.Charset, args.Opaque = shardkey.UTF8, true
	for slot, want := range []shardkey.Kind{shardkey.Other, shardkey.Other, shardkey.Int} {
		if v := args.Value(slot, 0); v.Kind != want {
			t.Errorf("slot %d of an opaque session is %v", slot, v.Kind)
		}
	}
}

// pointSelect is a plan and an execution of it, as the hot path has them.
func pointSelect(t testing.TB, literal string) (*Target, *ShapeArgs) {
	t.Helper()
	w := newWorld()
	w.keyspace(t, "shop", 4, []string{"g1", "g2", "g3", "g4"}, `CREATE TABLE i (k BIGINT NOT NULL) COMMENT='shardway:shard_key=k';
CREATE TABLE s (k VARCHAR(40) NOT NULL) COMMENT='shardway:shard_key=k'`)
	table := "i"
	if literal[0] == '\'' {
		table = "s"
	}
	p, args, err := w.buildArgs("SELECT * FROM "+table+" WHERE k = "+literal, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &p.Op.(*Route).Target, args
}

func TestGroupsAllocatesNothing(t *testing.T) {
	for _, literal := range []string{"123456", "'plain text'"} {
		target, args := pointSelect(t, literal)
		var room [8]string
		allocs := testing.AllocsPerRun(100, func() {
			if placed, err := target.Groups(room[:0], args); err != nil || len(placed.Groups) != 1 {
				t.Fatal(placed, err)
			}
		})
		if allocs != 0 {
			t.Errorf("placing %s allocates %v times", literal, allocs)
		}
	}
}

func TestGroupsOfJoinWithReferenceAllocatesNothing(t *testing.T) {
	w := newWorld()
	w.keyspace(t, "shop", 2, []string{"g1", "g2"}, `CREATE TABLE i (k BIGINT NOT NULL) COMMENT='shardway:shard_key=k';
CREATE TABLE r (k INT) COMMENT='shardway:reference'`)
	p, args, err := w.buildArgs("SELECT * FROM i JOIN r ON r.k = i.k WHERE i.k IN (1, 2, 3)", nil)
	if err != nil {
		t.Fatal(err)
	}
	target := &p.Op.(*Route).Target
	var room [8]string
	if allocs := testing.AllocsPerRun(100, func() { _, _ = target.Groups(room[:0], args) }); allocs != 0 {
		t.Errorf("placing it allocates %v times", allocs)
	}
}

func TestSameTokens(t *testing.T) {
	text := func(collation string) shardkey.Column {
		return shardkey.Column{Type: "varchar(10)", Collation: collation}
	}
	for _, c := range []struct {
		a, b shardkey.Column
		want bool
	}{
		{shardkey.Column{Type: "int"}, shardkey.Column{Type: "bigint unsigned"}, true},
		{shardkey.Column{Type: "tinyint(1)"}, shardkey.Column{Type: "int(5) unsigned zerofill"}, true},
		{shardkey.Column{Type: "int"}, shardkey.Column{Type: "decimal(10,0)"}, false},
		{shardkey.Column{Type: "decimal(10,2)"}, shardkey.Column{Type: "decimal(12,2)"}, false},
		{shardkey.Column{Type: "date"}, shardkey.Column{Type: "datetime"}, false},
		{shardkey.Column{Type: "date"}, shardkey.Column{Type: "date"}, true},
		{shardkey.Column{Type: "int"}, text("utf8mb4_general_ci"), false},
		{text("utf8mb4_general_ci"), text("utf8mb4_bin"), false},
		{text("utf8mb4_general_ci"), shardkey.Column{Type: "char(3)", Collation: "utf8mb4_general_ci"}, true},
	} {
		if got := sameTokens(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: %v", c.a, c.b, got)
		}
	}
}

func BenchmarkGroups(b *testing.B) {
	for _, c := range []struct{ name, literal string }{{"integer", "123456"}, {"text", "'plain text'"}} {
		b.Run(c.name, func(b *testing.B) {
			target, args := pointSelect(b, c.literal)
			var room [8]string
			b.ReportAllocs()
			for b.Loop() {
				if _, err := target.Groups(room[:0], args); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestTemplateFillsRows(t *testing.T) {
	args := scanned("INSERT INTO t VALUES (1, 'a'), (2, 'b')", parser.Mode{})
	row := &Template{Parts: []string{"", ", ", ""}, Holes: []Hole{{Slot: 0}, {Slot: 1}}}
	template := &Template{Parts: []string{"INSERT INTO t VALUES ", ""}, Holes: []Hole{{Kind: HoleRows, Row: row}}}
	text, err := template.Append(nil, args, testFill)
	if err != nil || !bytes.Equal(text, args.SQL) {
		t.Errorf("%s, %v", text, err)
	}
}
