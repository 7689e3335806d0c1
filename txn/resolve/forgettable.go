package resolve

import (
	"fmt"
	"strings"

	"github.com/shardway/shardway/txn"
)

// Decision is a row of a home group that is old enough to be forgotten.
type Decision struct {
	Gtrid   string
	Outcome txn.Outcome
	// Participants is the row's list of groups.
	Participants string
}

// Progress is how far a group has come, asked after the decisions were read: by
// then all their branches had been prepared.
type Progress struct {
	// Problem says which instance is not known to have executed all that its
	// primary had; empty if every one has.
	Problem string
	// Prepared has the gtrids that were prepared on the primary before that.
	Prepared map[string]bool
}

// Session says whether a home session is dead; if that is not known, why.
type Session struct {
	Dead bool
	Why  string
}

// Forgotten is a decision that may go, with the branch rows in groups.
type Forgotten struct {
	Gtrid  string
	Groups []string
}

// Forgettable says which decisions of a home group nobody can need any more,
// and counts the others by the reason why they stay. groups has all groups of
// the topology (safety rules 5 and 39).
func Forgettable(home string, decisions []Decision, groups map[string]Progress, session func(txn.ID) Session) ([]Forgotten, map[string]int) {
	var gone []Forgotten
	kept := make(map[string]int)
	for _, d := range decisions {
		id, err := txn.Parse(d.Gtrid, home)
		if err != nil {
			kept["it is not in a form that this version knows"]++
			continue
		}
		why := ""
		participants := groupsOf(d.Participants, groups)
		switch d.Outcome {
		case txn.Commit:
			why = committedEverywhere(d.Gtrid, participants, groups)
		case txn.Abort:
			// Branch rows of what was rolled back were rolled back, too.
			participants = nil
			if s := session(id); !s.Dead {
				why = s.Why
			}
		default:
			why = fmt.Sprintf("it says %q, which this version does not know", d.Outcome)
		}
		if why != "" {
			kept[why]++
			continue
		}
		gone = append(gone, Forgotten{Gtrid: d.Gtrid, Groups: participants})
	}
	return gone, kept
}

// committedEverywhere returns "" if each instance of all participants has
// executed the transaction's commit.
func committedEverywhere(gtrid string, participants []string, groups map[string]Progress) string {
	if len(participants) == 0 {
		return "it names no group"
	}
	for _, group := range participants {
		progress, known := groups[group]
		switch {
		case !known:
			return "group " + group + " is not in the topology"
		case progress.Prepared[gtrid]:
			return "it is still prepared in group " + group
		case progress.Problem != "":
			return "group " + group + ": " + progress.Problem
		}
	}
	return ""
}

func groupsOf(participants string, groups map[string]Progress) []string {
	if participants == txn.AllGroups {
		var all []string
		for group := range groups {
			all = append(all, group)
		}
		return all
	}
	if participants == "" {
		return nil
	}
	return strings.Split(participants, ",")
}
