package exec

import (
	"errors"
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// bound is what several groups are sent: text and, for a prepared statement, the
// parameters that its ? stand for. A parameter is not written into the text:
// MySQL compares a constant otherwise than a parameter of the same value, dates
// and decimals above all.
type bound struct {
	text   []byte
	params []mysql.Param
	// once: the text will hardly come again, because of a number in its LIMIT.
	once bool
}

// bind fills a template, or takes the client's own text where there is none.
func (s *Session) bind(t *plan.Template, st *Statement) (bound, error) {
	if st.Text == nil || !st.binary() || st.Prepared.literal {
		text, err := s.wholeText(t, st)
		return bound{text: text, once: true}, err
	}
	st.Text.Bind()
	text, err := s.wholeText(t, st)
	b := bound{text: slices.Clone(text), params: st.Text.Bound()}
	b.once = t != nil && slices.ContainsFunc(t.Holes, func(h plan.Hole) bool { return h.Kind != plan.HoleSlot })
	return b, err
}

// sendBound sends it, for rows in the encoding that the client wants.
func (s *Session) sendBound(l *lease, b *bound, st *Statement) error {
	switch {
	case !st.binary():
		if err := l.b.WriteCommand(mysql.ComQuery, b.text); err != nil {
			return err
		}
		return l.b.Flush()
	case b.once:
		return s.sendBinary(l, b.text, b.params)
	default:
		return s.sendExecute(l, string(b.text), &mysql.Execute{Params: b.params})
	}
}

// literally reports whether a statement was refused because its parameters are
// bound, as far as that can be told, and has them written into the text from
// here on.
func (st *Statement) literally(l *lease, b *bound, err error) bool {
	var my *mysql.Error
	if len(b.params) == 0 || l.b.Broken() || !errors.As(err, &my) || errors.As(err, new(*setupError)) || st.Prepared.literal {
		return false
	}
	st.Prepared.literal = true
	return true
}
