package flow

// keySQL is a unique key as SQL: the condition that a row has one of some values
// begins with within, then the values, between them between, then behind.
type keySQL struct {
	// columns are places in the table's columns.
	columns []int
	// spelled is set if values are written with their columns' names: MySQL
	// compares ENUM and SET in a list of rows as text, and TIME if the list has a
	// single row: '12:00:00.5' is not '12:00:00.500' then.
	spelled                 bool
	within, between, behind string
}

// keyOver makes the SQL of a key over columns.
func (t *table) keyOver(columns []int) keySQL {
	k := keySQL{columns: columns}
	for _, at := range columns {
		k.spelled = k.spelled || t.columns[at].form == formBits || t.columns[at].form == formQuoted
	}
	names := t.names(columns)
	switch {
	case k.spelled:
		k.within, k.between, k.behind = "(", " OR ", ")"
	case len(columns) > 1:
		k.within, k.between, k.behind = "("+names+") IN (", ",", ")"
	default:
		k.within, k.between, k.behind = names+" IN (", ",", ")"
	}
	return k
}

// append appends the value that a row has. The value of a column is appended by
// literal.
func (k *keySQL) append(dst []byte, t *table, literal func(dst []byte, at int) ([]byte, error)) ([]byte, error) {
	parentheses := len(k.columns) > 1 || k.spelled
	if parentheses {
		dst = append(dst, '(')
	}
	var err error
	for i, at := range k.columns {
		switch {
		case i > 0 && k.spelled:
			dst = append(dst, " AND "...)
		case i > 0:
			dst = append(dst, ',')
		}
		if k.spelled {
			dst = append(append(dst, quote(t.columns[at].name)...), '=')
		}
		if dst, err = literal(dst, at); err != nil {
			return dst, err
		}
	}
	if parentheses {
		dst = append(dst, ')')
	}
	return dst, nil
}
