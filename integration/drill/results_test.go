package drill

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// blockRounds are the rounds of a line of the table, made on one bank; what is
// not complete is done again by the next run.
const blockRounds = 25

// results are the lines of the page's table.
type results struct {
	path string
	// next is the number of the next round, from 0; first that of the next line's.
	next, first int
	sum         outcome
}

// lastLine finds the rounds of the table's lines: | 1 to 25 | …
var lastLine = regexp.MustCompile(`(?m)^\| \d+ to (\d+) \|`)

// openResults reads how far the page's table has come; without a page nothing
// is kept.
func openResults(t *testing.T, path string) *results {
	t.Helper()
	r := &results{path: path}
	if path == "" {
		return r
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range lastLine.FindAllStringSubmatch(string(text), -1) {
		if r.next, err = strconv.Atoi(found[1]); err != nil {
			t.Fatal(err)
		}
	}
	r.first = r.next
	return r
}

// add takes a round's outcome.
func (r *results) add(out outcome) {
	r.next++
	r.sum.acknowledged += out.acknowledged
	r.sum.failed += out.failed
	r.sum.unknown += out.unknown
	r.sum.deadlocks += out.deadlocks
	r.sum.settled = max(r.sum.settled, out.settled)
	r.sum.slowest = max(r.sum.slowest, out.slowest)
	r.sum.broken = append(r.sum.broken, out.broken...)
}

// write writes the rounds since the last line as a line of the page.
func (r *results) write(t *testing.T) {
	t.Helper()
	sum, first := r.sum, r.first
	*r = results{path: r.path, next: r.next, first: r.next}
	if r.path == "" {
		return
	}
	text, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Sprintf("| %d to %d | %d | %s | %d | %d | %d (%d) | %d | %s | %s |\n", first+1, r.next, *seed+uint64(first), commit(t), len(sum.broken),
		sum.acknowledged, sum.failed, sum.deadlocks, sum.unknown, sum.settled.Round(10*time.Millisecond), sum.slowest.Round(10*time.Millisecond))
	if err := os.WriteFile(r.path, []byte(strings.TrimRight(string(text), "\n")+"\n"+line), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commit names what is tried.
func commit(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
