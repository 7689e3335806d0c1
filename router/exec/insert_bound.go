package exec

import (
	"context"
	"errors"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// rewords reports whether MySQL would word a refusal otherwise if the statement's
// parameters were bound: it says of a parameter that its character set cannot be
// converted, of a text in the row that the column does not take it. Rows are not
// sent bound from the start, for that takes a server longer.
func rewords(st *Statement, err error) bool {
	var refused *mysql.Error
	return errors.As(err, &refused) && refused.Code == mysql.ErWrongValueForField && st.Prepared != nil && st.Text != nil
}

// reworded asks once more what is stored in the shard key, with the parameters
// bound. If that is not refused, it is err still.
func (s *Session) reworded(l *lease, op *plan.Insert, st *Statement, row int, ids *autoValues, err error) error {
	st.Text.Bind()
	values, failed := s.keyText(op, st, row, ids)
	params := st.Text.Bound()
	if failed != nil || len(params) == 0 {
		return err
	}
	p := &part{l: l, text: []byte(storing(op, values)), params: params}
	if failed = s.sendPart(p); failed == nil {
		failed = s.readPart(p)
	}
	var refused *mysql.Error
	switch {
	case p.sum.Err != nil:
		return p.sum.Err
	case errors.As(failed, &refused):
		return refused
	default:
		return err
	}
}

// sendBoundRow sends the only row of an INSERT again that was refused and so not
// stored, with the parameters bound: the answer is then MySQL's own to them.
func (s *Session) sendBoundRow(ctx context.Context, op *plan.Insert, st *Statement, group string, ids *autoValues) ([]mysql.Summary, error) {
	st.Text.Bind()
	text, err := s.wholeRow(op, st, ids)
	params := st.Text.Bound()
	for err == nil {
		sums, sent := s.sendRowsTo(ctx, group, text, params)
		if !errors.Is(sent, errFenced) {
			return sums, sent
		}
	}
	return nil, err
}

// wholeRow is the statement of an INSERT of one row.
func (s *Session) wholeRow(op *plan.Insert, st *Statement, ids *autoValues) ([]byte, error) {
	text, err := op.Head.Append(nil, st.Args, s.appendFact)
	if err == nil {
		text, err = s.appendRow(text, op, st, 0, ids)
	}
	if err == nil {
		text, err = op.Tail.Append(text, st.Args, s.appendFact)
	}
	if err != nil {
		return nil, mysql.NewError(mysql.ErWrongArguments, "%v", err)
	}
	return text, nil
}
