package plan

import "strings"

// Group combines rows that agree in Keys.
type Group struct {
	// Keys is empty for an aggregate over everything: then exactly one row.
	Keys       []KeyRef
	Aggregates []Aggregate
	// Distincts are what aggregates count once in a group; Aggregate.Once
	// names one of them.
	Distincts [][]KeyRef
	// Having filters combined rows; nil keeps all.
	Having *Predicate
}

// AggregateFunc is how a column's partial values are combined.
type AggregateFunc uint8

// The combining functions.
const (
	AggregateSum   AggregateFunc = iota // SUM: added, NULL if all are
	AggregateCount                      // COUNT: added, 0 if there are none
	AggregateMin
	AggregateMax
	AggregateAvg   // divided: Sum by Count
	AggregateFirst // any: it depends on the group's keys alone
	AggregateBitAnd
	AggregateBitOr
	AggregateBitXor
	AggregateList   // GROUP_CONCAT
	AggregateArray  // JSON_ARRAYAGG
	AggregateObject // JSON_OBJECTAGG
	// AggregateQuotient is AVG with all digits that MySQL computes with.
	AggregateQuotient
)

// Aggregate combines one column.
type Aggregate struct {
	Func   AggregateFunc
	Column ColumnRef
	// Key compares MIN and MAX; its Column is Column.
	Key KeyRef
	// Once is 0 if all rows count; else the values of Group.Distincts[Once-1]
	// count once in a group.
	Once int
	// Sum and Count are set for AVG. Count is set for BIT_AND and its kind, too:
	// a partial value with count 0 says nothing but its length.
	Sum, Count ColumnRef
	// Average is the column of AVG itself for AggregateQuotient: the digits depend
	// on its scale.
	Average ColumnRef
	// Rows is set for AggregateFirst of one row in all: a shard where it is 0
	// has no row to take a value from.
	Rows    ColumnRef
	HasRows bool
	// List is set for GROUP_CONCAT.
	List *List
}

// List is how GROUP_CONCAT joins texts. A row brings either a list of its own
// in the aggregate's column, or one text in Element.
type List struct {
	Separator string
	// Max is the session's group_concat_max_len, in bytes.
	Max ColumnRef
	// Count is the number of texts in a row's list, or how many times its text
	// counts. Bytes is the length of all texts of its list, or of its text.
	Count, Bytes ColumnRef
	Element      ColumnRef
	Elements     bool
	// Order sorts texts.
	Order []OrderKey
}

func (g *Group) describe() []string {
	var combined []string
	for _, a := range g.Aggregates {
		if a.Func == AggregateFirst && !a.HasRows {
			continue
		}
		text := a.String()
		if a.Once > 0 {
			text += " once for each " + keyList(g.Distincts[a.Once-1])
		}
		combined = append(combined, text)
	}
	text := "combine all rows"
	if len(g.Keys) > 0 {
		text = "combine rows equal in " + keyList(g.Keys)
	}
	if len(combined) > 0 {
		text += ": " + strings.Join(combined, ", ")
	}
	steps := []string{text}
	if g.Having != nil {
		steps = append(steps, "keep those with "+g.Having.String())
	}
	return steps
}

// String prints the aggregate: "$1 = #1 / #2".
func (a Aggregate) String() string {
	c := a.Column.String()
	switch a.Func {
	case AggregateSum, AggregateCount:
		return c + " added up"
	case AggregateMin:
		return c + " the least"
	case AggregateMax:
		return c + " the greatest"
	case AggregateAvg:
		return c + " = " + a.Sum.String() + " / " + a.Count.String()
	case AggregateQuotient:
		return c + " = " + a.Sum.String() + " / " + a.Count.String() + " with all digits"
	case AggregateFirst:
		if a.HasRows {
			return c + " where " + a.Rows.String() + " is not 0"
		}
		return c + " of any row"
	case AggregateBitAnd:
		return c + " by bits and"
	case AggregateBitOr:
		return c + " by bits or"
	case AggregateBitXor:
		return c + " by bits xor"
	case AggregateList:
		return c + " = " + a.List.String()
	case AggregateArray:
		return c + " arrays joined"
	case AggregateObject:
		return c + " objects joined"
	default:
		return c
	}
}

// String prints how texts are joined.
func (l *List) String() string {
	text := "lists joined"
	if l.Elements {
		text = l.Element.String() + " " + l.Count.String() + " times, joined"
	}
	if len(l.Order) > 0 {
		text += " in the order of " + orderList(l.Order)
	}
	return text + " up to " + l.Max.String() + " bytes"
}

func orderList(order []OrderKey) string {
	all := make([]string, len(order))
	for i, k := range order {
		all[i] = k.KeyRef.String()
		if k.Desc {
			all[i] += " desc"
		}
	}
	return strings.Join(all, ", ")
}
