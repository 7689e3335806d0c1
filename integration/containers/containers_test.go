package containers

import "testing"

// The whole stack, as a user starts it: clients write through HAProxy while a
// primary's container is killed, another primary's host is cut off, and a proxy
// is stopped. Nothing acknowledged is lost; who comes back rejoins.
func TestStackUnderLoad(t *testing.T) {
	s := start(t)
	db := s.db(t)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE written (id BIGINT PRIMARY KEY) COMMENT='shardway:shard_key=id'"); err != nil {
		t.Fatal(err)
	}
	l := begin(t, db, 8)
	l.goesOn(t)
	bothGroupsAreWrittenTo(t, s)

	killed := s.primary(t, "g1")
	s.docker(t, "kill", killed)
	until(t, "g1 has another primary", func() bool { p := s.primary(t, "g1"); return p != killed && p != "" })
	t.Logf("%s killed: longest without an answer %s", killed, l.goesOn(t))
	s.docker(t, "start", killed)
	s.returned(t, killed)

	cut := s.primary(t, "g2")
	l.goesOn(t)
	s.cut(t, cut)
	until(t, "g2 has another primary", func() bool { p := s.primary(t, "g2"); return p != cut && p != "" })
	t.Logf("%s cut off: longest without an answer %s", cut, l.goesOn(t))
	s.mend(t, cut)
	s.returned(t, cut)

	l.goesOn(t)
	s.docker(t, "stop", "proxy1")
	t.Logf("proxy1 stopped: longest without an answer %s", l.goesOn(t))
	for range 20 {
		// Each is a new connection: HAProxy sends all of them to the other proxy.
		fresh := s.db(t)
		if err := fresh.PingContext(t.Context()); err != nil {
			t.Errorf("a client cannot connect while one proxy is away: %v", err)
		}
		_ = fresh.Close()
	}
	s.docker(t, "start", "proxy1")
	until(t, "HAProxy uses proxy1 again", func() bool { return s.db(t).PingContext(t.Context()) == nil && s.sessions(t, "proxy1") > 0 })
	l.settle(t)
}

// bothGroupsAreWrittenTo looks at what the proxies count: without it, one group
// alone might have all the rows.
func bothGroupsAreWrittenTo(t *testing.T, s *stack) {
	t.Helper()
	primaries := map[string]bool{s.primary(t, "g1"): false, s.primary(t, "g2"): false}
	for _, p := range s.status(t).Proxies {
		for instance, n := range p.Writes {
			if _, listed := primaries[instance]; listed && n > 0 {
				primaries[instance] = true
			}
		}
	}
	for instance, written := range primaries {
		if !written {
			t.Errorf("nothing was written to %q", instance)
		}
	}
}
