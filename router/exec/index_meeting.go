package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
)

// errMet says that a row has met another, so that the rows are taken one by one.
var errMet = errors.New("a row has met another")

// insertMeeting is REPLACE, INSERT IGNORE or ON DUPLICATE KEY UPDATE of a table
// with index tables. All rows at once are tried first. If one of them meets
// another row that is undone, and the rows are taken one by one.
func (s *Session) insertMeeting(ctx context.Context, op *plan.Insert, st *Statement, in *insertion) error {
	defer s.fixClock()()
	var sums []mysql.Summary
	err := s.atomically(ctx, func() (err error) {
		sums, err = s.withoutMeeting(ctx, op, st, in)
		return err
	})
	if err == nil {
		total := mysql.Summary{AffectedRows: uint64(in.rows)}
		for i := range sums {
			total.Warnings += sums[i].Warnings
			total.InsertID = sums[i].InsertID
		}
		return s.answerInserted(op, st, in, &total, 0)
	}
	if !errors.Is(err, errMet) {
		return err
	}
	s.heard = nil
	run := &meetingRun{s: s, op: op, st: st, in: in}
	if err := s.atomically(ctx, func() error { return run.all(ctx) }); err != nil {
		return err
	}
	run.total.Warnings = uint16(min(len(s.heard), 1<<16-1))
	s.once(&run.total, false, st)
	return s.answerInserted(op, st, in, &run.total, run.duplicates)
}

// answerInserted tells the client what became of an INSERT.
func (s *Session) answerInserted(op *plan.Insert, st *Statement, in *insertion, total *mysql.Summary, duplicates uint64) error {
	info := ""
	if in.rows > 1 {
		info = fmt.Sprintf("Records: %d  Duplicates: %d  Warnings: %d", in.rows, duplicates, total.Warnings)
	}
	last := s.insertedID(op, st, in.rows, in.ids, total)
	if err := s.answerOK(total, info); err != nil {
		return err
	}
	s.ledger.LastInsertID = last // which a value of the client's own is not
	return nil
}

// withoutMeeting inserts all rows, or fails with errMet.
func (s *Session) withoutMeeting(ctx context.Context, op *plan.Insert, st *Statement, in *insertion) ([]mysql.Summary, error) {
	for i := range op.Index {
		x := &op.Index[i]
		texts, err := s.indexRows(op, x, st, in)
		if err != nil {
			return nil, err
		}
		for _, group := range texts.groups() {
			met, err := s.probe(ctx, group, append(texts[group].text, onDuplicate+x.Probe...))
			if err != nil {
				return nil, err
			}
			if met {
				return nil, errMet
			}
		}
	}
	texts := in.texts
	if op.Meeting.Mode == "UPDATE" {
		texts = make([][]byte, len(in.texts))
		for i := range texts {
			texts[i] = append(slices.Clone(in.texts[i]), op.Meeting.Probe...)
		}
	}
	heard := s.heard
	sums, err := s.writeGroups(ctx, in.groups, texts, nil, op.FixClock)
	if err != nil {
		return nil, err
	}
	affected := uint64(0)
	for i := range sums {
		affected += sums[i].AffectedRows
		if op.Meeting.Mode == "UPDATE" && sums[i].InsertID == plan.Met {
			affected = 0
			break
		}
	}
	if affected != uint64(in.rows) {
		s.heard = heard
		return nil, errMet
	}
	return sums, nil
}

const onDuplicate = " ON DUPLICATE KEY UPDATE "

// probe inserts rows into an index table, and locks those that are there already.
func (s *Session) probe(ctx context.Context, group string, text []byte) (met bool, err error) {
	heard := s.heard
	sums, err := s.writeGroups(ctx, []string{group}, [][]byte{text}, nil, false)
	s.heard = heard // the table itself warns of the same
	return err == nil && sums[0].InsertID == plan.Met, err
}

// meetingRun takes rows one by one.
type meetingRun struct {
	s          *Session
	op         *plan.Insert
	st         *Statement
	in         *insertion
	total      mysql.Summary
	duplicates uint64
	head, tail string
}

