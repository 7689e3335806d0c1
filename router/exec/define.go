package exec

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// define runs DDL on every group of the keyspace, one after the other, and
// tells the topology. MySQL commits the open transaction first, and so do we.
func (s *Session) define(ctx context.Context, op *plan.Definition, st *Statement) error {
	if err := s.Commit(); err != nil {
		return err
	}
	declared, err := s.declare(ctx, op)
	if err != nil {
		return err
	}
	sum, err := s.everywhere(ctx, op, st)
	if err != nil {
		if declared && sum == nil { // nothing was made anywhere
			err = errors.Join(err, s.env.Control.ForgetTable(ctx, op.Keyspace.Name, op.Create.Table.Name))
		}
		s.env.Schema.Invalidate(op.Keyspace.Name)
		return clientError(err)
	}
	for _, table := range op.Drops {
		if err := s.env.Control.ForgetTable(ctx, op.Keyspace.Name, table); err != nil {
			return clientError(fmt.Errorf("%s is done on every shard, but the declaration of %s remains: %w", op.Verb, table, err))
		}
	}
	if err := s.env.Control.SchemaChanged(ctx, op.Keyspace.Name); err != nil {
		// The statement itself is done; other proxies learn of it when a
		// statement of theirs fails on the old schema.
		s.env.Log.Warn("other proxies were not told of a changed schema", "keyspace", op.Keyspace.Name, "error", err)
	}
	s.env.Schema.Invalidate(op.Keyspace.Name)
	return s.answerOK(sum, sum.Info)
}

// declare stores the declaration of a table that is about to be created, so
// that no proxy ever takes it for an undeclared one.
func (s *Session) declare(ctx context.Context, op *plan.Definition) (bool, error) {
	if op.Create == nil {
		return false, nil
	}
	d, found, err := parser.ParseDeclaration(op.Create.Comment)
	if err != nil {
		return false, mysql.NewError(mysql.ErWrongArguments, "COMMENT of table %s: %v", op.Create.Table.Name, err)
	}
	if existing := op.Keyspace.Tables[op.Create.Table.Name]; existing != nil {
		return false, nil // MySQL says that the table exists, or IF NOT EXISTS passes over it
	}
	if !found {
		if op.Keyspace.Undeclared != topology.KindSharded {
			return false, nil
		}
		if len(op.Create.Table.Primary) == 0 {
			return false, notSupported("table %s has no primary key: keyspace %s shards undeclared tables by the first column of theirs; add one, or declare the table with COMMENT='shardway:single'", op.Create.Table.Name, op.Keyspace.Name)
		}
		d.ShardKey = op.Create.Table.Primary[:1]
	}
	schema, err := s.env.Schema.Get(ctx, op.Keyspace)
	if err != nil {
		return false, clientError(err)
	}
	if schema.Tables[op.Create.Table.Name] != nil {
		return false, nil
	}
	if err := s.env.Control.DeclareTable(ctx, op.Keyspace.Name, op.Create, d); err != nil {
		if refused, ok := topology.AsRefused(err); ok {
			return false, notSupported("%s", refused.Message)
		}
		return false, clientError(err)
	}
	return true, nil
}

// everywhere runs the statement on each group. The summary is nil if it has
// taken effect nowhere.
func (s *Session) everywhere(ctx context.Context, op *plan.Definition, st *Statement) (*mysql.Summary, error) {
	var done []string
	var last *mysql.Summary
	var sums []mysql.Summary
	groups := op.Keyspace.Groups()
	for _, group := range groups {
		sum, err := s.defineOn(ctx, group, st)
		if err == nil {
			done, last, sums = append(done, group), sum, append(sums, *sum)
			continue
		}
		if len(done) == 0 {
			return nil, err
		}
		return last, mysql.NewError(codeOf(err), "%s of keyspace %s is done on %s, failed on %s: %v; not tried on %d more. Mend the cause and run the statement again where it is missing",
			op.Verb, op.Keyspace.Name, strings.Join(done, ", "), group, err, len(groups)-len(done)-1)
	}
	last.Info = combinedInfo(sums, op.Copies)
	for i := range sums[:len(sums)-1] {
		if !op.Copies {
			last.AffectedRows += sums[i].AffectedRows
		}
	}
	return last, nil
}

func (s *Session) defineOn(ctx context.Context, group string, st *Statement) (*mysql.Summary, error) {
	l, err := s.alone(ctx, group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	if err = l.b.WriteCommand(mysql.ComQuery, st.SQL); err == nil {
		err = l.b.Flush()
	}
	p := &part{l: l}
	l.b.Instance().CountWrite()
	if err == nil {
		err = s.readPart(p)
	}
	if err != nil {
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
