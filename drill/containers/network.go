package containers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/drill"
)

// chain is the name of our rules in a network namespace. cutMax is after how
// long the kernel takes no notice of them any more, whatever became of the
// drill.
const (
	chain  = "SHARDWAY-DRILL"
	cutMax = 10 * time.Minute
)

// Cut implements drill.Cluster. A container that is started again during a cut
// has a network of its own again, without it.
func (c *Cluster) Cut(ctx context.Context, l drill.Link) (func(ctx context.Context) error, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	if l.Delay > 0 || l.Kilobits > 0 {
		return c.shape(ctx, l)
	}
	all, err := c.look(ctx)
	for _, p := range append([]drill.Process{l.A}, l.B...) {
		_, missing := c.find(all, p)
		err = errors.Join(err, missing)
	}
	if err != nil {
		return nil, err
	}
	cut := &l
	c.mu.Lock()
	c.cuts[cut] = time.Now().Add(cutMax)
	c.mu.Unlock()
	mend := func(ctx context.Context) error {
		c.mu.Lock()
		delete(c.cuts, cut)
		c.mu.Unlock()
		return c.apply(ctx)
	}
	if err := c.apply(ctx); err != nil {
		return nil, errors.Join(err, mend(context.WithoutCancel(ctx)))
	}
	return mend, nil
}

// apply has each network namespace have the rules of all that is cut now.
func (c *Cluster) apply(ctx context.Context) error {
	all, err := c.look(ctx)
	if err != nil {
		return err
	}
	want := c.wanted(all)
	var mu sync.Mutex
	var errs []error
	var wait sync.WaitGroup
	for _, one := range all {
		if one.pid == 0 {
			continue
		}
		c.mu.Lock()
		before, hooked := c.rules[one.pid]
		c.mu.Unlock()
		text := rulesText(want[one.service], hooked)
		if !hooked && len(want[one.service]) == 0 || before == rulesText(want[one.service], true) {
			continue
		}
		wait.Go(func() {
			err := c.inNetwork(ctx, one, text, "iptables-restore", "--wait", "--noflush")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.rules[one.pid] = rulesText(want[one.service], true)
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// wanted are the rules of each service for all that is cut.
func (c *Cluster) wanted(all []container) map[string][]string {
	c.mu.Lock()
	links := make([]cutLink, 0, len(c.cuts))
	for l, until := range c.cuts {
		links = append(links, cutLink{link: *l, until: until})
	}
	c.mu.Unlock()
	for n := range links {
		l := &links[n]
		l.a = c.of(all, l.link.A)
		for _, p := range l.link.B {
			l.b = append(l.b, c.of(all, p)...)
		}
		if len(l.link.B) == 0 {
			l.b = slices.DeleteFunc(slices.Clone(all), func(one container) bool { return containsService(l.a, one.service) })
		}
	}
	return rules(links)
}

func containsService(some []container, service string) bool {
	return slices.ContainsFunc(some, func(one container) bool { return one.service == service })
}

// cutLink is a link with the containers at its ends.
type cutLink struct {
	link  drill.Link
	a, b  []container
	until time.Time
}

// rules are the rules that each service's network namespace needs, in the order
// of its peers: what a peer sends is dropped where it arrives.
func rules(links []cutLink) map[string][]string {
	all := map[string][]string{}
	drop := func(l cutLink, at, from container) {
		for _, addr := range from.addrs {
			rule := fmt.Sprintf("-A %s -s %s -m time --datestop %s", chain, addr, l.until.UTC().Format("2006-01-02T15:04:05"))
			if l.link.Loss < 100 {
				rule += fmt.Sprintf(" -m statistic --mode random --probability %.2f", float64(l.link.Loss)/100)
			}
			all[at.service] = append(all[at.service], rule+" -j DROP")
		}
	}
	for _, l := range links {
		for _, a := range l.a {
			for _, b := range l.b {
				if l.link.Way != drill.Out {
					drop(l, a, b)
				}
				if l.link.Way != drill.In {
					drop(l, b, a)
				}
			}
		}
	}
	for _, some := range all {
		slices.Sort(some)
	}
	return all
}

// rulesText is what iptables-restore is given: our chain with these rules and
// none of those before, and, at first, where it is gone through.
func rulesText(rules []string, hooked bool) string {
	lines := []string{"*filter", ":" + chain + " - [0:0]"}
	if !hooked {
		lines = append(lines, "-I INPUT -j "+chain)
	}
	return strings.Join(slices.Concat(lines, rules, []string{"COMMIT", ""}), "\n")
}

// inNetwork runs a program of this machine in a container's network namespace.
func (c *Cluster) inNetwork(ctx context.Context, one container, input, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, commandMax)
	defer cancel()
	_, err := c.host.run(ctx, input, "nsenter", append([]string{"--target", fmt.Sprint(one.pid), "--net", name}, args...)...)
	if err != nil {
		return fmt.Errorf("network of %s: %w", one.service, err)
	}
	return nil
}

// unhook removes our chain; it may not be there.
func (c *Cluster) unhook(ctx context.Context, one container) {
	for _, args := range [][]string{{"-D", "INPUT", "-j", chain}, {"-F", chain}, {"-X", chain}} {
		_ = c.inNetwork(ctx, one, "", "iptables", append([]string{"--wait"}, args...)...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rules, one.pid)
}

// shape bounds or delays all that a container sends.
func (c *Cluster) shape(ctx context.Context, l drill.Link) (func(ctx context.Context) error, error) {
	all, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	found, err := c.find(all, l.A)
	if err != nil {
		return nil, err
	}
	how := []string{"netem", "delay", fmt.Sprintf("%dms", l.Delay.Milliseconds())}
	if l.Kilobits > 0 {
		how = []string{"tbf", "rate", fmt.Sprintf("%dkbit", l.Kilobits), "burst", "16kb", "latency", "400ms"}
	}
	what := "network of " + l.A.String()
	mend := func(ctx context.Context) error {
		c.done(what)
		for _, one := range found {
			c.unshape(ctx, one)
		}
		return nil
	}
	c.later(what, mend)
	for _, one := range found {
		devices, err := c.host.devices(one.pid)
		for _, device := range devices {
			err = errors.Join(err, c.inNetwork(ctx, one, "", "tc", append([]string{"qdisc", "replace", "dev", device, "root"}, how...)...))
		}
		if err != nil {
			err = fmt.Errorf("%w: %s of this machine's kernel: %w", drill.ErrUnable, how[0], err)
			return nil, errors.Join(err, mend(context.WithoutCancel(ctx)))
		}
	}
	return mend, nil
}

// unshape removes what shape has made; it may not be there.
func (c *Cluster) unshape(ctx context.Context, one container) {
	devices, _ := c.host.devices(one.pid)
	for _, device := range devices {
		_ = c.inNetwork(ctx, one, "", "tc", "qdisc", "del", "dev", device, "root")
	}
}
