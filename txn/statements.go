package txn

import "strings"

// The tables, in every group.
const (
	// DecisionTable has a row per decided transaction, in its home group.
	DecisionTable = "_shardway.decision"
	// BranchTable has a row per branch that wrote, in the branch's group: by it
	// a snapshot of that group shows whether it has the transaction.
	BranchTable = "_shardway.branch"
)

// CreateDecision makes the table of decisions. participants are the ids of all
// groups that the transaction wrote, see Participants; empty in an abort row
// that a resolver wrote.
const CreateDecision = `CREATE TABLE IF NOT EXISTS _shardway.decision (
	gtrid VARBINARY(64) NOT NULL PRIMARY KEY,
	outcome ENUM('commit', 'abort') NOT NULL,
	decided_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
	participants VARCHAR(1024) NOT NULL DEFAULT ''
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`

// CreateBranch makes the table of branches.
const CreateBranch = `CREATE TABLE IF NOT EXISTS _shardway.branch (
	gtrid VARBINARY(64) NOT NULL PRIMARY KEY,
	participants VARCHAR(1024) NOT NULL DEFAULT '',
	at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`

// Outcome is how a transaction was decided.
type Outcome string

// The outcomes, as the decision's row has them.
const (
	Commit Outcome = "commit"
	Abort  Outcome = "abort"
)

const (
	participantsLengthMax = 1024
	// AllGroups stands for participants whose list is too long to be kept.
	AllGroups = "*"
)

// Participants is the list of groups as the rows have it: separated by commas,
// or AllGroups if that would be too long.
func Participants(groups []string) string {
	if list := strings.Join(groups, ","); len(list) <= participantsLengthMax {
		return list
	}
	return AllGroups
}

// ParseParticipants is the list of groups again; nil stands for all.
func ParseParticipants(list string) []string {
	if list == AllGroups {
		return nil
	}
	return strings.Split(list, ",")
}

// SelectCommitted asks, in a snapshot of a group, which transactions over
// several groups have written there, and with which participants.
const SelectCommitted = "SELECT gtrid, participants FROM " + BranchTable +
	" UNION ALL SELECT gtrid, participants FROM " + DecisionTable + " WHERE outcome = 'commit' LIMIT 18446744073709551615"

// InsertDecision is the statement that decides. It runs in clients' sessions,
// whose NOW() may have been set, hence SYSDATE; and where a number of rows may be
// given that SELECT returns, hence LIMIT in the others. It fails with 1062 if somebody
// has decided before: that row holds.
func (id ID) InsertDecision(o Outcome, groups []string) string {
	return "INSERT INTO " + DecisionTable + " (gtrid, outcome, decided_at, participants) VALUES ('" + id.String() + "','" + string(o) + "',SYSDATE(6),'" + Participants(groups) + "')"
}

// SelectOutcome asks, in the home group, how the transaction was decided. No
// row: it is not decided, or was forgotten because all of it was done.
func (id ID) SelectOutcome() string {
	return "SELECT outcome FROM " + DecisionTable + " WHERE gtrid = '" + id.String() + "' LIMIT 1"
}

// InsertBranch is the last statement of a branch that wrote.
func (id ID) InsertBranch(groups []string) string {
	return "INSERT INTO " + BranchTable + " (gtrid, participants, at) VALUES ('" + id.String() + "','" + Participants(groups) + "',SYSDATE(6))"
}

// SelectBranch asks, in a branch's group, whether the branch has committed: its
// row is seen from then on until it is forgotten.
func (id ID) SelectBranch() string {
	return "SELECT 1 FROM " + BranchTable + " WHERE gtrid = '" + id.String() + "' LIMIT 1"
}

// Start begins a branch.
func (id ID) Start() string { return "XA START " + id.XID() }

// End ends the branch's statements.
func (id ID) End() string { return "XA END " + id.XID() }

// Prepare makes an ended branch survive its connection.
func (id ID) Prepare() string { return "XA PREPARE " + id.XID() }

// CommitPrepared commits a prepared branch, from any connection.
func (id ID) CommitPrepared() string { return "XA COMMIT " + id.XID() }

// CommitOnePhase commits an ended branch that was not prepared.
func (id ID) CommitOnePhase() string { return id.CommitPrepared() + " ONE PHASE" }

// Rollback rolls an ended or prepared branch back.
func (id ID) Rollback() string { return "XA ROLLBACK " + id.XID() }
