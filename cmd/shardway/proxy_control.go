package main

import (
	"context"
	"slices"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// control carries what clients change over SQL to the admin API: a proxy never
// writes the topology itself. Each call returns when this proxy's own topology
// has the change.
type control struct {
	client *admin.Client
	source *topology.Source
	id     string // the proxy's
}

// seen waits for a change to reach this proxy.
func (c *control) seen(ctx context.Context, change admin.Change, err error) error {
	if err != nil {
		return err
	}
	_, err = c.source.WaitFor(ctx, change.Version)
	return err
}

// CreateKeyspace implements exec.Control.
func (c *control) CreateKeyspace(ctx context.Context, name, charset, collation string) error {
	change, err := c.client.CreateKeyspace(ctx, admin.NewKeyspace{Name: name, Charset: charset, Collation: collation}, false)
	return c.seen(ctx, change, err)
}

// DropKeyspace implements exec.Control.
func (c *control) DropKeyspace(ctx context.Context, name string) error {
	change, err := c.client.DropKeyspace(ctx, name, false)
	return c.seen(ctx, change, err)
}

// DeclareTable implements exec.Control.
func (c *control) DeclareTable(ctx context.Context, keyspace string, t *plan.CreateTable, d parser.Declaration) error {
	declared := admin.TableDeclaration{Kind: topology.KindSharded, ShardKey: d.ShardKey, UniqueShard: d.UniqueShard, Schema: schemaOf(t)}
	switch {
	case d.Reference:
		declared.Kind = topology.KindReference
	case d.Single:
		declared.Kind = topology.KindSingle
	}
	change, err := c.client.DeclareTable(ctx, keyspace, t.Table.Name, declared, false)
	return c.seen(ctx, change, err)
}

// schemaOf is what CREATE TABLE says, as declarations are judged by it.
func schemaOf(t *plan.CreateTable) *topology.TableSchema {
	s := &topology.TableSchema{AutoIncrement: t.Table.AutoIncrement, NextValue: t.FirstValue}
	primary := map[string]bool{}
	for _, name := range t.Table.Primary {
		primary[name] = true
	}
	for _, c := range t.Table.Columns {
		s.Columns = append(s.Columns, topology.SchemaColumn{
			Name: c.Name, Type: c.Type, Collation: c.Collation, Nullable: !c.NotNull && !primary[c.Name], Generated: c.Generated, SetsItself: c.SetsItself,
		})
	}
	for i, columns := range t.Table.Unique {
		name := "PRIMARY"
		if i > 0 || len(t.Table.Primary) == 0 || columns[0] != t.Table.Primary[0] {
			name = columns[0]
		}
		// A prefix of a column, or an expression, does not have the column in the key.
		whole := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return strings.Contains(c, "(") })
		s.UniqueKeys = append(s.UniqueKeys, topology.UniqueKey{Name: name, Columns: whole, Partial: len(whole) < len(columns)})
	}
	for _, f := range t.ForeignKeys {
		s.ForeignKeys = append(s.ForeignKeys, topology.ForeignKey{Columns: f.Columns, ParentKeyspace: f.Keyspace, Parent: f.Table, ParentColumns: f.References, Acts: f.Acts})
	}
	return s
}

// ForgetTable implements exec.Control.
func (c *control) ForgetTable(ctx context.Context, keyspace, table string) error {
	change, err := c.client.ForgetTable(ctx, keyspace, table)
	return c.seen(ctx, change, err)
}

// SchemaChanged implements exec.Control.
func (c *control) SchemaChanged(ctx context.Context, keyspace string) error {
	change, err := c.client.BumpSchema(ctx, keyspace)
	return c.seen(ctx, change, err)
}

// BeginJob implements exec.Control.
func (c *control) BeginJob(ctx context.Context, job topology.Job) (*topology.Job, error) {
	job.Runner = topology.JobRunner{Kind: topology.KindProxies, ID: c.id}
	return c.client.BeginJob(ctx, job)
}

// ReportJob implements exec.Control.
func (c *control) ReportJob(ctx context.Context, id string, groups []topology.JobGroup, stopped bool) error {
	change, err := c.client.ReportJob(ctx, id, admin.JobProgress{Groups: groups, Stopped: stopped})
	return c.seen(ctx, change, err)
}

// CreateUser implements router.Accounts.
func (c *control) CreateUser(ctx context.Context, name string, v mysql.Verifier) error {
	change, err := c.client.AddUser(ctx, admin.NewUser{Name: name, Verifiers: verifiers(v)}, false)
	return c.seen(ctx, change, err)
}

// ChangePassword implements router.Accounts.
func (c *control) ChangePassword(ctx context.Context, name string, v mysql.Verifier) error {
	change, err := c.client.SetPassword(ctx, name, verifiers(v), false)
	return c.seen(ctx, change, err)
}

func verifiers(v mysql.Verifier) admin.Verifiers {
	return admin.Verifiers{Native: v.Native, SHA2: v.SHA2}
}

// LockUser implements router.Accounts.
func (c *control) LockUser(ctx context.Context, name string, locked bool) error {
	change, err := c.client.SetLocked(ctx, name, locked, false)
	return c.seen(ctx, change, err)
}

// DropUser implements router.Accounts.
func (c *control) DropUser(ctx context.Context, name string) error {
	change, err := c.client.RemoveUser(ctx, name, false)
	return c.seen(ctx, change, err)
}

// Grant implements router.Accounts.
func (c *control) Grant(ctx context.Context, name, keyspace string, g topology.Grant) error {
	change, err := c.client.SetGrant(ctx, name, admin.UserGrant{Keyspace: keyspace, Grant: g}, false)
	return c.seen(ctx, change, err)
}
