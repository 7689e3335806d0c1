package mysqld

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Causes of a StartError that its reader can do something about.
var (
	// ErrPortTaken: another process listens on the port.
	ErrPortTaken = errors.New("the port is taken")
	// ErrDiskFull: there is no room left for the data folder.
	ErrDiskFull = errors.New("the disk is full")
)

// StartError says why a server did not come up.
type StartError struct {
	Dir   string
	Port  int
	Cause error
	// Log is the end of the server's error log.
	Log string
}

// Error names the server, the cause and the end of its log.
func (e *StartError) Error() string {
	text := fmt.Sprintf("mysqld in %s, port %d, did not start: %v", e.Dir, e.Port, e.Cause)
	if e.Log != "" {
		text += "\n" + e.Log
	}
	return text
}

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Cause }

// startError explains a failed start from what the server logged since offset.
func startError(o Options, port int, cause error, offset int64) error {
	log := readTail(o.logPath(), offset, 4<<10)
	// The server's messages have numbers: MY-010262 is a failed bind. The
	// operating system's 28 is ENOSPC.
	switch {
	case strings.Contains(log, "MY-010262"):
		cause = ErrPortTaken
	case strings.Contains(log, "No space left on device") || strings.Contains(log, "OS errno 28 "):
		cause = ErrDiskFull
	}
	return &StartError{Dir: o.Dir, Port: port, Cause: cause, Log: lastLines(log, 8)}
}

// readTail returns at most limit bytes from the end of a file, none before offset.
func readTail(path string, offset, limit int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		offset = max(offset, info.Size()-limit)
	}
	text, err := io.ReadAll(io.NewSectionReader(f, offset, limit))
	if err != nil {
		return ""
	}
	return string(text)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
