package deadlock

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Transaction names a transaction, in whichever groups it is, by its home
// session. A transaction in one group alone is its own home.
type Transaction struct {
	// Home is the home group, Instance the hash of the instance that the home
	// session is on, as package txn has it, and Connection its id there.
	Home       string
	Instance   string
	Connection uint64
}

// String prints the transaction for people.
func (t Transaction) String() string {
	return fmt.Sprintf("connection %d of group %s", t.Connection, t.Home)
}

func (t Transaction) compare(o Transaction) int {
	return cmp.Or(cmp.Compare(t.Home, o.Home), cmp.Compare(t.Instance, o.Instance), cmp.Compare(t.Connection, o.Connection))
}

// Party is one side of a wait: a transaction, and the connection by which it
// is in the wait's group.
type Party struct {
	Transaction Transaction
	// Connection is the connection's id on the group's primary.
	Connection uint64
	// Distributed: the transaction is known to span groups. Only the proxy of
	// such a one makes 1213 of a statement that is stopped.
	Distributed bool
	// Weight is how many rows it has changed and locked in this group, Started
	// when it began there, in seconds since 1970 by that server's clock.
	Weight  int64
	Started int64
}

// Wait is one transaction waiting for another's lock in a group.
type Wait struct {
	Group   string
	Waiter  Party
	Blocker Party
	// Lock tells this wait from a later one of the same parties.
	Lock string
}

// key identifies a wait over several looks.
func (w Wait) key() string {
	return fmt.Sprintf("%s %s %d %d", w.Group, w.Lock, w.Waiter.Connection, w.Blocker.Connection)
}

// Lasting returns the waits of now that were there before, too.
func Lasting(before, now []Wait) []Wait {
	known := make(map[string]bool, len(before))
	for _, w := range before {
		known[w.key()] = true
	}
	var lasting []Wait
	for _, w := range now {
		if known[w.key()] {
			lasting = append(lasting, w)
		}
	}
	return lasting
}

// Known returns what is known of the waits after a look: those of now, and the ones
// of before in groups that have not told theirs this time. Their next answer says
// which of them have lasted.
func Known(before, now []Wait, told map[string]bool) []Wait {
	known := slices.Clone(now)
	for _, w := range before {
		if !told[w.Group] {
			known = append(known, w)
		}
	}
	return known
}

// Victim is a statement to be stopped: the one that a connection of a group's
// primary waits in.
type Victim struct {
	Transaction Transaction
	Group       string
	Connection  uint64
	// Circle are the transactions that wait for each other.
	Circle []Transaction
}

// Victims chooses one victim for each set of transactions that wait for each
// other over two groups or more: of those that span groups, the one that has
// the least to undo, and of equals the youngest. The choice depends on nothing
// else, so two who look choose alike.
func Victims(waits []Wait) []Victim {
	g := newGraph(waits)
	var victims []Victim
	for _, circle := range g.circles() {
		if v, ok := g.choose(circle); ok {
			victims = append(victims, v)
		}
	}
	return victims
}

// graph has what is known of each transaction that waits or blocks.
type graph struct {
	waits map[Transaction][]Wait // by waiter
	known map[Transaction]weight
}

type weight struct {
	distributed bool
	weight      int64
	started     int64
	groups      map[string]bool
}

func newGraph(waits []Wait) *graph {
	g := &graph{waits: make(map[Transaction][]Wait), known: make(map[Transaction]weight)}
	counted := make(map[string]bool) // a party's weight counts once per group
	for _, w := range waits {
		if w.Waiter.Transaction == w.Blocker.Transaction {
			continue // its own other statement; that one goes on
		}
		g.waits[w.Waiter.Transaction] = append(g.waits[w.Waiter.Transaction], w)
		g.learn(w.Group, w.Waiter, counted)
		g.learn(w.Group, w.Blocker, counted)
	}
	for _, list := range g.waits {
		slices.SortFunc(list, func(a, b Wait) int {
			return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Waiter.Connection, b.Waiter.Connection), a.Blocker.Transaction.compare(b.Blocker.Transaction))
		})
	}
	return g
}

func (g *graph) learn(group string, p Party, counted map[string]bool) {
	w := g.known[p.Transaction]
	if w.groups == nil {
		w.groups = make(map[string]bool)
	}
	w.groups[group] = true
	w.distributed = w.distributed || p.Distributed || len(w.groups) > 1
	w.started = max(w.started, p.Started)
	if key := fmt.Sprint(group, " ", p.Connection); !counted[key] {
		counted[key] = true
		w.weight += p.Weight
	}
	g.known[p.Transaction] = w
}

// circles returns the sets of transactions each of which waits, directly or
// not, for each other one of the set: the strongly connected components.
func (g *graph) circles() [][]Transaction {
	c := &components{graph: g, index: make(map[Transaction]int), low: make(map[Transaction]int), on: make(map[Transaction]bool)}
	for _, t := range slices.SortedFunc(maps.Keys(g.waits), Transaction.compare) {
		if c.index[t] == 0 {
			c.visit(t)
		}
	}
	return c.found
}

// components is Tarjan's algorithm; index counts from 1.
type components struct {
	*graph
	index, low map[Transaction]int
	on         map[Transaction]bool
	stack      []Transaction
	found      [][]Transaction
}

func (c *components) visit(t Transaction) {
	c.index[t] = len(c.index) + 1
	c.low[t] = c.index[t]
	c.stack = append(c.stack, t)
	c.on[t] = true
	for _, w := range c.waits[t] {
		next := w.Blocker.Transaction
		if c.index[next] == 0 {
			c.visit(next)
			c.low[t] = min(c.low[t], c.low[next])
		} else if c.on[next] {
			c.low[t] = min(c.low[t], c.index[next])
		}
	}
	if c.low[t] != c.index[t] {
		return
	}
	at := slices.Index(c.stack, t)
	circle := slices.Clone(c.stack[at:])
	c.stack = c.stack[:at]
	for _, member := range circle {
		c.on[member] = false
	}
	if len(circle) > 1 {
		slices.SortFunc(circle, Transaction.compare)
		c.found = append(c.found, circle)
	}
}

// choose returns the statement to stop in a circle; none if all of it is in one
// group, where MySQL sees it.
func (g *graph) choose(circle []Transaction) (Victim, bool) {
	groups := make(map[string]bool)
	within := func(w Wait) bool { return slices.Contains(circle, w.Blocker.Transaction) }
	var spanning []Transaction
	for _, t := range circle {
		for _, w := range g.waits[t] {
			if within(w) {
				groups[w.Group] = true
			}
		}
		if g.known[t].distributed {
			spanning = append(spanning, t)
		}
	}
	if len(groups) < 2 || len(spanning) == 0 {
		return Victim{}, false
	}
	victim := slices.MinFunc(spanning, func(a, b Transaction) int {
		x, y := g.known[a], g.known[b]
		return cmp.Or(cmp.Compare(x.weight, y.weight), cmp.Compare(y.started, x.started), b.compare(a))
	})
	list := g.waits[victim]
	wait := list[slices.IndexFunc(list, within)]
	return Victim{Transaction: victim, Group: wait.Group, Connection: wait.Waiter.Connection, Circle: circle}, true
}
