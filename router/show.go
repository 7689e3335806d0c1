package router

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/topology"
)

// show answers what the proxy itself knows, and has a shard answer the rest.
func (c *connection) show(ctx context.Context, s *ast.ShowStmt, sql []byte) error {
	switch s.Tp {
	case ast.ShowDatabases:
		return c.showDatabases(s)
	case ast.ShowWarnings, ast.ShowErrors:
		return c.exec.ShowDiagnostics(ctx, string(sql), s.Tp == ast.ShowErrors, s.CountWarningsOrErrors)
	case ast.ShowProcessList:
		return c.showProcesses()
	case ast.ShowGrants:
		return c.showGrants(s)
	case ast.ShowMasterStatus, ast.ShowBinlogStatus, ast.ShowReplicaStatus:
		return mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; replication is the servers' own business; see: shardway status")
	case ast.ShowTableStatus:
		return c.showTableStatus(ctx, s, sql)
	case ast.ShowTables:
		return c.showTables(ctx, s, sql)
	default: // the rest is a shard's
	}
	return c.plain(ctx, s, sql)
}

// showTables leaves the tables out that keep unique keys.
func (c *connection) showTables(ctx context.Context, s *ast.ShowStmt, sql []byte) error {
	name := s.DBName
	if name == "" {
		name = c.exec.Keyspace
	}
	ks := c.server.opts.Environment.Topology.Current().Serving(name)
	if ks == nil || !c.allows(name, topology.GrantRead) || !hasOwnTables(ks) {
		return c.plain(ctx, s, sql)
	}
	return c.exec.Tables(ctx, ks, string(sql))
}

func hasOwnTables(ks *topology.Keyspace) bool {
	if ks.Move != nil && ks.Move.Table != nil || ks.Receives != "" {
		return true
	}
	for name := range ks.Tables {
		if strings.HasPrefix(name, topology.HiddenPrefix) {
			return true
		}
	}
	return false
}

// showTableStatus has a keyspace on several groups counted as a whole. WHERE
// would see one shard's numbers.
func (c *connection) showTableStatus(ctx context.Context, s *ast.ShowStmt, sql []byte) error {
	name := s.DBName
	if name == "" {
		name = c.exec.Keyspace
	}
	ks := c.server.opts.Environment.Topology.Current().Serving(name)
	if ks == nil || len(ks.Groups()) == 1 || !c.allows(name, topology.GrantRead) {
		return c.plain(ctx, s, sql)
	}
	if s.Where != nil {
		return mysql.NewError(mysql.ErNotSupportedYet, "SHOW TABLE STATUS WHERE is not supported on %s, which has %d shards; use LIKE, or information_schema.TABLES", ks.Name, len(ks.Shards))
	}
	return c.exec.TableStatus(ctx, ks, string(sql))
}

// showDatabases lists the keyspaces that the user may use.
func (c *connection) showDatabases(s *ast.ShowStmt) error {
	var keyspaces []string
	for name := range c.server.opts.Environment.Topology.Current().Keyspaces {
		if c.allows(name, topology.GrantRead) {
			keyspaces = append(keyspaces, name)
		}
	}
	keyspaces = append(keyspaces, "information_schema", "performance_schema")
	slices.Sort(keyspaces)
	column, match := "Database", func(string) bool { return true }
	if s.Pattern != nil {
		pattern, ok := s.Pattern.Pattern.(*test_driver.ValueExpr)
		if !ok {
			return mysql.NewError(mysql.ErNotSupportedYet, "SHOW DATABASES LIKE takes a literal")
		}
		column = "Database (" + pattern.GetString() + ")"
		match = func(name string) bool { return like(pattern.GetString(), name) }
	} else if s.Where != nil {
		return mysql.NewError(mysql.ErNotSupportedYet, "SHOW DATABASES WHERE is not supported; use LIKE")
	}
	var rows [][]mysql.Cell
	for _, name := range keyspaces {
		if match(name) {
			rows = append(rows, []mysql.Cell{{Data: []byte(name)}})
		}
	}
	return c.exec.Answer([]string{column}, rows)
}

// like matches MySQL's pattern: % any text, _ any character, \ takes the next literally.
func like(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	switch pattern[0] {
	case '%':
		for i := 0; i <= len(text); i++ {
			if like(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	case '_':
		return text != "" && like(pattern[1:], text[1:])
	case '\\':
		if len(pattern) > 1 {
			pattern = pattern[1:]
		}
	}
	return text != "" && strings.EqualFold(pattern[:1], text[:1]) && like(pattern[1:], text[1:])
}

// showProcesses lists this proxy's clients: all of them to an administrator,
// to others their own.
func (c *connection) showProcesses() error {
	all := c.allows(topology.AllKeyspaces, topology.GrantAdmin)
	var rows [][]mysql.Cell
	now := time.Now()
	for _, o := range c.server.connections() {
		p := o.process(now)
		if p.user != c.user && !all {
			continue
		}
		rows = append(rows, []mysql.Cell{
			{Data: strconv.AppendUint(nil, uint64(o.id), 10)},
			{Data: []byte(p.user)},
			{Data: []byte(o.nc.RemoteAddr().String())},
			{Null: true},
			{Data: []byte(p.command)},
			{Data: strconv.AppendInt(nil, p.seconds, 10)},
			{Data: nil},
			{Null: p.info == "", Data: []byte(p.info)},
		})
	}
	return c.exec.Answer([]string{"Id", "User", "Host", "db", "Command", "Time", "State", "Info"}, rows)
}

// connections lists the clients by id.
func (s *Server) connections() []*connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*connection, 0, len(s.clients))
	for _, c := range s.clients {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *connection) int { return int(a.id) - int(b.id) })
	return all
}

// kill ends another client's connection, or its statement.
func (c *connection) kill(id uint32, queryOnly bool) error {
	victim := c.server.find(id)
	if own := c.server.opts.OwnID; victim == nil && own != nil && !own(id) {
		return mysql.NewError(mysql.ErNotSupportedYet, "connection %d is no client of this proxy: KILL reaches the clients of the proxy that it is sent to; connect to the proxy that gave the id, where SHOW PROCESSLIST lists it", id)
	}
	if victim == nil {
		return mysql.NewError(mysql.ErNoSuchThread, "Unknown thread id: %d", id)
	}
	if victim.owner() != c.user && !c.allows(topology.AllKeyspaces, topology.GrantAdmin) {
		return mysql.NewError(mysql.ErKillDenied, "You are not owner of thread %d", id)
	}
	if victim != c {
		victim.stop()
		if !queryOnly {
			victim.interrupt()
		}
		return c.ok()
	}
	interrupted := mysql.NewError(mysql.ErQueryInterrupted, "Query execution was interrupted")
	if queryOnly {
		return interrupted
	}
	return &exec.FatalError{Answer: interrupted, Err: interrupted}
}
