package merge

import (
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// roles are the columns of the partial rows that are combined; all others keep
// the first row's value.
type roles struct {
	l         *layout
	combiners []combiner
	// rowed says of each column whether its value in the only row must come from
	// a shard with rows, whose number is in the column rows; that is -1 if there
	// is none.
	rowed []bool
	rows  int
}

// newRoles reads what the plan says of each aggregate.
func newRoles(l *layout, aggregates []plan.Aggregate) (*roles, error) {
	r := &roles{l: l, rowed: make([]bool, len(l.columns)), rows: -1}
	for i := range aggregates {
		if err := r.take(&aggregates[i]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *roles) take(a *plan.Aggregate) error {
	switch a.Func {
	case plan.AggregateFirst:
		return r.first(a)
	case plan.AggregateSum, plan.AggregateCount:
		_, err := r.number(a.Func, a.Column, a.Once)
		return err
	case plan.AggregateBitAnd, plan.AggregateBitOr, plan.AggregateBitXor:
		return r.bits(a)
	case plan.AggregateList:
		return r.list(a)
	case plan.AggregateArray, plan.AggregateObject:
		return r.json(a)
	case plan.AggregateMin, plan.AggregateMax:
		return r.extreme(a)
	case plan.AggregateAvg:
		return r.avg(a)
	case plan.AggregateQuotient:
		return r.quotient(a)
	}
	return &UnsupportedError{What: "this aggregate"}
}

func (r *roles) first(a *plan.Aggregate) error {
	column, err := r.l.index(a.Column)
	if err != nil || !a.HasRows {
		return err
	}
	r.rowed[column] = true
	r.rows, err = r.l.index(a.Rows)
	return err
}

// number adds a combiner of numbers and returns its place.
func (r *roles) number(fn plan.AggregateFunc, ref plan.ColumnRef, once int) (int, error) {
	column, err := r.l.index(ref)
	if err != nil {
		return 0, err
	}
	f := formOf(r.l.columns[column].Type)
	switch f {
	case formInt, formDecimal, formDouble:
	case formBytes, formWeight, formDate, formTime:
		return 0, &UnsupportedError{What: "adding up column " + r.l.columns[column].Name}
	}
	if i := r.find(column); i >= 0 {
		return i, nil
	}
	r.combiners = append(r.combiners, combiner{l: r.l, fn: fn, form: f, column: column, weight: -1, once: once - 1})
	return len(r.combiners) - 1, nil
}

func (r *roles) extreme(a *plan.Aggregate) error {
	k, err := r.l.key(a.Key, false)
	if err != nil {
		return err
	}
	if r.find(k.column) >= 0 {
		return nil
	}
	c := combiner{l: r.l, fn: a.Func, form: k.form, column: k.column, key: keys{k}, weight: -1, once: -1}
	if a.Key.HasWeight {
		if c.weight, err = r.l.index(a.Key.Weight); err != nil {
			return err
		}
	}
	r.combiners = append(r.combiners, c)
	return nil
}

func (r *roles) avg(a *plan.Aggregate) error {
	column, err := r.l.index(a.Column)
	if err != nil {
		return err
	}
	c := combiner{l: r.l, fn: a.Func, form: formOf(r.l.columns[column].Type), column: column, weight: -1, once: -1}
	if c.sum, err = r.number(plan.AggregateSum, a.Sum, a.Once); err != nil {
		return err
	}
	if c.count, err = r.number(plan.AggregateCount, a.Count, a.Once); err != nil {
		return err
	}
	if (c.form == formDouble) != (r.combiners[c.sum].form == formDouble) {
		return mismatch("AVG of column %s and its sum", r.l.columns[column].Name)
	}
	if r.find(column) < 0 {
		r.combiners = append(r.combiners, c)
	}
	return nil
}

// find returns the combiner of a column, -1 if it has none.
func (r *roles) find(column int) int {
	return slices.IndexFunc(r.combiners, func(c combiner) bool { return c.column == column })
}

// combined reports for each column whether a combiner writes it.
func (r *roles) combined() []bool {
	is := make([]bool, len(r.l.columns))
	for i := range r.combiners {
		c := &r.combiners[i]
		is[c.column] = true
		if c.weight >= 0 {
			is[c.weight] = true
		}
	}
	return is
}

// finish writes the combined values of a group into its cells.
func (r *roles) finish(cells []mysql.Cell, states []state) error {
	for i := range r.combiners {
		c := &r.combiners[i]
		if c.fn == plan.AggregateMin || c.fn == plan.AggregateMax {
			continue
		}
		cell, err := c.result(states, i)
		if err != nil {
			return err
		}
		cells[c.column] = cell
	}
	return nil
}
