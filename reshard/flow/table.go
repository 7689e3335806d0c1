package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/topology"
)

// table is a table that is moved, as it is on the servers.
type table struct {
	*Table
	*shape
	at int // in Spec.Tables
	// written are the places of the columns that are moved: all but those that
	// MySQL computes.
	written []int
	// from is the table's name on the source, target that on the targets, with
	// the schema; replace, insert and delete begin statements that write there.
	from, target, replace, insert, delete string
	// where is the condition of the rows of the source that are moved; empty for all.
	where string
	// targetIndex is identityIndex on the targets.
	targetIndex string
	// loadsInto is the end of a LOAD DATA.
	loadsInto string
	// rowKey is the identity's key, others the keys of uniques.
	rowKey keySQL
	others []keySQL
	// loose is set if rows of different tokens can be equal under a unique key:
	// then those of other flows may be in the way.
	loose bool
	// key is the places in written of the identity.
	key []int
	// lookup are the columns of the shard key, by place in columns.
	lookup []int
}

// load reads the tables on the source and compares with the targets.
func (a *attempt) loadTables(ctx context.Context) error {
	for i := range a.f.spec.Tables {
		t := &table{Table: &a.f.spec.Tables[i], at: i}
		var err error
		if t.shape, err = readShape(ctx, a.source, a.f.spec.Schema, t.Name); err != nil {
			return fmt.Errorf("table %s on %s: %w", t.Name, a.reader, err)
		}
		if t.isIndex() && len(t.columns) > 0 {
			if t.shape = t.view(t.Table); t.shape == nil {
				return stop(hintBeginAgain, "table %s was changed: it has no unique key any more for its index table %s", t.Name, t.Into)
			}
		}
		if err := t.prepare(&a.f.spec); err != nil {
			return err
		}
		for _, target := range a.targets {
			there, err := readShape(ctx, target.db, a.f.spec.into(), t.into())
			if err != nil {
				return fmt.Errorf("table %s on %s: %w", t.into(), target.server, err)
			}
			if len(there.columns) == 0 {
				return stop("create it there as it is on the source", "group %s has no table %s.%s", target.spec.Group, a.f.spec.into(), t.into())
			}
			if why := t.differs(there); why != "" {
				return stop("make both alike, or "+hintBeginAgain, "table %s of group %s is not like %s of group %s: %s",
					t.into(), target.spec.Group, t.Name, a.f.spec.Source, why)
			}
		}
		a.tables = append(a.tables, t)
	}
	return nil
}

// prepare derives what is written from what is there.
func (t *table) prepare(spec *Spec) error {
	if len(t.columns) == 0 {
		return stop("it was dropped or renamed while its rows are moved: "+hintBeginAgain, "the source has no table %s.%s", spec.Schema, t.Name)
	}
	if len(t.identity) == 0 {
		return stop("give it a primary key", "table %s has no primary key, nor a unique key without NULL in place of one", t.Name)
	}
	for i := range t.columns {
		if !t.columns[i].generated {
			t.written = append(t.written, i)
		}
	}
	for _, at := range t.identity {
		for place, w := range t.written {
			if w == at {
				t.key = append(t.key, place)
			}
		}
	}
	if t.Kind == topology.KindSharded {
		for _, c := range t.Key {
			at := t.column(c.Name)
			if at < 0 {
				return stop(hintBeginAgain, "table %s has no column %s, its shard key", t.Name, c.Name)
			}
			t.lookup = append(t.lookup, at)
		}
	}
	t.where, t.targetIndex = t.wholeKeys(), t.identityIndex
	if t.isIndex() {
		t.targetIndex = "PRIMARY"
	}
	t.from = quote(spec.Schema) + "." + quote(t.Name)
	t.target = quote(spec.into()) + "." + quote(t.into())
	into := "INTO " + t.target + " (" + t.names(t.written) + ") VALUES "
	t.replace, t.insert = "REPLACE "+into, "INSERT "+into
	t.loadsInto = t.loadInto()
	t.rowKey = t.keyOver(t.identity)
	t.delete = "DELETE FROM " + t.target + " WHERE " + t.rowKey.within
	t.loose = t.Kind == topology.KindSharded && !t.holdsShardKey(t.identity)
	for _, ix := range t.uniques {
		t.others = append(t.others, t.keyOver(ix.columns))
		t.loose = t.loose || t.Kind == topology.KindSharded && !t.holdsShardKey(ix.columns)
	}
	return nil
}

// holdsShardKey reports whether equal values of some columns mean equal tokens.
func (t *table) holdsShardKey(columns []int) bool {
	for _, at := range t.lookup {
		if !slices.Contains(columns, at) {
			return false
		}
	}
	return true
}

// token is the expression of a row's token.
func (t *table) token() string {
	if t.Kind == topology.KindSharded {
		return t.Key.SQL("")
	}
	return "0"
}

// selected are the expressions that read the columns that are moved.
func (t *table) selected() string {
	parts := make([]string, len(t.written))
	for i, at := range t.written {
		parts[i] = t.columns[at].read()
	}
	return strings.Join(parts, ", ")
}

// above is the condition of the rows whose identity is greater than a bound,
// spelled out so that each part is a range of the index. The bound's columns
// are SQL.
func (t *table) above(bound []string) string { return t.beside(bound, ">", ">") }

// upTo is the condition of the rows whose identity is not greater.
func (t *table) upTo(bound []string) string { return t.beside(bound, "<", "<=") }

func (t *table) beside(bound []string, sign, last string) string {
	var alternatives []string
	equal := ""
	for i, at := range t.identity {
		name := quote(t.columns[at].name)
		if i == len(t.identity)-1 {
			sign = last
		}
		alternatives = append(alternatives, "("+equal+name+" "+sign+" "+bound[i]+")")
		equal += name + " = " + bound[i] + " AND "
	}
	return "(" + strings.Join(alternatives, " OR ") + ")"
}
