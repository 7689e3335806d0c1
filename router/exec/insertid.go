package exec

import (
	"bytes"
	"strconv"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// ownInsertID reports whether the insert id of an answer that was relayed is a
// value that the client gave: MySQL then has it in the OK packet, but not in
// LAST_INSERT_ID(). A value that is nowhere in the statement was generated;
// about any other the connection is asked.
func (s *Session) ownInsertID(l *lease, r *plan.Route, st *Statement, sum *mysql.Summary) (bool, error) {
	if sum.Err != nil || sum.InsertID == 0 || r.Access != plan.AccessWrite || sum.Warnings > 0 || !st.mentions(sum.InsertID) {
		return false, nil
	}
	res, err := s.query(l, "SELECT LAST_INSERT_ID()")
	if err != nil {
		return false, err
	}
	return res.Value(0, 0) != strconv.FormatUint(sum.InsertID, 10), nil
}

// mentions reports whether the number is in the statement's text or among its
// parameters.
func (st *Statement) mentions(n uint64) bool {
	text := strconv.AppendUint(nil, n, 10)
	if bytes.Contains(st.SQL, text) {
		return true
	}
	if st.Execute == nil {
		return false
	}
	for i := range st.Execute.Params {
		p := &st.Execute.Params[i]
		column := mysql.Column{Type: p.Type}
		if p.Unsigned {
			column.Flags = mysql.FlagUnsigned
		}
		if value, err := mysql.BinaryToText(nil, &column, p.Value); !p.Null && err == nil && bytes.Contains(value, text) {
			return true
		}
	}
	return false
}
