package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// lead has somebody look after transactions until the test ends.
func (s *shell) lead() *work {
	s.t.Helper()
	snap, err := s.store.Load(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	source := topology.NewSource()
	source.Publish(snap)
	w, err := newWork(s.store, source, &admin.HTTPProxies{}, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.resolver.Run(ctx) }()
	s.t.Cleanup(func() { cancel(); <-done })
	s.led.set(w)
	return w
}

// prepare leaves a branch prepared on the shell's server.
func (s *shell) prepare(xid string) {
	s.t.Helper()
	conn, err := s.mysql.DB(s.t, "").Conn(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	for _, text := range []string{"XA START " + xid, "XA END " + xid, "XA PREPARE " + xid} {
		if _, err := conn.ExecContext(s.t.Context(), text); err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
	}
}

func TestTxnVerbs(t *testing.T) {
	s := newShell(t)
	s.refused(exitRefused, words("txn list"), "hint: another one leads")
	s.withGroup()
	w := s.lead()
	lost := txn.New("g9", "db9", 7)
	s.prepare(lost.XID())
	s.prepare("'somebody','s'")
	t.Cleanup(func() { _, _ = s.mysql.DB(t, "").Exec("XA ROLLBACK 'somebody','s'") })
	// What is said changes once its proxy has had its time.
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(w.resolver.Notes("g1")) < 2 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the branches are not seen")
		}
	}
	s.ok("", words("txn list"), lost.String(), "g9", "wait", "not in the topology", "somebody", "leave", "none of Shardway's")
	stdout, _, err := s.run("", words("txn list -o json")...)
	var report txn.Report
	if err != nil || json.Unmarshal([]byte(stdout), &report) != nil || len(report.Branches) != 2 || report.Branches[0].Home != "g9" {
		t.Errorf("%v %s", err, stdout)
	}
	var completed strings.Builder
	err = run(t.Context(), []string{"__complete", "txn", "resolve", "--server", s.url, ""}, strings.NewReader(""), &completed, io.Discard)
	if err != nil || !strings.Contains(completed.String(), lost.String()) {
		t.Errorf("completion: %v %s", err, completed.String())
	}
	s.refused(exitUsage, words("txn resolve"), "takes a gtrid")
	s.refused(exitUsage, words("txn resolve x --commit --abort"), "--commit or --abort")
	s.refused(exitRefused, words("txn resolve nothing"), "hint: 'shardway txn list'")
	s.refused(exitRefused, words("txn resolve somebody"), "XA ROLLBACK")
	s.refused(exitRefused, append(words("txn resolve"), lost.String()), "say --commit or --abort")
	s.ok("", append(words("txn resolve --abort --dry-run"), lost.String()), "dry run", "roll back the branch in group g1", "half done")
	s.ok("", append(words("txn resolve --abort"), lost.String()), "roll back the branch in group g1", "done")
	s.refused(exitRefused, append(words("txn resolve --abort"), lost.String()), "no branch of")
}
