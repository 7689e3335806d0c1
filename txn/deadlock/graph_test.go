package deadlock

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestSafetyRule8Victims runs scripts. "waits" takes lines such as
//
//	g1: a:12* waits b:13
//
// in group g1 transaction a, there on connection 12, waits for b on 13; a star
// says that the transaction is known to span groups. The letter stands for the
// home session. weight=a:3 and started=a:7 set what is known of a in all groups;
// "looks" takes several looks, each begun by a line that names the groups that
// answer, and prints the victims of the last one.
func TestSafetyRule8Victims(t *testing.T) {
	datadriven.RunTest(t, "testdata/victims", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "victims":
			return printVictims(Victims(parseWaits(t, d, d.Input)))
		case "looks":
			var before, now []Wait
			for look := range strings.SplitSeq(strings.TrimPrefix(d.Input, "look "), "\nlook ") {
				answered, lines, _ := strings.Cut(look, "\n")
				told := map[string]bool{}
				for group := range strings.FieldsSeq(answered) {
					told[group] = true
				}
				now = Lasting(before, parseWaits(t, d, lines))
				before = Known(before, parseWaits(t, d, lines), told)
			}
			return printVictims(Victims(now))
		}
		d.Fatalf(t, "unknown command %q", d.Cmd)
		return ""
	})
}

func printVictims(victims []Victim) string {
	var b strings.Builder
	for _, v := range victims {
		var circle []string
		for _, t := range v.Circle {
			circle = append(circle, t.Home)
		}
		fmt.Fprintf(&b, "stop %s on connection %d of %s; circle %s\n", v.Transaction.Home, v.Connection, v.Group, strings.Join(circle, " "))
	}
	if b.Len() == 0 {
		return "nobody\n"
	}
	return b.String()
}

func parseWaits(t *testing.T, d *datadriven.TestData, lines string) []Wait {
	t.Helper()
	values := func(name string) map[string]int64 {
		out := make(map[string]int64)
		for _, a := range d.CmdArgs {
			for _, v := range a.Vals {
				if who, n, ok := strings.Cut(v, ":"); ok && a.Key == name {
					out[who], _ = strconv.ParseInt(n, 10, 64)
				}
			}
		}
		return out
	}
	weights, starts := values("weight"), values("started")
	party := func(text string) Party {
		text, spans := strings.CutSuffix(text, "*")
		who, connection, _ := strings.Cut(text, ":")
		n, err := strconv.ParseUint(connection, 10, 64)
		if err != nil {
			d.Fatalf(t, "%q: %v", text, err)
		}
		return Party{Transaction: Transaction{Home: who}, Connection: n, Distributed: spans, Weight: weights[who], Started: starts[who]}
	}
	var waits []Wait
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) < 4 || words[2] != "waits" {
			d.Fatalf(t, "%q", line)
		}
		w := Wait{Group: strings.TrimSuffix(words[0], ":"), Waiter: party(words[1]), Blocker: party(words[3]), Lock: "l"}
		if len(words) > 4 {
			w.Lock = words[4]
		}
		waits = append(waits, w)
	}
	return waits
}
