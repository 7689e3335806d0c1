package playground

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// isRunning reports whether a process lives; one that has ended and that nobody
// has asked about yet does not.
func isRunning(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(after, "Z")
}
