package playground

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// triedCustomer is the customer that the things to try are about.
const triedCustomer = 42

// welcome says how to use the playground. What it promises is computed from
// the sample, so it is what the queries answer as long as nobody changes it.
func (p *playground) welcome(ctx context.Context) {
	l := p.layout
	client := fmt.Sprintf("%s -h127.0.0.1 -P%d -u%s -p%s", shortPath(p.binary.Client()), l.Ports.Proxy, appUser, l.AppPassword)
	fmt.Fprintf(p.opts.Out, "\nReady. Connect with\n\n  %s%s\n\n", client, p.clientKeyspace())
	if l.SampleLoaded {
		fmt.Fprintln(p.opts.Out, p.thingsToTry(ctx))
	}
	fmt.Fprintf(p.opts.Out, "Status: %s playground status --dir %s\nLogs, data and passwords are in %s. Ctrl-C, or playground stop, ends everything; the data stay.\n",
		shortPath(p.opts.Program), shortPath(p.dir), p.dir)
}

func (p *playground) clientKeyspace() string {
	if p.layout.SampleLoaded {
		return " " + sampleKeyspace
	}
	return ""
}

func (p *playground) thingsToTry(ctx context.Context) string {
	s := newSample()
	var b strings.Builder
	fmt.Fprintln(&b, "Five things to try there:")
	try := func(n int, what, query, answer string) {
		fmt.Fprintf(&b, "\n%d. %s\n     %s\n   → %s\n", n, what, query, answer)
	}
	try(1, fmt.Sprintf("A count over all %d shards.", p.layout.Groups), "SELECT COUNT(*) FROM customers;", fmt.Sprint(len(s.customers)))
	name, orders := s.ordersOf(triedCustomer)
	try(2, "A join that one shard answers alone.",
		fmt.Sprintf("SELECT c.name, COUNT(*) AS orders FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = %d GROUP BY c.name;", triedCustomer),
		fmt.Sprintf("%s, %d", name, orders))
	try(3, "Groups that are put together from all shards.",
		"SELECT country, COUNT(*) AS n FROM customers GROUP BY country ORDER BY n DESC, country LIMIT 3;", s.topCountries(3))
	try(4, "Where a query goes, and why.",
		fmt.Sprintf("EXPLAIN FORMAT='shardway' SELECT * FROM orders WHERE customer_id = %d;", triedCustomer),
		"among others: shard: "+p.shardOf(ctx, triedCustomer))
	victim, pid := p.lastReplica()
	if victim != "" {
		try(5, "Kill a replica from another terminal, and ask again: reads go on without an error. It is back after some seconds.",
			fmt.Sprintf("kill -9 %d   # instance %s", pid, victim), fmt.Sprintf("SELECT COUNT(*) FROM orders; still says %d", len(s.orders)))
	} else {
		try(5, "Write, and read what you wrote.",
			"UPDATE settings SET value = 'CHF' WHERE name = 'currency'; SELECT value FROM settings WHERE name = 'currency';", "CHF")
	}
	return b.String()
}

func (s *sample) ordersOf(id int) (name string, orders int) {
	for _, o := range s.orders {
		if o.customer == id {
			orders++
		}
	}
	return s.customers[id-1].name, orders
}

func (s *sample) topCountries(n int) string {
	counts := map[string]int{}
	for _, c := range s.customers {
		counts[c.country]++
	}
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	var out []string
	for _, name := range names[:n] {
		out = append(out, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(out, ", ")
}

// lastReplica returns a replica and its process id.
func (p *playground) lastReplica() (id string, pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.state.Instances {
		if i.Role == "replica" {
			id, pid = i.ID, i.PID
		}
	}
	return id, pid
}

// shortPath returns path as seen from the working folder, if that is shorter.
func shortPath(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && len(rel) < len(path) && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
