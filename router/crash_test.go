package router

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/shardway/shardway/txn"
)

// die makes the proxy as good as dead for both servers, from the moment at which
// the fault happens.
func (w *world) die(server int, f fault) {
	f.then = func() {
		for _, wire := range w.wires {
			wire.cutAll()
		}
	}
	w.wires[server].arm(f)
}

// resolve decides what is prepared by the home's row, as a resolver does.
func (w *world) resolve(t *testing.T, servers [2]*sql.DB) {
	t.Helper()
	for _, db := range servers {
		rows, err := db.Query("XA RECOVER")
		must(t, err)
		var ids []txn.ID
		for rows.Next() {
			var format, gtrid, bqual int
			var data string
			must(t, rows.Scan(&format, &gtrid, &bqual, &data))
			id, err := txn.Parse(data[:gtrid], data[gtrid:])
			must(t, err)
			ids = append(ids, id)
		}
		must(t, rows.Close())
		for _, id := range ids {
			home, end := servers[id.Home[1]-'1'], id.Rollback()
			if _, err := home.Exec(id.InsertDecision(txn.Abort, nil)); err != nil {
				var outcome string
				must(t, home.QueryRow(id.SelectOutcome()).Scan(&outcome))
				if outcome == string(txn.Commit) {
					end = id.CommitPrepared()
				}
			}
			_, err := db.Exec(end)
			must(t, err)
		}
	}
}

// Safety rules 5 and 7: a proxy that dies between any two steps leaves what the
// home's row decides, whole.
func TestAProxyThatDiesBetweenTheSteps(t *testing.T) {
	for _, c := range []struct {
		server int
		f      fault
		want   string
	}{
		{0, fault{marker: "_shardway.decision", answer: beforeSend}, "a,a"},
		{0, fault{marker: "_shardway.decision"}, "a,a"},
		{1, fault{marker: "_shardway.branch", answer: beforeSend}, "a,a"},
		{1, fault{marker: "XA PREPARE"}, "a,a"},
		{0, fault{marker: "\x03COMMIT", answer: beforeSend}, "a,a"},
		{0, fault{marker: "\x03COMMIT"}, "b,b"},
		{1, fault{marker: "XA COMMIT", answer: beforeSend}, "b,b"},
		{1, fault{marker: "XA COMMIT"}, "b,b"},
	} {
		t.Run(fmt.Sprintf("%q %d", c.f.marker, c.f.answer), func(t *testing.T) {
			w := newWorld(t)
			s := w.conn(t, "root", w.two)
			keys := w.spread(t, s)
			run(t, s, "BEGIN", set("b", keys[0]), set("b", keys[1]))
			w.die(c.server, c.f)
			go func() { _, _ = s.ExecContext(t.Context(), "COMMIT") }()
			for end := time.Now().Add(30 * time.Second); !w.wires[c.server].dead(); {
				if time.Now().After(end) {
					t.Fatal("the fault did not happen")
				}
				<-time.After(time.Millisecond)
			}
			w.settledAs(t, keys, c.want)
		})
	}
}

// settledAs resolves until nothing is open any more, and looks at the rows.
func (w *world) settledAs(t *testing.T, keys [2]int, want string) {
	t.Helper()
	servers := [2]*sql.DB{w.servers[0].DB(t, ""), w.servers[1].DB(t, "")}
	open := func() (n int) {
		for _, db := range servers {
			var rows int
			must(t, db.QueryRow("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0").Scan(&rows))
			n += rows
		}
		return n
	}
	for end := time.Now().Add(30 * time.Second); open()+w.prepared(t) > 0; {
		if time.Now().After(end) {
			t.Fatal("something stays open")
		}
		// As a resolver, which looks twice: not while the session that has
		// prepared a branch is coming to its end.
		<-time.After(300 * time.Millisecond)
		w.resolve(t, servers)
	}
	if got := w.states(t, keys); got != want {
		t.Errorf("the rows are %s, want %s", got, want)
	}
}
