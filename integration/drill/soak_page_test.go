package drill

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/drill"
)

// soakTableBegins is where the table of soaks begins.
const soakTableBegins = "<!-- the table is made by make soak -->"

// soaked is a soak as it is kept, one a line, beside the page; one that was
// interrupted as far as it had come, without a verdict.
type soaked struct {
	Seed         uint64         `json:"seed"`
	Began        time.Time      `json:"began"`
	Commit       string         `json:"commit"`
	Verdict      drill.Verdict  `json:"verdict"`
	Broken       []string       `json:"broken,omitempty"`
	Why          string         `json:"why,omitempty"`
	Lasted       int64          `json:"lasted_s"`
	Faults       map[string]int `json:"faults"`
	Late         int            `json:"late"`
	Unasked      int            `json:"unasked"`
	Checks       int            `json:"checks"`
	Acknowledged int            `json:"acknowledged"`
	Refused      int            `json:"refused"`
	Unknown      int            `json:"unknown"`
	Lost         int            `json:"lost"`
	Transfers    int            `json:"transfers"`
	RegisterOps  int            `json:"register_ops"`
	Rebuilt      int            `json:"rebuilt"`
	WorstOutage  int64          `json:"worst_outage_ms"`
	WorstFault   string         `json:"worst_fault"`
	Growths      []drill.Growth `json:"growths"`
	Load         string         `json:"load"`
}

// soaks are all of them so far.
type soaks struct{ page[soaked] }

func openSoaks(t *testing.T, path string) *soaks {
	t.Helper()
	return &soaks{openPage[soaked](t, path, soakTableBegins)}
}

func (p *soaks) has(seed uint64) bool {
	return slices.ContainsFunc(p.runs, func(r soaked) bool { return r.Seed == seed })
}

// faults counts those of all soaks.
func (p *soaks) faults() (n int) {
	for _, r := range p.runs {
		n += r.struck()
	}
	return n
}

func (r *soaked) struck() (n int) {
	for _, times := range r.Faults {
		n += times
	}
	return n
}

// begin returns the place of a further soak.
func (p *soaks) begin(t *testing.T) int {
	t.Helper()
	p.runs = append(p.runs, soaked{Commit: commit(t)})
	return len(p.runs) - 1
}

// put keeps a soak, or how far it has come, and makes the table anew.
func (p *soaks) put(t *testing.T, at int, r *drill.SoakReport) {
	t.Helper()
	faults, worst := map[string]int{}, r.Worst()
	for _, s := range r.Sums() {
		faults[s.Fault] = s.Times
	}
	p.runs[at] = soaked{
		Seed: r.Seed, Began: r.Began.Truncate(time.Second), Commit: p.runs[at].Commit, Verdict: r.Verdict, Broken: r.Broken, Why: r.Why, Lasted: r.LastedSeconds,
		Faults: faults, Late: r.Late, Unasked: r.Unasked(), Checks: r.Checks, Acknowledged: r.Acknowledged, Refused: r.Refused, Unknown: r.Unknown, Lost: r.Lost,
		Transfers: r.Transfers, RegisterOps: r.RegisterOps, Rebuilt: r.Rebuilt, WorstOutage: worst.OutageMillis, WorstFault: worst.Fault, Growths: r.Growths, Load: machineLoad(),
	}
	p.keep(t, p.table())
}

// table has a line for each soak.
func (p *soaks) table() string {
	var b strings.Builder
	b.WriteString("| seed | commit | began | lasted | faults | acknowledged | unknown | lost | worst outage | goroutines | heap, MiB | resident, MiB | verdict |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	lost, acknowledged := 0, 0
	for _, r := range p.runs {
		var kinds, goroutines, heap, resident []string
		for _, name := range drill.Faults() {
			if n := r.Faults[name]; n > 0 {
				kinds = append(kinds, fmt.Sprintf("%d %s", n, name))
			}
		}
		for _, g := range r.Growths {
			goroutines = append(goroutines, fmt.Sprintf("%s %d → %d", g.Name(), g.Early.Goroutines, g.Late.Goroutines))
			heap = append(heap, fmt.Sprintf("%.1f → %.1f", mebi(g.Early.HeapBytes), mebi(g.Late.HeapBytes)))
			resident = append(resident, fmt.Sprintf("%.0f → %.0f", mebi(g.Early.ResidentBytes), mebi(g.Late.ResidentBytes)))
		}
		verdict := string(r.Verdict)
		if verdict == "" {
			verdict = "interrupted"
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %d: %s | %d, and %d transfers | %d | %d | %d ms, %s | %s | %s | %s | %s |\n",
			r.Seed, r.Commit, r.Began.Format("2006-01-02 15:04"), time.Duration(r.Lasted)*time.Second, r.struck(), strings.Join(kinds, ", "),
			r.Acknowledged, r.Transfers, r.Unknown, r.Lost, r.WorstOutage, r.WorstFault,
			strings.Join(goroutines, "; "), strings.Join(heap, "; "), strings.Join(resident, "; "), verdict)
		lost += r.Lost
		acknowledged += r.Acknowledged
	}
	fmt.Fprintf(&b, "\nIn %d soaks %d faults struck, %d writes were acknowledged, of which %d are lost.\n", len(p.runs), p.faults(), acknowledged, lost)
	return b.String()
}

func mebi(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// A soak that was interrupted stays in the table as far as it had come, and the
// next one is gone on with.
func TestSoaksAreKept(t *testing.T) {
	path := t.TempDir() + "/soak.md"
	if err := os.WriteFile(path, []byte("before\n\n"+soakTableBegins+"\n"+tableEnds+"\n\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := openSoaks(t, path)
	report := &drill.SoakReport{Seed: 3, LastedSeconds: 90, Told: drill.Told{Acknowledged: 7}, Struck: []drill.Struck{{Fault: "kill-proxy", OutageMillis: 12}}}
	p.put(t, p.begin(t), report)
	p = openSoaks(t, path)
	if !p.has(3) || p.has(4) || p.faults() != 1 {
		t.Errorf("%+v", p.runs)
	}
	at := p.begin(t)
	for _, verdict := range []drill.Verdict{"", drill.Held} {
		p.put(t, at, &drill.SoakReport{Seed: 4, Judgement: drill.Judgement{Verdict: verdict}, Struck: []drill.Struck{{Fault: "kill-proxy"}, {Fault: "switchover", OutageMillis: 40}}})
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"before\n", "\nafter\n", "| 3 | ", "| 1m30s | 1: 1 kill-proxy |", "| interrupted |", "| 2: 1 switchover, 1 kill-proxy |", "40 ms, switchover", "| held |",
		"In 2 soaks 3 faults struck, 7 writes were acknowledged, of which 0 are lost.",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
