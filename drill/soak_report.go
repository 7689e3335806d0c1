package drill

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// SoakReport is what came of a soak, so far while it lasts.
type SoakReport struct {
	// Seed chooses the faults.
	Seed     uint64    `json:"seed"`
	Group    string    `json:"group"`
	Keyspace string    `json:"keyspace"`
	Began    time.Time `json:"began"`
	// LastedSeconds is from the first write until the last comparison.
	LastedSeconds int64 `json:"lasted_s"`
	// Judgement has no verdict while it lasts.
	Judgement
	// Struck are the faults, the oldest first; Late counts those that came more
	// than a second after their time, as the cluster was not whole before.
	Struck []Struck `json:"struck"`
	Late   int      `json:"late"`
	// Checks counts comparisons of everything, CheckMillis is how long clients
	// rested for them.
	Checks      int   `json:"checks"`
	CheckMillis int64 `json:"check_ms"`
	// Told counts the writes in sequences.
	Told
	// Transfers are those of the bank that were acknowledged, RegisterOps what
	// was found to fit one order.
	Transfers   int `json:"transfers"`
	RegisterOps int `json:"register_ops"`
	// Rebuilt counts servers that were shut out, and filled anew.
	Rebuilt int `json:"rebuilt"`
	// Growths are the sizes of the processes that lived for half of it at least.
	Growths []Growth `json:"growths"`
}

// Struck is a fault that was carried out.
type Struck struct {
	// Millis is when, from the first write on.
	Millis int64  `json:"ms"`
	Fault  string `json:"fault"`
	// OutageMillis is the longest time without an acknowledged write on the
	// group meanwhile, WholeMillis how long after its end all was whole.
	OutageMillis int64 `json:"outage_ms"`
	WholeMillis  int64 `json:"whole_ms"`
	// Changes counts how often the primary changed, Unasked is how often more
	// than the fault is to do it, with the reasons.
	Changes int      `json:"changes"`
	Unasked []string `json:"unasked,omitempty"`
}

// FaultSum sums up all faults of a name.
type FaultSum struct {
	Fault string
	Times int
	// Changes are those of primary.
	Changes                   int
	MedianMillis, WorstMillis int64
}

// Sums sums the faults up by name.
func (r *SoakReport) Sums() []FaultSum {
	outages, changes := map[string][]int64{}, map[string]int{}
	for _, s := range r.Struck {
		changes[s.Fault] += s.Changes
		outages[s.Fault] = append(outages[s.Fault], s.OutageMillis)
	}
	var all []FaultSum
	for _, name := range slices.Sorted(maps.Keys(outages)) {
		all = append(all, FaultSum{name, len(outages[name]), changes[name], medianOf(outages[name]), slices.Max(outages[name])})
	}
	return all
}

// Worst is the fault with the longest time without an acknowledged write.
func (r *SoakReport) Worst() Struck {
	if len(r.Struck) == 0 {
		return Struck{}
	}
	return slices.MaxFunc(r.Struck, func(a, b Struck) int { return cmp.Compare(a.OutageMillis, b.OutageMillis) })
}

// Unasked counts the changes of primary that no fault was to make.
func (r *SoakReport) Unasked() (n int) {
	for _, s := range r.Struck {
		n += len(s.Unasked)
	}
	return n
}

// Write prints the report for people.
func (r *SoakReport) Write(w io.Writer) {
	fmt.Fprintf(w, "soak of group %s, seed %d: %d faults in %d s, %d of them late\n", r.Group, r.Seed, len(r.Struck), r.LastedSeconds, r.Late)
	for _, s := range r.Sums() {
		fmt.Fprintf(w, "  %-28s %3d times, %d changes of primary; longest time without an acknowledged write: half of the time %d ms, at worst %d ms\n", s.Fault, s.Times, s.Changes, s.MedianMillis, s.WorstMillis)
	}
	r.Told.write(w)
	fmt.Fprintf(w, "%d transfers acknowledged, %d operations on registers in order\n", r.Transfers, r.RegisterOps)
	fmt.Fprintf(w, "everything was compared %d times, for which clients rested %.1f s; %d servers were filled anew\n", r.Checks, float64(r.CheckMillis)/1000, r.Rebuilt)
	for _, s := range r.Struck {
		for _, reason := range s.Unasked {
			fmt.Fprintf(w, "%s at %d s: the primary changed unasked: %s\n", s.Fault, s.Millis/1000, reason)
		}
	}
	for n := range r.Growths {
		r.Growths[n].write(w)
	}
	r.Judgement.write(w, r.Keyspace)
}
