package main

import (
	"io"
	"strings"
	"testing"
)

// What cannot be broken is refused before anything is started.
func TestASoakIsRefused(t *testing.T) {
	for line, want := range map[string]string{
		"drill soak all":                          "argument",
		"drill soak --against mars":               "--against mars",
		"drill soak --against compose":            "playground is",
		"drill run all --against mars":            "playground or compose is",
		"drill run all --against compose --dir x": "--project names",
		"drill soak --only earthquake":            `no fault "earthquake"`,
		"drill soak --for ever":                   "invalid",
		"drill soak --only switchover --seed x":   "invalid",
	} {
		err := run(t.Context(), strings.Fields(line), strings.NewReader(""), io.Discard, io.Discard)
		if exitCode(err) != exitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}
