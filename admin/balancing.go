package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/shardway/shardway/topology"
)

// Balancing asks for a keyspace's reads to be shared among replicas in some way: see
// topology.Balancing.
type Balancing struct {
	Policy  topology.BalancePolicy `json:"policy,omitempty"`
	AnyZone bool                   `json:"any_zone,omitempty"`
	// MaxLag and SlowStart are durations such as 10s.
	MaxLag    string `json:"max_lag,omitempty"`
	SlowStart string `json:"slow_start,omitempty"`
}

// Weight asks for a replica to get more or less of its group's reads.
type Weight struct {
	Weight int `json:"weight"`
}

func (s *Server) setBalancing(c call, b Balancing) (Change, error) {
	keyspace := c.name("keyspace")
	wanted := topology.Balancing{Policy: b.Policy, AnyZone: b.AnyZone}
	for text, to := range map[string]*time.Duration{b.MaxLag: &wanted.MaxLag, b.SlowStart: &wanted.SlowStart} {
		if text == "" {
			continue
		}
		var err error
		if *to, err = time.ParseDuration(text); err != nil {
			return Change{}, &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("%q is no duration", text), Hint: "write it as 10s or 1m30s"}
		}
	}
	return s.change(c, func(d *topology.Draft) error { return d.SetBalancing(keyspace, wanted) },
		fmt.Sprintf("share reads of sessions in %s among replicas by %s", keyspace, describeBalancing(wanted)))
}

// describeBalancing says it in one line.
func describeBalancing(b topology.Balancing) string {
	text := string(b.Policy)
	if text == "" {
		text = string(topology.BalanceTwoChoices)
	}
	if b.AnyZone {
		text += ", whatever their zone"
	} else {
		text += ", those in the proxy's zone first"
	}
	if b.MaxLag > 0 {
		text += fmt.Sprintf(", none that is more than %s behind", b.MaxLag)
	}
	if b.SlowStart > 0 {
		text += fmt.Sprintf(", one that comes back with its full share after %s", b.SlowStart)
	}
	return text
}

func (s *Server) setWeight(c call, w Weight) (Change, error) {
	id := c.name("instance")
	return s.change(c, func(d *topology.Draft) error { return d.SetWeight(id, w.Weight) },
		fmt.Sprintf("give %s reads by weight %d, when it is a replica", id, w.Weight))
}

// SetBalancing sets how a keyspace's reads are shared.
func (c *Client) SetBalancing(ctx context.Context, keyspace string, b Balancing, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, "/v1/keyspaces/"+url.PathEscape(keyspace)+"/balancing", dryRun, b)
}

// SetWeight sets how much of its group's reads an instance gets.
func (c *Client) SetWeight(ctx context.Context, instance string, weight int, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPut, instancePath(instance)+"/weight", dryRun, Weight{Weight: weight})
}
