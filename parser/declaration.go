package parser

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// declarationMark begins the declaration in a table's comment.
const declarationMark = "shardway:"

// ErrDeclaration is matched by ParseDeclaration's errors.
var ErrDeclaration = errors.New("shardway declaration in the table's comment")

// Declaration is what a table's comment says about its kind:
// "shardway:shard_key=customer_id;unique=shard".
type Declaration struct {
	ShardKey    []string // columns, in order; empty unless sharded
	Reference   bool
	Single      bool
	UniqueShard bool // the owner vouches that unique keys are unique over all shards
}

// ParseDeclaration reads the declaration in a table's comment. Text before the
// mark is left alone. found says whether there is a mark; an error, which matches
// ErrDeclaration, says what to write instead.
func ParseDeclaration(comment string) (d Declaration, found bool, err error) {
	_, text, found := strings.Cut(comment, declarationMark)
	if !found {
		return Declaration{}, false, nil
	}
	seen := map[string]bool{}
	for setting := range strings.SplitSeq(text, ";") {
		setting = strings.TrimSpace(setting)
		if setting == "" {
			continue
		}
		name, value, valued := strings.Cut(setting, "=")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if seen[name] {
			return Declaration{}, true, fmt.Errorf("%w: %s is given twice", ErrDeclaration, name)
		}
		seen[name] = true
		if err := d.set(name, value, valued); err != nil {
			return Declaration{}, true, err
		}
	}
	return d, true, d.check()
}

// set takes one setting.
func (d *Declaration) set(name, value string, valued bool) error {
	switch name {
	case "shard_key":
		key, err := columns(value)
		d.ShardKey = key
		return err
	case "reference", "single":
		if valued {
			return fmt.Errorf("%w: %s takes no value; write shardway:%s", ErrDeclaration, name, name)
		}
		if name == "reference" {
			d.Reference = true
		} else {
			d.Single = true
		}
		return nil
	case "unique":
		if value != "shard" {
			return fmt.Errorf("%w: unique=%s is not known; the only value is unique=shard, which says that you vouch for "+
				"uniqueness over all shards", ErrDeclaration, value)
		}
		d.UniqueShard = true
		return nil
	}
	return fmt.Errorf("%w: the setting %q is not known; the settings are shard_key=column[,column], reference, single and "+
		"unique=shard, with ; between them", ErrDeclaration, name)
}

// check refuses settings that contradict each other.
func (d Declaration) check() error {
	kinds := 0
	for _, is := range []bool{len(d.ShardKey) > 0, d.Reference, d.Single} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds == 0 && !d.UniqueShard:
		return fmt.Errorf("%w: nothing is said behind %s; the settings are shard_key=column[,column], reference, single and "+
			"unique=shard", ErrDeclaration, declarationMark)
	case kinds > 1:
		return fmt.Errorf("%w: a table has one kind: shard_key, reference or single", ErrDeclaration)
	case d.UniqueShard && (d.Reference || d.Single):
		return fmt.Errorf("%w: unique=shard has a meaning for sharded tables alone", ErrDeclaration)
	}
	return nil
}

// columns reads a list of column names.
func columns(list string) ([]string, error) {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		name = unquoteName(strings.TrimSpace(name))
		switch {
		case name == "":
			return nil, fmt.Errorf("%w: shard_key needs columns; write shard_key=customer_id or shard_key=tenant,id", ErrDeclaration)
		case slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }):
			return nil, fmt.Errorf("%w: shard_key has the column %s twice", ErrDeclaration, name)
		}
		names = append(names, name)
	}
	return names, nil
}

// String writes the declaration as ParseDeclaration reads it.
func (d Declaration) String() string {
	var settings []string
	if len(d.ShardKey) > 0 {
		settings = append(settings, "shard_key="+strings.Join(d.ShardKey, ","))
	}
	if d.Reference {
		settings = append(settings, "reference")
	}
	if d.Single {
		settings = append(settings, "single")
	}
	if d.UniqueShard {
		settings = append(settings, "unique=shard")
	}
	if len(settings) == 0 {
		return ""
	}
	return declarationMark + strings.Join(settings, ";")
}
