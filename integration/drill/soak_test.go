package drill

import (
	"bytes"
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/processes"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// What to soak; the defaults fit into make test-drills.
var (
	soakFor     = flag.Duration("soak.for", time.Minute, "how long each soak is")
	soakEvery   = flag.Duration("soak.every", 10*time.Second, "from one fault to the next")
	soakCheck   = flag.Duration("soak.check", 30*time.Second, "from one comparison to the next")
	soakWriters = flag.Int("soak.writers", 8, "clients that write to the group that is broken")
	soakSeed    = flag.Uint64("soak.seed", 1, "seed of the first soak; each has the next that the page has not")
	soakFaults  = flag.Int("soak.faults", 1, "go on with further soaks until there are as many faults, those in the page included")
	soakOnly    = flag.String("soak.only", "", "names of the faults, parted by commas; none stands for all")
	soakPage    = flag.String("soak.page", "", "page with the table of soaks; its runs are beside it, and gone on with")
)

// TestSoak: a cluster that is broken at random, for as long as you like, keeps
// the promises of docs/soak.md.
func TestSoak(t *testing.T) {
	c := soakedCluster(t)
	p := openSoaks(t, *soakPage)
	var only []string
	if *soakOnly != "" {
		only = strings.Split(*soakOnly, ",")
	}
	for seed := *soakSeed; ; seed++ {
		if p.has(seed) {
			continue
		}
		at := p.begin(t)
		report := soak(t, c, drill.SoakOptions{
			Only: only, Options: drill.Options{Writers: *soakWriters}, For: *soakFor, Every: *soakEvery, Check: *soakCheck, Seed: seed, Checked: func(r *drill.SoakReport) { p.put(t, at, r) },
		})
		p.put(t, at, report)
		if report.Verdict != drill.Held {
			t.Fatalf("seed %d: %s", seed, report.Verdict)
		}
		if p.faults() >= *soakFaults {
			return
		}
	}
}

// soakedCluster starts a playground, which ends with the test. If that fails, it
// shows what the controllers said last.
func soakedCluster(t *testing.T) *processes.Cluster {
	t.Helper()
	dir := filepath.Join(testkit.Dir(t), testkit.Name())
	c, err := processes.Start(t.Context(), cluster.Program(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			showLogs(t, dir)
		}
	})
	return c
}

// soak carries one out and prints what it does, and its report.
func soak(t *testing.T, c drill.Cluster, o drill.SoakOptions) *drill.SoakReport {
	t.Helper()
	began := time.Now()
	o.Say = func(text string) { t.Logf("%9.3f s  %s", time.Since(began).Seconds(), text) }
	report, err := drill.Soak(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	report.Write(&text)
	t.Logf("%s", text.String())
	return report
}

// A soak finds what is lost: its verdict is worth something.
func TestASoakFindsWhatIsLost(t *testing.T) {
	report := soak(t, &forgetful{soakedCluster(t), t}, drill.SoakOptions{For: 20 * time.Second, Every: 3 * time.Second, Check: 3 * time.Second, Only: []string{"kill-proxy"}})
	if report.Verdict != drill.Broken || report.Lost == 0 {
		t.Errorf("rows are gone, and the verdict is %s, %d lost", report.Verdict, report.Lost)
	}
	if len(report.Struck) > 1 {
		t.Errorf("it went on, for %d faults", len(report.Struck))
	}
}
