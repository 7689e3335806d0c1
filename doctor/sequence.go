package doctor

import "fmt"

// Sequence is one that feeds a table's AUTO_INCREMENT column, and what the table's
// rows have.
type Sequence struct {
	Keyspace, Table, Column string
	// ID is the sequence's own name.
	ID string
	// Next is the value that it gives next, 0 if it has given all.
	Next uint64
	// Greatest is the greatest value that a row has, which is on Group.
	Greatest uint64
	Group    string
	// Err says why it could not be looked at.
	Err string
}

// IsBehind reports whether it could give a value that a row has.
func (s Sequence) IsBehind() bool { return s.Err == "" && s.Next != 0 && s.Greatest >= s.Next }

// JudgeSequences says which sequences could give a value twice.
func JudgeSequences(sequences []Sequence) []Finding {
	var found []Finding
	for _, s := range sequences {
		f := Finding{Table: s.Keyspace + "." + s.Table, Check: "sequence", Severity: Failed}
		switch {
		case s.Err != "":
			f.Severity, f.What = Warning, "it was not looked at: "+s.Err
			f.Why, f.Mend = "a sequence that is behind the rows gives values twice", "look again"
		case s.IsBehind():
			f.What = fmt.Sprintf("the sequence of column %s gives %d next, and a row on group %s has %d", s.Column, s.Next, s.Group, s.Greatest)
			f.Why = "rows on different shards could get the same value; it comes about when etcd is restored from a backup"
			f.Mend = "stop all proxies, which hold values in stock, have it moved on, and start them again"
		default:
			continue
		}
		found = append(found, f)
	}
	return found
}
