package merge

import (
	"bytes"
	"cmp"
	"math"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// comparison compares a column with a number, by MySQL's rules: exactly if both
// are exact, else as doubles. A date or time is compared with one.
type comparison struct {
	l      *layout
	op     plan.PredicateOp
	column int
	// null: the operand is NULL, so that nothing compares with it.
	null bool
	// keys and key are set to compare by keys: dates, times, bytes.
	keys keys
	key  []byte
	// exact: key is the operand's decimal key. Else float is the operand.
	exact bool
	float float64
}

func newComparison(l *layout, p *plan.Predicate, args plan.Args) (*comparison, error) {
	column, err := l.index(p.Left)
	if err != nil {
		return nil, err
	}
	c := &comparison{l: l, op: p.Op, column: column}
	o, err := readOperand(p.Right, args)
	if err != nil {
		return nil, err
	}
	if o.null {
		c.null = true
		return c, nil
	}
	t := l.columns[column].Type
	switch formOf(t) {
	case formInt, formDecimal:
		return c, c.againstNumber(o, true)
	case formDouble:
		return c, c.againstNumber(o, false)
	case formDate, formTime:
		return c, c.againstTemporal(o)
	case formBytes, formWeight:
	}
	if t == mysql.TypeBit {
		return c, c.againstNumber(o, true)
	}
	return nil, c.unsupported()
}

func (c *comparison) unsupported() error {
	return &UnsupportedError{What: "comparing " + c.l.columns[c.column].Name + " with such a value in HAVING"}
}

func (c *comparison) againstNumber(o operand, exact bool) error {
	if exact && o.exact {
		c.exact, c.key = true, appendDecimalKey(nil, o.decimal)
		return nil
	}
	var ok bool
	if c.float, ok = o.double(); !ok {
		return c.unsupported()
	}
	return nil
}

// againstTemporal reads the operand as the column's type is written.
func (c *comparison) againstTemporal(o operand) error {
	column := c.l.columns[c.column]
	if !o.temporalText(column.Type) {
		return c.unsupported()
	}
	if column.Type == mysql.TypeDate || column.Type == mysql.TypeNewDate {
		column.Type = mysql.TypeDatetime // a date is its midnight
	}
	text := &layout{columns: []mysql.Column{column}, shown: 1}
	ref := plan.KeyRef{}
	k, err := text.key(ref, false)
	if err != nil {
		return err
	}
	if c.key, err = (keys{k}).append(nil, []mysql.Cell{{Data: o.text}}); err != nil {
		return c.unsupported()
	}
	k.l, k.column = c.l, c.column
	c.keys = keys{k}
	return nil
}

func (c *comparison) judge(cells []mysql.Cell) (truth, error) {
	cell := cells[c.column]
	if c.null || cell.Null {
		return unknown, nil
	}
	order, err := c.order(cell, cells)
	if err != nil {
		return unknown, err
	}
	var is bool
	switch c.op {
	case plan.PredicateEQ:
		is = order == 0
	case plan.PredicateNE:
		is = order != 0
	case plan.PredicateLT:
		is = order < 0
	case plan.PredicateLE:
		is = order <= 0
	case plan.PredicateGT:
		is = order > 0
	case plan.PredicateGE:
		is = order >= 0
	case plan.PredicateAnd, plan.PredicateOr, plan.PredicateNot, plan.PredicateIsNull:
	}
	if is {
		return yes, nil
	}
	return no, nil
}

// order compares the column's value with the operand.
func (c *comparison) order(cell mysql.Cell, cells []mysql.Cell) (int, error) {
	var scratch [96]byte
	if c.keys != nil {
		k, err := c.keys.append(scratch[:0], cells)
		return bytes.Compare(k, c.key), err
	}
	if c.exact {
		d, err := c.decimal(cell)
		return bytes.Compare(appendDecimalKey(scratch[:0], d), c.key), err
	}
	if c.l.columns[c.column].Type == mysql.TypeBit {
		n, ok := bits(cell.Data)
		if !ok {
			return 0, malformed("BIT value in a row")
		}
		return cmp.Compare(float64(n), c.float), nil
	}
	f, err := c.l.double(c.column, cell)
	if math.IsNaN(f) {
		return 0, malformed("number in a row")
	}
	return cmp.Compare(f, c.float), err
}

// decimal reads an exact number.
func (c *comparison) decimal(cell mysql.Cell) (decimal, error) {
	if c.l.columns[c.column].Type == mysql.TypeBit {
		n, ok := bits(cell.Data)
		if !ok {
			return decimal{}, malformed("BIT value in a row")
		}
		d, _ := parseDecimal(strconv.AppendUint(nil, n, 10))
		return d, nil
	}
	text, err := c.l.text(nil, c.column, cell)
	if err != nil {
		return decimal{}, err
	}
	d, ok := parseDecimal(text)
	if !ok {
		return decimal{}, malformed("number in a row")
	}
	return d, nil
}
