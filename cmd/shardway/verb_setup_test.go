package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

// setupFile writes a file for 'shardway setup' and its passwords.
func (s *shell) setupFile(port int, keyspace string) string {
	s.t.Helper()
	dir := s.t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
		return path
	}
	return write("cluster.json", fmt.Sprintf(`{
		"instances": [{"id": "a1", "host": %q, "port": %d, "zone": "z", "user": %q, "password_file": %q}],
		"groups": [{"id": "g1", "primary": "a1"}],
		"keyspaces": [{"name": %q}],
		"users": [{"name": "app", "password_file": %q, "grants": {"*": "write"}}]
	}`, s.mysql.Host, port, s.mysql.User, write("admin", s.mysql.Password+"\n"), keyspace, write("app", "word")))
}

// Setting up waits for the group's primary, can be done again, and says what it
// would do.
func TestSetupVerb(t *testing.T) {
	s := newShell(t)
	name := testkit.Name()
	t.Cleanup(func() { _, _ = s.mysql.DB(t, "").Exec("DROP DATABASE IF EXISTS " + name) })
	file := s.setupFile(s.mysql.Port, name)
	s.ok("", []string{"setup", file, "--dry-run"}, "nothing was changed", "add instance a1", "make group g1 of a1", "add user app", "create keyspace "+name)

	// Nobody leads here, so the group gets no primary: what can be done is done.
	s.refused(exitRefused, []string{"setup", file, "--wait", "4s"}, "group g1 has no primary yet")
	if _, err := s.store.Update(t.Context(), func(d *topology.Draft) error { return d.Publish("g1", "a1", 1) }); err != nil {
		t.Fatal(err)
	}
	s.ok("", []string{"setup", file}, "create keyspace "+name, "done")
	stdout, _, err := s.run("", "setup", file)
	if err != nil || strings.TrimSpace(stdout) != "done" {
		t.Errorf("set up again: %v, %s", err, stdout)
	}
	s.ok("", words("user list"), "app", "*=write")

	s.refused(exitRefused, []string{"setup", s.setupFile(1, name)}, "the file says "+s.mysql.Host+":1")
	s.refused(exitUsage, []string{"setup", filepath.Join(t.TempDir(), "none")}, "no such file")
	misspelt := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(misspelt, []byte(`{"instance": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.refused(exitUsage, []string{"setup", misspelt}, `unknown field "instance"`)
}
