package drill

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/go-sql-driver/mysql"
	"go.uber.org/goleak"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatAnErrorSaysOfAWrite(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Outcome
	}{
		{nil, Acknowledged},
		{&mysql.MySQLError{Number: 1213}, Refused},
		{&mysql.MySQLError{Number: 2013}, Unknown},
		{driver.ErrBadConn, Refused}, // nothing was sent
		{mysql.ErrInvalidConn, Unknown},
		{io.ErrUnexpectedEOF, Unknown},
		{context.DeadlineExceeded, Unknown},
	} {
		if got := outcomeOf(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
	for err, want := range map[error]string{
		&mysql.MySQLError{Number: 1205}: "error 1205", fmt.Errorf("%w: refused", errDial): "could not connect", mysql.ErrInvalidConn: "connection lost",
	} {
		if got := className(err); got != want {
			t.Errorf("%v is called %q", err, got)
		}
	}
}

func TestLongestGap(t *testing.T) {
	at := func(seconds ...int) (all []time.Time) {
		for _, s := range seconds {
			all = append(all, time.Unix(int64(s), 0))
		}
		return all
	}
	for _, c := range []struct {
		acknowledged []time.Time
		want         int
	}{
		{at(), 10},
		{at(1, 11, 12, 20), 8},
		{at(10, 11, 19, 20, 40), 8},
		{at(5, 18, 25), 8},
		{at(11, 12, 13, 14, 15), 5},
	} {
		if got := longestGap(c.acknowledged, time.Unix(10, 0), time.Unix(20, 0)); got != time.Duration(c.want)*time.Second {
			t.Errorf("%v: %s, want %d s", c.acknowledged, got, c.want)
		}
	}
}

// Each way in which a writer's rows can be wrong is found.
func TestRowsAreJudged(t *testing.T) {
	writer := func() *lane {
		return &lane{id: 7, ops: []op{
			{n: 1, what: deedInsert, outcome: Acknowledged},
			{n: 2, what: deedCount, outcome: Acknowledged},
			{n: 3, what: deedInsert, outcome: Refused},
			{n: 4, what: deedCount, outcome: Unknown},
			{n: 5, what: deedInsert, outcome: Unknown},
			{n: 6, what: deedPair, outcome: Acknowledged},
		}}
	}
	for _, c := range []struct {
		name  string
		rows  []int
		tally int
		lost  int
		says  string
	}{
		{"good, the unknown ones did not happen", []int{1, 6, -6}, 2, 0, ""},
		{"good, they did", []int{1, 5, 6, -6}, 3, 0, ""},
		{"a lost row", []int{6, -6}, 2, 1, ""},
		{"a lost transaction", []int{1}, 2, 1, ""},
		{"half a transaction", []int{1, 6}, 2, 0, "by half"},
		{"one that was refused", []int{1, 3, 6, -6}, 2, 0, "was refused and is there"},
		{"one that nobody asked for", []int{1, 6, -6, 9}, 2, 0, "nobody asked"},
		{"a lost count", []int{1, 6, -6}, 1, 1, "for certain"},
		{"done twice", []int{1, 6, -6}, 4, 0, "done twice"},
	} {
		rows := map[int]bool{}
		for _, n := range c.rows {
			rows[n] = true
		}
		f := &findings{}
		(&laneRows{rows: map[int]map[int]bool{7: rows}, tally: map[int]int{7: c.tally}}).judge(writer(), f)
		if said := strings.Join(f.broken, "; "); f.lost != c.lost || c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s: %d lost, %q", c.name, f.lost, said)
		}
	}
}

