package router

import (
	"testing"
	"time"

	"github.com/shardway/shardway/internal/testkit"
)

// Safety rule 17: with a topology that may be out of date, reads at level primary
// are served only while the primary's heartbeat is young; other reads go on.
func TestSafetyRule17PrimaryReadsWithAStaleTopology(t *testing.T) {
	m := newMoving(t)
	db := m.servers[0].DB(t, "")
	testkit.Exec(t, db, "CREATE TABLE IF NOT EXISTS _shardway.heartbeat (id TINYINT UNSIGNED NOT NULL PRIMARY KEY, term BIGINT UNSIGNED NOT NULL, beat_at DATETIME(6) NOT NULL)",
		"REPLACE INTO _shardway.heartbeat VALUES (1, 1, UTC_TIMESTAMP(6))")
	c, held := m.conn(t, "root", m.one), m.conn(t, "root", m.one)
	const primary = "SELECT /*+ SHARDWAY(primary) */ COUNT(*) FROM t"
	want(t, c, primary, "0")
	m.env.Topology.MarkStale(time.Now())
	m.env.Limits.Hold.Window = 100 * time.Millisecond
	fails(t, c, 1205, primary) // the row is there, but was not seen to change
	want(t, c, "SELECT COUNT(*) FROM t", "0")
	m.env.Limits.Hold.Window = time.Minute
	read := later(t, held, primary)
	m.held(t, 1)
	m.until(t, "the beating is seen", func() bool {
		testkit.Exec(t, db, "UPDATE _shardway.heartbeat SET beat_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR") // no clock is compared
		select {
		case err := <-read:
			must(t, err)
			return true
		default:
			return false
		}
	})
	want(t, c, primary, "0")
	m.env.Topology.MarkFresh()
	run(t, c, primary)
	// etcd has not answered for a while, which nobody has noticed yet.
	m.env.Topology.Confirm(time.Now().Add(-3 * time.Second))
	m.env.Limits.Hold.Window = 100 * time.Millisecond
	m.until(t, "the heartbeat is too old", func() bool {
		_, err := c.ExecContext(t.Context(), primary)
		if err != nil {
			wantCode(t, err, 1205)
		}
		return err != nil
	})
	m.env.Topology.Confirm(time.Now())
	run(t, c, primary)
	testkit.Exec(t, db, "DROP TABLE _shardway.heartbeat")
}
