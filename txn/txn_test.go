package txn_test

import (
	"math"
	"strings"
	"testing"

	"github.com/shardway/shardway/txn"
)

// Safety rule 5: the xid names the home group and the home session.
func TestNameSaysWhereTheTransactionIsDecided(t *testing.T) {
	id := txn.New("g1", "db7", 4711)
	if id.Home != "g1" || id.Connection != 4711 || id.Instance != txn.HomeHash("db7") {
		t.Fatalf("%+v", id)
	}
	back, err := txn.Parse(id.String(), "g1")
	if err != nil || back != id {
		t.Fatalf("%+v, %v, want %+v", back, err, id)
	}
	if want := "'" + id.String() + "','g1'"; id.XID() != want {
		t.Errorf("xid %s, want %s", id.XID(), want)
	}
	if id == txn.New("g1", "db7", 4711) {
		t.Error("two transactions have one name")
	}
}

func TestNameHasAKnownForm(t *testing.T) {
	// SHA-256 of "a" begins ca978112.
	id := txn.ID{Home: "g", Instance: txn.HomeHash("a"), Connection: 12, Random: "0123456789abcdef"}
	if id.String() != "shardway-ca978112-12-0123456789abcdef" {
		t.Error(id.String())
	}
}

func TestLongestNameFits(t *testing.T) {
	group := strings.Repeat("g", 48)
	id := txn.New(group, strings.Repeat("i", 48), math.MaxUint64)
	if len(id.String()) > 64 {
		t.Errorf("%d bytes: %s", len(id.String()), id)
	}
	if back, err := txn.Parse(id.String(), group); err != nil || back != id {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestNamesOfOthersAreNotOurs(t *testing.T) {
	good := txn.New("g1", "a", 1).String()
	for _, c := range [][2]string{
		{"", "g1"},
		{"other", "g1"},
		{good + "-1", "g1"},
		{good[:len(good)-1], "g1"},
		{strings.ToUpper(good), "g1"},
		{"shardway-ca978112-012-0123456789abcdef", "g1"},
		{"shardway-ca978112--0123456789abcdef", "g1"},
		{"shardway-ca978112-+1-0123456789abcdef", "g1"},
		{"shardway-ca978112-1-0123456789abcdeg", "g1"},
		{good, ""},
		{good, "g'1"},
		{good, strings.Repeat("g", 49)},
	} {
		if id, err := txn.Parse(c[0], c[1]); err == nil || !id.IsZero() {
			t.Errorf("%q, %q is taken for %+v", c[0], c[1], id)
		}
	}
}

func TestStatements(t *testing.T) {
	id := txn.ID{Home: "g1", Instance: "ca978112", Connection: 12, Random: "0123456789abcdef"}
	const gtrid = "shardway-ca978112-12-0123456789abcdef"
	groups := []string{"g1", "g2"}
	for _, c := range [][2]string{
		{id.InsertDecision(txn.Commit, groups), "INSERT INTO _shardway.decision (gtrid, outcome, decided_at, participants) VALUES ('" + gtrid + "','commit',SYSDATE(6),'g1,g2')"},
		{id.InsertDecision(txn.Abort, nil), "INSERT INTO _shardway.decision (gtrid, outcome, decided_at, participants) VALUES ('" + gtrid + "','abort',SYSDATE(6),'')"},
		{id.InsertBranch(groups), "INSERT INTO _shardway.branch (gtrid, participants, at) VALUES ('" + gtrid + "','g1,g2',SYSDATE(6))"},
		{id.SelectOutcome(), "SELECT outcome FROM _shardway.decision WHERE gtrid = '" + gtrid + "' LIMIT 1"},
		{id.SelectBranch(), "SELECT 1 FROM _shardway.branch WHERE gtrid = '" + gtrid + "' LIMIT 1"},
		{id.Start(), "XA START '" + gtrid + "','g1'"},
		{id.End(), "XA END '" + gtrid + "','g1'"},
		{id.Prepare(), "XA PREPARE '" + gtrid + "','g1'"},
		{id.CommitPrepared(), "XA COMMIT '" + gtrid + "','g1'"},
		{id.CommitOnePhase(), "XA COMMIT '" + gtrid + "','g1' ONE PHASE"},
		{id.Rollback(), "XA ROLLBACK '" + gtrid + "','g1'"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s\nwant %s", c[0], c[1])
		}
	}
}

func TestParticipantsThatDoNotFitAreAll(t *testing.T) {
	var groups []string
	for range 21 {
		groups = append(groups, strings.Repeat("g", 48))
	}
	if got := txn.Participants(groups[:20]); len(got) != 20*49-1 {
		t.Errorf("%d bytes", len(got))
	}
	if got := txn.Participants(groups); got != txn.AllGroups {
		t.Errorf("21 long names give %d bytes, want %q", len(got), txn.AllGroups)
	}
}
