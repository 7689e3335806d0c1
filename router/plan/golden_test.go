package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/shardkey"
)

// The files define keyspaces with `keyspace name=shop groups=(g1,g2) shards=2`
// and the CREATE TABLE statements of their tables, then plan statements with
// `plan` and place single executions with `route`. `moved table=t from=a to=b` says
// that clients may name b.t as a.t.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld()
		datadriven.RunTest(t, path, w.command)
	})
}

func (w *world) command(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "keyspace":
		var name string
		var groups []string
		shards := 1
		d.ScanArgs(t, "name", &name)
		d.ScanArgs(t, "groups", &groups)
		shards = len(groups)
		d.MaybeScanArgs(t, "shards", &shards)
		w.keyspace(t, name, shards, groups, d.Input)
		return ""
	case "program":
		w.program(t, d.Input)
		return ""
	case "moved":
		var table, from, to string
		d.ScanArgs(t, "table", &table)
		d.ScanArgs(t, "from", &from)
		d.ScanArgs(t, "to", &to)
		ks := w.snapshot.Keyspaces[from]
		ks.Moved = map[string]string{table: to}
		delete(ks.Tables, table)
		delete(w.schemas[from].Tables, table)
		return ""
	case "use":
		w.current = strings.TrimSpace(d.Input)
		return ""
	case "session":
		w.session(d)
		return ""
	case "plan":
		p, err := w.build(d.Input)
		if err != nil {
			return failed(err)
		}
		return p.String()
	case "route":
		return w.route(t, d)
	default:
		return "no such command"
	}
}

func (w *world) session(d *datadriven.TestData) {
	w.mode, w.charset, w.opaque = parser.Mode{}, shardkey.UTF8, false
	for _, word := range strings.Fields(d.Input) {
		switch word {
		case "ansi_quotes":
			w.mode.ANSIQuotes = true
		case "no_backslash_escapes":
			w.mode.NoBackslashEscapes = true
		case "latin1":
			w.charset = shardkey.Latin1
		case "opaque":
			w.opaque = true
		}
	}
}

func failed(err error) string {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return fmt.Sprintf("error %d: %s\n", refusal.Code, refusal.Message)
	}
	return "error: " + err.Error() + "\n"
}

// route says for each line of input where it goes. A last line that begins
// with "params" binds placeholders.
func (w *world) route(t *testing.T, d *datadriven.TestData) string {
	var params Params
	lines := strings.Split(strings.TrimSpace(d.Input), "\n")
	if last := lines[len(lines)-1]; strings.HasPrefix(last, "params ") {
		params = testParams(strings.Split(strings.TrimPrefix(last, "params "), ", "))
		lines = lines[:len(lines)-1]
	}
	var out strings.Builder
	for _, line := range lines {
		p, args, err := w.buildArgs(line, params)
		if err != nil {
			out.WriteString(failed(err))
			continue
		}
		out.WriteString(placement(t, p, args, d.HasArg("text")))
	}
	return out.String()
}

func placement(t *testing.T, p *Plan, args *ShapeArgs, texts bool) string {
	t.Helper()
	if i, ok := p.Op.(*Insert); ok {
		return insertion(t, i, args)
	}
	r := p.Op.(*Route)
	placed, err := r.Target.Groups(nil, args)
	switch {
	case err != nil:
		return "error: " + err.Error() + "\n"
	case placed.Any:
		return "any of " + strings.Join(placed.Groups, ", ") + "\n"
	case len(placed.Groups) > 1 && r.Scatter == nil:
		return strings.Join(placed.Groups, ", ") + ": refused\n"
	case !texts:
		return strings.Join(placed.Groups, ", ") + "\n"
	}
	template := r.One
	if len(placed.Groups) > 1 {
		template = r.Scatter.Text
	}
	return strings.Join(placed.Groups, ", ") + ": " + filled(t, template, args) + "\n"
}

func filled(t *testing.T, template *Template, args *ShapeArgs) string {
	t.Helper()
	if template == nil {
		return asWritten
	}
	text, err := template.Append(nil, args, testFill)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// insertion places the rows as the executor does.
func insertion(t *testing.T, i *Insert, args *ShapeArgs) string {
	t.Helper()
	var out strings.Builder
	for row := range i.RowCount(args) {
		group := "every group"
		if !i.Copies {
			group = rowGroup(i, args, row)
		}
		var text []byte
		for column := range i.Width {
			if column > 0 {
				text = append(text, ", "...)
			}
			v, index := i.At(row, column)
			var err error
			if text, err = v.AppendSQL(text, args, index, testFill); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&out, "%s: (%s)\n", group, text)
	}
	return out.String()
}

func rowGroup(i *Insert, args *ShapeArgs, row int) string {
	var vals []shardkey.Value
	for _, column := range i.Key {
		if column == i.Auto {
			return "by sequence"
		}
		v, index := i.At(row, column)
		if !v.Literal {
			return "not a literal"
		}
		value := v.Operand.Value(args, index)
		value.Bytes = append([]byte(nil), value.Bytes...)
		vals = append(vals, value)
	}
	canon, outcome := i.Table.ShardKey.Store(nil, vals)
	if outcome != shardkey.Stored {
		return "unsure"
	}
	return i.Keyspace.ShardFor(shardkey.Of(canon)).Group
}
