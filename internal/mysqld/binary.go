package mysqld

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// ErrNoBinary means that no suitable mysqld was found.
var ErrNoBinary = errors.New("no MySQL server (8.0.30 or later, not MariaDB) found")

// Binary is a mysqld program.
type Binary struct {
	Path    string
	Version Version
}

// Version is a server's version number.
type Version struct{ Major, Minor, Patch int }

// String returns the number as MySQL writes it.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// supported reports whether Shardway works with v: prepared XA branches are
// safe in a crash from 8.0.30 on.
func (v Version) supported() bool {
	if v.Major != 8 || v.Minor != 0 {
		return v.Major > 8 || v.Major == 8 && v.Minor > 0
	}
	return v.Patch >= 30
}

// Find returns the mysqld to use: explicit if it is not empty, else the one
// that the MYSQLD variable names, the one beside this program, the one in bin/
// of the checkout that the working folder is in, or the one on the PATH.
func Find(ctx context.Context, explicit string) (Binary, error) {
	if explicit == "" {
		explicit = os.Getenv("MYSQLD")
	}
	if explicit != "" {
		b, err := inspect(ctx, explicit)
		if err != nil {
			return Binary{}, fmt.Errorf("mysqld at %s: %w", explicit, err)
		}
		return b, nil
	}
	for _, path := range candidates() {
		if b, err := inspect(ctx, path); err == nil {
			return b, nil
		}
	}
	return Binary{}, ErrNoBinary
}

// Client returns the mysql client program that belongs to b, or "mysql".
func (b Binary) Client() string {
	path := filepath.Join(filepath.Dir(b.Path), "mysql")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return "mysql"
}

func candidates() []string {
	var paths []string
	if self, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(self), "mysqld"))
	}
	if dir, err := os.Getwd(); err == nil {
		if root := checkout(dir); root != "" {
			paths = append(paths, filepath.Join(root, "bin", "mysqld"))
		}
	}
	if path, err := exec.LookPath("mysqld"); err == nil {
		paths = append(paths, path)
	}
	return append(paths, "/usr/sbin/mysqld")
}

// checkout returns the nearest folder at or above dir that holds a go.mod.
func checkout(dir string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func inspect(ctx context.Context, path string) (Binary, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Binary{}, err
	}
	out, err := exec.CommandContext(ctx, path, "--no-defaults", "--version").Output()
	if err != nil {
		return Binary{}, fmt.Errorf("cannot run it: %w", err)
	}
	v, ok := parseVersion(string(out))
	if !ok || !v.supported() {
		return Binary{}, fmt.Errorf("%w: it says %q", ErrNoBinary, strings.TrimSpace(string(out)))
	}
	return Binary{Path: path, Version: v}, nil
}

// parseVersion reads the output of mysqld --version. MariaDB's does not count.
func parseVersion(text string) (Version, bool) {
	m := regexp.MustCompile(`Ver (\d+)\.(\d+)\.(\d+)`).FindStringSubmatch(text)
	if m == nil || strings.Contains(text, "MariaDB") {
		return Version{}, false
	}
	var n [3]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(m[i+1]); err != nil {
			return Version{}, false
		}
	}
	return Version{n[0], n[1], n[2]}, true
}
