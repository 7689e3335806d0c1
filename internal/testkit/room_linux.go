package testkit

import "golang.org/x/sys/unix"

// room must be free in memory, in bytes: a test binary uses up to 2 GB, and
// several run at a time.
const room = 10 << 30

// roomy reports whether a folder is in memory and has room for servers' data.
func roomy(folder string) bool {
	var s unix.Statfs_t
	return unix.Statfs(folder, &s) == nil && s.Type == unix.TMPFS_MAGIC && s.Bavail*uint64(s.Bsize) >= room
}
