package fuzzsql

import (
	"slices"
	"strings"
)

// Kind is what a part of a statement is: a part may stand where another of its
// kind stood.
type Kind int

// The kinds of parts.
const (
	// Other cannot be replaced.
	Other Kind = iota
	Num
	Str
	Bytes
	// Date is a DATE, DATETIME or TIMESTAMP, Clock a TIME.
	Date
	Clock
	JSON
	Bool
	// Query is a query without parentheses, From what stands behind FROM.
	Query
	From
)

// plain is a literal of the kind, the simplest part that can take its place.
func (k Kind) plain() string {
	switch k {
	case Num:
		return "1"
	case Str:
		return "'a'"
	case Bytes:
		return "x'61'"
	case Date:
		return "DATE '2024-01-01'"
	case Clock:
		return "TIME '10:00:00'"
	case JSON:
		return "JSON_ARRAY()"
	case Bool:
		return "TRUE"
	case Other, Query, From:
	}
	return ""
}

// Node is a part of a statement: text, or further parts with a separator
// between them.
type Node struct {
	text  string
	parts []*Node
	sep   string
	// list: parts may go until atLeast are left.
	list    bool
	atLeast int
	// optional: the part may go.
	optional bool
	kind     Kind

	// gone and instead are what shrinking has done to it.
	gone    bool
	instead *Node
}

// leaf is a part that is only text.
func leaf(text string) *Node { return &Node{text: text} }

// seq is parts one after the other; strings are text, nil is nothing.
func seq(parts ...any) *Node {
	n := &Node{}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			n.parts = append(n.parts, leaf(p))
		case *Node:
			if p != nil {
				n.parts = append(n.parts, p)
			}
		case expr:
			n.parts = append(n.parts, p.node)
		}
	}
	return n
}

// of is a seq of a kind.
func of(k Kind, parts ...any) *Node {
	n := seq(parts...)
	n.kind = k
	return n
}

// maybe is a seq that shrinking may take away.
func maybe(parts ...any) *Node {
	n := seq(parts...)
	n.optional = true
	return n
}

// list is parts with a separator, of which at least some must stay.
func list(sep string, atLeast int, parts []*Node) *Node {
	return &Node{parts: parts, sep: sep, list: true, atLeast: atLeast}
}

// String is the part as SQL.
func (n *Node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *Node) write(b *strings.Builder) {
	if n.gone {
		return
	}
	if n.instead != nil {
		n.instead.write(b)
		return
	}
	b.WriteString(n.text)
	first := true
	for _, p := range n.parts {
		if p.gone {
			continue
		}
		if !first {
			b.WriteString(n.sep)
		}
		first = false
		p.write(b)
	}
}

// current is the part that stands here now.
func (n *Node) current() *Node {
	for n.instead != nil {
		n = n.instead
	}
	return n
}

// alive are the parts that have not gone.
func (n *Node) alive() []*Node {
	var all []*Node
	for _, p := range n.parts {
		if !p.gone {
			all = append(all, p)
		}
	}
	return all
}

// has reports whether a part is still there.
func (n *Node) has(part *Node) bool {
	if n.gone {
		return false
	}
	if n == part {
		return true
	}
	for _, p := range n.current().parts {
		if p.has(part) {
			return true
		}
	}
	return false
}

// within collects the parts of a kind below n, larger ones first.
func (n *Node) within(k Kind) []*Node {
	var all []*Node
	level := n.alive()
	for len(level) > 0 {
		var next []*Node
		for _, p := range level {
			p = p.current()
			if p.kind == k {
				all = append(all, p)
			}
			next = append(next, p.alive()...)
		}
		level = next
	}
	return all
}

// reduce tries to make n and what is below it smaller: each edit stays if try
// says that the statement still shows what it showed. It reports whether any
// stayed.
func (n *Node) reduce(try func() bool) bool {
	if n.gone {
		return false
	}
	c := n.current()
	if n.optional {
		if n.gone = true; try() {
			return true
		}
		n.gone = false
	}
	changed := false
	if c.kind != Other && c.text == "" {
		changed = n.replace(c, try)
		c = n.current()
	}
	if c.list {
		changed = c.thin(try) || changed
	}
	for _, p := range c.parts {
		changed = p.reduce(try) || changed
	}
	return changed
}

// replace tries a literal in the place of c, then parts of its own.
func (n *Node) replace(c *Node, try func() bool) bool {
	var candidates []*Node
	if text := c.kind.plain(); text != "" {
		candidates = append(candidates, leaf(text))
	}
	inner := c.within(c.kind)
	slices.Reverse(inner)
	for _, candidate := range append(candidates, inner...) {
		if c.instead = candidate; try() {
			return true
		}
		c.instead = nil
	}
	return false
}

// thin takes parts of a list away.
func (n *Node) thin(try func() bool) bool {
	changed := false
	for i := len(n.parts) - 1; i >= 0; i-- {
		p := n.parts[i]
		if p.gone || len(n.alive()) <= n.atLeast {
			continue
		}
		if p.gone = true; try() {
			changed = true
			continue
		}
		p.gone = false
	}
	return changed
}
