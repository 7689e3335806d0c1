package router

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/topology"
)

// plansMax bounds how often a statement is planned that waits while shards move.
const plansMax = 3

// command answers one command. payload is valid until the client is read again.
func (c *connection) command(ctx context.Context, cmd mysql.Command, payload []byte) error {
	arg := payload[1:]
	switch cmd {
	case mysql.ComQuery:
		err := c.query(ctx, arg)
		for again := 1; errors.Is(err, exec.ErrPlanAnew) && again < plansMax; again++ {
			c.exec.PlansAnew()
			copy(c.blanked, c.hint)
			err = c.query(ctx, arg)
		}
		return err
	case mysql.ComStmtExecute:
		return c.stmtExecute(ctx, payload)
	case mysql.ComStmtPrepare:
		return c.stmtPrepare(ctx, arg)
	case mysql.ComStmtClose:
		return c.stmtClose(payload)
	case mysql.ComStmtReset:
		return c.stmtReset(payload)
	case mysql.ComStmtSendLongData:
		return c.stmtLongData(payload)
	case mysql.ComPing:
		return c.ping()
	case mysql.ComInitDB:
		if err := c.use(string(arg)); err != nil {
			return err
		}
		return c.ok()
	case mysql.ComFieldList:
		table, _, _ := bytes.Cut(arg, []byte{0})
		return c.fieldList(ctx, string(table))
	case mysql.ComResetConnection:
		return c.reset()
	case mysql.ComStatistics:
		return c.client.WritePacket(fmt.Appendf(nil, "Uptime: %d  Questions: %d", int(time.Since(c.since).Seconds()), c.server.stats.Queries.Load()))
	case mysql.ComProcessKill:
		if len(arg) != 4 {
			return mysql.NewError(mysql.ErMalformedPacket, "Malformed communication packet")
		}
		return c.kill(uint32(arg[0])|uint32(arg[1])<<8|uint32(arg[2])<<16|uint32(arg[3])<<24, false)
	default:
		return mysql.NewError(mysql.ErUnknownCom, "Unknown command: the proxy does not support command 0x%02x", byte(cmd))
	}
}

// ping answers without touching the ledger.
func (c *connection) ping() error {
	if err := c.client.WriteOK(mysql.OK{Status: c.exec.Status()}); err != nil {
		return &exec.FatalError{Err: err}
	}
	return nil
}

// use changes the current keyspace.
func (c *connection) use(name string) error {
	snap := c.server.opts.Environment.Topology.Current()
	if system := strings.ToLower(name); system == "information_schema" || system == "performance_schema" {
		c.exec.Keyspace = system
		return nil
	}
	if !c.allows(name, topology.GrantRead) {
		return mysql.NewError(mysql.ErDBAccessDenied, "Access denied for user '%s'@'%%' to database '%s'", c.user, name)
	}
	if snap.Serving(name) == nil {
		return mysql.NewError(mysql.ErBadDB, "Unknown database '%s'", name)
	}
	c.exec.Keyspace = name
	return nil
}

// allows reports whether the user has at least the grant in the keyspace, by
// the newest topology.
func (c *connection) allows(keyspace string, grant topology.Grant) bool {
	snap := c.server.opts.Environment.Topology.Current()
	if c.grantedAt != snap {
		c.granted, c.grantedAt = snap.Users[c.user], snap
	}
	return c.granted != nil && !c.granted.Locked && c.granted.Allows(keyspace, grant)
}

// reset is COM_RESET_CONNECTION: the session as new, the keyspace kept.
func (c *connection) reset() error {
	c.exec.Reset()
	c.prepared.clear()
	c.followSettings()
	return c.ok()
}

func (c *connection) fieldList(ctx context.Context, table string) error {
	ks := c.server.opts.Environment.Topology.Current().Serving(c.exec.Keyspace)
	if ks == nil {
		return mysql.NewError(mysql.ErNoDB, "No database selected")
	}
	if !c.allows(ks.Name, topology.GrantRead) {
		return mysql.NewError(mysql.ErDBAccessDenied, "Access denied for user '%s'@'%%' to database '%s'", c.user, ks.Name)
	}
	return c.exec.FieldList(ctx, ks, table)
}
