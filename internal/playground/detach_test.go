package playground

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shardway/shardway/topology"
)

// script writes a program that stands for a playground in the background.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDetachSaysWhyItDidNotStart(t *testing.T) {
	var out strings.Builder
	err := Detach(t.Context(), t.TempDir(), script(t, "echo step one; echo 'error: the port is taken' >&2; echo 'hint: choose another' >&2; exit 1"), nil, &out)
	refused, ok := topology.AsRefused(err)
	if !ok || refused.Message != "the port is taken" || refused.Hint != "choose another" {
		t.Errorf("got %#v", err)
	}
	if out.String() != "step one\n" {
		t.Errorf("printed %q", out.String())
	}
}

func TestDetachReturnsWhenReady(t *testing.T) {
	dir := t.TempDir()
	var out strings.Builder
	// What a killed one left is not believed.
	if err := os.WriteFile(statePath(dir), []byte(`{"ready":true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Detach(t.Context(), dir, script(t, `echo "$1"; echo '{"ready":true}' > "$2"`+"\nsleep 0.2"), []string{"go", statePath(dir)}, &out)
	if err != nil || out.String() != "go\n" {
		t.Errorf("%v, printed %q", err, out.String())
	}
}

func TestDetachStopsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Detach(ctx, t.TempDir(), script(t, "exec sleep 60"), nil, &strings.Builder{}); err != nil {
		t.Error(err)
	}
}
