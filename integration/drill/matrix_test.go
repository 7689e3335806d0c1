package drill

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/containers"
	"github.com/shardway/shardway/drill/processes"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/internal/testkit/compose"
)

// What of the matrix to run; without a page a few drills run once.
var (
	runs       = flag.Int("runs", 1, "how often each drill is to be in the page")
	matrixPage = flag.String("page", "", "page with the matrix's table; its runs are beside it, and gone on with")
	chosen     = flag.String("only", "", "names of the drills to run, parted by commas")
	against    = flag.String("against", playgroundGround, "what they break: playground, or compose, the containers of docker-compose.yml")
)

// What drills can break.
const (
	playgroundGround = "playground"
	composeGround    = "compose"
)

// few are the drills that make test-drills runs.
func few() []string { return []string{"kill-primary", "long-transaction"} }

// ground is a cluster that drills break, begun when first needed.
type ground struct {
	t       *testing.T
	what    string
	dir     string // of a playground
	stack   *compose.Stack
	cluster interface {
		drill.Cluster
		Close() error
	}
}

func (g *ground) get() drill.Cluster {
	g.t.Helper()
	if g.cluster != nil {
		return g.cluster
	}
	var err error
	switch g.what {
	case playgroundGround:
		g.dir = filepath.Join(testkit.Dir(g.t), testkit.Name())
		g.cluster, err = processes.Start(g.t.Context(), cluster.Program(g.t), g.dir)
	case composeGround:
		if err := compose.Engine(g.t.Context()); err != nil {
			g.t.Fatal(err)
		}
		g.stack = compose.New(g.t, compose.SmallDisks(g.t))
		g.cluster, err = containers.Attach(g.t.Context(), g.stack.Project)
	default:
		g.t.Fatalf("-against %s is not possible", g.what)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	return g.cluster
}

// end ends it; the next drill gets another.
func (g *ground) end() {
	if g.cluster == nil {
		return
	}
	if err := g.cluster.Close(); err != nil {
		g.t.Error(err)
	}
	g.cluster = nil
	if g.stack != nil {
		g.stack.End(g.t)
	}
}

// TestMatrix carries drills out: each promise of docs/drills.md is kept.
func TestMatrix(t *testing.T) {
	g := &ground{t: t, what: *against}
	defer g.end()
	m := openMatrix(t, *matrixPage)
	names := few()
	switch {
	case *chosen != "":
		names = strings.Split(*chosen, ",")
	case *matrixPage != "":
		names = nil
		for _, d := range drill.All() {
			names = append(names, d.Name)
		}
	}
	for round := range *runs {
		for _, name := range names {
			d, ok := drill.Find(name)
			if !ok {
				t.Fatalf("there is no drill %q", name)
			}
			if m.count(name, g.what) > round {
				continue
			}
			report := carryOut(t, d, g.get())
			m.add(t, g.what, report)
			broken := report.Verdict != drill.Held && report.Verdict != drill.Unable
			if slow := report.WorstMillis > 0 && slices.Max(append(report.OutagesMillis, 0)) > report.WorstMillis; broken || slow {
				showLogs(t, g.dir)
			}
			if broken {
				t.Errorf("%s: %s", d.Name, report.Verdict)
				g.end() // whatever state it is in
			}
		}
	}
}

// carryOut runs a drill and prints its report.
func carryOut(t *testing.T, d drill.Drill, c drill.Cluster) *drill.Report {
	t.Helper()
	report, err := drill.Run(t.Context(), d, c, drill.Options{})
	if err != nil {
		t.Fatalf("%s: %v", d.Name, err)
	}
	var text bytes.Buffer
	report.Write(&text)
	t.Logf("%s", text.String())
	return report
}

// forgetful is a cluster that loses an acknowledged write instead of a proxy.
type forgetful struct {
	drill.Cluster
	t *testing.T
}

func (f *forgetful) Kill(ctx context.Context, _ drill.Process) error {
	f.t.Helper()
	site, err := f.Site(ctx)
	if err != nil {
		return err
	}
	for _, i := range site.Instances {
		db := testkit.Open(f.t, configOf(f.t, i))
		var readOnly bool
		if err := db.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only").Scan(&readOnly); err != nil {
			return err
		}
		if readOnly || i.Group != "g1" {
			continue
		}
		var schema string
		if err := db.QueryRowContext(ctx, "SELECT table_schema FROM information_schema.tables WHERE table_name = 'seq' AND table_schema LIKE 'drill%'").Scan(&schema); err != nil {
			return err
		}
		_, err := db.ExecContext(ctx, fmt.Sprintf("DELETE FROM `%s`.seq WHERE n IN (1, -1) LIMIT 3", schema))
		return err
	}
	return nil
}

// A drill finds what is lost: its verdict is worth something.
func TestADrillFindsWhatIsLost(t *testing.T) {
	g := &ground{t: t, what: playgroundGround}
	defer g.end()
	d, _ := drill.Find("kill-proxy")
	report := carryOut(t, d, &forgetful{g.get(), t})
	if report.Verdict != drill.Broken || report.Lost == 0 {
		t.Errorf("rows are gone, and the verdict is %s, %d lost", report.Verdict, report.Lost)
	}
}
