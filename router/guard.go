package router

import (
	"bytes"
	"context"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// single refuses several statements in one text: clients are not offered that,
// and MySQL finds a syntax error then. A part must never be left out.
func single(shape *parser.Shape, sql []byte) error {
	if !shape.Flags.Has(parser.Multi) || shape.Flags.Has(parser.StoredProgram) {
		return nil
	}
	rest := bytes.TrimSpace(sql[shape.Rest:])
	if len(rest) == 0 || rest[0] == '#' || bytes.HasPrefix(rest, []byte("-- ")) {
		return nil
	}
	return mysql.NewError(mysql.ErParse, "You have an error in your SQL syntax; several statements in one text are not supported; near '%s'", rest[:min(len(rest), 80)])
}

// administrator reports whether the user may do everything everywhere.
func (c *connection) administrator() bool {
	return c.allows(topology.AllKeyspaces, topology.GrantAdmin)
}

// guard refuses statements that are about a server and not about a keyspace.
func (c *connection) guard(text string) error {
	words := strings.Fields(strings.ToUpper(text[:min(len(text), 200)]))
	second := ""
	if len(words) > 1 {
		second = strings.Trim(words[1], "/*!0123456789 ;")
	}
	denied := mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; servers are administered with the shardway command, not through the proxy")
	switch c.shape.Verb {
	case parser.Start:
		if second != "TRANSACTION" {
			return denied
		}
	case parser.Stop, parser.Change, parser.Reset, parser.Purge, parser.Binlog, parser.Clone, parser.Shutdown, parser.Restart, parser.Install, parser.Uninstall:
		return denied
	case parser.Show:
		if aboutServer(second, words) && !c.administrator() {
			return mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; you need the grant admin on every keyspace (*) for SHOW %s", second)
		}
	case parser.Explain, parser.Describe:
		if strings.Contains(strings.Join(words, " "), "FOR CONNECTION") {
			return mysql.NewError(mysql.ErNotSupportedYet, "EXPLAIN FOR CONNECTION is not supported: the server's connections are shared; see SHOW PROCESSLIST")
		}
	default: // the rest is about a keyspace
	}
	return nil
}

// aboutServer reports whether a SHOW tells of a server's accounts, logs, or what
// others do there.
func aboutServer(second string, words []string) bool {
	switch second {
	case "BINARY", "BINLOG", "MASTER", "REPLICA", "REPLICAS", "SLAVE", "RELAYLOG", "ENGINE", "PARSE_TREE", "OPEN", "PLUGINS":
		return true
	case "CREATE":
		return len(words) > 2 && words[2] == "USER"
	default:
		return false
	}
}

// begins checks BEGIN and START TRANSACTION: text goes to servers ahead of the
// first statement, which must not be executed if MySQL does not take it.
func begins(s *ast.BeginStmt) error {
	if s.Mode != "" || s.CausalConsistencyOnly || s.AsOf != nil {
		return mysql.NewError(mysql.ErParse, "You have an error in your SQL syntax; this form of BEGIN is not MySQL's")
	}
	return nil
}

// prepares checks PREPARE … FROM: the text will be executed on the server
// without being looked at again, so that its grants are taken now.
func (c *connection) prepares(ctx context.Context, s *ast.PrepareStmt) error {
	if c.administrator() {
		return nil
	}
	refused := mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; PREPARE of a text that the proxy cannot judge needs the grant admin on every keyspace (*); prepare a SELECT, INSERT, UPDATE or DELETE written out, or through the driver")
	if s == nil || s.SQLVar != nil {
		return refused
	}
	var shape parser.Shape
	if c.scanner.Scan([]byte(s.SQLText), c.mode, &shape); !shape.Verb.Query() {
		return refused
	}
	p, _, err := c.planFor(ctx, []byte(s.SQLText))
	if err != nil {
		return err
	}
	return c.check(p)
}

// mayWrite reports whether a query that was not parsed may be an UPDATE or
// DELETE: WITH and EXPLAIN may precede them.
func mayWrite(sql []byte) bool {
	words := strings.FieldsFunc(strings.ToUpper(string(sql)), func(r rune) bool {
		return r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r < 0x80
	})
	for _, w := range words {
		if w == "UPDATE" || w == "DELETE" {
			return true
		}
	}
	return false
}
