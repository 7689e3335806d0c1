package drill

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// page is a page of docs with a table of runs, which are kept beside it, one a
// line. One without a path keeps nothing.
type page[R any] struct {
	path string
	// begins and tableEnds are the lines between which the table is.
	begins string
	runs   []R
}

const tableEnds = "<!-- end of the table -->"

// openPage reads the runs that a page has.
func openPage[R any](t *testing.T, path, begins string) page[R] {
	t.Helper()
	p := page[R]{path: path, begins: begins}
	if path == "" {
		return p
	}
	text, err := os.ReadFile(p.beside())
	if errors.Is(err, fs.ErrNotExist) {
		return p
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r R
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		p.runs = append(p.runs, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *page[R]) beside() string { return strings.TrimSuffix(p.path, ".md") + ".jsonl" }

// keep writes the runs and the table.
func (p *page[R]) keep(t *testing.T, table string) {
	t.Helper()
	if p.path == "" {
		return
	}
	var lines bytes.Buffer
	for _, r := range p.runs {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(text, '\n'))
	}
	if err := os.WriteFile(p.beside(), lines.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), p.begins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !found || !ends {
		t.Fatalf("%s has no place for the table", p.path)
	}
	if err := os.WriteFile(p.path, []byte(before+p.begins+"\n\n"+table+"\n"+tableEnds+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
