package flow

// Report is what Verify found.
type Report struct {
	Tables []TableReport
	// Differences are the first ones found, at most a hundred; each is stable:
	// it was there again when the target had applied all that could explain it.
	Differences []Difference
}

// Equal reports whether nothing differs.
func (r *Report) Equal() bool {
	for _, t := range r.Tables {
		if t.Different > 0 {
			return false
		}
	}
	return true
}

// TableReport is one table's part of a report.
type TableReport struct {
	Name string
	// Rows that were compared, as the source has them.
	Rows int64
	// Different counts rows that are missing, differ or are too many, and rows
	// on a group that does not own them.
	Different int64
	// Changing counts rows that were another each time they were looked at, so
	// that nothing is known of them: verify again when they rest.
	Changing int64
}

// Difference is one row that is not as it must be.
type Difference struct {
	Table, Group string
	// Key is the row's identity, as SQL.
	Key string
	// Source and Target are the rows as column=value, nil where there is none.
	Source, Target []string
	// Misplaced: the row is on a group that does not own its token.
	Misplaced bool
}
