package drill

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Verdict is how a drill ended.
type Verdict string

// The verdicts.
const (
	Held   Verdict = "held"
	Broken Verdict = "broken"
	// Untold: it could not be found out, or not carried out to its end.
	Untold Verdict = "not told"
	// Unable: this cluster cannot be broken in that way.
	Unable Verdict = "unable"
)

// Judgement is what is thought of a cluster that was broken.
type Judgement struct {
	Verdict Verdict `json:"verdict"`
	// Broken are the promises that were broken; Why says why nothing is told.
	Broken []string `json:"broken,omitempty"`
	Why    string   `json:"why,omitempty"`
}

// write prints it for people; keyspace is the load's.
func (j *Judgement) write(w io.Writer, keyspace string) {
	fmt.Fprintf(w, "verdict: %s\n", j.Verdict)
	if j.Why != "" {
		fmt.Fprintf(w, "  %s\n", j.Why)
	}
	for _, b := range j.Broken {
		fmt.Fprintf(w, "  broken: %s\n", b)
	}
	if j.Verdict == Broken && keyspace != "" {
		fmt.Fprintf(w, "  keyspace %s is kept, so that it can be looked at\n", keyspace)
	}
}

// Told is what clients that wrote were told.
type Told struct {
	// Acknowledged, Refused and Unknown count writes, Lost those that were
	// acknowledged and are not there.
	Acknowledged int `json:"acknowledged"`
	Refused      int `json:"refused"`
	Unknown      int `json:"unknown"`
	Lost         int `json:"lost"`
	// Errors counts the errors by kind; Examples has one of each.
	Errors   map[string]int    `json:"errors,omitempty"`
	Examples map[string]string `json:"examples,omitempty"`
}

// write prints it for people.
func (t *Told) write(w io.Writer) {
	fmt.Fprintf(w, "%d writes acknowledged, %d refused, %d unknown, %d lost", t.Acknowledged, t.Refused, t.Unknown, t.Lost)
	for _, class := range slices.Sorted(maps.Keys(t.Errors)) {
		fmt.Fprintf(w, "; %s: %d", class, t.Errors[class])
	}
	fmt.Fprintln(w)
}
