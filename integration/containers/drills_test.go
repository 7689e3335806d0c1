package containers

import (
	"bytes"
	"os"
	"testing"

	"github.com/shardway/shardway/drill"
	"github.com/shardway/shardway/drill/containers"
)

// Hosts are cut from each other for real, one way too, and etcd loses its
// quorum: each promise of docs/drills.md is kept. 'make drills AGAINST=compose'
// carries all drills out.
func TestDrills(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("hosts are cut from each other by rules in their networks, which root alone can set")
	}
	s := start(t)
	c, err := containers.Attach(t.Context(), s.Project)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range []string{"isolate-primary", "mute-to-replicas", "lose-quorum"} {
		d, ok := drill.Find(name)
		if !ok {
			t.Fatalf("there is no drill %q", name)
		}
		report, err := drill.Run(t.Context(), d, c, drill.Options{Writers: 8})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var text bytes.Buffer
		report.Write(&text)
		t.Logf("%s", text.String())
		if report.Verdict != drill.Held {
			t.Fatalf("%s: %s", name, report.Verdict)
		}
	}
}
