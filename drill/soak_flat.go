package drill

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// When a process's size counts as flat. What it had in the last quarter of its
// time is compared with what it had in the second one, when it had warmed up;
// of each the median of the moments at which no client was at work, so that who
// happened to be connected where does not count.
const (
	// flatMin is the shortest soak whose end says anything of growth; flatSamples
	// is how many moments each quarter must have.
	flatMin     = 10 * time.Minute
	flatSamples = 3
	// growthDivisor: a quarter more is no growth, nor is less than the slack.
	growthDivisor   = 4
	goroutinesSlack = 20
	heapSlack       = 8 << 20
	residentSlack   = 32 << 20
)

// Size is how large a process was: medians over a while.
type Size struct {
	Goroutines    int64 `json:"goroutines"`
	HeapBytes     int64 `json:"heap_bytes"`
	ResidentBytes int64 `json:"resident_bytes"`
}

// Growth is what became of a process that ran for at least half of a soak; of a
// controller, while it led or while it did not.
type Growth struct {
	Process Process `json:"process"`
	Leads   bool    `json:"leads,omitempty"`
	// LivedSeconds is from its first sample to its last.
	LivedSeconds int64 `json:"lived_s"`
	// Early and Late are its sizes in the second and in the last quarter of
	// that, while no client was at work; MostBusy is the largest while some were.
	Early    Size `json:"early"`
	Late     Size `json:"late"`
	MostBusy Size `json:"most_busy"`
	// Judged: there were enough samples. Grew says what was not flat.
	Judged bool     `json:"judged"`
	Grew   []string `json:"grew,omitempty"`
}

// growths judges each process that ran for at least half of a time, controllers
// first; each of them apart for when it led, as it is larger then.
func growths(all []Sample, lasted time.Duration) []Growth {
	type life struct {
		p       Process
		started float64
	}
	lives := map[life][]Sample{}
	for _, s := range all {
		l := life{s.Process, s.Started}
		lives[l] = append(lives[l], s)
	}
	var found []Growth
	for l, samples := range lives {
		slices.SortFunc(samples, func(a, b Sample) int { return a.At.Compare(b.At) })
		if lived := samples[len(samples)-1].At.Sub(samples[0].At); lived >= lasted/2 {
			for _, leads := range []bool{false, true} {
				if slices.ContainsFunc(samples, func(s Sample) bool { return s.Leads == leads }) {
					found = append(found, growthOf(l.p, samples, leads, lived))
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Growth) int {
		return strings.Compare(a.Process.String(), b.Process.String())
	})
	return found
}

func growthOf(p Process, samples []Sample, leads bool, lived time.Duration) Growth {
	g := Growth{Process: p, Leads: leads, LivedSeconds: int64(lived.Seconds())}
	first := samples[0].At
	var early, late []Sample
	for _, s := range samples {
		quarter := 4 * s.At.Sub(first) / max(lived, 1)
		switch {
		case s.Leads != leads:
		case !s.Quiet:
			g.MostBusy = g.MostBusy.atLeast(s)
		case quarter == 1:
			early = append(early, s)
		case quarter >= 3:
			late = append(late, s)
		}
	}
	g.Early, g.Late = medianSize(early), medianSize(late)
	g.Judged = len(early) >= flatSamples && len(late) >= flatSamples
	if !g.Judged {
		return g
	}
	for _, one := range []struct {
		what              string
		early, late, free int64
	}{
		{"goroutines", g.Early.Goroutines, g.Late.Goroutines, goroutinesSlack},
		{"bytes of heap", g.Early.HeapBytes, g.Late.HeapBytes, heapSlack},
		{"bytes resident", g.Early.ResidentBytes, g.Late.ResidentBytes, residentSlack},
	} {
		if one.late > one.early+max(one.free, one.early/growthDivisor) {
			g.Grew = append(g.Grew, fmt.Sprintf("%s grew from %d to %d %s", g.Name(), one.early, one.late, one.what))
		}
	}
	return g
}

func (s Size) atLeast(o Sample) Size {
	return Size{max(s.Goroutines, o.Goroutines), max(s.HeapBytes, o.HeapBytes), max(s.ResidentBytes, o.ResidentBytes)}
}

func medianSize(all []Sample) Size {
	median := func(of func(Sample) int64) int64 {
		var values []int64
		for _, s := range all {
			values = append(values, of(s))
		}
		return medianOf(values)
	}
	return Size{
		Goroutines:    median(func(s Sample) int64 { return s.Goroutines }),
		HeapBytes:     median(func(s Sample) int64 { return s.HeapBytes }),
		ResidentBytes: median(func(s Sample) int64 { return s.ResidentBytes }),
	}
}

// medianOf is the value in the middle, 0 of none.
func medianOf(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// Name names the process for people.
func (g *Growth) Name() string {
	if g.Leads {
		return g.Process.String() + ", leading"
	}
	return g.Process.String()
}

// write prints a process's sizes for people.
func (g *Growth) write(w io.Writer) {
	fmt.Fprintf(w, "%s, %d s: %s, then %s", g.Name(), g.LivedSeconds, g.Early, g.Late)
	if !g.Judged {
		fmt.Fprint(w, " (too few samples to judge)")
	}
	fmt.Fprintf(w, "; at most %s while clients were at work\n", g.MostBusy)
}

// String is the size for people.
func (s Size) String() string {
	const mebi = 1 << 20
	return fmt.Sprintf("%d goroutines, %.1f MiB of heap, %.0f MiB resident", s.Goroutines, float64(s.HeapBytes)/mebi, float64(s.ResidentBytes)/mebi)
}
