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
//	-- differs: spelling
//	SELECT …
//
// A block may be a family of statements: each {name} in it is replaced by each
// of the texts, parted by semicolons, of the lines "-- each name: text; text".
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
	// differs names an accepted difference.
	differs string
	// text: the statement cannot be prepared with parameters.
	text bool
	// setup: the statement is not counted.
	setup bool
	// block is the number of the file's block that it comes from, and member
	// its number among that block's statements, from 1; 0 if it is the only one.
	block, member int
	each          []choice
}

// choice is the texts that stand for a name in a family of statements.
type choice struct {
	name  string
	texts []string
}

// where names the statement for messages.
func (s *statement) where() string {
	if s.member > 0 {
		return fmt.Sprintf("%s:%d#%d", s.file, s.line, s.member)
	}
	return fmt.Sprintf("%s:%d", s.file, s.line)
}

// refusedOver reports whether the statement is to be refused over n shards.
func (s *statement) refusedOver(n int) bool { return slices.Contains(s.refused, n) }

// readStatements reads a file of testdata/differential.
func readStatements(t testing.TB, name string) []*statement {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "differential", name))
	if err != nil {
		t.Fatal(err)
	}
	var all []*statement
	class, line := "", 1
	for i, block := range strings.Split(string(text), "\n\n") {
		s := &statement{file: name, line: line, class: class, block: i}
		line += strings.Count(block, "\n") + 2
		if err := s.read(block); err != nil {
			t.Fatalf("%s: %v", s.where(), err)
		}
		class = s.class
		if s.sql != "" {
			all = append(all, s.family()...)
		}
	}
	return all
}

// family is all the statements of a block. A text may hold a name that stands
// above its own.
func (s *statement) family() []*statement {
	all := []*statement{s}
	for _, c := range slices.Backward(s.each) {
		var next []*statement
		for _, member := range all {
			for _, text := range c.texts {
				made := *member
				made.sql = strings.ReplaceAll(member.sql, "{"+c.name+"}", text)
				next = append(next, &made)
			}
		}
		all = next
	}
	for i, member := range all {
		if len(all) > 1 {
			member.member = i + 1
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
		s.refused, err = shardNumbers(rest)
	case "differs":
		s.differs = rest
	case "each":
		s.choose(rest)
	default:
		err = fmt.Errorf("unknown directive %q", directive)
	}
	return err
}

// choose reads "name: text; text"; a second line for a name goes on with it.
func (s *statement) choose(text string) {
	name, rest, _ := strings.Cut(text, ": ")
	var texts []string
	for t := range strings.SplitSeq(rest, ";") {
		texts = append(texts, strings.TrimSpace(t))
	}
	for i := range s.each {
		if s.each[i].name == name {
			s.each[i].texts = append(s.each[i].texts, texts...)
			return
		}
	}
	s.each = append(s.each, choice{name, texts})
}

// shardNumbers reads "on 2,4"; nothing stands for all but one shard.
func shardNumbers(text string) (numbers []int, err error) {
	after, ok := strings.CutPrefix(text, "on ")
	if !ok {
		return []int{2, 4, 7}, nil
	}
	for word := range strings.SplitSeq(after, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// shape is the statement without its literals.
func (s *statement) shape() string {
	var scanner parser.Scanner
	var shape parser.Shape
	scanner.Scan([]byte(s.sql), parser.Mode{}, &shape)
	return string(shape.Text)
}
