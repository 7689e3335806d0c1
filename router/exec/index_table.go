package exec

import (
	"context"
	"slices"

	"github.com/shardway/shardway/router/plan"
)

// createIndexes makes the index tables of a table that has been declared, on
// every group, before there is the table itself on any.
func (s *Session) createIndexes(ctx context.Context, keyspace, table string, st *Statement) error {
	ks := s.env.Topology.Current().Serving(keyspace)
	if ks == nil || ks.Tables[table] == nil {
		return nil
	}
	t := ks.Tables[table]
	for _, key := range t.KeptKeys() {
		for _, group := range ks.Groups() {
			if _, err := s.defineOn(ctx, group, []byte(t.IndexDefinition(keyspace, key)), st); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropIndexes drops the index tables of tables that are gone. One that cannot be
// dropped is no longer used by anybody: no other table ever has its name.
func (s *Session) dropIndexes(ctx context.Context, op *plan.Definition, st *Statement) {
	ctx = context.WithoutCancel(ctx)
	heard := slices.Clone(s.heard)
	for _, table := range op.Drops {
		t := op.Keyspace.Tables[table]
		if t == nil {
			continue
		}
		for _, key := range t.KeptKeys() {
			for _, group := range op.Keyspace.Groups() {
				sql := "DROP TABLE IF EXISTS " + quoteName(op.Keyspace.Name) + "." + quoteName(key.Index)
				if _, err := s.defineOn(ctx, group, []byte(sql), st); err != nil {
					s.env.Log.Warn("an index table of a dropped table remains", "keyspace", op.Keyspace.Name, "index", key.Index, "group", group, "error", err)
				}
			}
		}
	}
	s.heard = heard
}
