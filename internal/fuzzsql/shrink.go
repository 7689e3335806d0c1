package fuzzsql

import "strings"

// Shrink makes a case smaller while fails, which runs the whole case anew, says
// that its last statement still shows what it showed. again runs only the last
// statement, on the tables as they are, and is asked where nothing before it
// has changed; it may be nil if the last statement writes.
func (c *Case) Shrink(last *Statement, fails, again func() bool) {
	c.endWith(last)
	c.withoutPrefix(last, fails)
	if last.Prepared {
		if last.Prepared = false; !fails() {
			last.Prepared = true
		}
	}
	quick := again
	if quick == nil {
		quick = fails
	}
	// The tables hold what the last try left: put them back.
	fails()
	for range 8 {
		if !last.node.reduce(quick) {
			break
		}
	}
	c.withoutTables(fails)
	for _, t := range c.tables {
		t.withoutRows(fails)
		t.withoutColumns(fails)
	}
	last.node.reduce(fails)
}

// endWith leaves out the statements behind the last one.
func (c *Case) endWith(last *Statement) {
	for i, s := range c.Statements {
		if s == last {
			c.Statements = c.Statements[:i+1]
			return
		}
	}
}

// withoutPrefix takes away statements before the last one, in ever smaller pieces.
func (c *Case) withoutPrefix(last *Statement, fails func() bool) {
	for _, s := range c.Statements {
		// A query changes nothing that a later statement sees.
		s.gone = s != last && len(s.Writes) == 0 && s.Class != "transaction"
	}
	if !fails() {
		for _, s := range c.Statements {
			s.gone = false
		}
	}
	before := c.Alive()
	before = before[:len(before)-1]
	for size := len(before); size > 0; size /= 2 {
		for from := 0; from < len(before); from += size {
			piece := before[from:min(from+size, len(before))]
			drop(piece, fails)
		}
	}
}

func drop(piece []*Statement, fails func() bool) {
	var changed []*Statement
	for _, s := range piece {
		if !s.gone {
			s.gone = true
			changed = append(changed, s)
		}
	}
	if len(changed) > 0 && !fails() {
		for _, s := range changed {
			s.gone = false
		}
	}
}

// withoutTables takes away tables that no statement names.
func (c *Case) withoutTables(fails func() bool) {
	text := ""
	for _, s := range c.Alive() {
		text += s.String() + "\n"
	}
	kept, all := []*table(nil), c.tables
	for _, t := range all {
		if strings.Contains(text, t.name) {
			kept = append(kept, t)
		}
	}
	if c.tables = kept; !fails() {
		c.tables = all
	}
}

// withoutRows takes rows away, in ever smaller pieces.
func (t *table) withoutRows(fails func() bool) {
	for size := len(t.rows); size > 0; size /= 2 {
		for from := 0; from < len(t.rows); from += size {
			var changed []int
			for i := from; i < min(from+size, len(t.rows)); i++ {
				if !t.rows[i].gone {
					t.rows[i].gone = true
					changed = append(changed, i)
				}
			}
			if len(changed) > 0 && !fails() {
				for _, i := range changed {
					t.rows[i].gone = false
				}
			}
		}
	}
}

// withoutColumns takes away columns that nothing needs, and indexes.
func (t *table) withoutColumns(fails func() bool) {
	for _, index := range t.indexes {
		if index.gone = true; !fails() {
			index.gone = false
		}
	}
	for i := len(t.columns) - 1; i >= len(t.key); i-- {
		c := t.columns[i]
		if c.gone = true; !fails() {
			c.gone = false
		}
	}
}
