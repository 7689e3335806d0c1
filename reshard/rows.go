package reshard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// checkRows refuses a declaration under which a row that is there now would be
// on another shard. With one shard there is no other.
func (c *change) checkRows(ctx context.Context) error {
	if !c.exists() || len(c.keyspace.Shards) == 1 {
		return nil
	}
	for _, group := range c.keyspace.Groups() {
		misplaced, err := c.anyRow(ctx, group, c.misplaced(group))
		if err != nil {
			return err
		}
		if misplaced {
			return &topology.Refused{
				Code: topology.CodeUnsupported,
				Message: fmt.Sprintf("table %s.%s has rows on group %s that would belong elsewhere as %s, and keyspace %s has %d shards: they would have to move",
					c.keyspace.Name, c.table.Name, group, c.table.Kind, c.keyspace.Name, len(c.keyspace.Shards)),
				Hint: fmt.Sprintf("'shardway reshard distribute %s.%s --by …' moves the rows of a single table; else create a new table that is declared as you want it "+
					"and copy the rows into it through Shardway", c.keyspace.Name, c.table.Name),
			}
		}
	}
	return nil
}

// misplaced is the condition of rows of a group that the declaration would
// place elsewhere.
func (c *change) misplaced(group string) string {
	switch c.table.Kind {
	case topology.KindSingle:
		if c.keyspace.ShardFor(0).Group == group {
			return "FALSE"
		}
		return "TRUE"
	case topology.KindSharded:
		var owned []string
		for _, shard := range c.keyspace.Shards {
			if shard.Group == group {
				owned = append(owned, c.table.ShardKey.RangePredicate("", shard.Range.Start, shard.Range.End))
			}
		}
		return "NOT (" + strings.Join(owned, " OR ") + ")"
	case topology.KindReference:
		// Whether all copies are the same is not compared: only no row is sure.
		return "TRUE"
	}
	return "TRUE"
}

func (c *change) anyRow(ctx context.Context, group, condition string) (found bool, err error) {
	err = c.onPrimary(ctx, group, func(conn *sql.Conn) error {
		query := fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s WHERE %s)", c.tableName(), condition)
		return conn.QueryRowContext(ctx, query).Scan(&found)
	})
	return found, err
}

// nextValue is what the sequence must give first: more than any value that the
// table has or MySQL would give.
func (c *change) nextValue(ctx context.Context) (uint64, error) {
	next := max(c.schema.NextValue, 1)
	if !c.exists() {
		return next, nil
	}
	for _, group := range c.keyspace.Groups() {
		err := c.onPrimary(ctx, group, func(conn *sql.Conn) error {
			var greatest, own uint64
			query := fmt.Sprintf("SELECT CAST(GREATEST(COALESCE(MAX(%s), 0), 0) AS UNSIGNED) FROM %s", quote(c.table.Sequence), c.tableName())
			if err := conn.QueryRowContext(ctx, query).Scan(&greatest); err != nil {
				return err
			}
			if err := freshStatistics(ctx, conn); err != nil {
				return err
			}
			const counter = "SELECT COALESCE(AUTO_INCREMENT, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
			if err := conn.QueryRowContext(ctx, counter, c.keyspace.Name, c.table.Name).Scan(&own); err != nil {
				return err
			}
			next = max(next, greatest+1, own)
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return next, nil
}

// freshStatistics makes information_schema tell the present AUTO_INCREMENT
// values instead of ones up to a day old.
func freshStatistics(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SET SESSION information_schema_stats_expiry = 0")
	return err
}

// onPrimary runs f on a connection to a group's primary and says which group
// an error is from.
func (c *change) onPrimary(ctx context.Context, group string, f func(*sql.Conn) error) error {
	conn, err := c.Servers.Primary(ctx, group)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = f(conn)
	var refused *driver.MySQLError
	if errors.As(err, &refused) && refused.Number == mysql.ErNoSuchTable {
		return &topology.Refused{
			Code:    topology.CodeNotFound,
			Message: fmt.Sprintf("group %s has no table %s.%s", group, c.keyspace.Name, c.wanted.Table),
			Hint:    "create the table through Shardway; its comment can declare it: COMMENT='shardway:shard_key=…'",
		}
	}
	if err != nil {
		return fmt.Errorf("table %s.%s on group %s: %w", c.keyspace.Name, c.wanted.Table, group, err)
	}
	return nil
}

func (c *change) tableName() string { return quote(c.keyspace.Name) + "." + quote(c.wanted.Table) }

// quote writes a name as MySQL quotes it.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
