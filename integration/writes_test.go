package integration

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestWrites runs the statements of dml_*.sql, writes that no shard can carry
// out from its own rows alone, as TestDifferential does.
func TestWrites(t *testing.T) {
	files, err := filepath.Glob("testdata/differential/dml_*.sql")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	tally := newTally(readAccepted(t))
	for _, shards := range []int{2, 4} {
		for _, prepared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/prepared=%t", shards, prepared), func(t *testing.T) {
				r := begin(t, shards, prepared)
				r.load(t)
				for _, file := range files {
					for _, s := range readStatements(t, filepath.Base(file)) {
						r.judge(t, s, tally)
					}
				}
			})
		}
	}
}
