package drill

import (
	"slices"
	"time"

	"github.com/shardway/shardway/topology"
)

// All returns the drills, in the order in which they are shown.
func All() []Drill {
	return slices.Concat(deaths(), planned(), harmless(), cuts(), members(), disks())
}

// deaths are drills in which a primary is to be replaced by itself.
func deaths() []Drill {
	whole := Needs{Replicas: 2, Controllers: 1, Proxies: 1}
	two := Needs{Replicas: 2, Controllers: 2, Proxies: 1}
	return []Drill{
		{
			Name: "kill-primary", Does: "A primary is killed, and started again by whoever runs it.",
			Holds:   "One of its replicas takes over. The old primary comes back as a replica, or is shut out with what nobody acknowledged.",
			Changes: Between{1, 1}, Median: 2 * time.Second, Worst: 4 * time.Second, Needs: whole,
			Steps: []Step{outage(kill(thePrimary()), another())},
		},
		{
			Name: "stop-primary", Does: "A primary hangs: it answers nobody, and its connections stay. Later it goes on.",
			Holds:   "One of its replicas takes over. When the old primary goes on it acknowledges nothing, and is closed.",
			Changes: Between{1, 1}, Median: 6 * time.Second, Worst: 10 * time.Second, Needs: whole,
			Steps: []Step{outage(freeze(thePrimary(), another(), wait10ths(20)))},
		},
		{
			Name: "cut-replication", Does: "A primary loses all its replicas, while proxies and controllers reach it.",
			Holds:   "It acknowledges nothing, and one of the replicas takes over.",
			Changes: Between{1, 1}, Median: 8 * time.Second, Worst: 8 * time.Second, Needs: whole,
			Steps: []Step{outage(loseReplicas(another(), wait10ths(10)))},
		},
		{
			Name: "kill-controller", Does: "A primary is killed, and the leading controller while it replaces it.",
			Holds: "The next controller finishes what was begun.", Changes: Between{1, 1}, Needs: two,
			Steps: []Step{outage(kill(thePrimary()), operation(topology.PhaseFence), kill(theLeader()), another())},
		},
		{
			Name: "stop-controller", Does: "A primary is killed, and the leading controller hangs while it replaces it. It goes on when another leads.",
			Holds: "The next controller finishes what was begun; the former one does nothing any more.", Changes: Between{1, 1}, Needs: two,
			Steps: []Step{outage(kill(thePrimary()), operation(topology.PhaseFence), freeze(theLeader(), another(), wait10ths(20)))},
		},
		{
			Name: "double-failure", Does: "A primary is killed, and then the replica that was chosen to take over.",
			Holds: "Whoever is promoted has all that was acknowledged, or nobody is until the proof is there.", Changes: Between{1, 3}, Needs: whole,
			Steps: []Step{outage(kill(thePrimary()), operation(topology.PhasePromote), kill(theChosen()), another())},
		},
		{
			Name: "acker-down", Does: "A replica hangs, and then the primary is killed.",
			Holds:   "Nobody is promoted as long as the one that cannot be asked may have acknowledged what no other has.",
			Changes: Between{0, 1}, Needs: whole,
			Steps: []Step{outage(freeze(aReplica(), wait10ths(10), kill(thePrimary()), wait10ths(60)))},
		},
		{
			Name: "flapping", Does: "A primary hangs for 5 s and goes on for 4 s, again and again.",
			Holds: "It is replaced once, and the group does not wander.", Changes: Between{0, 2}, Needs: whole,
			Steps: []Step{outage(times(4, freeze(thePrimary(), wait10ths(50)), wait10ths(40)))},
		},
		{
			Name: "stale-proxy", Does: "A proxy is cut from etcd, then the primary hangs and is replaced, goes on, and the proxy reaches etcd again.",
			Holds: "The proxy that knows nothing gets no write acknowledged by the old primary, and goes on with the new one.", Changes: Between{1, 1},
			Needs: Needs{Replicas: 2, Controllers: 1, Proxies: 2},
			Steps: []Step{outage(cutFromEtcd(wait10ths(10), freeze(thePrimary(), another()), wait10ths(30)))},
		},
		{
			Name: "restart-everything", Does: "All servers, proxies and controllers are killed at once, and started again by whoever runs them.",
			Holds: "Everything comes back by itself.", Changes: Between{0, 2}, Needs: Needs{Replicas: 1, Controllers: 1, Proxies: 1},
			Steps: []Step{outage(killEverything())},
		},
	}
}

