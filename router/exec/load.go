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

// Bounds of what LOAD DATA holds of a file at a time.
const (
	loadBytesMax = 4 << 20
	loadRowsMax  = 20_000
	// loadWarningsMax bounds the warnings that are kept for SHOW WARNINGS, as
	// max_error_count does.
	loadWarningsMax = 1024
)

// load carries out LOAD DATA LOCAL: it reads the client's file, and has each
// group load its own records, part by part in one transaction.
func (s *Session) load(ctx context.Context, op *plan.Load, st *Statement) error {
	if err := s.mayWrite(); err != nil {
		return err
	}
	if _, set := s.settings.Value("character_set_database"); set {
		return notSupported("LOAD DATA is not supported on several shards while character_set_database is set; say CHARACTER SET in the statement, and set the variable to DEFAULT")
	}
	text, err := s.fill(op.Text, st)
	if err != nil {
		return err
	}
	run := &loadRun{s: s, op: op, text: append([]byte(nil), text...)}
	if run.file, err = openFile(s.client, op); err != nil {
		return err
	}
	defer s.fixClock()()
	err = s.atomically(ctx, func() error { return run.all(ctx) })
	if errors.As(err, new(*FatalError)) {
		return err
	}
	if lost := run.file.drain(); lost != nil {
		return lost
	}
	if err != nil {
		return err
	}
	return run.answer()
}

// loadRun is a LOAD DATA under way.
type loadRun struct {
	s    *Session
	op   *plan.Load
	text []byte
	file *loadFile
	// number counts the records.
	number int
	// last is the group that got the last record, whose variables are the session's.
	last     string
	sum      mysql.Summary
	totals   [3]int64 // records, deleted, skipped
	warnings int64
	first    uint64 // the first value that the sequence gave
}

// loadRow is a record that waits to be sent.
type loadRow struct {
	raw []byte
	// generated: the sequence gives a value, which stands in for raw[from:to].
	generated bool
	from, to  int
	key       []shardkey.Value
}

// all reads the file and sends it, part by part.
func (r *loadRun) all(ctx context.Context) error {
	for end := false; !end; {
		if r.s.interrupted.Load() {
			return mysql.NewError(mysql.ErQueryInterrupted, "Query execution was interrupted")
		}
		var rows []loadRow
		own := map[int]uint64{}
		for size := 0; size < loadBytesMax && len(rows) < loadRowsMax; {
			rec, ok, err := r.file.record()
			if err != nil {
				return err
			}
			if end = !ok; end {
				break
			}
			r.number++
			row, value, err := r.row(&rec)
			if err != nil {
				return err
			}
			if value > 0 {
				own[len(rows)] = value
			}
			rows = append(rows, row)
			size += len(row.raw)
		}
		if err := r.part(ctx, rows, own); err != nil {
			return err
		}
	}
	return r.variables(ctx)
}

// row takes what is needed of a record. own is the value that it gives the
// sequence-fed column, 0 if it gives none.
func (r *loadRun) row(rec *record) (row loadRow, own uint64, err error) {
	i := r.op.Insert
	row.raw = append([]byte(nil), rec.raw...)
	if i.Auto >= 0 {
		if own, err = r.autoValue(rec, &row); err != nil {
			return row, 0, err
		}
	}
	for n, at := range i.Key {
		switch {
		case at == i.Auto && row.generated:
			row.key = append(row.key, shardkey.Value{})
		case at >= len(rec.fields) || rec.fields[at].null:
			return row, 0, notSupported("LOAD DATA into %s: record %d has no value for the shard key column %s, which says on which shard the row lives", i.Table.Name, r.number, i.Table.ShardKey[n].Name)
		default:
			row.key = append(row.key, shardkey.Value{Kind: shardkey.String, Charset: r.op.Charset, Bytes: append([]byte(nil), rec.fields[at].value...)})
		}
	}
	return row, own, nil
}

// autoValue looks at the sequence-fed column of a record.
func (r *loadRun) autoValue(rec *record, row *loadRow) (own uint64, err error) {
	i := r.op.Insert
	if i.AutoAdded {
		if !rec.exact {
			return 0, notSupported("LOAD DATA into %s: record %d has not as many fields as the statement names, which it must have where a sequence gives column %s", i.Table.Name, r.number, i.Table.Sequence)
		}
		row.generated = true
		row.from = 0
		if n := len(rec.fields); n > 0 {
			row.from = rec.fields[n-1].end
		}
		row.to = row.from
		return 0, nil
	}
	if i.Auto >= len(rec.fields) {
		return 0, notSupported("LOAD DATA into %s: record %d has no field for column %s, which a sequence gives; put \\N there, or leave the column out of the statement", i.Table.Name, r.number, i.Table.Sequence)
	}
	f := &rec.fields[i.Auto]
	text := string(f.value)
	mode, _ := r.s.settings.Value("sql_mode")
	if f.null || text == "0" && !strings.Contains(mode, "NO_AUTO_VALUE_ON_ZERO") {
		row.generated, row.from, row.to = true, f.start, f.end
		return 0, nil
	}
	if text == "0" {
		return 0, nil
	}
	if own, err = strconv.ParseUint(text, 10, 64); err != nil {
		return 0, notSupported("LOAD DATA into %s: the value %q of the AUTO_INCREMENT column %s in record %d is not a positive integer", i.Table.Name, text, i.Table.Sequence, r.number)
	}
	return own, nil
}

