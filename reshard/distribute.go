package reshard

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/topology"
)

// Store is what declaring needs of the topology's store.
type Store interface {
	Load(ctx context.Context) (*topology.Snapshot, error)
	Update(ctx context.Context, edit func(*topology.Draft) error) (*topology.Snapshot, error)
	MoveTo(ctx context.Context, keyspace, sequence string, atLeast uint64) (moved bool, err error)
}

// Servers opens control connections.
type Servers interface {
	// Primary returns a connection of its own to a group's primary; the caller
	// closes it.
	Primary(ctx context.Context, group string) (*sql.Conn, error)
}

// Distributor declares how tables are spread.
type Distributor struct {
	Store   Store
	Servers Servers
	// Known waits, bounded, until every proxy that is alive routes by at least
	// that version of the topology. Nil does not wait.
	Known func(ctx context.Context, version int64) error
}

// Distribute declares a table, or with dryRun only says what that would do. It
// refuses what would leave a row where statements would not look for it.
func (d *Distributor) Distribute(ctx context.Context, wanted topology.Declaration, dryRun bool) (*topology.Declared, error) {
	snap, err := d.Store.Load(ctx)
	if err != nil {
		return nil, err
	}
	k := snap.Serving(wanted.Keyspace)
	if k == nil {
		return nil, &topology.Refused{
			Code:    topology.CodeNotFound,
			Message: fmt.Sprintf("there is no keyspace %q", wanted.Keyspace),
			Hint:    "'shardway keyspace list' shows what there is",
		}
	}
	if wanted.IndexID == "" {
		wanted.IndexID = indexID()
	}
	c := change{Distributor: d, wanted: wanted, keyspace: k, schema: wanted.Schema}
	if wanted.Schema == nil {
		if err := c.readSchema(ctx); err != nil {
			return nil, err
		}
	}
	table, warnings, err := snap.Declare(wanted, c.schema)
	if err != nil {
		return nil, err
	}
	c.table = table
	done := &topology.Declared{Table: table, Warnings: warnings}
	if err := c.checkRows(ctx); err != nil {
		return nil, err
	}
	if done.Steps, err = c.plan(ctx); err != nil || dryRun {
		return done, err
	}
	if err := c.publish(ctx); err != nil {
		return nil, err
	}
	done.Table, done.Version = *c.after.Keyspaces[wanted.Keyspace].Tables[wanted.Table], c.after.Version
	late, err := c.settle(ctx)
	done.Warnings = append(done.Warnings, late...)
	return done, err
}

func indexID() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// change is one declaration on its way.
type change struct {
	*Distributor
	wanted   topology.Declaration
	keyspace *topology.Keyspace
	schema   *topology.TableSchema
	table    topology.Table
	first    uint64 // what the sequence is to give first
	after    *topology.Snapshot
}

// exists reports whether MySQL has the table already.
func (c *change) exists() bool { return c.wanted.Schema == nil }

// plan says what publishing will do.
func (c *change) plan(ctx context.Context) ([]string, error) {
	name := c.keyspace.Name + "." + c.table.Name
	step := fmt.Sprintf("declare %s as %s", name, c.table.Kind)
	if c.table.Kind == topology.KindSharded {
		var columns []string
		for _, column := range c.table.ShardKey {
			columns = append(columns, column.Name)
		}
		step += " by " + strings.Join(columns, ", ")
	}
	if c.table.UniqueShard {
		step += ", unique keys per shard"
	}
	steps := []string{step}
	for i := range c.table.Unique {
		var columns []string
		for _, column := range c.table.Unique[i].Columns {
			columns = append(columns, column.Name)
		}
		key := "keep the unique key over " + strings.Join(columns, ", ")
		if c.table.Unique[i].Kept {
			steps = append(steps, key+" over all shards, by the index table "+c.table.Unique[i].Index)
		} else {
			steps = append(steps, key+" on the only group, by MySQL itself")
		}
	}
	if c.table.Sequence == "" {
		return steps, nil
	}
	if present := c.keyspace.Tables[c.table.Name]; present != nil && present.Sequence == c.table.Sequence {
		return append(steps, fmt.Sprintf("go on feeding %s.%s from its sequence", name, c.table.Sequence)), nil
	}
	var err error
	if c.first, err = c.nextValue(ctx); err != nil {
		return nil, err
	}
	return append(steps, fmt.Sprintf("feed %s.%s from a sequence, from %d on", name, c.table.Sequence, c.first)), nil
}

// publish writes the declaration, if nothing that it was judged by has changed.
func (c *change) publish(ctx context.Context) error {
	var err error
	c.after, err = c.Store.Update(ctx, func(draft *topology.Draft) error {
		now := draft.Serving(c.keyspace.Name)
		if now == nil || !slices.Equal(now.Shards, c.keyspace.Shards) {
			return &topology.Refused{
				Code:    topology.CodeInUse,
				Message: fmt.Sprintf("the shards of keyspace %s have changed meanwhile", c.keyspace.Name),
				Hint:    "try again",
			}
		}
		table, _, err := draft.Declare(c.wanted, c.schema)
		if err != nil {
			return err
		}
		if err := draft.DeclareTable(c.keyspace.Name, table); err != nil {
			return err
		}
		draft.StartSequence(c.keyspace.Name, table.Name, c.first)
		return nil
	})
	return err
}

// settle sees to what statements have done that were planned before the
// declaration: values that MySQL gave meanwhile are taken out of the sequence,
// and a row that landed elsewhere is reported.
func (c *change) settle(ctx context.Context) (warnings []string, err error) {
	if !c.exists() {
		return nil, nil
	}
	if c.Known != nil {
		if err := c.Known(ctx, c.after.Version); err != nil {
			warnings = append(warnings, fmt.Sprintf("not every proxy is known to have seen the declaration: %s", err))
		}
	}
	if c.table.Sequence != "" {
		next, err := c.nextValue(ctx)
		if err != nil {
			return warnings, err
		}
		sequence := c.after.Keyspaces[c.keyspace.Name].Tables[c.table.Name].SequenceID
		if _, err := c.Store.MoveTo(ctx, c.keyspace.Name, sequence, next); err != nil {
			return warnings, err
		}
	}
	if err := c.checkRows(ctx); err != nil {
		return warnings, errors.Join(errMisplaced, err)
	}
	return warnings, nil
}

var errMisplaced = errors.New("the table is declared, but a row that was written meanwhile is on a shard where statements will not look for it; " +
	"delete it there and insert it again")
