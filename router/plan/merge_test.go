package plan

import (
	"slices"
	"strconv"
	"strings"
)

// row is one row as text; NULL is the text \N.
type row []string

const null = `\N`

// merged puts the groups' rows together as a Merge says, in the simplest way:
// numbers as floats, text without regard to case. It is here so that plans can
// be judged by what becomes of them.
func merged(m *Merge, rows []row, columns int, args Args) []row {
	at := func(c ColumnRef) int {
		if c.Hidden {
			return columns - m.Hidden + c.Index
		}
		return c.Index
	}
	if m.Group != nil {
		rows = grouped(m.Group, rows, at, args)
	}
	slices.SortStableFunc(rows, func(a, z row) int {
		for _, k := range m.Order {
			if c := compareText(a[at(k.Column)], z[at(k.Column)]); c != 0 {
				if k.Desc {
					return -c
				}
				return c
			}
		}
		return 0
	})
	if m.Distinct != nil {
		seen := map[string]bool{}
		rows = slices.DeleteFunc(rows, func(r row) bool {
			key := ""
			for _, k := range m.Distinct {
				key += strings.ToLower(strings.TrimRight(r[at(k.Column)], " ")) + "|"
			}
			was := seen[key]
			seen[key] = true
			return was
		})
	}
	if m.Limit != nil {
		offset, count, err := m.Limit.Resolve(args)
		if err != nil {
			panic(err)
		}
		rows = rows[min(int(offset), len(rows)):]
		rows = rows[:min(int(count), len(rows))]
	}
	for i := range rows {
		rows[i] = rows[i][:columns-m.Hidden]
	}
	return rows
}

func grouped(g *Group, rows []row, at func(ColumnRef) int, args Args) []row {
	var order []string
	groups := map[string][]row{}
	for _, r := range rows {
		key := ""
		for _, k := range g.Keys {
			key += strings.ToLower(strings.TrimRight(r[at(k.Column)], " ")) + "|"
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	var out []row
	for _, key := range order {
		one := combinedRow(g, groups[key], at)
		if g.Having == nil || judge(g.Having, one, at, args) == 1 {
			out = append(out, one)
		}
	}
	return out
}

func combinedRow(g *Group, rows []row, at func(ColumnRef) int) row {
	one := slices.Clone(rows[0])
	for _, a := range g.Aggregates {
		c := at(a.Column)
		for _, r := range rows[1:] {
			one[c] = combinedValue(a.Func, one[c], r[c])
		}
	}
	for _, a := range g.Aggregates {
		if a.Func != AggregateAvg {
			continue
		}
		sum, count := null, null
		for i, r := range rows {
			if i == 0 {
				sum, count = r[at(a.Sum)], r[at(a.Count)]
				continue
			}
			sum, count = combinedValue(AggregateSum, sum, r[at(a.Sum)]), combinedValue(AggregateSum, count, r[at(a.Count)])
		}
		one[at(a.Column)] = null
		if sum != null {
			one[at(a.Column)] = decimals(float(sum) / float(count))
		}
	}
	return one
}

func combinedValue(f AggregateFunc, a, z string) string {
	switch {
	case f == AggregateFirst || f == AggregateAvg || z == null:
		return a
	case a == null:
		return z
	case f == AggregateMin && compareText(a, z) > 0, f == AggregateMax && compareText(a, z) < 0:
		return z
	case f == AggregateSum || f == AggregateCount:
		return strconv.FormatFloat(float(a)+float(z), 'f', -1, 64)
	default:
		return a
	}
}

// judge returns 1 for true, 0 for false and -1 for NULL.
func judge(p *Predicate, r row, at func(ColumnRef) int, args Args) int {
	switch p.Op {
	case PredicateAnd, PredicateOr:
		results := map[int]bool{}
		for _, part := range p.Args {
			results[judge(part, r, at, args)] = true
		}
		decisive := 0
		if p.Op == PredicateOr {
			decisive = 1
		}
		switch {
		case results[decisive]:
			return decisive
		case results[-1]:
			return -1
		default:
			return 1 - decisive
		}
	case PredicateNot:
		if is := judge(p.Args[0], r, at, args); is >= 0 {
			return 1 - is
		}
		return -1
	default:
		return compared(p, r[at(p.Left)], float(string(p.Right.Value(args, 0).Bytes)))
	}
}

func compared(p *Predicate, v string, with float64) int {
	if v == null {
		return -1
	}
	c := float(v) - with
	is := map[PredicateOp]bool{
		PredicateEQ: c == 0, PredicateNE: c != 0, PredicateLT: c < 0,
		PredicateLE: c <= 0, PredicateGT: c > 0, PredicateGE: c >= 0,
	}[p.Op]
	if is {
		return 1
	}
	return 0
}

func float(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return f
}

func decimals(f float64) string { return strconv.FormatFloat(f+1e-9, 'f', 4, 64) }

// compareText compares numbers as such, NULL first.
func compareText(a, z string) int {
	switch {
	case a == z:
		return 0
	case a == null:
		return -1
	case z == null:
		return 1
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(z, 64)
	if errX == nil && errY == nil {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		default:
			return 0
		}
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(z))
}
