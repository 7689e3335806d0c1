package mysql

import (
	"strings"
	"testing"
)

const (
	uuidA = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	uuidB = "4e11fa47-71ca-11e1-9e33-c80aa9429562"
)

func set(t *testing.T, text string) GTIDSet {
	t.Helper()
	s, err := ParseGTIDSet(strings.NewReplacer("A", uuidA, "B", uuidB).Replace(text))
	if err != nil {
		t.Fatal(text, err)
	}
	return s
}

func TestGTIDSetString(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"A:1":                      "A:1",
		"A:1-5":                    "A:1-5",
		"A:1-5:7:9-11":             "A:1-5:7:9-11",
		"B:1,\nA:3-4:1-2":          "A:1-4,B:1",
		"A:1-3,A:2-9":              "A:1-9",
		"A:1-3:5-7:4":              "A:1-7",
		"A:tag:1-3":                "A:tag:1-3",
		"A:1-3:Tag:5:1-4:other:9 ": "A:1-3,A:other:9,A:tag:1-5",
	} {
		got := strings.NewReplacer(uuidA, "A", uuidB, "B").Replace(set(t, in).String())
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if s, err := ParseGTIDSet(strings.ToUpper(uuidA) + ":1"); err != nil || s.String() != uuidA+":1" {
		t.Errorf("upper case: %v, %s", err, s)
	}
}

func TestGTIDSetRefuses(t *testing.T) {
	for _, text := range []string{"x", uuidA, uuidA + ":", uuidA + ":0", uuidA + ":5-4", uuidA + ":1-", uuidA + ":tag", uuidA[:35] + ":1", uuidA + "0:1", uuidA + ":1:1tag"} {
		if s, err := ParseGTIDSet(text); err == nil {
			t.Errorf("%q became %s", text, s)
		}
	}
}

func TestGTIDSetContains(t *testing.T) {
	for _, c := range []struct {
		s, t string
		want bool
	}{
		{"A:1-5", "", true},
		{"", "A:1", false},
		{"A:1-5", "A:5", true},
		{"A:1-5", "A:6", false},
		{"A:1-5:7-9", "A:2-3:8-9", true},
		{"A:1-5:7-9", "A:5-7", false},
		{"A:1-5,B:1-2", "A:1,B:2", true},
		{"A:1-5", "B:1", false},
		{"A:1-5", "A:tag:1", false},
		{"A:tag:1-5", "A:Tag:1", true},
		{"A:1-5:7:9:11:13-20", "A:9:14-15", true},
		{"A:1-5:7:9:11:13-20", "A:10", false},
	} {
		if got := set(t, c.s).Contains(set(t, c.t)); got != c.want {
			t.Errorf("%q contains %q: %v", c.s, c.t, got)
		}
	}
}

func TestGTIDSetUnionAndAdd(t *testing.T) {
	a, b := set(t, "A:1-5:9"), set(t, "A:6-7,B:1")
	u := a.Union(b)
	if want := set(t, "A:1-7:9,B:1"); !u.Equal(want) || u.Count() != 9 {
		t.Errorf("got %s", u)
	}
	if !a.Equal(set(t, "A:1-5:9")) || !b.Equal(set(t, "A:6-7,B:1")) {
		t.Error("a set changed")
	}
	g, err := ParseGTID(uuidA + ":8")
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Add(g); !got.Equal(set(t, "A:1-9,B:1")) || !got.Has(g) || u.Has(g) {
		t.Errorf("got %s", got)
	}
	if g.String() != uuidA+":8" {
		t.Error(g)
	}
	tagged, err := ParseGTID(uuidA + ":Blue:3")
	if err != nil || tagged.String() != uuidA+":blue:3" {
		t.Error(err, tagged)
	}
	for _, bad := range []string{"", uuidA + ":1-2", uuidA + ":1:3", uuidA + ":1," + uuidB + ":1"} {
		if _, err := ParseGTID(bad); err == nil {
			t.Errorf("%q is taken for one GTID", bad)
		}
	}
	if !(GTIDSet{}).IsZero() || u.IsZero() {
		t.Error("IsZero")
	}
}

func BenchmarkGTIDSetHas(b *testing.B) {
	s, err := ParseGTIDSet(uuidA + ":1-1000000," + uuidB + ":1-500")
	if err != nil {
		b.Fatal(err)
	}
	g, err := ParseGTID(uuidB + ":77")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !s.Has(g) {
			b.Fatal()
		}
	}
}
