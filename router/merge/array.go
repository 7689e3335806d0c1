package merge

import (
	"bytes"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// json adds a combiner of JSON_ARRAYAGG or JSON_OBJECTAGG. MySQL prints JSON in
// one way only, so that parts of it can be put together as text.
func (r *roles) json(a *plan.Aggregate) error {
	column, err := r.l.index(a.Column)
	if err != nil {
		return err
	}
	if r.l.columns[column].Type != mysql.TypeJSON {
		return mismatch("column %s is not JSON", r.l.columns[column].Name)
	}
	r.combiners = append(r.combiners, combiner{l: r.l, fn: a.Func, column: column, weight: -1, once: -1})
	return nil
}

// addArray joins the elements of arrays.
func (c *combiner) addArray(s *state, cell mysql.Cell) (grown int, err error) {
	v := cell.Data
	if len(v) < 2 || v[0] != '[' || v[len(v)-1] != ']' {
		return 0, malformed("JSON array in a row")
	}
	was := len(s.key)
	if elements := v[1 : len(v)-1]; len(elements) > 0 {
		if s.some {
			s.key = append(s.key, ", "...)
		}
		s.key = append(s.key, elements...)
		s.some = true
	}
	return len(s.key) - was, nil
}

func arrayResult(s *state) mysql.Cell {
	if !s.some {
		return mysql.Cell{Null: true}
	}
	return mysql.Cell{Data: append(append([]byte{'['}, s.key...), ']')}
}

// addObject takes an object's members; of two with one name the later stays.
func (c *combiner) addObject(s *state, cell mysql.Cell) (grown int, err error) {
	if s.members == nil {
		s.members = map[string][]byte{}
	}
	rest, ok := bytes.CutPrefix(cell.Data, []byte{'{'})
	if !ok {
		return 0, malformed("JSON object in a row")
	}
	for len(rest) > 0 && rest[0] == '"' {
		var name, value []byte
		if name, rest, ok = jsonValue(rest); !ok || !bytes.HasPrefix(rest, []byte(": ")) {
			return grown, malformed("JSON object in a row")
		}
		if value, rest, ok = jsonValue(rest[2:]); !ok {
			return grown, malformed("JSON object in a row")
		}
		if old, again := s.members[string(name)]; again {
			grown -= len(old)
		} else {
			grown += len(name) + distinctOverhead
		}
		s.members[string(name)] = bytes.Clone(value)
		grown += len(value)
		rest = bytes.TrimPrefix(rest, []byte(", "))
	}
	if string(rest) != "}" {
		return grown, malformed("JSON object in a row")
	}
	return grown, nil
}
