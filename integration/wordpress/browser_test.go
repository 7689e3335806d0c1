//go:build wordpress

package wordpress

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// requestTimeout is how long a page may take.
const requestTimeout = 90 * time.Second

// browser is one visitor, with cookies.
type browser struct {
	t      *testing.T
	site   *site
	client *http.Client
	// nonce proves to WordPress' REST API that the cookies are not borrowed.
	nonce string
}

// browser returns a visitor who has not been here before, from an address of
// their own: WordPress takes one comment in 15 s from each.
func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.visitors++
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(s.visitors))}}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: dialer.DialContext}
	return &browser{t: t, site: s, client: &http.Client{Jar: jar, Transport: transport, Timeout: requestTimeout}}
}

// page is what came back.
type page struct {
	t      *testing.T
	path   string
	status int
	header http.Header
	body   string
}

func (b *browser) get(path string) page {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// call sends JSON to the REST API.
func (b *browser) call(method, path string, body any) page {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(method, path, "application/json", bytes.NewReader(text))
}

func (b *browser) do(method, path, kind string, body io.Reader) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.site.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if b.nonce != "" {
		req.Header.Set("X-WP-Nonce", b.nonce)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatalf("%s: %v", path, err)
	}
	return page{t: b.t, path: path, status: resp.StatusCode, header: resp.Header, body: string(text)}
}

// login logs in as people do.
func (b *browser) login(user, password string) page {
	b.t.Helper()
	b.get("/wp-login.php") // sets the cookie by which WordPress sees that there are cookies
	return b.post("/wp-login.php", url.Values{"log": {user}, "pwd": {password}, "wp-submit": {"Log In"}, "testcookie": {"1"}, "redirect_to": {b.site.url + "/wp-admin/"}})
}

func (p page) wantStatus(status int) {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d\n%s", p.path, p.status, status, p.excerpt())
	}
}

func (p page) want(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			p.t.Fatalf("%s: %q is not there\n%s", p.path, text, p.excerpt())
		}
	}
}

// find returns what the pattern's first group matches.
func (p page) find(pattern string) string {
	p.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(p.body)
	if found == nil {
		p.t.Fatalf("%s: nothing matches %s\n%s", p.path, pattern, p.excerpt())
	}
	return found[1]
}

// json reads the answer of the REST API.
func (p page) json(into any) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.body), into); err != nil {
		p.t.Fatalf("%s: %v\n%s", p.path, err, p.excerpt())
	}
}

func (p page) excerpt() string {
	const limit = 3000
	return p.body[:min(len(p.body), limit)]
}