func (r *meetingRun) all(ctx context.Context) error {
	var err error
	if r.head, r.tail, err = r.s.aroundRows(r.op, r.st); err != nil {
		return err
	}
	for row := range r.in.rows {
		if r.s.interrupted.Load() {
			return mysql.NewError(mysql.ErQueryInterrupted, "Query execution was interrupted")
		}
		if err := r.row(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// ownKey is a row's place in one index table.
type ownKey struct {
	x                      *plan.InsertIndex
	group, item, condition string
	// met: another row has the value. in: the row's own is in the index.
	met, in bool
}

// row stores one row, or does what is to be done where it meets others.
func (r *meetingRun) row(ctx context.Context, row int) error {
	groups, err := r.s.rowGroups(ctx, r.op, r.st, row, r.in.ids)
	if err != nil {
		return err
	}
	group := groups[0]
	keys, err := r.keys(row)
	if err != nil {
		return err
	}
	var met []indexedRow
	for _, k := range keys {
		if k.met, err = r.s.probe(ctx, k.group, []byte(k.x.Head+k.item+onDuplicate+k.x.Probe)); err != nil {
			return err
		}
		if k.in = !k.met; k.in {
			continue
		}
		if r.op.Meeting.Mode == "IGNORE" {
			r.s.heard = append(r.s.heard, Diagnostic{Level: "Warning", Code: "1062", Message: "Duplicate entry for key '" + k.x.Name + "'"})
			r.duplicates++
			return r.withdraw(ctx, keys)
		}
		other, err := r.owner(ctx, k)
		if err != nil {
			return err
		}
		met = joined(met, other)
	}
	text, err := r.s.appendRow([]byte(r.head), r.op, r.st, row, r.in.ids)
	if err != nil {
		return err
	}
	switch r.op.Meeting.Mode {
	case "IGNORE":
		return r.ignore(ctx, group, append(text, r.tail...), keys)
	case "REPLACE":
		return r.replace(ctx, group, append(text, r.tail...), row, keys, met)
	default:
		return r.update(ctx, group, text, row, keys, met)
	}
}

// keys are the row's places in the index tables.
func (r *meetingRun) keys(row int) (keys []*ownKey, err error) {
	for i := range r.op.Index {
		x := &r.op.Index[i]
		group, item, null, err := r.s.indexItem(r.op, x, r.st, row, r.in.ids)
		if err != nil {
			return nil, err
		}
		if null {
			continue
		}
		condition, _, err := r.condition(row, columnNames(x.Key.Columns), x.Columns[:len(x.Key.Columns)])
		if err != nil {
			return nil, err
		}
		keys = append(keys, &ownKey{x: x, group: group, item: item, condition: condition})
	}
	return keys, nil
}

func columnNames(key shardkey.Key) []string {
	list := make([]string, len(key))
	for i, c := range key {
		list[i] = quoteName(c.Name)
	}
	return list
}

// condition is that columns have the row's values; null: one of these is NULL.
func (r *meetingRun) condition(row int, columns []string, values []int) (text string, null bool, err error) {
	var b []byte
	for i, at := range values {
		if i > 0 {
			b = append(b, " AND "...)
		}
		b = append(b, columns[i]+" = "...)
		if id := r.in.ids.of(row); at == r.op.Auto && id != 0 {
			b = fmt.Append(b, id)
			continue
		}
		v, index := r.op.At(row, at)
		switch {
		case v.Null || v.Literal && v.Operand.Slot >= 0 && v.Operand.Value(r.st.Args, index).Kind == shardkey.Null:
			return "", true, nil
		case !v.Literal:
			return "", false, notSupported("a row of %s must give column %s as a literal or a parameter, because it is in a unique key, and another one of the table is kept over all shards", r.op.Table.Name, strings.Trim(columns[i], "`"))
		}
		if b, err = v.AppendSQL(b, r.st.Args, index, r.s.appendFact); err != nil {
			return "", false, mysql.NewError(mysql.ErWrongArguments, "%v", err)
		}
	}
	return string(b), false, nil
}

// owner reads the row that has a value, and locks it.
func (r *meetingRun) owner(ctx context.Context, k *ownKey) ([]indexedRow, error) {
	token, found, err := r.s.tokenOf(ctx, k.group, k.x.Find+k.condition+" FOR UPDATE")
	if err == nil && !found {
		err = errDeadlock()
	}
	if err != nil {
		return nil, err
	}
	group := r.op.Keyspace.ShardFor(token).Group
	rows, err := r.s.readRows(ctx, r.op.Meeting.Rows, group, r.op.Meeting.Rows.Again+k.condition+" FOR UPDATE", nil)
	if err == nil && len(rows) != 1 {
		err = errDeadlock() // it has gone since
	}
	return rows, err
}

// tokenOf asks an index table for the token of a row.
func (s *Session) tokenOf(ctx context.Context, group, sql string) (token shardkey.Token, found bool, err error) {
	l, err := s.acquire(ctx, group, plan.AccessWrite, &Statement{})
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return 0, false, err
	}
	res, err := s.query(l, sql)
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessWrite, &Statement{}, true)
		return 0, false, err
	}
	s.giveBack(l)
	if len(res.Rows) != 1 {
		return 0, false, nil
	}
	n, err := strconv.ParseUint(res.Value(0, 0), 10, 64)
	if err != nil {
		return 0, false, mysql.NewError(mysql.ErUnknown, "a token is %q, which is no number", res.Value(0, 0))
	}
	return shardkey.Token(n), true, nil
}

