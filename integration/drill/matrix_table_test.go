package drill

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/drill"
)

// tableBegins is where the table of drills begins.
const tableBegins = "<!-- the table is made by make drills -->"

// result is a run as it is kept, one a line, beside the page.
type result struct {
	Drill string `json:"drill"`
	// Against is what was broken; a playground if it is empty.
	Against      string        `json:"against,omitempty"`
	Began        time.Time     `json:"began"`
	Commit       string        `json:"commit"`
	Verdict      drill.Verdict `json:"verdict"`
	Broken       []string      `json:"broken,omitempty"`
	Why          string        `json:"why,omitempty"`
	Outages      []int64       `json:"outages_ms"`
	Calm         int64         `json:"calm_ms"`
	Whole        int64         `json:"whole_ms"`
	Acknowledged int           `json:"acknowledged"`
	Refused      int           `json:"refused"`
	Unknown      int           `json:"unknown"`
	Lost         int           `json:"lost"`
	Load         string        `json:"load"`
}

// matrix is all runs so far.
type matrix struct{ page[result] }

func openMatrix(t *testing.T, path string) *matrix {
	t.Helper()
	return &matrix{openPage[result](t, path, tableBegins)}
}

// ground is what a run broke.
func (r *result) ground() string {
	if r.Against == "" {
		return playgroundGround
	}
	return r.Against
}

func (m *matrix) count(name, ground string) (n int) {
	for _, r := range m.runs {
		if r.Drill == name && r.ground() == ground {
			n++
		}
	}
	return n
}

// add keeps a run, and makes the table anew.
func (m *matrix) add(t *testing.T, ground string, r *drill.Report) {
	t.Helper()
	m.runs = append(m.runs, result{
		Drill: r.Drill, Against: ground, Began: r.Began.Truncate(time.Second), Commit: commit(t), Verdict: r.Verdict, Broken: r.Broken, Why: r.Why, Outages: r.OutagesMillis,
		Calm: r.CalmMillis, Whole: r.WholeMillis, Acknowledged: r.Acknowledged, Refused: r.Refused, Unknown: r.Unknown, Lost: r.Lost, Load: machineLoad(),
	})
	m.keep(t, m.table())
}

// machineLoad is how many processes wanted to run of late, where that is told.
func machineLoad() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// table sums the runs up, a line for each drill and what it broke.
func (m *matrix) table() string {
	var b strings.Builder
	b.WriteString("| drill | against | runs | outages | median | worst | calm, median | whole, worst | acknowledged | unknown | lost | verdict | commits |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	total := result{}
	runs := 0
	for _, d := range drill.All() {
		for _, ground := range []string{playgroundGround, composeGround} {
			some := slices.DeleteFunc(slices.Clone(m.runs), func(r result) bool { return r.Drill != d.Name || r.ground() != ground })
			if len(some) == 0 {
				continue
			}
			sum := row(&b, d.Name, ground, some)
			total.Acknowledged += sum.Acknowledged
			total.Lost += sum.Lost
			runs += len(some)
		}
	}
	fmt.Fprintf(&b, "\nIn %d runs %d writes were acknowledged, of which %d are lost.\n", runs, total.Acknowledged, total.Lost)
	return b.String()
}

// row writes the line of some runs, and returns their sum.
func row(b *strings.Builder, name, ground string, runs []result) (sum result) {
	var outages, calm, whole []int64
	var commits []string
	verdicts := map[drill.Verdict]int{}
	for _, r := range runs {
		outages, calm, whole = append(outages, r.Outages...), append(calm, r.Calm), append(whole, r.Whole)
		sum.Acknowledged += r.Acknowledged
		sum.Unknown += r.Unknown
		sum.Lost += r.Lost
		verdicts[r.Verdict]++
		if !slices.Contains(commits, r.Commit) {
			commits = append(commits, r.Commit)
		}
	}
	fmt.Fprintf(b, "| %s | %s | %d | %d | %s | %s | %s | %s | %d | %d | %d | %s | %s |\n", name, ground, len(runs), len(outages), at(outages, 0.5), at(outages, 1),
		at(calm, 0.5), at(whole, 1), sum.Acknowledged, sum.Unknown, sum.Lost, verdictsText(verdicts), strings.Join(commits, ", "))
	return sum
}

// at is the value below which a fraction of all is.
func at(millis []int64, fraction float64) string {
	if len(millis) == 0 {
		return "–"
	}
	sorted := slices.Sorted(slices.Values(millis))
	return strconv.FormatInt(sorted[min(len(sorted)-1, int(fraction*float64(len(sorted))))], 10) + " ms"
}

func verdictsText(verdicts map[drill.Verdict]int) string {
	var parts []string
	for _, v := range []drill.Verdict{drill.Held, drill.Broken, drill.Untold, drill.Unable} {
		if verdicts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", verdicts[v], v))
		}
	}
	return strings.Join(parts, ", ")
}

// configOf is how an administrator connects to an instance.
func configOf(t *testing.T, i drill.Instance) *driver.Config {
	t.Helper()
	if _, _, err := net.SplitHostPort(i.Addr); err != nil {
		t.Fatal(err)
	}
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.TLSConfig = "tcp", i.Addr, i.User, i.Password, "preferred"
	return cfg
}
