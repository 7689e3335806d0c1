package router

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// connection is one client.
type connection struct {
	activity
	server *Server
	id     uint32
	user   string
	since  time.Time
	client *mysql.Conn
	exec   *exec.Session

	mode     parser.Mode
	charset  shardkey.Charset
	scanner  parser.Scanner
	shape    parser.Shape
	args     plan.ShapeArgs
	bound    boundParams
	key      []byte
	prepared preparedSet
	// blanked is where the running command's hint was, hint what it said: the text
	// may have to be read again.
	blanked, hint []byte
	// executing is a prepared statement that is neither query nor DML while it
	// is executed, execution with what.
	executing *preparedStatement
	execution *mysql.Execute
	// granted caches the user's grants for one snapshot.
	granted   *topology.User
	grantedAt *topology.Snapshot
}

// serve is a client's whole life.
func (s *Server) serve(ctx context.Context, nc net.Conn) {
	id := s.opts.ConnectionIDs()
	defer s.recovered(nc, id)
	now := time.Now()
	c := &connection{server: s, id: id, since: now, activity: activity{nc: nc, since: now}}
	if !s.enter(c) {
		s.stats.Refused.Add(1)
		refuse(nc, mysql.NewError(mysql.ErConCount, "Too many connections"))
		return
	}
	defer s.leave(c)
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetKeepAlivePeriod(time.Minute)
	}
	client, hello, err := mysql.Accept(ctx, nc, &mysql.ServerConfig{
		Version: Version, ConnectionID: id, TLS: s.opts.Identity.TLS, RSA: s.opts.Identity.RSA, RequireTLS: s.opts.RequireTLS,
		Lookup: s.verifier, Cache: s.auth,
	})
	if err != nil {
		s.stats.Refused.Add(1)
		s.opts.Log.Debug("a client was not let in", "from", nc.RemoteAddr(), "error", err)
		return
	}
	defer func() { _ = client.Close() }()
	s.stats.Accepted.Add(1)
	stop := context.AfterFunc(ctx, func() { c.interrupt() })
	defer stop()
	if err := c.begin(client, hello); err != nil {
		return
	}
	defer c.exec.Close()
	if c.idle(false) { // the server may have been told to stop meanwhile
		c.loop(ctx)
	}
}

// refuse tells a client that there is no room, in place of the greeting.
func refuse(nc net.Conn, e *mysql.Error) {
	c := mysql.NewConn(nc, mysql.ConnOptions{})
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_ = c.WriteError(e)
	_ = c.Flush()
	_ = c.Close()
}

// recovered keeps a defect of ours that one client has met from ending the
// others: a client's bytes never panic, so what is caught here is a broken
// invariant, and it is logged as one.
func (s *Server) recovered(nc net.Conn, id uint32) {
	if r := recover(); r != nil {
		s.opts.Log.Error("a session ended by a defect", "connection", id, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		_ = nc.Close()
	}
}

// begin makes the session and ends the handshake with OK.
func (c *connection) begin(client *mysql.Conn, hello *mysql.Handshake) error {
	c.client, c.user = client, hello.User
	names := ""
	if hello.Collation != mysql.DefaultCollation && hello.Collation != 0 {
		if n, ok := c.server.opts.Collations(hello.Collation); ok {
			names = n
		}
	}
	who := exec.Identity{ConnectionID: c.id, User: hello.User, Host: mysql.Host(client.RemoteAddr())}
	c.exec = exec.NewSession(c.server.opts.Environment, client, who, names)
	c.followSettings()
	c.admit(hello.User, c.exec)
	if hello.Database != "" {
		if err := c.use(hello.Database); err != nil {
			_ = client.WriteError(asMySQL(err))
			_ = client.Flush()
			c.exec.Close()
			return err
		}
	}
	if err := client.WriteOK(mysql.OK{Status: c.exec.Status()}); err != nil {
		return err
	}
	return client.Flush()
}

// loop reads commands and answers them until either side has had enough.
func (c *connection) loop(ctx context.Context) {
	for {
		payload, err := c.client.ReadCommand()
		if err != nil {
			c.sayGoodbye(err)
			return
		}
		if len(payload) == 0 || mysql.Command(payload[0]) == mysql.ComQuit {
			return
		}
		if !c.busy(payload) {
			return
		}
		c.server.stats.Queries.Add(1)
		c.exec.Starts(len(payload))
		err = c.command(ctx, mysql.Command(payload[0]), payload)
		if err != nil && !c.report(err) {
			return
		}
		if err := c.client.Flush(); err != nil {
			return
		}
		if !c.idle(c.exec.InTransaction() || c.exec.PinReason != "") {
			return
		}
	}
}

// sayGoodbye tells a client why its bytes cannot be read on, if that can be said.
func (c *connection) sayGoodbye(err error) {
	var my *mysql.Error
	if errors.As(err, &my) && !errors.Is(err, io.EOF) {
		_ = c.client.WriteError(my)
		_ = c.client.Flush()
	}
}

// report writes an error as the answer to a command. It returns false if the
// connection cannot go on.
func (c *connection) report(err error) bool {
	c.server.stats.Errors.Add(1)
	var fatal *exec.FatalError
	if errors.As(err, &fatal) {
		c.server.opts.Log.Debug("a client's connection ends", "connection", c.id, "error", err)
		if fatal.Answer != nil {
			_ = c.client.WriteError(fatal.Answer)
			_ = c.client.Flush()
		}
		return false
	}
	my := asMySQL(err)
	c.exec.Refused(my)
	return c.client.WriteError(my) == nil
}

// asMySQL makes any error one that a client can be told.
func asMySQL(err error) *mysql.Error {
	var my *mysql.Error
	var refusal *plan.Refusal
	var denied *topology.Refused
	switch {
	case errors.As(err, &my):
		return my
	case errors.As(err, &refusal):
		return mysql.NewError(refusal.Code, "%s", refusal.Message)
	case errors.As(err, &denied):
		return mysql.NewError(mysql.ErUnknown, "%s", denied.Message)
	default:
		return mysql.NewError(mysql.ErUnknown, "%v", err)
	}
}

// ok answers a command with nothing but success.
func (c *connection) ok() error {
	if err := c.client.WriteOK(mysql.OK{Status: c.exec.Status()}); err != nil {
		return &exec.FatalError{Err: err}
	}
	c.exec.Cleared()
	return nil
}
