//go:build wordpress

package wordpress

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// pages are what visitors and the administrator look at. The lists count their
// posts with SQL_CALC_FOUND_ROWS.
func pages() (public, private []string) {
	public = []string{
		"/", "/?paged=2", "/?paged=9", "/?m=202401", "/?author=2", "/?feed=rss2", "/?feed=comments-rss2", "/?page_id=2",
		"/?cat=3", "/?tag=tag4&paged=2", "/?s=" + url.QueryEscape("散りぬる"), "/?s=" + url.QueryEscape(`back\slashes %s`), "/?s=nothing+has+this",
		"/?rest_route=/wp/v2/posts&per_page=50&page=3", "/?rest_route=/wp/v2/tags&orderby=count", "/?rest_route=/wp/v2/comments",
		"/?rest_route=/wp/v2/posts&per_page=100&search=" + url.QueryEscape("ещё"), "/?rest_route=/wp/v2/categories", "/wp-sitemap.xml", "/?p=99999",
	}
	for id := 8; id < 300; id += 23 {
		public = append(public, fmt.Sprintf("/?p=%d", id))
	}
	private = []string{
		"/wp-admin/edit.php", "/wp-admin/edit.php?paged=3&orderby=title&order=asc", "/wp-admin/edit.php?s=" + url.QueryEscape("窗外"),
		"/wp-admin/edit.php?post_status=draft&post_type=post", "/wp-admin/edit-comments.php", "/wp-admin/users.php", "/wp-admin/edit-tags.php?taxonomy=post_tag",
		"/wp-admin/options-reading.php", "/wp-admin/plugins.php", "/wp-admin/profile.php", "/wp-admin/upload.php?mode=list", "/wp-admin/options.php",
		"/?rest_route=/wp/v2/posts&context=edit&status=draft,publish&per_page=20", "/?rest_route=/wp/v2/users&context=edit",
	}
	return public, private
}

// read opens all pages and returns what they showed.
func (s *site) read(t *testing.T) map[string]string {
	t.Helper()
	public, private := pages()
	shown := map[string]string{}
	look := func(b *browser, path string) {
		p := b.get(path)
		if p.status >= http.StatusInternalServerError || strings.Contains(p.body, "Error establishing a database connection") {
			t.Fatalf("%s: status %d\n%s", path, p.status, p.excerpt())
		}
		shown[path] = fmt.Sprintf("%d total %s pages %s\n%s", p.status, p.header.Get("X-Wp-Total"), p.header.Get("X-Wp-Totalpages"), settled(p.body))
	}
	visitor := s.browser(t)
	for _, path := range public {
		look(visitor, path)
	}
	webmaster := s.browser(t)
	webmaster.login(adminUser, adminPassword).want("Dashboard")
	webmaster.nonce = webmaster.get("/wp-admin/admin-ajax.php?action=rest-nonce").body
	for _, path := range private {
		look(webmaster, path)
	}
	return shown
}

// settled leaves out what differs between two visits: nonces, times of now, a
// password proposed, and the disguise of addresses, which is made by chance.
func settled(body string) string {
	body = html.UnescapeString(body)
	for _, r := range []struct{ pattern, with string }{
		{`\b[0-9a-f]{10}\b`, "NONCE"},
		{`name="pagegen_timestamp" value="[0-9: -]+`, "NOW"},
		{` data-pw="[^\n]*" aria`, " aria"},
		{`"mailto:[^"]*"`, "ADDRESS"},
		{`<lastBuildDate>[^<]*</lastBuildDate>`, "NOW"},
		{`"(session_tokens|_transient[^"]*)"[^\n]*`, "$1"},
	} {
		body = regexp.MustCompile(r.pattern).ReplaceAllString(body, r.with)
	}
	return body
}

// same compares what the pages showed before and after.
func same(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path, want := range before {
		if got := after[path]; got != want {
			t.Errorf("%s is not as it was: %s", path, firstDifference(want, got))
		}
	}
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d\nbefore %.600s\nafter  %.600s", i+1, as[i], bs[i])
		}
	}
	return fmt.Sprintf("%d lines before, %d after", len(as), len(bs))
}
