package exec

import (
	"context"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// empty carries out TRUNCATE of a table with index tables: in a transaction of
// its own, which locks the gaps between rows, too, so that no row comes between
// the deletes.
func (s *Session) empty(ctx context.Context, op *plan.Emptied, _ *Statement) error {
	if err := s.Commit(); err != nil {
		return err
	}
	was := s.settings
	s.settings, s.nextTraits = was.With("transaction_isolation", "'REPEATABLE-READ'"), ""
	defer func() { s.settings = was }()
	groups := op.Keyspace.Groups()
	err := s.implicitly(func() error {
		for _, sql := range op.Deletes {
			texts := make([][]byte, len(groups))
			for i := range texts {
				texts[i] = []byte(sql)
			}
			if _, err := s.writeGroups(ctx, groups, texts, nil, false); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.answerOK(&mysql.Summary{}, "")
}
