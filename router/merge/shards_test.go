package merge_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/merge"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// parts is the number of shards in the tests on a real server.
const parts = 3

// shards is one table as a whole in one schema, and its rows spread over
// others: each connection stands for a group.
type shards struct {
	whole  *mysql.Backend
	parts  [parts]*mysql.Backend
	schema *plan.Schema
}

func newShards(t *testing.T) *shards {
	t.Helper()
	server := testkit.Server(t, testkit.Options{})
	s := &shards{whole: dial(t, server)}
	for i := range s.parts {
		s.parts[i] = dial(t, server)
	}
	return s
}

// dial connects to a schema of its own.
func dial(t *testing.T, server *testkit.MySQL) *mysql.Backend {
	t.Helper()
	b, err := mysql.DialBackend(t.Context(), server.Addr(), mysql.DialOptions{
		User: server.User, Password: server.Password,
		Variant: mysql.Variant{DeprecateEOF: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	run(t, b, "USE "+server.Schema(t))
	// Weights and rows of the tests are small.
	run(t, b, "SET time_zone = '+00:00'")
	return b
}

func run(t *testing.T, b *mysql.Backend, sql string) {
	t.Helper()
	if _, err := b.Query(sql); err != nil {
		t.Fatalf("%.300s: %v", sql, err)
	}
}

// create makes the table t everywhere and reads its schema.
func (s *shards) create(t *testing.T, ddl string) {
	t.Helper()
	for _, b := range append(s.parts[:], s.whole) {
		run(t, b, ddl)
	}
	res, err := s.whole.Query("SELECT column_name, column_type, coalesce(collation_name, '') FROM information_schema.columns WHERE table_schema = database() ORDER BY ordinal_position")
	if err != nil {
		t.Fatal(err)
	}
	table := &plan.Table{Name: "t", Primary: []string{"id"}}
	for i := range res.Rows {
		table.Columns = append(table.Columns, plan.Column{Name: res.Value(i, 0), Type: res.Value(i, 1), Collation: res.Value(i, 2)})
	}
	s.schema = &plan.Schema{DefaultCollation: "utf8mb4_0900_ai_ci", Tables: map[string]*plan.Table{"t": table}}
}

// plan plans a SELECT over all shards.
func (s *shards) plan(t *testing.T, sql string) *plan.Scatter {
	t.Helper()
	ranges, err := topology.EvenRanges(parts)
	if err != nil {
		t.Fatal(err)
	}
	ks := &topology.Keyspace{Name: "shop", Undeclared: topology.KindSingle, Tables: map[string]*topology.Table{
		"t": {Name: "t", Kind: topology.KindSharded, ShardKey: shardkey.Key{{Name: "sk", Type: "int"}}},
	}}
	for i, r := range ranges {
		ks.Shards = append(ks.Shards, topology.Shard{Range: r, Group: string(rune('a' + i))})
	}
	stmt, err := parser.ParseOne(sql, parser.Mode{})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	p, err := plan.Build(plan.Input{
		Text: sql, Stmt: stmt, Keyspace: "shop",
		Snapshot: &topology.Snapshot{Keyspaces: map[string]*topology.Keyspace{"shop": ks}},
		Schema:   func(string) *plan.Schema { return s.schema },
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	route, ok := p.Op.(*plan.Route)
	if !ok || route.Scatter == nil {
		t.Fatalf("%s: not a scatter: %+v", sql, p.Op)
	}
	return route.Scatter
}

// values are the parameters of a statement, as numbers or strings.
type values []shardkey.Value

func (v values) Len(int) int                           { return 1 }
func (v values) Value(slot, _ int) shardkey.Value      { return v[slot] }
func (v values) AppendSQL(dst []byte, slot int) []byte { return v.AppendOneSQL(dst, slot, 0) }
func (v values) AppendOneSQL(dst []byte, slot, _ int) []byte {
	switch v[slot].Kind {
	case shardkey.Null:
		return append(dst, "NULL"...)
	case shardkey.String:
		return append(append(append(dst, '\''), v[slot].Bytes...), '\'')
	default:
		return append(dst, v[slot].Bytes...)
	}
}

// result is an answer whose rows are as they travelled.
type result struct {
	columns []mysql.Column
	rows    [][]byte
}

// begin sends a statement, as text or as a prepared one.
func begin(t *testing.T, b *mysql.Backend, sql string, prepared bool) *mysql.ResultReader {
	t.Helper()
	if !prepared {
		if err := errors.Join(b.WriteQuery(sql), b.Flush()); err != nil {
			t.Fatal(err)
		}
	} else {
		if err := errors.Join(b.WriteCommand(mysql.ComStmtPrepare, []byte(sql)), b.Flush()); err != nil {
			t.Fatal(err)
		}
		p, err := b.ReadPrepared()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		x := mysql.Execute{StmtID: p.ID}
		err = errors.Join(b.WriteRawCommand(x.Append(nil)), b.WriteCommand(mysql.ComStmtClose, binary.LittleEndian.AppendUint32(nil, p.ID)), b.Flush())
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.BeginResult()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return r
}

// ask returns MySQL's own answer.
func ask(t *testing.T, b *mysql.Backend, sql string, prepared bool) result {
	t.Helper()
	r := begin(t, b, sql, prepared)
	res := result{columns: r.Columns}
	for {
		p, err := r.Next()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if p == nil {
			return res
		}
		res.rows = append(res.rows, bytes.Clone(p))
	}
}

// stream is a shard's answer.
type stream struct{ r *mysql.ResultReader }

func (s stream) Columns() []mysql.Column { return s.r.Columns }

func (s stream) Next() ([]byte, error) {
	p, err := s.r.Next()
	if p == nil && err == nil {
		err = io.EOF
	}
	return p, err
}

// merged asks the shards and merges what they answer.
func (s *shards) merged(t *testing.T, sql string, args values, prepared bool) (result, error) {
	t.Helper()
	scatter := s.plan(t, sql)
	text := []byte(sql)
	if scatter.Text != nil {
		var err error
		if text, err = scatter.Text.Append(nil, args, nil); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	var readers [parts]*mysql.ResultReader
	streams := make([]merge.Stream, parts)
	for i, b := range s.parts {
		readers[i] = begin(t, b, string(text), prepared)
		streams[i] = stream{readers[i]}
	}
	// What LIMIT leaves unread is read, so that the connection can go on.
	defer func() {
		for _, r := range readers {
			for {
				if p, err := r.Next(); p == nil || err != nil {
					break
				}
			}
		}
	}()
	m, err := merge.New(scatter.Merge, args, prepared, streams, merge.Limits{})
	if err != nil {
		return result{}, err
	}
	res := result{columns: m.Columns()}
	for {
		row, err := m.Next()
		if errors.Is(err, io.EOF) {
			return res, nil
		}
		if err != nil {
			return res, err
		}
		res.rows = append(res.rows, bytes.Clone(row))
	}
}

// texts decodes rows into text.
func (r result) texts(t *testing.T, prepared bool) [][]string {
	t.Helper()
	var all [][]string
	for _, p := range r.rows {
		var cells []mysql.Cell
		var err error
		if prepared {
			cells, err = mysql.DecodeBinaryRow(nil, p, r.columns)
		} else {
			cells, err = mysql.DecodeTextRow(nil, p, len(r.columns))
		}
		if err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(cells))
		for i, c := range cells {
			text := c.Data
			if prepared && !c.Null {
				if text, err = mysql.BinaryToText(nil, &r.columns[i], c.Data); err != nil {
					t.Fatal(err)
				}
			}
			if row[i] = string(text); c.Null {
				row[i] = "NULL"
			}
		}
		all = append(all, row)
	}
	return all
}