func TestRegistersAreJudged(t *testing.T) {
	event := func(client int, in registerOp, out seen, call, end int64) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: in, Output: out, Call: call, Return: end}
	}
	set := func(v int) registerOp { return registerOp{old: -1, value: v} }
	read := registerOp{read: true, old: -1}
	for _, c := range []struct {
		name    string
		good    bool
		history []porcupine.Operation
	}{
		{"a read after a write", true, []porcupine.Operation{event(0, set(5), seen{written: true}, 1, 2), event(1, read, seen{value: 5}, 3, 4)}},
		{"a read of what was overwritten", false, []porcupine.Operation{event(0, set(5), seen{written: true}, 1, 2), event(1, read, seen{value: 0}, 3, 4)}},
		{"an unknown write that happened", true, []porcupine.Operation{event(0, set(5), seen{unknown: true}, 1, 9), event(1, read, seen{value: 5}, 3, 4)}},
		{"an unknown write that did not", true, []porcupine.Operation{event(0, set(5), seen{unknown: true}, 1, 9), event(1, read, seen{value: 0}, 3, 4)}},
		{"compared and set", true, []porcupine.Operation{event(0, registerOp{old: 0, value: 5}, seen{written: true}, 1, 2), event(1, registerOp{old: 0, value: 6}, seen{}, 3, 4)}},
		{"set against the comparison", false, []porcupine.Operation{event(0, registerOp{old: 3, value: 5}, seen{written: true}, 1, 2)}},
		{"not set though it fits", false, []porcupine.Operation{event(0, registerOp{old: 0, value: 5}, seen{}, 1, 2)}},
	} {
		if err := checkRegisters([]*registrar{{history: c.history}}); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Every drill says what it does, and no two have one name.
func TestDrillsSayWhatTheyDo(t *testing.T) {
	names := map[string]bool{}
	for _, d := range All() {
		if names[d.Name] || d.Does == "" || d.Holds == "" || len(d.Steps) == 0 || d.Worst < d.Median {
			t.Errorf("%+v", d)
		}
		names[d.Name] = true
		if found, ok := Find(d.Name); !ok || found.Name != d.Name {
			t.Errorf("%s is not found", d.Name)
		}
	}
	if _, ok := Find("nothing"); ok {
		t.Error("a drill that is none was found")
	}
}

func TestKeysOnAGroup(t *testing.T) {
	var left, right topology.Range
	for text, to := range map[string]*topology.Range{"-80": &left, "80-": &right} {
		if err := to.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	shards := []admin.ShardInfo{{Group: "g1", Range: left}, {Group: "g2", Range: right}}
	one, two := keysOn("g1", shards, 20), keysOn("g2", shards, 20)
	if len(one) != 20 || len(two) != 20 || slices.ContainsFunc(one, func(n int) bool { return slices.Contains(two, n) }) {
		t.Errorf("%v and %v", one, two)
	}
	if keysOn("g3", shards, 1) != nil {
		t.Error("keys on a group without shards")
	}
}

func TestTheVerdict(t *testing.T) {
	done := topology.Operation{Outcome: topology.OutcomeDone}
	d := Drill{Name: "x", Changes: Between{1, 1}, Quiet: true}
	for _, c := range []struct {
		name   string
		report Report
		err    error
		want   Verdict
	}{
		{"kept", Report{Changes: []topology.Operation{done, {Outcome: "undone: x"}}}, nil, Held},
		{"lost", Report{Changes: []topology.Operation{done}, Told: Told{Lost: 1}}, nil, Broken},
		{"too many changes", Report{Changes: []topology.Operation{done, done}}, nil, Broken},
		{"too few", Report{}, nil, Broken},
		{"an error", Report{Changes: []topology.Operation{done}, Told: Told{Errors: map[string]int{"error 1205": 1}}}, nil, Broken},
		{"in vain", Report{Changes: []topology.Operation{done}}, errors.New("in vain"), Broken},
		{"not told", Report{Changes: []topology.Operation{done}}, errNotTold, Untold},
		{"stopped", Report{}, context.Canceled, Untold},
		{"impossible", Report{}, fmt.Errorf("%w: no", ErrUnable), Unable},
		{"not told, and broken", Report{Changes: []topology.Operation{done}, Told: Told{Lost: 2}}, errNotTold, Broken},
	} {
		if c.report.judge(d, c.err); c.report.Verdict != c.want {
			t.Errorf("%s: %s", c.name, c.report.Verdict)
		}
	}
}

// A read of what was overwritten before it began fits no order of events, and is named.
func TestAnOldValueIsNoticed(t *testing.T) {
	op := func(client int, in registerOp, out seen, from, to int64) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: in, Output: out, Call: from * 1e6, Return: to * 1e6}
	}
	write, written := func(v int) registerOp { return registerOp{old: -1, value: v} }, seen{written: true}
	history := []porcupine.Operation{
		op(0, write(3), written, 0, 2), op(1, registerOp{read: true, old: -1}, seen{value: 3}, 3, 4),
		op(0, write(6), written, 5, 7), op(1, registerOp{read: true, old: -1, by: 1}, seen{value: 6}, 6, 9),
	}
	r := &registrar{history: history}
	if err := checkRegisters([]*registrar{r}); err != nil {
		t.Error(err)
	}
	r.history = append(r.history, op(2, registerOp{read: true, old: -1, by: 1}, seen{value: 3}, 10, 11))
	err := checkRegisters([]*registrar{r})
	if err == nil || !strings.Contains(err.Error(), "that does not: client 2 by proxy 1 read 3 (0.0 ms to 1.0 ms)") || !strings.Contains(err.Error(), "client 0 by proxy 0 wrote 6 (-5.0 ms to -3.0 ms)") {
		t.Error(err)
	}
}
