package workload

import (
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// wide is the cluster that the workloads run on.
func wide() cluster.Shape { return cluster.Shape{Groups: 4} }
