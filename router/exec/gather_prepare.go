package exec

import (
	"context"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// PrepareGathered is Prepare for a query whose tables no group has all of: a server
// says what it is on empty tables like those that rows will be collected in. args have
// the statement's literals, and no values of its parameters.
func (s *Session) PrepareGathered(ctx context.Context, r *plan.Route, args plan.Args) (*mysql.Prepared, error) {
	s.replan = true
	defer func() { s.replan = false }()
	for attempt := 1; ; attempt++ {
		g := &gathering{s: s, route: r, plan: r.Gather, st: &Statement{Args: args, Level: LevelPrimary}, primary: attempt > 1}
		answer, again, err := g.prepare(ctx)
		if !again || attempt == attemptsMax {
			return answer, s.undone(err)
		}
	}
}

func (g *gathering) prepare(ctx context.Context) (answer *mysql.Prepared, again bool, err error) {
	defer g.dismiss()
	if again, err := g.settleHome(ctx); err != nil {
		return nil, again, err
	}
	text, err := g.s.Text(g.plan.Final, g.st.Args)
	if err != nil {
		return nil, false, err
	}
	if err := g.s.ready(g.home); err != nil {
		again, err := g.homeLost(err)
		return nil, again, err
	}
	answer, err = g.s.prepareOn(g.home, text)
	if err != nil {
		again, err := g.finalFailed(err)
		return nil, again, err
	}
	// Its tables are about to go.
	delete(g.home.b.State.Prepared, string(g.s.preparedKey(text, nil)))
	if err := closePrepared(g.home, answer.ID); err != nil {
		again, err := g.homeLost(err)
		return nil, again, err
	}
	return answer, false, g.rename(answer)
}

// rename gives the columns of a prepared statement the names that original gives.
func (g *gathering) rename(answer *mysql.Prepared) error {
	columns := make([]mysql.Column, len(answer.Columns))
	for i := range columns {
		var err error
		if columns[i], err = mysql.ParseColumn(answer.Columns[i]); err != nil {
			return err
		}
	}
	g.original(columns)
	for i := range columns {
		answer.Columns[i] = columns[i].Append(nil)
	}
	return nil
}
