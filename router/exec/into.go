package exec

import (
	"context"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// MySQL's errors and warning for SELECT … INTO.
const (
	erTooManyRows       = 1172
	erWrongColumnNumber = 1222
	erNoData            = 1329
)

// intoRowsMax and intoBytesMax bound what is read for SELECT … INTO, of which one
// row may remain.
const (
	intoRowsMax  = 10_000
	intoBytesMax = 64 << 20
)

// into runs a query and puts its only row into the session's user variables.
func (s *Session) into(ctx context.Context, op *plan.Into, st *Statement) error {
	set, err := s.collect(ctx, op.Query, st, collectLimits{Rows: intoRowsMax, Bytes: intoBytesMax})
	if err != nil {
		return err
	}
	switch {
	case len(set.Columns) != len(op.Variables):
		return mysql.NewError(erWrongColumnNumber, "The used SELECT statements have a different number of columns")
	case set.Len() > 1:
		return mysql.NewError(erTooManyRows, "Result consisted of more than one row")
	case set.Len() == 0:
		s.heard = append(s.heard, Diagnostic{Level: "Warning", Code: strconv.Itoa(erNoData), Message: "No data - zero rows fetched, selected, or processed"})
		return s.answerOK(&mysql.Summary{Warnings: set.Warnings + 1}, "")
	}
	cells, err := set.Cells(nil, 0)
	if err != nil {
		return err
	}
	for i, name := range op.Variables {
		text, err := mysql.AppendValue(nil, &set.Columns[i], cells[i])
		if err != nil {
			return err
		}
		if err := s.SetVariable(name, string(text)); err != nil {
			return err
		}
	}
	return s.answerOK(&mysql.Summary{AffectedRows: 1, Warnings: set.Warnings}, "")
}
