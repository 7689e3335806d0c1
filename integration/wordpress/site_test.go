//go:build wordpress

package wordpress

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/child"
	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
)

// The bounds of what the tests wait for.
const (
	upTimeout    = time.Minute
	pollInterval = 50 * time.Millisecond
	postsTimeout = 4 * time.Minute
)

// The site's administrator, and its account at the database.
const (
	adminUser     = "webmaster"
	adminPassword = "ünguessable Pass—wörd 9"
	dbUser        = "wordpress"
	dbPassword    = "w0rd'pre\"ss $pass"
	dbName        = "wordpress"
)

// site is a WordPress that is served.
type site struct {
	// etc holds the site's configuration, content what it may write to.
	etc, content string
	// code is WordPress itself, php the program that runs it.
	code, php string
	url       string
	// visitors is how many there have been.
	visitors int
}

// newSite serves a WordPress that has no database yet.
func newSite(t *testing.T) *site {
	t.Helper()
	bin := filepath.Join(checkout(t), "bin")
	unpacked, err := filepath.EvalSymlinks(filepath.Join(bin, "wordpress"))
	if err != nil {
		t.Fatalf("%v; run: make test-wordpress", err)
	}
	dir := testkit.Dir(t)
	s := &site{
		etc: filepath.Join(dir, "etc"), content: filepath.Join(dir, "content"),
		code: filepath.Join(unpacked, "usr/share/wordpress"), php: filepath.Join(bin, "php"),
	}
	for _, path := range []string{s.etc, filepath.Join(s.content, "themes"), filepath.Join(s.content, "uploads")} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const theme = "themes/twentytwentythree"
	if err := os.Symlink(filepath.Join(s.code, "wp-content", theme), filepath.Join(s.content, theme)); err != nil {
		t.Fatal(err)
	}
	s.serve(t, dir)
	return s
}

// serve starts PHP's own web server.
func (s *site) serve(t *testing.T, dir string) {
	t.Helper()
	ports, err := mysqld.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + strconv.Itoa(ports[0])
	s.url = "http://" + addr
	start(t, filepath.Join(dir, "php.log"), s.command("-S", addr, "-t", s.code))
	await(t, "PHP's server", func(context.Context) error {
		resp, err := http.Get(s.url + "/readme.html")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
}

func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.php, args...)
	cmd.Env = append(os.Environ(), "WORDPRESS_ETC="+s.etc, "WORDPRESS_ROOT="+s.code)
	return cmd
}

// connectTo has the site use a database server, and tables whose names begin
// with prefix. Everything else, the user and its password too, stays as it is.
func (s *site) connectTo(t *testing.T, port int, prefix string) {
	t.Helper()
	text := "<?php\n$table_prefix = " + quotePHP(prefix) + ";\n"
	define := func(name, value string) {
		text += fmt.Sprintf("define(%s, %s);\n", quotePHP(name), value)
	}
	define("DB_HOST", quotePHP("127.0.0.1:"+strconv.Itoa(port)))
	define("DB_NAME", quotePHP(dbName))
	define("DB_USER", quotePHP(dbUser))
	define("DB_PASSWORD", quotePHP(dbPassword))
	define("DB_CHARSET", quotePHP("utf8mb4"))
	define("WP_CONTENT_DIR", quotePHP(s.content))
	// One request at a time is served, and the world outside is none of ours.
	define("DISABLE_WP_CRON", "true")
	define("WP_HTTP_BLOCK_EXTERNAL", "true")
	define("WP_DEBUG", "true")
	define("WP_DEBUG_DISPLAY", "false")
	define("WP_DEBUG_LOG", quotePHP(s.logPath()))
	for _, key := range []string{"AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"} {
		define(key+"_KEY", quotePHP(key+" key"))
		define(key+"_SALT", quotePHP(key+" salt"))
	}
	path := filepath.Join(s.etc, "config-default.php")
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func (s *site) logPath() string { return filepath.Join(s.content, "debug.log") }

// databaseErrors are the statements that failed, as WordPress has noted them.
func (s *site) databaseErrors(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(s.logPath())
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "database error") || strings.Contains(line, "mysqli") || strings.Contains(line, "PHP Fatal") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// install does what the installation page asks for.
func (s *site) install(t *testing.T) {
	t.Helper()
	b := s.browser(t)
	page := b.post("/wp-admin/install.php?step=2", url.Values{
		"weblog_title": {"Überall 世界"}, "user_name": {adminUser}, "admin_password": {adminPassword}, "admin_password2": {adminPassword},
		"admin_email": {"webmaster@example.org"}, "language": {""},
	})
	page.wantStatus(http.StatusOK)
	page.want("Success!")
}

// fill makes the posts.
func (s *site) fill(t *testing.T, posts int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), postsTimeout)
	defer cancel()
	script, err := filepath.Abs("testdata/posts.php")
	if err != nil {
		t.Fatal(err)
	}
	plain := s.command(script, strconv.Itoa(posts))
	cmd := exec.CommandContext(ctx, plain.Path, plain.Args[1:]...)
	cmd.Env = plain.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("making the posts: %v\n%s", err, out)
	}
}

func quotePHP(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// start starts a process that ends with the test; what it prints is shown if
// the test fails.
func start(t *testing.T, logPath string, cmd *exec.Cmd) *child.Process {
	t.Helper()
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), upTimeout)
		defer cancel()
		_ = p.Stop(ctx)
		if t.Failed() {
			text, _ := os.ReadFile(logPath)
			t.Logf("%s:\n%s", filepath.Base(logPath), text[max(0, len(text)-4<<10):])
		}
	})
	return p
}

// await tries until it works.
func await(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), upTimeout)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// checkout is the folder that go.mod is in.
func checkout(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the tests run outside of a checkout")
		}
		dir = filepath.Dir(dir)
	}
}
