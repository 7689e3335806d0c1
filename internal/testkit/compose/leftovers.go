package compose

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// projectPrefix begins the names of tests' stacks; the test's pid follows.
const projectPrefix = "shardway-test-"

// removeLeftovers ends the stacks of tests that were killed: the engine would
// start their containers again for ever.
func removeLeftovers(t testing.TB) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "ps", "--all", "--format", `{{.Label "com.docker.compose.project"}}`).Output()
	if err != nil {
		t.Fatal(err)
	}
	projects := strings.Fields(string(out))
	slices.Sort(projects)
	for _, project := range slices.Compact(projects) {
		rest, ours := strings.CutPrefix(project, projectPrefix)
		text, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(text)
		if !ours || err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		t.Logf("removing %s, which a test left behind", project)
		left := &Stack{Project: project, env: append(os.Environ(), "COMPOSE_PROJECT_NAME="+project)}
		device, err := exec.CommandContext(t.Context(), "docker", "volume", "inspect", "--format", "{{.Options.device}}", project+"_g1-1").Output()
		if disk := strings.TrimSpace(string(device)); err == nil && filepath.IsAbs(disk) {
			left.env = append(left.env, "SMALL_DISKS="+filepath.Dir(filepath.Dir(disk)))
		}
		left.End(t)
	}
}
