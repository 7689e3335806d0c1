package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shardway/shardway/parser"
)

// statement is one statement of a file in testdata/differential. A file is a
// list of blocks that blank lines part; a block is a statement, behind lines
// that say how to judge it:
//
//	# a remark
//	-- class: join
//	-- ties
//	-- refused
//	-- differs on 2,4: columns: a sum's display width is that of one shard's
//	SELECT …
type statement struct {
	file string
	line int
	sql  string
	// class is that of the last "-- class:" line above.
	class string
	// ties: the order of the rows is not total in spite of an ORDER BY.
	ties bool
	// approximate: floating-point numbers are added up in another order.
	approximate bool
	// refused names the numbers of shards over which the statement is refused
	// with error 1235.
	refused []int
	// differs: an accepted difference, for the numbers of shards in on.
	differs string
	reason  string
	on      []int
	// text: the statement cannot be prepared with parameters.
	text bool
	// setup: the statement is not counted.
	setup bool
}

// where names the statement for messages.
func (s *statement) where() string { return fmt.Sprintf("%s:%d", s.file, s.line) }

// refusedOver reports whether the statement is to be refused over n shards.
func (s *statement) refusedOver(n int) bool { return slices.Contains(s.refused, n) }

// accepted returns what may differ over n shards.
func (s *statement) accepted(n int) string {
	if slices.Contains(s.on, n) {
		return s.differs
	}
	return ""
}

// readStatements reads a file of testdata/differential.
func readStatements(t testing.TB, name string) []*statement {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "differential", name))
	if err != nil {
		t.Fatal(err)
	}
	var all []*statement
	class, line := "", 1
	for block := range strings.SplitSeq(string(text), "\n\n") {
		s := &statement{file: name, line: line, class: class}
		line += strings.Count(block, "\n") + 2
		if err := s.read(block); err != nil {
			t.Fatalf("%s: %v", s.where(), err)
		}
		class = s.class
		if s.sql != "" {
			all = append(all, s)
		}
	}
	return all
}

func (s *statement) read(block string) error {
	lines := strings.Split(strings.Trim(block, "\n"), "\n")
	for len(lines) > 0 {
		switch directive, ok := strings.CutPrefix(lines[0], "-- "); {
		case ok:
			if err := s.direct(directive); err != nil {
				return err
			}
		case !strings.HasPrefix(lines[0], "#"):
			s.sql = strings.TrimSuffix(strings.Join(lines, "\n"), ";")
			return nil
		}
		lines = lines[1:]
		s.line++
	}
	return nil
}

func (s *statement) direct(directive string) error {
	word, rest, _ := strings.Cut(directive, " ")
	var err error
	switch strings.TrimSuffix(word, ":") {
	case "class":
		s.class = rest
	case "approximate":
		s.approximate = true
	case "ties":
		s.ties = true
	case "text":
		s.text = true
	case "setup":
		s.setup = true
	case "refused":
		s.refused, _, err = shardNumbers(rest, 2, 4)
	case "differs":
		if s.on, rest, err = shardNumbers(rest, 1, 2, 4); err == nil {
			var ok bool
			if s.differs, s.reason, ok = strings.Cut(strings.TrimSpace(rest), ": "); !ok {
				err = fmt.Errorf("%q gives no reason", directive)
			}
		}
	default:
		err = fmt.Errorf("unknown directive %q", directive)
	}
	return err
}

// shardNumbers reads "on 2,4" if the text begins so.
func shardNumbers(text string, otherwise ...int) (numbers []int, rest string, err error) {
	after, ok := strings.CutPrefix(text, "on ")
	if !ok {
		return otherwise, text, nil
	}
	list, rest, _ := strings.Cut(after, ":")
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, "", err
		}
		numbers = append(numbers, n)
	}
	return numbers, rest, nil
}

// shape is the statement without its literals.
func (s *statement) shape() string {
	var scanner parser.Scanner
	var shape parser.Shape
	scanner.Scan([]byte(s.sql), parser.Mode{}, &shape)
	return string(shape.Text)
}
