package integration

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mark has the differential test write into its files which statements are refused.
var mark = flag.Bool("mark", false, "write into testdata/differential which statements are refused, instead of failing")

// accepted is a kind of difference that is accepted, and why.
type accepted struct {
	fields []string
	shards []int
	reason string
}

// covers reports whether a field may differ over n shards.
func (a accepted) covers(field string, n int) bool {
	return slices.Contains(a.fields, field) && slices.Contains(a.shards, n)
}

// readAccepted reads the file of the accepted differences.
func readAccepted(t *testing.T) map[string]accepted {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "differential", "accepted.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]accepted{}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ": ", 4)
		if strings.HasPrefix(line, "#") || len(parts) < 4 {
			continue
		}
		shards, err := shardNumbers("on " + parts[2])
		if err != nil {
			t.Fatalf("accepted.txt: %s: %v", line, err)
		}
		all[parts[0]] = accepted{strings.Split(parts[1], ","), shards, parts[3]}
	}
	return all
}

// tally counts statements by class. Passes that run side by side share it.
type tally struct {
	accepted map[string]accepted

	mu         sync.Mutex // guards what follows
	statements map[string]map[string]bool
	shapes     map[string]bool
	all        map[string]*statement
	// refusals are the reasons by the statement's place; over has the numbers of
	// shards over which it is refused.
	refusals map[string]string
	over     map[string]map[int]bool
	// ran are the numbers of shards by the statement's place.
	ran map[string]map[int]bool
	// seen are the statements whose accepted difference showed.
	seen map[string]bool
}

func newTally(a map[string]accepted) *tally {
	return &tally{
		accepted: a, statements: map[string]map[string]bool{}, shapes: map[string]bool{}, all: map[string]*statement{},
		refusals: map[string]string{}, over: map[string]map[int]bool{}, ran: map[string]map[int]bool{}, seen: map[string]bool{},
	}
}

func (y *tally) count(s *statement, r *run) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.all[s.where()] = s
	note(y.ran, s, r)
	if s.setup {
		return
	}
	if y.statements[s.class] == nil {
		y.statements[s.class] = map[string]bool{}
	}
	y.statements[s.class][s.where()] = true
	y.shapes[s.shape()] = true
}

func (y *tally) refuse(s *statement, r *run, reason string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.refusals[s.where()] = reasonOf(reason)
	note(y.over, s, r)
}

// differs notes that a statement shows its accepted difference.
func (y *tally) differs(s *statement) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.seen[s.where()] = true
}

func note(m map[string]map[int]bool, s *statement, r *run) {
	if m[s.where()] == nil {
		m[s.where()] = map[int]bool{}
	}
	m[s.where()][r.shards] = true
}

// report prints what ran, and holds the suite to its size.
func (y *tally) report(t *testing.T) {
	t.Helper()
	total, refused := 0, map[string]int{}
	for where := range y.refusals {
		refused[y.all[where].class]++
	}
	for _, class := range slices.Sorted(maps.Keys(y.statements)) {
		n := len(y.statements[class])
		total += n
		t.Logf("%-12s %4d statements, %3d refused over several shards", class, n, refused[class])
	}
	y.reportRefusals(t)
	y.reportAccepted(t)
	t.Logf("%d statements, %d of different shape; %d are refused over some number of shards", total, len(y.shapes), len(y.refusals))
	if total < 3000 || len(y.shapes) < 1500 {
		t.Errorf("%d statements, %d of different shape: want 3000, 1500", total, len(y.shapes))
	}
}

func (y *tally) reportRefusals(t *testing.T) {
	t.Helper()
	count, sample := map[string]int{}, map[string]string{}
	for _, where := range slices.Sorted(maps.Keys(y.refusals)) {
		reason := y.refusals[where]
		count[reason]++
		sample[reason] = where + ": " + y.all[where].sql
	}
	for _, reason := range slices.SortedFunc(maps.Keys(count), func(a, b string) int { return count[b] - count[a] }) {
		t.Logf("refused %3d: %s\n\t\te.g. %s", count[reason], reason, sample[reason])
	}
	stale := 0
	for where, s := range y.all {
		if len(s.refused) > 0 && s.member == 0 && y.refusals[where] == "" {
			stale++
		}
	}
	if stale > 0 {
		t.Logf("%d statements are marked as refused and are answered: run the test with -mark", stale)
	}
}

// reportAccepted prints the accepted differences, and those that no statement
// shows any more.
func (y *tally) reportAccepted(t *testing.T) {
	t.Helper()
	shows := map[string][]string{}
	for _, where := range slices.Sorted(maps.Keys(y.all)) {
		s := y.all[where]
		switch {
		case s.differs == "":
		case y.accepted[s.differs].reason == "":
			t.Errorf("%s: accepted.txt has no %q", where, s.differs)
		case !y.seen[where]:
			t.Logf("%s: does not differ any more: %s", where, s.sql)
		default:
			shows[s.differs] = append(shows[s.differs], where)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(y.accepted)) {
		if len(shows[name]) == 0 {
			t.Logf("accepted.txt: no statement of these files shows %s; TestWrites has files of its own", name)
		}
		t.Logf("accepted: %s (%d statements): %s", name, len(shows[name]), y.accepted[name].reason)
	}
}

// write marks in the files what was refused, and takes marks away.
func (y *tally) write(t *testing.T) {
	t.Helper()
	blocks := map[string]map[int]map[int]bool{}
	for where, s := range y.all {
		if blocks[s.file] == nil {
			blocks[s.file] = map[int]map[int]bool{}
		}
		if blocks[s.file][s.block] == nil {
			blocks[s.file][s.block] = map[int]bool{}
		}
		maps.Copy(blocks[s.file][s.block], y.over[where])
		for _, shards := range s.refused { // what has not run stays as it was
			if !y.ran[where][shards] {
				blocks[s.file][s.block][shards] = true
			}
		}
	}
	for file, refused := range blocks {
		path := filepath.Join("testdata", "differential", file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(string(text), "\n\n")
		for i := range parts {
			if over, ok := refused[i]; ok {
				parts[i] = marked(parts[i], over)
			}
		}
		if err := os.WriteFile(path, []byte(strings.Join(parts, "\n\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// marked is a block with the mark for the numbers of shards that refuse it.
func marked(block string, over map[int]bool) string {
	var lines []string
	written := len(over) == 0
	line := "-- refused"
	if list := strings.Trim(strings.ReplaceAll(fmt.Sprint(slices.Sorted(maps.Keys(over))), " ", ","), "[]"); list != "2,4,7" {
		line += " on " + list
	}
	for _, l := range strings.Split(block, "\n") {
		directive := strings.HasPrefix(l, "-- ") || strings.HasPrefix(l, "#") || l == ""
		switch {
		case strings.HasPrefix(l, "-- refused"):
			continue
		case !written && !directive:
			lines, written = append(lines, line), true
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "\n")
}
