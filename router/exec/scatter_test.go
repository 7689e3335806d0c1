package exec

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/pool"
)

// A server that closes its connection between two rows has not ended them.
func TestAClosedConnectionIsNotTheEndOfTheRows(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	done := make(chan error, 1)
	go func() {
		server := mysql.NewConn(far, mysql.ConnOptions{Capabilities: mysql.CapDeprecateEOF})
		_, err := server.ReadCommand()
		if err == nil {
			var w *mysql.ResultWriter
			w, err = mysql.NewResultWriter(server, 0, []mysql.Column{{Name: "c", Type: mysql.TypeVarString}})
			if err == nil {
				err = errors.Join(w.WriteRow([]byte{1, 'x'}), server.Flush(), server.Close())
			}
		}
		done <- err
	}()
	c := mysql.NewConn(near, mysql.ConnOptions{Capabilities: mysql.CapDeprecateEOF})
	if err := errors.Join(c.WriteQuery("SELECT c"), c.Flush()); err != nil {
		t.Fatal(err)
	}
	r, err := c.BeginResult()
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{l: &lease{b: &pool.Backend{Backend: &mysql.Backend{Conn: c}}}, r: r}
	if row, err := s.Next(); err != nil || len(row) != 2 {
		t.Fatal(row, err)
	}
	if _, err := s.r.Next(); err == nil {
		t.Error("the reader took it for the end")
	} else if _, err := s.Next(); errors.Is(err, io.EOF) {
		t.Error("the stream took it for the end")
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
