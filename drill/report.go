package drill

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
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

// Report is what came of a drill.
type Report struct {
	Drill    string    `json:"drill"`
	Does     string    `json:"does"`
	Group    string    `json:"group"`
	Keyspace string    `json:"keyspace,omitempty"`
	Began    time.Time `json:"began"`
	Verdict  Verdict   `json:"verdict"`
	// Broken are the promises that were broken; Why says why nothing is told.
	Broken []string `json:"broken,omitempty"`
	Why    string   `json:"why,omitempty"`
	// OutagesMillis are the longest times without an acknowledged write on the
	// group while something was broken, one for each time that was; CalmMillis
	// is the longest before anything was.
	OutagesMillis []int64 `json:"outages_ms"`
	CalmMillis    int64   `json:"calm_ms"`
	// MedianMillis and WorstMillis are the targets, 0 if there is none.
	MedianMillis int64 `json:"target_median_ms,omitempty"`
	WorstMillis  int64 `json:"target_worst_ms,omitempty"`
	// WholeMillis is how long it took from the end of the last step until the
	// cluster was whole.
	WholeMillis int64 `json:"whole_ms"`
	// Acknowledged, Refused and Unknown count writes, Lost those that were
	// acknowledged and are not there.
	Acknowledged int `json:"acknowledged"`
	Refused      int `json:"refused"`
	Unknown      int `json:"unknown"`
	Lost         int `json:"lost"`
	// Errors counts what clients were told, by kind; Examples has one of each.
	Errors   map[string]int    `json:"errors,omitempty"`
	Examples map[string]string `json:"examples,omitempty"`
	// Changes are the changes of the group's primary, the oldest first.
	Changes []topology.Operation `json:"changes"`
	// Quarantined are instances that were shut out, as they had what nobody
	// acknowledged; they were filled anew afterwards.
	Quarantined []string `json:"quarantined,omitempty"`
	// Steps are what was done, and when.
	Steps []Said `json:"steps"`
}

// Said is one thing that was done, some milliseconds after the load began.
type Said struct {
	Millis int64  `json:"ms"`
	What   string `json:"what"`
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n", r.Drill, r.Does)
	for _, s := range r.Steps {
		fmt.Fprintf(w, "  %7.3f s  %s\n", float64(s.Millis)/1000, s.What)
	}
	for n := range r.Changes {
		o := &r.Changes[n]
		fmt.Fprintf(w, "%s from %s to %s, %s: %s\n", o.Kind, o.From, o.To, orUnderWay(o.Outcome), timeline(o))
		if o.Reason != "" {
			fmt.Fprintf(w, "  %s\n", o.Reason)
		}
	}
	fmt.Fprintf(w, "%d writes acknowledged, %d refused, %d unknown, %d lost", r.Acknowledged, r.Refused, r.Unknown, r.Lost)
	for _, class := range slices.Sorted(maps.Keys(r.Errors)) {
		fmt.Fprintf(w, "; %s: %d", class, r.Errors[class])
	}
	fmt.Fprintln(w)
	if len(r.OutagesMillis) > 0 {
		fmt.Fprintf(w, "longest time without an acknowledged write: %s%s; %d ms before anything was broken\n", outagesText(r.OutagesMillis), r.target(), r.CalmMillis)
	}
	for _, id := range r.Quarantined {
		fmt.Fprintf(w, "%s was shut out, as it had writes that nobody acknowledged, and was filled anew\n", id)
	}
	fmt.Fprintf(w, "verdict: %s\n", r.Verdict)
	if r.Why != "" {
		fmt.Fprintf(w, "  %s\n", r.Why)
	}
	for _, b := range r.Broken {
		fmt.Fprintf(w, "  broken: %s\n", b)
	}
	if r.Verdict == Broken {
		fmt.Fprintf(w, "  keyspace %s is kept, so that it can be looked at\n", r.Keyspace)
	}
}

func (r *Report) target() string {
	if r.WorstMillis == 0 {
		return ""
	}
	return fmt.Sprintf(" (to be at most %d ms, %d ms half of the time)", r.WorstMillis, r.MedianMillis)
}

func outagesText(all []int64) string {
	texts := make([]string, len(all))
	for n, millis := range all {
		texts[n] = fmt.Sprintf("%d ms", millis)
	}
	return strings.Join(texts, ", ")
}

func timeline(o *topology.Operation) string {
	var parts []string
	for _, s := range o.Steps {
		parts = append(parts, fmt.Sprintf("%s +%d ms", s.Name, s.At.Sub(o.Began()).Milliseconds()))
	}
	return strings.Join(parts, ", ")
}

func orUnderWay(outcome string) string {
	if outcome == "" {
		return "under way"
	}
	return outcome
}
