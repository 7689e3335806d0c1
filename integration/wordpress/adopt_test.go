//go:build wordpress

package wordpress

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// posts is how many posts the site has before anybody does anything.
const posts = 300

// stock takes back what the test servers are given to be part of a cluster:
// somebody who installs MySQL and starts it has none of that.
func stock() []string {
	return []string{
		"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF", "--server-id=1", "--plugin-load=", "--binlog-row-metadata=MINIMAL",
		"--sync-relay-log=10000", "--replica-net-timeout=60", "--rpl-stop-replica-timeout=31536000",
	}
}

// TestAdopt installs WordPress into a plain MySQL, uses it, adopts the server,
// puts the proxy in between and uses it again: nothing has changed.
func TestAdopt(t *testing.T) {
	server := testkit.OwnServer(t, testkit.Options{Args: stock()})
	root := server.DB(t, "")
	account := "'" + dbUser + "'@'%'"
	testkit.Exec(t, root, "CREATE DATABASE "+dbName, "CREATE USER "+account+" IDENTIFIED BY '"+strings.ReplaceAll(dbPassword, "'", "''")+"'",
		"GRANT ALL ON "+dbName+".* TO "+account)
	s := newSite(t)
	s.connectTo(t, server.Port, "wp_")
	s.install(t)
	s.fill(t, posts)
	s.use(t, "直接 before", posts-posts/50)
	before := s.read(t)
	t.Log("the site is there, and works")

	c := startShardway(t)
	c.adopt(t, server)
	s.connectTo(t, c.port, "wp_")
	// From here on the account's only way in is the proxy.
	testkit.Exec(t, root, "ALTER USER "+account+" ACCOUNT LOCK")
	same(t, before, s.read(t))
	title := "プロキシ after"
	id := s.use(t, title, posts-posts/50+1)
	afterwards := s.read(t)

	var name, content string
	if err := root.QueryRow("SELECT post_title, post_content FROM "+dbName+".wp_posts WHERE ID = ? AND post_status = 'publish'", id).Scan(&name, &content); err != nil {
		t.Fatal(err)
	}
	if name != title || !strings.Contains(content, title) {
		t.Errorf("MySQL has %q, %q", name, content)
	}
	// What was written through the proxy shows without it, too.
	testkit.Exec(t, root, "ALTER USER "+account+" ACCOUNT UNLOCK")
	s.connectTo(t, server.Port, "wp_")
	same(t, afterwards, s.read(t))

	// A second WordPress is installed through the proxy.
	s.connectTo(t, c.port, "second_")
	s.install(t)
	s.browser(t).get("/").want("Überall 世界", "Hello world!")
	s.use(t, "第二", 1)
	var tables [2]int
	for i, prefix := range []string{"wp", "second"} {
		if err := root.QueryRow("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name LIKE ?", dbName, prefix+`\_%`).Scan(&tables[i]); err != nil {
			t.Fatal(err)
		}
	}
	if tables[0] == 0 || tables[0] != tables[1] {
		t.Errorf("%v tables", tables)
	}
	for _, line := range s.databaseErrors(t) {
		t.Error(line)
	}
}

// use logs in, writes a post, has it commented on and edits it; there are
// published posts before it. It returns the post's id.
func (s *site) use(t *testing.T, title string, published int) int {
	t.Helper()
	visitor := s.browser(t)
	visitor.login(adminUser, "wrong").want("is incorrect")
	if p := visitor.get("/wp-admin/edit.php"); !strings.Contains(p.body, "user_login") {
		t.Fatal("the posts are listed for somebody who has not logged in")
	}
	b := s.browser(t)
	b.login(adminUser, adminPassword).want("Dashboard")
	b.get("/wp-admin/edit.php").want(fmt.Sprintf(`Published <span class="count">(%d)`, published))

	// What the editor does: it opens with a draft, and publishes that.
	editor := b.get("/wp-admin/post-new.php")
	editor.wantStatus(http.StatusOK)
	b.nonce = editor.find(`createNonceMiddleware\( "([0-9a-f]+)"`)
	draft, err := strconv.Atoi(editor.find(`<input type='hidden' id='post_ID' name='post_ID' value='(\d+)'`))
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/?rest_route=/wp/v2/posts/%d", draft)
	saved := b.call(http.MethodPut, path, map[string]any{
		"title": title, "status": "publish", "content": "<p>" + title + " 🍜 it's \\ \"here\"</p>", "tags": []int{}, "comment_status": "open",
	})
	saved.wantStatus(http.StatusOK)
	var post struct {
		ID     int
		Status string
		Title  struct{ Raw string }
	}
	saved.json(&post)
	if post.ID != draft || post.Status != "publish" || post.Title.Raw != title {
		t.Fatalf("%+v", post)
	}
	s.discuss(t, b, post.ID, title)
	b.get("/wp-admin/edit.php").want(fmt.Sprintf(`Published <span class="count">(%d)`, published+1), title)
	total := b.get("/?rest_route=/wp/v2/posts&per_page=5").header.Get("X-Wp-Total")
	if total != strconv.Itoa(published+1) {
		t.Fatalf("there are %s posts, want %d", total, published+1)
	}
	return post.ID
}

// discuss has a visitor comment on a post, lets the comment in and answers it
// with an edit of the post.
func (s *site) discuss(t *testing.T, webmaster *browser, post int, title string) {
	t.Helper()
	address := fmt.Sprintf("/?p=%d", post)
	visitor, email := s.browser(t), fmt.Sprintf("ida.%d@example.org", post) // who was let in once need not wait again
	visitor.get(address).want(title)
	visitor.post("/wp-comments-post.php", url.Values{
		"comment": {"Σχόλιο on " + title}, "author": {"Ida"}, "email": {email}, "url": {""}, "comment_post_ID": {strconv.Itoa(post)}, "comment_parent": {"0"},
	}).want("Σχόλιο on " + title)
	var waiting []struct{ ID int }
	webmaster.get(fmt.Sprintf("/?rest_route=/wp/v2/comments&status=hold&post=%d&context=edit", post)).json(&waiting)
	if len(waiting) != 1 {
		t.Fatalf("%d comments wait", len(waiting))
	}
	webmaster.call(http.MethodPut, fmt.Sprintf("/?rest_route=/wp/v2/comments/%d", waiting[0].ID), map[string]any{"status": "approved"}).wantStatus(http.StatusOK)
	webmaster.call(http.MethodPut, fmt.Sprintf("/?rest_route=/wp/v2/posts/%d", post), map[string]any{"content": "<p>" + title + " — edited</p>"}).wantStatus(http.StatusOK)
	s.browser(t).get(address).want(title+" — edited", "Σχόλιο on "+title, "Ida")
}
