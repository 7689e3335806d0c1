package topology

import (
	"fmt"
	"slices"
	"time"
)

// BalancePolicy says which of several replicas that would do serves a read.
type BalancePolicy string

// The policies. What a replica has to do is compared by its weight. The zero value
// stands for BalanceTwoChoices.
const (
	// BalanceTwoChoices: of two picked at random the one with fewer sessions and
	// statements under way (Mitzenmacher, "The power of two choices in randomized
	// load balancing", 2001).
	BalanceTwoChoices BalancePolicy = "two-choices"
	// BalanceLeast: the one with the fewest of all.
	BalanceLeast BalancePolicy = "least-connections"
	// BalanceRoundRobin: each in turn, as often as its weight says, whatever it has
	// to do.
	BalanceRoundRobin BalancePolicy = "round-robin"
)

// BalancePolicies lists them.
func BalancePolicies() []BalancePolicy {
	return []BalancePolicy{BalanceTwoChoices, BalanceLeast, BalanceRoundRobin}
}

// Balancing is how the reads of sessions in a keyspace are shared among replicas.
type Balancing struct {
	Policy BalancePolicy `json:"policy,omitempty"`
	// AnyZone: replicas in the proxy's own zone do not come first.
	AnyZone bool `json:"any_zone,omitempty"`
	// MaxLag keeps reads, of whatever level, from replicas that are further behind,
	// or of which that is not known; 0 does not.
	MaxLag time.Duration `json:"max_lag_ns,omitempty"`
	// SlowStart is how long a replica that comes into use gets less than its share,
	// growing evenly; 0 gives it all at once.
	SlowStart time.Duration `json:"slow_start_ns,omitempty"`
}

// weightMax bounds the weight of an instance, slowStartMax a slow start.
const (
	weightMax    = 100
	slowStartMax = time.Hour
)

// SetBalancing sets how a keyspace's reads are shared.
func (d *Draft) SetBalancing(keyspace string, b Balancing) error {
	k, err := d.serving(keyspace)
	if err != nil {
		return err
	}
	if b.Policy != "" && !slices.Contains(BalancePolicies(), b.Policy) {
		return &Refused{Code: CodeInvalid, Message: fmt.Sprintf("%q is no way of sharing reads", b.Policy), Hint: fmt.Sprintf("choose one of %v", BalancePolicies())}
	}
	if b.MaxLag < 0 || b.MaxLag > 0 && b.MaxLag < time.Second || b.SlowStart < 0 || b.SlowStart > slowStartMax {
		return &Refused{
			Code: CodeInvalid, Message: fmt.Sprintf("a lag of %s or a slow start of %s cannot be set", b.MaxLag, b.SlowStart),
			Hint: fmt.Sprintf("a lag is 0 or at least a second, as proxies know it no better; a slow start is at most %s", slowStartMax),
		}
	}
	k.Balancing = b
	return nil
}

// SetWeight sets how much of its group's reads an instance gets, compared with the
// others'.
func (d *Draft) SetWeight(instance string, weight int) error {
	i := d.Instances[instance]
	if i == nil {
		return notFound("instance", instance, "instance")
	}
	if weight < 1 || weight > weightMax {
		return &Refused{
			Code: CodeInvalid, Message: fmt.Sprintf("%d is no weight", weight),
			Hint: fmt.Sprintf("it is between 1 and %d; 'shardway instance drain' keeps reads away altogether", weightMax),
		}
	}
	i.Weight = weight
	return nil
}
