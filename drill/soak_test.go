package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatAProcessSaysOfItsSize(t *testing.T) {
	text := "# HELP go_goroutines Number\n# TYPE go_goroutines gauge\ngo_goroutines 41\ngo_gc_heap_live_bytes 1.5e+06\n" +
		"process_resident_memory_bytes 3.2e+07\nprocess_start_time_seconds 1.76e+09\nshardway_instance_healthy{group=\"g1\",instance=\"a\"} 1\n"
	at := time.Unix(5, 0)
	got, err := readSample(strings.NewReader(text), at)
	want := Sample{At: at, Started: 1.76e9, Goroutines: 41, HeapBytes: 1500000, ResidentBytes: 32000000}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, text := range map[string]string{"nothing": "", "no start": text[:strings.Index(text, "process_start")], "no number": "go_goroutines many\n"} {
		if _, err := readSample(strings.NewReader(text), at); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// samplesOf are those of a process that lives 20 minutes, two a minute, of which
// one is quiet.
func samplesOf(p Process, started float64, size func(minute int) Size) (all []Sample) {
	for minute := range 21 {
		at := time.Unix(int64(minute)*60, 0)
		s := size(minute)
		all = append(all,
			Sample{at, p, started, true, false, s.Goroutines, s.HeapBytes, s.ResidentBytes},
			Sample{at, p, started, false, false, 10 * s.Goroutines, 2 * s.HeapBytes, 2 * s.ResidentBytes})
	}
	return all
}

// What grows is found, and what warms up, or only grows while clients are at
// work, is not taken for it.
func TestGrowthIsJudged(t *testing.T) {
	const mebi = 1 << 20
	p := Process{KindProxy, "p1"}
	for _, c := range []struct {
		name string
		size func(minute int) Size
		grew []string
	}{
		{"flat", func(int) Size { return Size{40, 10 * mebi, 60 * mebi} }, nil},
		{"a little more", func(m int) Size { return Size{40 + int64(m), 10*mebi + int64(m)*mebi/4, 60*mebi + int64(m)*mebi} }, nil},
		{"warms up", func(m int) Size {
			return Size{10 + 90*int64(min(m, 4)), int64(min(m, 4)) * 20 * mebi, int64(min(m, 4)) * 50 * mebi}
		}, nil},
		{"leaks goroutines", func(m int) Size { return Size{40 + 3*int64(m), 10 * mebi, 60 * mebi} }, []string{"goroutines"}},
		{"leaks memory", func(m int) Size { return Size{40, 10*mebi + int64(m)*mebi, 60*mebi + int64(m)*4*mebi} }, []string{"heap", "resident"}},
	} {
		found := growths(samplesOf(p, 7, c.size), 20*time.Minute)
		if len(found) != 1 || !found[0].Judged || found[0].LivedSeconds != 1200 {
			t.Fatalf("%s: %+v", c.name, found)
		}
		if len(found[0].Grew) != len(c.grew) {
			t.Errorf("%s: %q", c.name, found[0].Grew)
		}
		for n, grew := range found[0].Grew {
			if n < len(c.grew) && !strings.Contains(grew, c.grew[n]) {
				t.Errorf("%s: %q", c.name, grew)
			}
		}
		if quiet := c.size(20); found[0].MostBusy.Goroutines != 10*quiet.Goroutines {
			t.Errorf("%s: at most %+v", c.name, found[0].MostBusy)
		}
	}
}

// A process that is killed now and then is no process that grows: each life is
// judged for itself, and only if it is long enough.
func TestLivesAreJudgedApart(t *testing.T) {
	small, large := func(int) Size { return Size{10, 1, 1} }, func(int) Size { return Size{500, 1 << 30, 1 << 30} }
	p := Process{KindProxy, "p1"}
	all := samplesOf(p, 1, small)
	all = append(all[:len(all)/4], samplesOf(p, 2, large)[len(all)/4:]...)
	all = append(all, samplesOf(Process{KindController, "c1"}, 3, small)...)
	found := growths(all, 20*time.Minute)
	if len(found) != 2 || found[0].Process.Kind != KindController || len(found[0].Grew)+len(found[1].Grew) > 0 || found[1].Late.Goroutines != 500 {
		t.Errorf("%+v", found)
	}
	if found := growths(samplesOf(p, 1, small)[:6], 3*time.Minute); len(found) != 1 || found[0].Judged {
		t.Errorf("three moments are enough: %+v", found)
	}
	if found := growths(all[:8], 20*time.Minute); len(found) != 0 {
		t.Errorf("a short life is judged: %+v", found)
	}
}

// A controller that leads is larger than one that does not, which is no growth.
func TestRolesAreJudgedApart(t *testing.T) {
	p := Process{KindController, "c1"}
	all := samplesOf(p, 1, func(m int) Size { return Size{20 + 100*int64(m%2), 1 << 20, 1 << 20} })
	for n := range all {
		all[n].Leads = n/2%2 == 1
	}
	found := growths(all, 20*time.Minute)
	if len(found) != 2 || found[0].Leads || !found[1].Leads || found[1].Name() != "controller c1, leading" {
		t.Fatalf("%+v", found)
	}
	for n, want := range []int64{20, 120} {
		if g := found[n]; g.Early.Goroutines != want || g.Late.Goroutines != want || len(g.Grew) > 0 {
			t.Errorf("%+v", g)
		}
	}
}

func TestTheVerdictOfASoak(t *testing.T) {
	long, short := SoakOptions{For: flatMin}, SoakOptions{For: time.Minute}
	proxy, controller := Growth{Process: Process{KindProxy, "p"}, Judged: true}, Growth{Process: Process{KindController, "c"}, Judged: true}
	leaks := proxy
	leaks.Grew = []string{"it grew"}
	good := func(change func(r *SoakReport)) SoakReport {
		r := SoakReport{Told: Told{Acknowledged: 5}, Struck: []Struck{{Fault: "x"}}, Growths: []Growth{controller, proxy}}
		change(&r)
		return r
	}
	for _, c := range []struct {
		name   string
		report SoakReport
		err    error
		o      SoakOptions
		want   Verdict
	}{
		{"kept", good(func(*SoakReport) {}), nil, long, Held},
		{"broken", good(func(r *SoakReport) { r.Broken = []string{"a write is lost"} }), nil, long, Broken},
		{"a leak", good(func(r *SoakReport) { r.Growths[1] = leaks }), nil, long, Broken},
		{"a leak in so short a time", good(func(r *SoakReport) { r.Growths[1] = leaks }), nil, short, Held},
		{"no controller lived", good(func(r *SoakReport) { r.Growths = r.Growths[1:] }), nil, long, Untold},
		{"nobody lived, in a short time", good(func(r *SoakReport) { r.Growths = nil }), nil, short, Held},
		{"nothing struck", good(func(r *SoakReport) { r.Struck = nil }), nil, long, Untold},
		{"nothing was written", good(func(r *SoakReport) { r.Acknowledged = 0 }), nil, long, Untold},
		{"not whole", good(func(*SoakReport) {}), fmt.Errorf("%w: not whole", errBroken), long, Broken},
		{"stopped", good(func(*SoakReport) {}), context.Canceled, long, Untold},
		{"not told, and lost", good(func(r *SoakReport) { r.Broken = []string{"a write is lost"} }), errNotTold, long, Broken},
	} {
		if c.report.judge(c.err, c.o); c.report.Verdict != c.want {
			t.Errorf("%s: %s, %q", c.name, c.report.Verdict, c.report.Broken)
		}
		c.report.Write(io.Discard)
	}
}

func TestFaultsAreChosen(t *testing.T) {
	site := Site{
		Proxies: []Proxy{{ID: "1"}, {ID: "2"}}, Controllers: []Controller{{ID: "1"}, {ID: "2"}}, Cuttable: "2",
		Instances: []Instance{{ID: "a", Group: "g"}, {ID: "b", Group: "g"}, {ID: "c", Group: "g"}},
	}
	all, err := choose(nil, site, "g")
	if err != nil || len(all) != len(Faults()) {
		t.Errorf("%d of %d, %v", len(all), len(Faults()), err)
	}
	for _, f := range all {
		if slices.ContainsFunc(f.steps, func(s Step) bool { return s.Does == "" }) || f.changes.Max < f.changes.Min {
			t.Errorf("%+v", f)
		}
	}
	site.Cuttable, site.Controllers = "", site.Controllers[:1]
	if some, err := choose(nil, site, "g"); err != nil || len(some) != len(all)-3 {
		t.Errorf("with one controller, and no proxy that can be cut: %d, %v", len(some), err)
	}
	if one, err := choose([]string{"kill-proxy"}, site, "g"); err != nil || len(one) != 1 {
		t.Errorf("%d, %v", len(one), err)
	}
	for _, bad := range [][]string{{"earthquake"}, {"lose-controller"}} {
		if _, err := choose(bad, site, "g"); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestASoakIsSummedUp(t *testing.T) {
	r := SoakReport{Struck: []Struck{
		{Fault: "b", OutageMillis: 30}, {Fault: "a", OutageMillis: 7, Changes: 2, Unasked: []string{"why"}}, {Fault: "b", OutageMillis: 50}, {Fault: "b", OutageMillis: 10},
	}}
	want := []FaultSum{{"a", 1, 2, 7, 7}, {"b", 3, 0, 30, 50}}
	if got := r.Sums(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if r.Worst().OutageMillis != 50 || r.Unasked() != 1 {
		t.Errorf("%+v, %d", r.Worst(), r.Unasked())
	}
	if (&SoakReport{}).Worst().Fault != "" {
		t.Error("the worst of no faults")
	}
}

func TestSoakOptions(t *testing.T) {
	site := Site{Instances: []Instance{{ID: "a", Group: "g"}}}
	o := SoakOptions{}
	if err := o.fill(site); err != nil || o.For != 30*time.Minute || o.Every != 20*time.Second || o.Check != 2*time.Minute || o.Group != "g" {
		t.Errorf("%+v, %v", o, err)
	}
	for _, bad := range []SoakOptions{{For: -1}, {Every: time.Millisecond}, {Options: Options{Group: "other"}}} {
		if err := bad.fill(site); err == nil || errors.Is(err, errBroken) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
