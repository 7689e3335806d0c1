package drill

import (
	"flag"
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

func TestMain(m *testing.M) { testkit.Main(m) }

// shape is four groups behind two proxies.
func shape() cluster.Shape {
	return cluster.Shape{Groups: 4, Replicas: *replicas, Proxies: 2}
}
