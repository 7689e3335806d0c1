package mysqld

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What safety rests on is said twice, here and in the configuration of the
// containers' servers: whoever changes one must change the other (safety rule 27).
func TestContainersHaveTheSettingsOfSafety(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "compose", "mysql.cnf"))
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		has["--"+strings.TrimSpace(name)+"="+strings.TrimSpace(value)] = true
	}
	for _, setting := range append(replicationSettings(), fenceSettings()...) {
		if !has[setting] {
			t.Errorf("compose/mysql.cnf lacks %s", setting)
		}
	}
}
