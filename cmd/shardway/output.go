package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"golang.org/x/term"
)

// The formats of -o.
const (
	formatText = "text"
	formatJSON = "json"
)

// passwordBytesMax bounds a password that is read.
const passwordBytesMax = 1024

// show prints a value: as JSON, or as text by the given function.
func (c *console) show(value any, text func(w io.Writer)) error {
	if c.format == formatJSON {
		encoder := json.NewEncoder(c.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	w := bufio.NewWriter(c.stdout)
	text(w)
	return w.Flush()
}

// table prints rows in columns under a header, or a sentence if there are none.
func table(w io.Writer, none string, header []string, rows [][]string) {
	if len(rows) == 0 {
		fmt.Fprintln(w, none)
		return
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			if i < len(row)-1 {
				cell += "\t"
			}
			fmt.Fprint(tab, cell)
		}
		fmt.Fprintln(tab)
	}
	// The writer below keeps its first error for whoever flushes it.
	_ = tab.Flush()
}

// showChange prints what was done, or what would be.
func (c *console) showChange(done admin.Change, err error) error {
	if err != nil {
		return err
	}
	return c.show(done, func(w io.Writer) { changeText(w, done.DryRun, done.Steps, done.Warnings) })
}

func changeText(w io.Writer, dryRun bool, steps, warnings []string) {
	if dryRun {
		fmt.Fprintln(w, "dry run, nothing was changed; this would:")
	}
	for _, step := range steps {
		fmt.Fprintln(w, " ", step)
	}
	for _, warning := range warnings {
		fmt.Fprintln(w, "warning:", warning)
	}
	if !dryRun {
		fmt.Fprintln(w, "done")
	}
}

// orDash prints nothing as a dash, so that columns stay apart.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// password asks for a password on the terminal, twice if it is a new one, or
// reads one line of standard input.
func (c *console) password(prompt string, fromStdin, isNew bool) (topology.Secret, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(c.stdin, passwordBytesMax)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return topology.Secret{}, err
		}
		return checkPassword(strings.TrimRight(line, "\r\n"), isNew)
	}
	terminal, ok := c.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return topology.Secret{}, &usageError{
			err:  errors.New("there is no terminal to ask for the password on"),
			hint: "pipe it in and say --password-stdin",
		}
	}
	first, err := c.ask(terminal, prompt+": ")
	if err != nil || !isNew {
		return topology.NewSecret(first), err
	}
	second, err := c.ask(terminal, prompt+", once more: ")
	if err == nil && first != second {
		err = &usageError{err: errors.New("the two passwords differ"), hint: "type the same twice"}
	}
	if err != nil {
		return topology.Secret{}, err
	}
	return checkPassword(first, isNew)
}

func checkPassword(password string, isNew bool) (topology.Secret, error) {
	if isNew && password == "" {
		return topology.Secret{}, &usageError{err: errors.New("the password is empty"), hint: "users have passwords"}
	}
	return topology.NewSecret(password), nil
}

func (c *console) ask(terminal *os.File, prompt string) (string, error) {
	fmt.Fprint(c.stderr, prompt)
	typed, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(c.stderr)
	return string(typed), err
}

// confirm asks before something that cannot be undone.
func (c *console) confirm(question string) error {
	terminal, ok := c.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return &usageError{err: errors.New("this cannot be undone, and there is no terminal to ask on"), hint: "say --yes if you mean it"}
	}
	fmt.Fprintf(c.stderr, "%s [y/N] ", question)
	line, err := bufio.NewReader(terminal).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}
