package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/shardway/shardway/txn"
)

// TestSafetyRule5Next runs scripts: "next" takes one branch a line, by its age,
// its row and the problem of its home, and prints what comes next. With
// foreign it is none of ours.
func TestSafetyRule5Next(t *testing.T) {
	datadriven.RunTest(t, "testdata/next", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
			b := Branch{Group: "g2", XID: XID{Format: 1, Gtrid: "shardway-ca978112-12-0123456789abcdef", Bqual: "g1"}}
			for _, word := range strings.Fields(line) {
				name, value, _ := strings.Cut(word, "=")
				switch name {
				case "age":
					b.Age, _ = time.ParseDuration(value)
				case "row":
					b.Row = Row(value)
				case "problem":
					b.Problem = strings.ReplaceAll(value, "_", " ")
				case "foreign":
					b.XID.Gtrid = "somebody's"
				case "format":
					b.XID.Format = 7
				case "bqual":
					b.XID.Bqual = value
				default:
					d.Fatalf(t, "unknown word %q", word)
				}
			}
			s := Next(b, 2*time.Second)
			fmt.Fprintf(&out, "%s: %s\n", s.Verb, s.Why)
		}
		return out.String()
	})
}

// TestSafetyRule5Forgettable runs scripts: a decision of home group g1 a line,
// "1 commit g1,g2", then what is known of groups and sessions.
func TestSafetyRule5Forgettable(t *testing.T) {
	datadriven.RunTest(t, "testdata/forgettable", func(t *testing.T, d *datadriven.TestData) string {
		var decisions []Decision
		groups := make(map[string]Progress)
		sessions := make(map[string]Session)
		gtrid := func(n string) string { return "shardway-ca978112-" + n + "-0123456789abcdef" }
		for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
			words := append(strings.Fields(line), "", "")
			switch words[0] {
			case "group":
				p := Progress{Prepared: map[string]bool{}}
				for _, word := range words[2:] {
					if n, ok := strings.CutPrefix(word, "prepared="); ok {
						p.Prepared[gtrid(n)] = true
					} else if word != "" {
						p.Problem = strings.ReplaceAll(word, "_", " ")
					}
				}
				groups[words[1]] = p
			case "session":
				sessions[gtrid(words[1])] = Session{Dead: words[2] == "dead", Why: "the session is " + words[2]}
			case "row":
				decisions = append(decisions, Decision{Gtrid: words[1], Outcome: txn.Outcome(words[2])})
			default:
				decisions = append(decisions, Decision{Gtrid: gtrid(words[0]), Outcome: txn.Outcome(words[1]), Participants: words[2]})
			}
		}
		gone, kept := Forgettable("g1", decisions, groups, func(id txn.ID) Session { return sessions[id.String()] })
		var out strings.Builder
		for _, g := range gone {
			slices.Sort(g.Groups)
			fmt.Fprintf(&out, "forget %s in [%s]\n", strings.Split(g.Gtrid, "-")[2], strings.Join(g.Groups, " "))
		}
		for _, why := range slices.Sorted(maps.Keys(kept)) {
			fmt.Fprintf(&out, "keep %d: %s\n", kept[why], why)
		}
		return out.String()
	})
}
