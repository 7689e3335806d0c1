package mysqld

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// Options say what server to start. Binary, Dir and Admin are needed.
type Options struct {
	Binary Binary
	// Dir is the server's folder: data/, mysqld.log and the like. It is
	// made and filled when it does not exist, and used as it is when it does.
	Dir string
	// Port is the TCP port on 127.0.0.1; 0 takes a free one.
	Port int
	// ServerID must differ between servers that replicate; 0 takes the port.
	ServerID uint32
	// Admin is the account with all privileges; it is made with the folder.
	Admin Account
	// Fenced servers refuse clients and writes from their start on, and
	// replicate only when told: safety rule 27. Otherwise the server is open.
	Fenced bool
	// Relaxed servers may lose their last commits when the machine goes down;
	// they are much faster. For tests.
	Relaxed bool
	// Supervised servers accept RESTART and CLONE: somebody starts them again
	// when they end with ExitRestart.
	Supervised bool
	// Args are further options of mysqld; they win over the ones given here.
	Args []string
}

// Account is a MySQL account that may log in from this machine over TCP. It
// prints without its password.
type Account struct {
	User     string
	Password string
}

// String names the user alone.
func (a Account) String() string { return a.User }

func (o Options) validate() error {
	switch {
	case o.Binary.Path == "":
		return errors.New("mysqld: no binary given")
	case o.Dir == "" || !filepath.IsAbs(o.Dir):
		return fmt.Errorf("mysqld: folder %q is not an absolute path", o.Dir)
	case o.Admin.User == "" || o.Admin.Password == "":
		return errors.New("mysqld: the administrator's account needs a name and a password")
	case strings.ContainsAny(o.Admin.User+o.Admin.Password, "'\\\n"):
		return errors.New("mysqld: the administrator's account must not hold quotes, backslashes or newlines")
	}
	return nil
}

func (o Options) dataDir() string    { return filepath.Join(o.Dir, "data") }
func (o Options) logPath() string    { return filepath.Join(o.Dir, "mysqld.log") }
func (o Options) configPath() string { return filepath.Join(o.Dir, "my.cnf") }
func (o Options) pidPath() string    { return filepath.Join(o.Dir, "mysqld.pid") }

// args are the command line of a server that listens on port.
func (o Options) args(userName string, port int, socket string) []string {
	id := o.ServerID
	if id == 0 {
		id = uint32(port)
	}
	args := []string{
		// An empty file rather than --no-defaults, with which mysqld also
		// forgets what SET PERSIST has kept.
		"--defaults-file=" + o.configPath(), "--user=" + userName, "--datadir=" + o.dataDir(), "--socket=" + socket,
		"--pid-file=" + o.pidPath(), "--port=" + strconv.Itoa(port), "--bind-address=127.0.0.1",
		"--server-id=" + strconv.FormatUint(uint64(id), 10), "--report-host=127.0.0.1", "--report-port=" + strconv.Itoa(port),
	}
	args = append(args, generalSettings()...)
	args = append(args, smallMemorySettings()...)
	args = append(args, replicationSettings()...)
	if o.Fenced {
		args = append(args, fenceSettings()...)
	}
	if o.Relaxed {
		args = append(args, relaxedSettings()...)
	}
	return append(args, o.Args...)
}

// socketPath returns a path short enough for a socket address.
func (o Options) socketPath() string {
	const limit = 100 // sun_path holds 104 bytes on some systems, 108 on others
	if path := filepath.Join(o.Dir, "s"); len(path) <= limit {
		return path
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("shardway-%d-%x.s", os.Getuid(), hash(o.Dir)))
}

func currentUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("who runs mysqld: %w", err)
	}
	return u.Username, nil
}
