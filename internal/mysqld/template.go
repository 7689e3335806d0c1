package mysqld

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// templateFormat is raised when what a template holds changes.
const templateFormat = 1

// template returns an initialised data folder of b's version. The first caller
// on this machine makes it, which takes a few seconds; others wait.
func template(ctx context.Context, b Binary) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, fmt.Sprintf("data-%s-%d", b.Version, templateFormat))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	release, err := lockFile(ctx, filepath.Join(cache, "data.lock"))
	if err != nil {
		return "", err
	}
	defer release()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	temp, err := os.MkdirTemp(cache, ".data.")
	if err != nil {
		return "", fmt.Errorf("template data folder: %w", err)
	}
	defer os.RemoveAll(temp)
	data := filepath.Join(temp, "data")
	if err := initialise(ctx, b, data); err != nil {
		return "", err
	}
	// Each copy is a server of its own and makes its own identity.
	if err := os.Remove(filepath.Join(data, "auto.cnf")); err != nil {
		return "", fmt.Errorf("template data folder: %w", err)
	}
	if err := os.Rename(data, dir); err != nil {
		return "", fmt.Errorf("template data folder: %w", err)
	}
	return dir, nil
}

// initialise makes a data folder. Its root account has no password: whoever
// starts a server on a copy gives it one before the server accepts connections.
func initialise(ctx context.Context, b Binary, data string) error {
	user, err := currentUser()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.Path, "--no-defaults", "--initialize-insecure", "--user="+user,
		"--datadir="+data, "--innodb-redo-log-capacity=8M", "--innodb-buffer-pool-size=32M", "--innodb-use-native-aio=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initialise a data folder with %s: %w\n%s", b.Path, err, strings.TrimSpace(string(out)))
	}
	return nil
}