// planned are drills with switchovers.
func planned() []Drill {
	whole := Needs{Replicas: 2, Controllers: 1, Proxies: 1}
	return []Drill{
		{
			Name: "switchover", Does: "A replica takes over from a primary that is well, ten times.",
			Holds: "Clients are told no error.", Quiet: true, Changes: Between{10, 10},
			Median: 300 * time.Millisecond, Worst: time.Second, Needs: whole,
			Steps: []Step{times(10, sound(), outage(switchover()))},
		},
		{
			Name: "long-transaction", Does: "A replica takes over while a transaction is open that does not end.",
			Holds: "The transaction is rolled back and its client told so with 1213; other clients are told no error.", Quiet: true,
			Changes: Between{1, 1}, Median: 600 * time.Millisecond, Worst: time.Second, Needs: whole,
			Steps: []Step{longTransaction(sound(), outage(switchover()))},
		},
		{
			Name: "dead-successor", Does: "A replica that is to take over hangs in the middle of the switchover.",
			Holds: "The old primary goes on, or another replica takes over.", Changes: Between{0, 2}, Needs: whole,
			Steps: []Step{outage(switchoverTo(freeze(theChosen(), wait10ths(80))))},
		},
	}
}

// harmless are drills in which no primary must change.
func harmless() []Drill {
	whole := Needs{Replicas: 2, Controllers: 1, Proxies: 1}
	return []Drill{
		{
			Name: "kill-replica", Does: "A replica is killed, and started again by whoever runs it.",
			Holds: "Clients are told no error.", Quiet: true, Needs: whole, Median: 300 * time.Millisecond, Worst: time.Second,
			Steps: []Step{outage(kill(aReplica()), wait10ths(20))},
		},
		{
			Name: "stop-replica", Does: "A replica hangs for 8 s.",
			Holds: "Writes go on.", Needs: whole, Median: 300 * time.Millisecond, Worst: time.Second,
			Steps: []Step{outage(freeze(aReplica(), wait10ths(80)))},
		},
		{
			Name: "saturated", Does: "A primary refuses every new connection for 8 s, the controller's too.",
			Holds: "It is not taken for dead.", Needs: whole,
			Steps: []Step{outage(saturate(wait10ths(80)))},
		},
		{
			Name: "stop-etcd", Does: "etcd answers nobody for 10 s.",
			Holds: "Traffic goes on. No primary changes.", Needs: whole, Median: 300 * time.Millisecond, Worst: time.Second,
			Steps: []Step{outage(freeze(theEtcd(), wait10ths(100)))},
		},
		{
			Name: "kill-proxy", Does: "A proxy is killed, and started again by whoever runs it.",
			Holds: "Its clients go on through another one.", Needs: Needs{Proxies: 2}, Median: 300 * time.Millisecond, Worst: time.Second,
			Steps: []Step{outage(kill(aProxy()), wait10ths(20))},
		},
		{
			Name: "kill-idle-controller", Does: "The leading controller is killed while all is well.",
			Holds: "Clients notice nothing.", Quiet: true, Needs: Needs{Controllers: 2, Proxies: 1}, Median: 300 * time.Millisecond, Worst: time.Second,
			Steps: []Step{outage(kill(theLeader()), wait10ths(50))},
		},
	}
}
