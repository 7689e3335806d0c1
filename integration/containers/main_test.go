package containers

import (
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