// here reads the rows of the row's own shard that it meets, and locks them.
func (r *meetingRun) here(ctx context.Context, group string, row int) ([]indexedRow, error) {
	var any []string
	for _, key := range r.op.Meeting.Local {
		text, null, err := r.condition(row, key.Columns, key.Values)
		if err != nil {
			return nil, err
		}
		if !null {
			any = append(any, "("+text+")")
		}
	}
	if len(any) == 0 {
		return nil, nil
	}
	return r.s.readRows(ctx, r.op.Meeting.Rows, group, r.op.Meeting.Rows.Again+strings.Join(any, " OR ")+" FOR UPDATE", nil)
}

// joined are two lists of rows, each row once.
func joined(rows, more []indexedRow) []indexedRow {
	for _, m := range more {
		if !slices.ContainsFunc(rows, func(o indexedRow) bool { return o.group == m.group && o.name == m.name }) {
			rows = append(rows, m)
		}
	}
	return rows
}

// withdraw takes a row that is not stored out of the index tables.
func (r *meetingRun) withdraw(ctx context.Context, keys []*ownKey) error {
	for _, k := range keys {
		if !k.in {
			continue
		}
		k.in = false
		sql := "DELETE" + k.x.From + k.condition
		if _, err := r.s.writeGroups(ctx, []string{k.group}, [][]byte{[]byte(sql)}, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// enter puts a row's places into the index tables that were another's.
func (r *meetingRun) enter(ctx context.Context, keys []*ownKey) error {
	for _, k := range keys {
		if k.in {
			continue
		}
		heard := r.s.heard
		_, err := r.s.writeGroups(ctx, []string{k.group}, [][]byte{[]byte(k.x.Head + k.item)}, nil, false)
		if r.s.heard = heard; err != nil {
			return declared(err, k.x.Name)
		}
		k.in = true
	}
	return nil
}

// store sends a row's statement to a group.
func (r *meetingRun) store(ctx context.Context, group string, text []byte) (*mysql.Summary, error) {
	sums, err := r.s.writeGroups(ctx, []string{group}, [][]byte{text}, nil, false)
	if err != nil {
		return nil, err
	}
	if id := sums[0].InsertID; id != 0 {
		r.total.InsertID = id
	}
	return &sums[0], nil
}

func (r *meetingRun) ignore(ctx context.Context, group string, text []byte, keys []*ownKey) error {
	sum, err := r.store(ctx, group, text)
	if err != nil {
		return err
	}
	if r.total.AffectedRows += sum.AffectedRows; sum.AffectedRows == 1 {
		return nil
	}
	r.duplicates++
	return r.withdraw(ctx, keys)
}

// replace deletes the rows that the row meets, and stores it. Those on its own
// shard go by the statement itself.
func (r *meetingRun) replace(ctx context.Context, group string, text []byte, row int, keys []*ownKey, met []indexedRow) error {
	local, err := r.here(ctx, group, row)
	if err != nil {
		return err
	}
	met = joined(met, local)
	own, deleted := uint64(0), uint64(0)
	for _, m := range met {
		if m.group == group {
			own++
			continue
		}
		sum, err := r.store(ctx, m.group, []byte(r.op.Meeting.Delete+"("+m.name+")"))
		if err != nil {
			return err
		}
		if deleted++; sum.AffectedRows != 1 {
			return errDeadlock()
		}
	}
	if err := r.s.unindex(ctx, r.op.Meeting.Rows, met); err != nil {
		return err
	}
	if err := r.enter(ctx, keys); err != nil {
		return err
	}
	sum, err := r.store(ctx, group, text)
	if err != nil {
		return err
	}
	if sum.AffectedRows > own+1 {
		return notSupported("REPLACE into %s has met a row that could not be foreseen, because of the form in which a value is given; write values in the form of their columns", r.op.Table.Name)
	}
	r.total.AffectedRows += sum.AffectedRows + deleted
	r.duplicates += sum.AffectedRows - 1 + deleted
	return nil
}

// update changes the row that the row meets, where that is, or stores the row.
func (r *meetingRun) update(ctx context.Context, group string, text []byte, row int, keys []*ownKey, met []indexedRow) error {
	local, err := r.here(ctx, group, row)
	if err != nil {
		return err
	}
	switch met = joined(met, local); len(met) {
	case 0: // a row that could not be foreseen is error 1062
		sum, err := r.store(ctx, group, text)
		if err != nil {
			return err
		}
		r.total.AffectedRows += sum.AffectedRows
		return nil
	case 1:
	default:
		return notSupported("ON DUPLICATE KEY UPDATE of %s: a row meets two others, by different keys; which one is changed depends on the order of the keys. UPDATE the rows by their primary key", r.op.Table.Name)
	}
	if err := r.withdraw(ctx, keys); err != nil {
		return err
	}
	sum, err := r.store(ctx, met[0].group, append(text, r.tail...))
	if err != nil {
		return err
	}
	r.total.AffectedRows += sum.AffectedRows
	if sum.AffectedRows > 1 {
		r.duplicates++
	}
	changed, err := r.s.readChanged(ctx, r.op.Meeting.Rows, met)
	if err != nil {
		return err
	}
	return r.s.reindex(ctx, r.op.Meeting.Rows, met, changed)
}
