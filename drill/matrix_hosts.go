package drill

import "time"

// replicated is what most drills with hosts need.
func replicated() Needs { return Needs{Replicas: 2, Controllers: 1, Proxies: 1} }

// cuts are drills in which hosts are cut from each other: in some the primary
// must be replaced, in others it must not.
func cuts() []Drill {
	return []Drill{
		{
			Name: "isolate-primary", Does: "A primary's host is cut off from everything, and later it is not.",
			Holds:   "One of its replicas takes over. The old primary acknowledges nothing, and is closed when it is reached.",
			Changes: Between{1, 1}, Median: 6 * time.Second, Worst: 10 * time.Second, Needs: replicated(),
			Steps: []Step{outage(cutLink(thePrimary(), BothWays, everybody(), another(), acknowledgesNothing(), wait10ths(20)))},
		},
		{
			Name: "cut-replicas", Does: "A primary's host is cut from those of its replicas, while everybody else reaches it.",
			Holds:   "It acknowledges nothing, and one of the replicas takes over.",
			Changes: Between{1, 1}, Median: 8 * time.Second, Worst: 15 * time.Second, Needs: replicated(),
			Steps: []Step{outage(cutLink(thePrimary(), BothWays, theReplicas(), another(), wait10ths(10)))},
		},
		{
			Name: "mute-to-replicas", Does: "What a primary sends to its replicas does not arrive; it hears them.",
			Holds:   "It acknowledges nothing, and one of the replicas takes over.",
			Changes: Between{1, 1}, Median: 8 * time.Second, Worst: 15 * time.Second, Needs: replicated(),
			Steps: []Step{outage(cutLink(thePrimary(), Out, theReplicas(), another(), wait10ths(10)))},
		},
		{
			Name: "deaf-to-replicas", Does: "What its replicas send to a primary does not arrive; they hear it.",
			Holds:   "It acknowledges nothing, and one of the replicas takes over.",
			Changes: Between{1, 1}, Median: 8 * time.Second, Worst: 15 * time.Second, Needs: replicated(),
			Steps: []Step{outage(cutLink(thePrimary(), In, theReplicas(), another(), wait10ths(10)))},
		},
		harmlessCut("cut-controllers", "A primary's host is cut from the controllers for 15 s, while everybody else reaches it.", BothWays),
		harmlessCut("mute-to-controllers", "For 15 s what a primary sends to the controllers does not arrive; it hears them.", Out),
		harmlessCut("deaf-to-controllers", "For 15 s what the controllers send to a primary does not arrive; they hear it.", In),
		{
			Name: "cut-proxy", Does: "A primary's host is cut from one proxy for 20 s, while everybody else reaches it.",
			Holds: "No primary changes. Clients of the other proxies write on.", Needs: Needs{Replicas: 2, Controllers: 1, Proxies: 2},
			Median: 300 * time.Millisecond, Worst: time.Second,
			Steps: []Step{outage(cutLink(thePrimary(), BothWays, oneProxy(), wait10ths(200)))},
		},
		{
			Name: "lossy-network", Does: "For 20 s every fifth packet from and to a primary's host gets lost.",
			Holds: "Writes go on, if slowly; the primary is replaced once at most.", Changes: Between{0, 1}, Needs: replicated(),
			Steps: []Step{outage(loseSome(thePrimary(), 20, wait10ths(200)))},
		},
		{
			Name: "narrow-network", Does: "For 20 s a primary's host can send 256 kbit/s and no more.",
			Holds: "Writes go on, if slowly; the primary is replaced once at most.", Changes: Between{0, 1}, Needs: replicated(),
			Steps: []Step{outage(narrow(thePrimary(), 256, wait10ths(200)))},
		},
		{
			Name: "late-network", Does: "For 20 s everything that a primary's host sends is 200 ms late.",
			Holds: "Writes go on, if slowly; no primary changes.", Needs: replicated(),
			Steps: []Step{outage(delay(thePrimary(), 200*time.Millisecond, wait10ths(200)))},
		},
	}
}

// harmlessCut cuts a primary from the controllers, which must not matter.
func harmlessCut(name, does string, way Way) Drill {
	return Drill{
		Name: name, Does: does, Holds: "The controllers take themselves for cut off: no primary changes, and clients notice nothing.", Quiet: true,
		Median: 300 * time.Millisecond, Worst: time.Second, Needs: replicated(),
		Steps: []Step{outage(cutLink(thePrimary(), way, theControllers(), wait10ths(150), nobodyElse()))},
	}
}

