package integration

import (
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
	passes(t, []int{2, 4}, func(t *testing.T, r *run) {
		for _, file := range files {
			for _, s := range readStatements(t, filepath.Base(file)) {
				r.judge(t, s, tally)
			}
		}
	})
}
