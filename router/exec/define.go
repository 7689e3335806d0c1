package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// define runs DDL on the keyspace's groups and tells the topology. MySQL
// commits the open transaction first, and so do we.
func (s *Session) define(ctx context.Context, op *plan.Definition, st *Statement) error {
	if err := op.Keyspace.Still(); err != nil {
		return clientError(err)
	}
	if err := s.Commit(); err != nil {
		return err
	}
	defer s.env.Schema.Invalidate(op.Keyspace.Name)
	if op.Text != nil {
		own := *st
		own.SQL, own.Forward = op.Text, false
		st = &own
	}
	d, wanted, err := declaration(op)
	if err != nil {
		return err
	}
	if groups := op.Keyspace.Groups(); len(groups) > 1 {
		return clientError(s.defineAsJob(ctx, op, d, wanted, groups, st))
	}
	declared := false
	if wanted {
		if declared, err = s.declareNew(ctx, op, d); err != nil {
			return err
		}
	}
	sum, err := s.defineOn(ctx, op.Keyspace.Shards[0].Group, st.SQL, st)
	if err != nil {
		if declared { // nothing was made
			err = errors.Join(err, s.env.Control.ForgetTable(ctx, op.Keyspace.Name, op.Create.Table.Name))
		}
		return clientError(err)
	}
	for _, table := range op.Drops {
		if err := s.env.Control.ForgetTable(ctx, op.Keyspace.Name, table); err != nil {
			return clientError(fmt.Errorf("%s is done, but the declaration of %s remains: %w", op.Verb, table, err))
		}
	}
	if err := s.env.Control.SchemaChanged(ctx, op.Keyspace.Name); err != nil {
		// The statement itself is done; other proxies learn of it when a
		// statement of theirs fails on the old schema.
		s.env.Log.Warn("other proxies were not told of a changed schema", "keyspace", op.Keyspace.Name, "error", err)
	}
	return s.answerOK(sum, sum.Info)
}

// declaration says how a table is to be spread that is about to be created;
// wanted is false if it is not to be declared, or is declared already: then
// MySQL says that it exists, or IF NOT EXISTS passes over it.
func declaration(op *plan.Definition) (d parser.Declaration, wanted bool, err error) {
	if op.Create == nil {
		return d, false, nil
	}
	d, found, err := parser.ParseDeclaration(op.Create.Comment)
	if err != nil {
		return d, false, mysql.NewError(mysql.ErWrongArguments, "COMMENT of table %s: %v", op.Create.Table.Name, err)
	}
	switch {
	case op.Keyspace.Tables[op.Create.Table.Name] != nil:
		return d, false, nil
	case found:
		return d, true, nil
	case op.Keyspace.Undeclared != topology.KindSharded:
		return d, false, nil
	case len(op.Create.Table.Primary) == 0:
		return d, false, notSupported("table %s has no primary key: keyspace %s shards undeclared tables by the first column of theirs; add one, or declare the table with COMMENT='shardway:single'", op.Create.Table.Name, op.Keyspace.Name)
	}
	d.ShardKey = op.Create.Table.Primary[:1]
	return d, true, nil
}

// declareNew declares a table unless it exists already.
func (s *Session) declareNew(ctx context.Context, op *plan.Definition, d parser.Declaration) (bool, error) {
	schema, err := s.env.Schema.Get(ctx, op.Keyspace)
	if err != nil {
		return false, clientError(err)
	}
	if schema.Tables[op.Create.Table.Name] != nil {
		return false, nil
	}
	return true, s.declare(ctx, op, d)
}

// declare stores the declaration of a table that is about to be created, so
// that no proxy ever takes it for an undeclared one.
func (s *Session) declare(ctx context.Context, op *plan.Definition, d parser.Declaration) error {
	err := s.env.Control.DeclareTable(ctx, op.Keyspace.Name, op.Create, d)
	if refused, ok := topology.AsRefused(err); ok {
		return notSupported("%s", refused.Message)
	}
	return clientError(err)
}

// defineOn runs a definition on one group.
func (s *Session) defineOn(ctx context.Context, group string, text []byte, st *Statement) (*mysql.Summary, error) {
	l, err := s.sendDefinition(ctx, group, text)
	if err != nil {
		return nil, err
	}
	return s.readDefinition(l, st)
}

// sendDefinition sends a definition to a group. After an error nothing has been
// sent, or the connection is closed and the server reads half a statement.
func (s *Session) sendDefinition(ctx context.Context, group string, text []byte) (*lease, error) {
	l, err := s.alone(ctx, group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	l.b.Instance().CountWrite()
	if err = l.b.WriteCommand(mysql.ComQuery, text); err == nil {
		err = l.b.Flush()
	}
	if err != nil {
		s.broke(l, err)
		return nil, brokeServer(l.where(), err, false)
	}
	return l, nil
}

// readDefinition reads what a group answers. A *mysql.Error means that it has
// refused; after any other error the outcome is not known.
func (s *Session) readDefinition(l *lease, st *Statement) (*mysql.Summary, error) {
	p := &part{l: l}
	if err := s.readPart(p); err != nil {
		_, err = s.failedOn(l, err, plan.AccessWrite, st, true)
		return nil, err
	}
	if p.sum.Err != nil {
		s.settle(l, plan.AccessWrite, &p.sum)
		return nil, p.sum.Err
	}
	s.saw(l.group, p.sum.GTID)
	s.heard = nil // every group warns of the same
	if err := s.hear(l, &p.sum); err != nil {
		s.broke(l, err) // the statement is done; the client can do without the warnings
		return &p.sum, nil
	}
	s.giveBack(l)
	return &p.sum, nil
}

func codeOf(err error) uint16 {
	var my *mysql.Error
	if errors.As(err, &my) {
		return my.Code
	}
	return mysql.ErUnknown
}

// clientError makes any error one that the client can be told.
func clientError(err error) error {
	if err == nil {
		return nil
	}
	var my *mysql.Error
	var fatal *FatalError
	if errors.As(err, &my) || errors.As(err, &fatal) {
		return err
	}
	return mysql.NewError(mysql.ErUnknown, "%v", err)
}

// changeKeyspace is CREATE DATABASE and DROP DATABASE.
func (s *Session) changeKeyspace(ctx context.Context, op *plan.KeyspaceChange) error {
	if err := s.Commit(); err != nil {
		return err
	}
	exists := s.env.Topology.Current().Keyspaces[op.Name] != nil
	sum := &mysql.Summary{AffectedRows: 1}
	var err error
	switch {
	case op.Drop && !exists && op.IfExists, !op.Drop && exists && op.IfExists:
		sum.AffectedRows = 0
		sum.Warnings = 1
	case op.Drop && !exists:
		return mysql.NewError(mysql.ErDBDropExists, "Can't drop database '%s'; database doesn't exist", op.Name)
	case exists && !op.Drop:
		return mysql.NewError(mysql.ErDBCreateExists, "Can't create database '%s'; database exists", op.Name)
	case op.Drop:
		sum.AffectedRows = 0
		err = s.env.Control.DropKeyspace(ctx, op.Name)
		if s.Keyspace == op.Name && err == nil {
			s.Keyspace = ""
		}
	default:
		err = s.env.Control.CreateKeyspace(ctx, op.Name, op.Charset, op.Collation)
	}
	if err != nil {
		return clientError(err)
	}
	for group := range s.env.Topology.Current().Groups {
		s.saw(group, "") // a replica that does not have it yet answers 1049
	}
	return s.answerOK(sum, "")
}
