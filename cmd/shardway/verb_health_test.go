package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

func TestHealthVerb(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/up" {
			http.Error(w, "it stops", http.StatusServiceUnavailable)
		}
	}))
	defer web.Close()
	server := testkit.Server(t, testkit.Options{})
	for target, wanted := range map[string]struct {
		code int
		says string
	}{
		web.URL + "/up":                               {exitDone, ""},
		web.URL + "/down":                             {exitRefused, "503 Service Unavailable: it stops"},
		"http://127.0.0.1:1/":                         {exitRefused, "refused"},
		"mysql:" + server.Process.Socket():            {exitDone, ""},
		"mysql:" + filepath.Join(t.TempDir(), "none"): {exitRefused, "no MySQL server greets"},
		"127.0.0.1:3306":                              {exitUsage, "neither http://"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), []string{"health", target}, strings.NewReader(""), &out, &out)
		if exitCode(err) != wanted.code || !strings.Contains(out.String(), wanted.says) {
			t.Errorf("%s: exit code %d, %s", target, exitCode(err), out.String())
		}
	}
}
