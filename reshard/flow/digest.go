package flow

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/shardway/shardway/topology"
)

// digest is what MySQL computes of many rows: their number, and the exclusive or
// of their SHA-256.
type digest struct {
	rows int64
	sum  string
}

// The sorts of rows on a target.
const (
	rowsOfFlow  = 0 // this flow brings them
	rowsOfOther = 1 // another flow into the same target does
	rowsNowhere = 2 // they belong on another group
)

// fingerprint is the expression of a row's SHA-256. Each column is written with
// its length, so that no two rows are written alike; long ones are hashed for
// themselves, as MySQL makes NULL of what is longer than a packet.
func (t *table) fingerprint() string {
	parts := make([]string, len(t.written))
	for i, at := range t.written {
		c := &t.columns[at]
		text := "CAST(" + c.read() + " AS BINARY)"
		if c.form == formJSON {
			// As JSON is moved: by its text.
			text = "CAST(CAST(CAST(" + quote(c.name) + " AS CHAR CHARACTER SET utf8mb4) AS JSON) AS CHAR CHARACTER SET utf8mb4)"
		}
		if c.form == formJSON || c.long() {
			text = "SHA2(" + text + ", 256)"
		}
		parts[i] = fmt.Sprintf("COALESCE(CONCAT(LENGTH(%s), ':', %s), 'N')", text, text)
	}
	return "UNHEX(SHA2(CONCAT(" + strings.Join(parts, ", ") + "), 256))"
}

// long reports whether a column may hold more than a few kilobytes.
func (c *shapeColumn) long() bool {
	return (c.form == formText || c.form == formBinary) && !strings.HasPrefix(c.kind, "char") && !strings.HasPrefix(c.kind, "binary")
}

// sourceSort is the expression of the target that takes a source's row, by its
// token k; -1 for none.
func (a *attempt) sourceSort(t *table) string {
	switch t.Kind {
	case topology.KindReference:
		return strconv.Itoa(everywhere)
	case topology.KindSingle:
		return strconv.Itoa(a.f.spec.targetOf(0))
	case topology.KindSharded:
	}
	text := "CASE"
	for i := range a.f.spec.Targets {
		if ranges := a.f.spec.Targets[i].Ranges; len(ranges) > 0 {
			text += fmt.Sprintf(" WHEN %s THEN %d", within(ranges), i)
		}
	}
	return text + fmt.Sprintf(" ELSE %d END", none)
}

// targetSort is the expression of the sort of a target's row.
func (t *target) targetSort(of *table) string {
	switch of.Kind {
	case topology.KindReference:
		return strconv.Itoa(rowsOfFlow)
	case topology.KindSingle, topology.KindSharded:
	}
	text := "CASE"
	if len(t.spec.Ranges) > 0 {
		text += fmt.Sprintf(" WHEN %s THEN %d", within(t.spec.Ranges), rowsOfFlow)
	}
	if len(t.spec.Owns) > 0 {
		text += fmt.Sprintf(" WHEN %s THEN %d", within(t.spec.Owns), rowsOfOther)
	}
	if text == "CASE" {
		return strconv.Itoa(rowsNowhere)
	}
	return text + fmt.Sprintf(" ELSE %d END", rowsNowhere)
}

// within is the condition that the token k lies in one of some ranges.
func within(ranges []topology.Range) string {
	parts := make([]string, len(ranges))
	for i, r := range ranges {
		parts[i] = fmt.Sprintf("k BETWEEN %d AND %d", uint64(r.Start), uint64(r.End)-1)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// side is where a table's rows are read to be compared: from which table, by which
// index, and the expression of their sort.
type side struct{ from, index, sort string }

func (a *attempt) sourceSide(t *table) side {
	return side{from: t.from, index: t.identityIndex, sort: a.sourceSort(t)}
}

func (t *target) side(of *table) side {
	return side{from: of.target, index: of.targetIndex, sort: t.targetSort(of)}
}

// digests has MySQL compute the digests of the rows that fit a condition, by
// sort.
func (t *table) digests(ctx context.Context, db querier, at side, condition string) (map[int]digest, error) {
	all := map[int]digest{}
	query := fmt.Sprintf("SELECT %s AS g, COUNT(*), HEX(BIT_XOR(h)), SUM(h IS NULL) FROM (SELECT %s AS k, %s AS h FROM %s FORCE INDEX (%s) WHERE %s) AS r GROUP BY g",
		at.sort, t.token(), t.fingerprint(), at.from, quote(at.index), condition)
	err := queryRows(ctx, db, func(rows *sql.Rows) error {
		var g, unknown int
		var d digest
		if err := rows.Scan(&g, &d.rows, &d.sum, &unknown); err != nil {
			return err
		}
		if unknown > 0 {
			return fmt.Errorf("%d rows of %s have no fingerprint", unknown, at.from)
		}
		all[g] = d
		return nil
	}, query)
	return all, err
}

// fingerprints reads the fingerprint of each row that fits a condition, with its
// sort, by identity.
func (t *table) fingerprints(ctx context.Context, db querier, at side, condition string) (map[string]print, error) {
	all := map[string]print{}
	keys := make([]string, len(t.identity))
	for i, at := range t.identity {
		keys[i] = t.columns[at].read() + " AS i" + strconv.Itoa(i)
	}
	query := fmt.Sprintf("SELECT r.*, %s FROM (SELECT %s, %s AS h, %s AS k FROM %s FORCE INDEX (%s) WHERE %s) AS r",
		at.sort, strings.Join(keys, ", "), t.fingerprint(), t.token(), at.from, quote(at.index), condition)
	values := make([]sql.RawBytes, len(keys)+3)
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	err := queryRows(ctx, db, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		sort, err := strconv.Atoi(string(values[len(keys)+2]))
		if err != nil {
			return err
		}
		all[t.identityText(values)] = print{hash: string(values[len(keys)]), sort: sort}
		return nil
	}, query)
	return all, err
}

// print is a row's fingerprint and its sort.
type print struct {
	hash string
	sort int
}

// identityText writes an identity as within continues.
func (t *table) identityText(values []sql.RawBytes) string {
	i := -1
	text, _ := t.rowKey.append(nil, t, func(dst []byte, at int) ([]byte, error) {
		i++
		return append(dst, t.columns[at].ascii(values[i])...), nil
	})
	return string(text)
}
