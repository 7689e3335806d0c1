package txn

// Report is what there is of transactions over several groups, for people.
type Report struct {
	// Branches are the prepared ones. Most are in the middle of a commit.
	Branches []PreparedBranch `json:"branches"`
	// Decisions are rows that are old and stay, by home group and reason.
	Decisions []HeldDecisions `json:"decisions"`
	// Waits are waits for row locks while sessions wait in several groups.
	Waits []LockWait `json:"waits"`
	// Problems says which groups could not be looked at.
	Problems []string `json:"problems"`
}

// PreparedBranch is one branch in XA RECOVER of a group's primary.
type PreparedBranch struct {
	Group string `json:"group"`
	Gtrid string `json:"gtrid"`
	// Home is the group whose row decides; empty if it is not one of Shardway's.
	Home       string  `json:"home,omitempty"`
	AgeSeconds float64 `json:"age_seconds"`
	// Decision is what the home's row says: "commit", "abort", "absent", "busy",
	// or empty as long as nobody has asked.
	Decision string `json:"decision,omitempty"`
	// Next is what will happen, and Why.
	Next string `json:"next"`
	Why  string `json:"why"`
}

// HeldDecisions are decisions that are old and cannot be forgotten yet.
type HeldDecisions struct {
	Home  string `json:"home"`
	Count int    `json:"count"`
	Why   string `json:"why"`
}

// LockWait is a transaction that waits for another in a group.
type LockWait struct {
	Group   string `json:"group"`
	Waiter  string `json:"waiter"`
	Blocker string `json:"blocker"`
}

// Settled is what was done about one transaction by hand, or would be.
type Settled struct {
	Steps    []string
	Warnings []string
}
