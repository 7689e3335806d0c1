package integration

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
)

// answerTimeout is how long a client waits for an answer.
const answerTimeout = 30 * time.Second

// client is a raw connection to a plain MySQL or to a proxy: it sees all that a
// server says.
type client struct {
	*mysql.Backend
}

// server is where a client can log in.
type server struct {
	addr, user, password string
}

// connect logs in; the connection ends with the test.
func (s server) connect(t testing.TB, v mysql.Variant) *client {
	t.Helper()
	c, err := s.dial(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (s server) dial(ctx context.Context, v mysql.Variant) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	b, err := mysql.DialBackend(ctx, s.addr, mysql.DialOptions{User: s.user, Password: s.password, Variant: v})
	if err != nil {
		return nil, err
	}
	return &client{Backend: b}, nil
}

// answer is all that a client sees of the answer to a statement.
type answer struct {
	results []result
	err     *mysql.Error
}

// result is an OK packet, or columns and rows. Rows are text, whatever their
// encoding was.
type result struct {
	columns []mysql.Column
	rows    [][]string
	ok      mysql.Summary
}

// null stands for NULL among the texts of a row.
const null = "\x00NULL"

// query sends a statement as text.
func (c *client) query(sql string) (answer, error) {
	_ = c.SetDeadline(time.Now().Add(answerTimeout))
	if err := c.WriteQuery(sql); err != nil {
		return answer{}, err
	}
	if err := c.Flush(); err != nil {
		return answer{}, err
	}
	return c.answer(false)
}

// must runs a statement that cannot fail and returns its first result.
func (c *client) must(t testing.TB, sql string) result {
	t.Helper()
	a, err := c.query(sql)
	if err == nil && a.err != nil {
		err = a.err
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return a.results[0]
}

// definitions are what a server says of a prepared statement.
type definitions struct {
	params  int
	columns []mysql.Column
}

// execute prepares a statement, executes it with the parameters and closes it.
func (c *client) execute(sql string, params []mysql.Param) (definitions, answer, error) {
	_ = c.SetDeadline(time.Now().Add(answerTimeout))
	var defs definitions
	p, err := c.prepare(sql)
	var refused *mysql.Error
	if errors.As(err, &refused) {
		return defs, answer{err: refused}, nil
	}
	if err != nil {
		return defs, answer{}, err
	}
	defs.params = len(p.Params)
	for _, raw := range p.Columns {
		col, err := mysql.ParseColumn(raw)
		if err != nil {
			return defs, answer{}, err
		}
		defs.columns = append(defs.columns, col)
	}
	if len(p.Params) != len(params) {
		return defs, answer{}, fmt.Errorf("the server sees %d parameters, there are %d", len(p.Params), len(params))
	}
	x := mysql.Execute{StmtID: p.ID, Params: params}
	if err := c.WriteRawCommand(x.Append(nil)); err != nil {
		return defs, answer{}, err
	}
	if err := c.Flush(); err != nil {
		return defs, answer{}, err
	}
	a, err := c.answer(true)
	if err != nil {
		return defs, a, err
	}
	return defs, a, c.WriteCommand(mysql.ComStmtClose, binary.LittleEndian.AppendUint32(nil, p.ID))
}

func (c *client) prepare(sql string) (*mysql.Prepared, error) {
	if err := c.WriteCommand(mysql.ComStmtPrepare, []byte(sql)); err != nil {
		return nil, err
	}
	if err := c.Flush(); err != nil {
		return nil, err
	}
	return c.ReadPrepared()
}

// answer reads the answer to one command. An error is the network's or the
// protocol's; what the server refuses is in the answer.
func (c *client) answer(binary bool) (answer, error) {
	var a answer
	rd, err := c.BeginResult()
	for {
		var r result
		if err == nil {
			r.columns = rd.Columns
			r.rows, err = rows(rd, binary)
		}
		var refused *mysql.Error
		if errors.As(err, &refused) && !c.Broken() {
			a.err = refused
			return a, nil
		}
		if err != nil {
			return a, err
		}
		r.ok = rd.Summary
		a.results = append(a.results, r)
		if !rd.More() {
			return a, nil
		}
		rd, err = rd.NextResult()
	}
}

func rows(rd *mysql.ResultReader, binary bool) ([][]string, error) {
	var all [][]string
	for {
		p, err := rd.Next()
		if p == nil || err != nil {
			return all, err
		}
		row, err := decode(p, rd.Columns, binary)
		if err != nil {
			return all, err
		}
		all = append(all, row)
	}
}

func decode(p []byte, columns []mysql.Column, binary bool) ([]string, error) {
	var cells []mysql.Cell
	var err error
	if binary {
		cells, err = mysql.DecodeBinaryRow(nil, slices.Clone(p), columns)
	} else {
		cells, err = mysql.DecodeTextRow(nil, p, len(columns))
	}
	if err != nil {
		return nil, err
	}
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch {
		case cell.Null:
			row[i] = null
		case binary:
			text, err := mysql.BinaryToText(nil, &columns[i], cell.Data)
			if err != nil {
				return nil, err
			}
			row[i] = string(text)
		default:
			row[i] = string(cell.Data)
		}
	}
	return row, nil
}
