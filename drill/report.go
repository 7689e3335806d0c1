package drill

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
)

// Report is what came of a drill.
type Report struct {
	Drill    string    `json:"drill"`
	Does     string    `json:"does"`
	Group    string    `json:"group"`
	Keyspace string    `json:"keyspace,omitempty"`
	Began    time.Time `json:"began"`
	Judgement
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
	Told
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
	r.Told.write(w)
	if len(r.OutagesMillis) > 0 {
		fmt.Fprintf(w, "longest time without an acknowledged write: %s%s; %d ms before anything was broken\n", outagesText(r.OutagesMillis), r.target(), r.CalmMillis)
	}
	for _, id := range r.Quarantined {
		fmt.Fprintf(w, "%s was shut out, as it had writes that nobody acknowledged, and was filled anew\n", id)
	}
	r.Judgement.write(w, r.Keyspace)
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