// afterQuorum is how soon a group must have a primary once etcd is back.
const afterQuorum = 10 * time.Second

// members are drills with members of etcd.
func members() []Drill {
	three := Needs{Replicas: 2, Controllers: 1, Proxies: 1, Etcd: 3}
	return []Drill{
		{
			Name: "kill-etcd-leader", Does: "The member of etcd that leads is killed, and started again by whoever runs it.",
			Holds: "No primary changes, and clients notice nothing.", Quiet: true, Median: 300 * time.Millisecond, Worst: time.Second, Needs: three,
			Steps: []Step{outage(kill(theEtcdLeader()), wait10ths(80), newClients())},
		},
		{
			Name: "stop-etcd-leader", Does: "The member of etcd that leads hangs for 10 s.",
			Holds: "No primary changes, and clients notice nothing.", Quiet: true, Median: 300 * time.Millisecond, Worst: time.Second, Needs: three,
			Steps: []Step{outage(freeze(theEtcdLeader(), wait10ths(100), newClients()))},
		},
		{
			Name: "lose-quorum", Does: "Most members of etcd hang for 15 s.",
			Holds: "Traffic goes on, that of clients that come, too. No primary changes.", Quiet: true,
			Median: 300 * time.Millisecond, Worst: time.Second, Needs: three,
			Steps: []Step{outage(loseQuorum(wait10ths(80), newClients(), wait10ths(70), nobodyElse()))},
		},
		{
			Name: "lose-quorum-kill-primary", Does: "Most members of etcd hang, and a primary is killed and started again by whoever runs it. 10 s later etcd goes on.",
			Holds: "Without etcd nobody is promoted. When it is back there is a primary within 10 s.", Changes: Between{0, 1}, Needs: three,
			Steps: []Step{outage(loseQuorum(kill(thePrimary()), wait10ths(100), nobodyElse()), within(afterQuorum, "clients write", replacedOrBack()))},
		},
		{
			Name: "lose-quorum-stop-primary", Does: "A primary hangs, and most members of etcd, too. 10 s later etcd goes on.",
			Holds: "Without etcd nobody is promoted. When it is back the primary is replaced within 10 s.", Changes: Between{1, 1}, Needs: three,
			Steps: []Step{outage(freeze(thePrimary(), loseQuorum(wait10ths(100), nobodyElse()), within(afterQuorum, "another primary", another())))},
		},
	}
}

// fullMax is how long clients of a primary whose disk is full, or stands, may wait.
const fullMax = 45 * time.Second

// disks are drills with disks that are full, and with disks that stand.
func disks() []Drill {
	return []Drill{
		{
			Name: "full-primary", Does: "The disk of a primary is full, and later there is room again.",
			Holds: "Within 45 s clients write again: on another primary. No acknowledged write is lost.", Changes: Between{1, 1},
			Worst: 30 * time.Second, Median: 30 * time.Second, Needs: replicated(),
			Steps: []Step{outage(fillDisk(thePrimary(), within(fullMax, "another primary", another()), writesAgain(), wait10ths(30)))},
		},
		{
			Name: "full-replica", Does: "The disk of a replica is full for 15 s.",
			Holds:  "Writes go on, acknowledged by the other replica. Within 4 minutes of the last write the replica has all of them: MySQL looks once a minute whether there is room.",
			Follow: 4 * time.Minute, Median: 300 * time.Millisecond, Worst: time.Second, Needs: replicated(),
			Steps: []Step{outage(fillDisk(aReplica(), wait10ths(150)))},
		},
		{
			Name: "stall-primary", Does: "What a primary writes to its disk neither ends nor fails, and later it ends.",
			Holds: "Within 45 s clients write again: on another primary. The old one acknowledges nothing that it writes later.", Changes: Between{1, 1},
			Worst: 30 * time.Second, Median: 30 * time.Second, Needs: replicated(),
			Steps: []Step{outage(stallDisk(thePrimary(), within(fullMax, "another primary", another()), writesAgain(), wait10ths(30)))},
		},
		{
			Name: "stall-replica", Does: "What a replica writes to its disk neither ends nor fails for 15 s.",
			Holds:  "Writes go on, acknowledged by the other replica. The replica goes on where it was.",
			Median: 300 * time.Millisecond, Worst: time.Second, Needs: replicated(),
			Steps: []Step{outage(stallDisk(aReplica(), wait10ths(150)))},
		},
	}
}