// part places records and sends each group its own.
func (r *loadRun) part(ctx context.Context, rows []loadRow, own map[int]uint64) error {
	if len(rows) == 0 {
		return nil
	}
	i := r.op.Insert
	ids := &autoValues{own: own}
	if len(own) > 0 {
		if err := r.s.moveSequence(ctx, i, ids); err != nil {
			return err
		}
	}
	next, err := r.generate(ctx, rows)
	if err != nil {
		return err
	}
	var groups []string
	contents := map[string][]byte{}
	for n := range rows {
		row := &rows[n]
		value := uint64(0)
		if row.generated {
			value = next
			next++
		}
		targets, err := r.targets(row, value)
		if err != nil {
			return err
		}
		for _, group := range targets {
			if err := ids.checkOwn(i, n, group); err != nil {
				return err
			}
			if _, known := contents[group]; !known {
				groups = append(groups, group)
			}
			contents[group] = r.append(contents[group], row, value)
			r.last = group
		}
	}
	if !i.Copies {
		return r.send(ctx, groups, contents)
	}
	slices.Sort(groups)
	r.last = groups[0]
	if err := r.send(ctx, groups[:1], contents); err != nil { // the lowest first: safety rule 8
		return err
	}
	heard := len(r.s.heard)
	err = r.send(ctx, groups[1:], contents)
	r.s.heard = r.s.heard[:min(heard, len(r.s.heard))] // the copies say the same
	return err
}

// generate takes values from the sequence for the rows that need one.
func (r *loadRun) generate(ctx context.Context, rows []loadRow) (first uint64, err error) {
	i, n := r.op.Insert, uint64(0)
	for j := range rows {
		if rows[j].generated {
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	if first, err = r.s.env.Sequences.Next(ctx, sequenceOf(i.Keyspace, i.Table), n); err != nil {
		return 0, mysql.NewError(mysql.ErUnknown, "%s.%s: no values for column %s: %v", i.Keyspace.Name, i.Table.Name, i.Table.Sequence, err)
	}
	if r.first == 0 {
		r.first = first
	}
	return first, nil
}

// targets are the groups that store a row.
func (r *loadRun) targets(row *loadRow, value uint64) ([]string, error) {
	i := r.op.Insert
	if i.Copies {
		return i.Keyspace.Groups(), nil
	}
	for n, at := range i.Key {
		if at == i.Auto && row.generated {
			row.key[n] = shardkey.Value{Kind: shardkey.Int, Bytes: strconv.AppendUint(nil, value, 10)}
		}
	}
	canon, outcome := i.Table.ShardKey.Store(nil, row.key)
	if outcome != shardkey.Stored {
		last := row.key[len(row.key)-1].Bytes
		return nil, notSupported("LOAD DATA into %s: what MySQL would store in the shard key for %q is not certain; write it in the column's own form", i.Table.Name, last[:min(len(last), 80)])
	}
	return []string{i.Keyspace.ShardFor(shardkey.Of(canon)).Group}, nil
}

// append writes a record with the value that the sequence has given it.
func (r *loadRun) append(dst []byte, row *loadRow, value uint64) []byte {
	if !row.generated {
		return append(dst, row.raw...)
	}
	dst = append(dst, row.raw[:row.from]...)
	if r.op.Insert.AutoAdded {
		dst = append(dst, r.op.Format.Separator...)
	}
	dst = strconv.AppendUint(dst, value, 10)
	return append(dst, row.raw[row.to:]...)
}

// send has groups load their records at the same time.
func (r *loadRun) send(ctx context.Context, groups []string, contents map[string][]byte) error {
	var parts []*part
	for _, group := range groups {
		parts = append(parts, &part{group: group, text: r.text, file: contents[group], isFile: true, assigns: r.op.Sets})
	}
	if len(parts) == 0 {
		return nil
	}
	if err := r.s.runParts(ctx, parts); err != nil {
		return err
	}
	for _, p := range parts {
		if r.op.Insert.Copies && p.group != r.last {
			continue
		}
		r.sum.AffectedRows += p.sum.AffectedRows
		if _, n := splitInfo(p.sum.Info); len(n) == 4 {
			for i := range r.totals {
				r.totals[i] += n[i]
			}
			r.warnings += n[3]
		}
	}
	r.s.heard = r.s.heard[:min(len(r.s.heard), loadWarningsMax)]
	return nil
}

// variables takes the user variables of the last record into the session.
func (r *loadRun) variables(ctx context.Context) error {
	if r.last == "" || len(r.op.Sets) == 0 {
		return nil
	}
	l, err := r.s.acquire(ctx, r.last, plan.AccessWrite, &Statement{})
	if err != nil {
		_, err = r.s.notSent(err, &Statement{Level: LevelPrimary})
		return err
	}
	if err := r.s.takeVariables(l, r.op.Sets); err != nil {
		_, err = r.s.failedOn(l, err, plan.AccessWrite, &Statement{}, true)
		return err
	}
	r.s.giveBack(l)
	return nil
}

// answer tells the client what was loaded.
func (r *loadRun) answer() error {
	last := r.s.ledger.LastInsertID
	if r.first != 0 {
		last = r.first
	}
	r.sum.Warnings = uint16(min(r.warnings, 1<<16-1))
	info := fmt.Sprintf("Records: %d  Deleted: %d  Skipped: %d  Warnings: %d", r.totals[0], r.totals[1], r.totals[2], r.warnings)
	if err := r.s.answerOK(&r.sum, info); err != nil {
		return err
	}
	r.s.ledger.LastInsertID = last
	return nil
}
