package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// Spec says what one flow moves: the rows of Tables that are on one group, each
// to the targets that take its token. It is a job's, and stays as it is.
type Spec struct {
	// Job and Source name the stored state on the targets: lower-case letters,
	// digits, '-' and '_', at most 64 bytes. Source is a group's id.
	Job, Source string
	// Schema is the keyspace: the schema on the source and, unless IntoSchema names
	// another one, on the targets.
	Schema, IntoSchema string
	Tables             []Table
	Targets            []Target
	// Start is the set of transactions that the targets have already, as GTIDs
	// of the source. With it nothing is copied; without it, the rows are. No XA
	// branch may be prepared on the source at that point: the rows of one that
	// commits later would not be known.
	Start string
}

// Table is one table that a flow moves.
type Table struct {
	// Name is the table on the source, Into the one on the targets; empty means
	// the same name. Into exists on every target.
	Name, Into string
	// Kind says where rows go: KindSharded by the token of Key, KindSingle by
	// token 0, KindReference to every target with Reference set.
	Kind topology.Kind
	Key  shardkey.Key
	// Index has Into be an index table of a unique key of Name, which Key is then: it
	// gets these columns, Key's first, of each row that has no NULL in the key. Nil
	// moves whole rows.
	Index []string
}

// Target is a group that takes rows.
type Target struct {
	Group string
	// Ranges are the tokens that this flow brings to the target. Where several
	// flows merge into one target, each brings those of its own source. Rows of
	// the source that are in no target's ranges are left alone.
	Ranges []topology.Range
	// Owns are the tokens whose rows may be on the target at all; empty means
	// Ranges. Verify reports rows outside. Where several flows merge it must be
	// set: rows of others are then left alone.
	Owns []topology.Range
	// Reference: this flow brings reference tables to the target. Of several
	// flows into one target, one does.
	Reference bool
}

// shared reports whether other flows bring rows to the target too.
func (t *Target) shared() bool { return len(t.Owns) > 0 && !sameRanges(t.Owns, t.Ranges) }

const nameBytesMax = 64

// Validate reports what is wrong with s as it stands; Check asks the servers.
func (s *Spec) Validate() error {
	for what, name := range map[string]string{"job": s.Job, "source": s.Source} {
		if name == "" || len(name) > nameBytesMax || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return invalid("%q is no name of a %s", name, what)
		}
	}
	if s.Schema == "" || len(s.Tables) == 0 || len(s.Targets) == 0 {
		return invalid("a flow needs a schema, tables and targets")
	}
	if _, err := mysql.ParseGTIDSet(s.Start); err != nil {
		return invalid("start %q: %v", s.Start, err)
	}
	for i := range s.Tables {
		if err := s.Tables[i].validate(); err != nil {
			return err
		}
		if s.Tables[i].isIndex() && slices.ContainsFunc(s.Targets, func(t Target) bool { return t.shared() }) {
			return invalid("index table %s cannot be filled from several groups", s.Tables[i].Into)
		}
	}
	return s.validateTargets()
}

func (t *Table) validate() error {
	switch t.Kind {
	case topology.KindSharded:
		if err := t.Key.Check(); err != nil {
			return invalid("table %s: %v", t.Name, err)
		}
	case topology.KindSingle, topology.KindReference:
	default:
		return invalid("table %s is of kind %q", t.Name, t.Kind)
	}
	if !t.isIndex() {
		return nil
	}
	named := t.Kind == topology.KindSharded && t.Into != "" && len(t.Index) >= len(t.Key)
	for i := range t.Key {
		named = named && t.Index[i] == t.Key[i].Name
	}
	if !named {
		return invalid("the columns %v are not those of an index table of %s", t.Index, t.Name)
	}
	return nil
}

func (s *Spec) validateTargets() error {
	var all []topology.Range
	for _, t := range s.Targets {
		for _, r := range t.Ranges {
			for _, other := range all {
				if r.Overlaps(other) {
					return invalid("range %s of target %s overlaps %s", r, t.Group, other)
				}
			}
			all = append(all, r)
		}
	}
	return nil
}

// into is the schema on the targets.
func (s *Spec) into() string {
	if s.IntoSchema == "" {
		return s.Schema
	}
	return s.IntoSchema
}

// into is the table's name on the targets.
func (t *Table) into() string {
	if t.Into == "" {
		return t.Name
	}
	return t.Into
}

// targetOf returns the place in Targets of the one that takes a token, -1 if
// none does.
func (s *Spec) targetOf(token shardkey.Token) int {
	for i := range s.Targets {
		for _, r := range s.Targets[i].Ranges {
			if r.Contains(token) {
				return i
			}
		}
	}
	return -1
}

func invalid(format string, args ...any) error {
	return &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: "this is Shardway's own mistake: report it with the job's record"}
}

// sameRanges reports whether two lists have the same ranges, in any order.
func sameRanges(a, b []topology.Range) bool {
	if len(a) != len(b) {
		return false
	}
	for _, r := range a {
		if !slices.Contains(b, r) {
			return false
		}
	}
	return true
}
