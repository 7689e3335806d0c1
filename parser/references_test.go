package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

func TestReferences(t *testing.T) {
	datadriven.RunTest(t, "testdata/references.txt", func(t *testing.T, d *datadriven.TestData) string {
		var b strings.Builder
		for _, name := range References([]byte(d.Input), testMode(t, d)) {
			fmt.Fprintf(&b, "%q . %q\n", name.Schema, name.Name)
		}
		return b.String()
	})
}
