package mysqld

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// prepare makes the server's folder and its data, unless they are there.
func prepare(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("mysqld's folder: %w", err)
	}
	if err := os.WriteFile(o.configPath(), nil, 0o600); err != nil {
		return fmt.Errorf("mysqld's folder: %w", err)
	}
	if _, err := os.Stat(o.dataDir()); err == nil {
		return nil
	}
	from, err := template(ctx, o.Binary)
	if err != nil {
		return err
	}
	// Copied beside and renamed: a data folder is there whole or not at all.
	temp := o.dataDir() + ".new"
	if err := os.RemoveAll(temp); err != nil {
		return fmt.Errorf("mysqld's folder: %w", err)
	}
	if err := copyTree(from, temp); err != nil {
		_ = os.RemoveAll(temp)
		if errors.Is(err, syscall.ENOSPC) {
			return &StartError{Dir: o.Dir, Port: o.Port, Cause: ErrDiskFull}
		}
		return fmt.Errorf("fill mysqld's data folder: %w", err)
	}
	return os.Rename(temp, o.dataDir())
}

func (o Options) initPath() string   { return filepath.Join(o.Dir, "accounts.sql") }
func (o Options) markerPath() string { return filepath.Join(o.Dir, "initialised") }

// writeInitFile returns the file of statements that a new server runs before it
// accepts connections, or "" for one that already ran them. Nothing of it goes
// to the binary log: it would be errant on a replica.
func writeInitFile(o Options) (string, error) {
	if _, err := os.Stat(o.markerPath()); err == nil {
		return "", nil
	}
	admin := fmt.Sprintf("'%s'@'%%'", o.Admin.User)
	// One statement a line, as --init-file wants it. Root keeps no password
	// that anybody knows.
	text := strings.Join([]string{
		"SET sql_log_bin = 0;",
		"ALTER USER 'root'@'localhost' IDENTIFIED BY '" + rand.Text() + "' ACCOUNT LOCK;",
		"CREATE USER IF NOT EXISTS " + admin + " IDENTIFIED BY '" + o.Admin.Password + "';",
		"GRANT ALL PRIVILEGES ON *.* TO " + admin + " WITH GRANT OPTION;",
		"SET sql_log_bin = 1;",
	}, "\n") + "\n"
	if err := os.WriteFile(o.initPath(), []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("mysqld's first statements: %w", err)
	}
	return o.initPath(), nil
}

// initialised notes that the first statements ran, and removes them.
func initialised(o Options) error {
	if _, err := os.Stat(o.markerPath()); err == nil {
		return nil
	}
	if err := os.WriteFile(o.markerPath(), nil, 0o600); err != nil {
		return fmt.Errorf("mysqld's folder: %w", err)
	}
	return os.Remove(o.initPath())
}
