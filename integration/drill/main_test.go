package drill

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// What to run; the defaults fit into make test-drills.
var (
	rounds   = flag.Int("rounds", 20, "how many rounds, those in the table included")
	seed     = flag.Uint64("seed", 1, "seed of the first round; each has the next")
	table    = flag.String("table", "", "page with the table of results, which is resumed")
	replicas = flag.Int("replicas", 0, "replicas of each group")
)

// logBytes is how much of each controller's log is shown when something went wrong.
const logBytes = 16 << 10

// showLogs shows what the controllers of the playground in a folder said last.
func showLogs(t *testing.T, dir string) {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(dir, "controller*.log"))
	for _, path := range logs {
		if text, err := os.ReadFile(path); err == nil {
			t.Logf("%s ends:\n%s", path, text[max(0, len(text)-logBytes):])
		}
	}
}

func TestMain(m *testing.M) { testkit.Main(m) }

// shape is four groups behind two proxies.
func shape() cluster.Shape {
	return cluster.Shape{Groups: 4, Replicas: *replicas, Proxies: 2}
}
