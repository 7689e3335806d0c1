package main

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

// A certificate is read again when its files change, and a pair that is none
// takes nothing away from clients.
func TestACertificateIsReadAgain(t *testing.T) {
	a := testkit.NewAuthority(t, "a")
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	first, firstKey := a.Issue(t)
	second, secondKey := a.Issue(t)
	testkit.Replace(t, certFile, first)
	testkit.Replace(t, keyFile, firstKey)
	var log bytes.Buffer
	c, err := openCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serves := func(when string, cert, key []byte) {
		t.Helper()
		want, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Leaf.Equal(want.Leaf) {
			t.Errorf("%s: certificate %v serves, not %v", when, got.Leaf.SerialNumber, want.Leaf.SerialNumber)
		}
	}
	serves("at first", first, firstKey)
	testkit.Replace(t, certFile, second)
	serves("with the old key", first, firstKey)
	serves("and again", first, firstKey)
	if n := strings.Count(log.String(), "cannot be used"); n != 1 {
		t.Errorf("a pair that is none is told %d times, not once", n)
	}
	testkit.Replace(t, keyFile, secondKey)
	serves("with both", second, secondKey)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	serves("while a file is away", second, secondKey)
	testkit.Replace(t, certFile, []byte("no certificate"))
	serves("with a file that is none", second, secondKey)
	testkit.Replace(t, certFile, first)
	testkit.Replace(t, keyFile, firstKey)
	serves("with the first one again", first, firstKey)
}

func TestACertificateThatCannotServe(t *testing.T) {
	there := filepath.Join(t.TempDir(), "cert.pem")
	testkit.Replace(t, there, []byte("no certificate"))
	for _, c := range []struct{ cert, key, want string }{
		{there, "", "--tls-cert and --tls-key go together"},
		{"", there, "--tls-cert and --tls-key go together"},
		{there, there + ".away", "no such file"},
		{there, there, "failed to find any PEM data"},
	} {
		_, err := openCertificate(c.cert, c.key, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q and %q: %v, not %q", c.cert, c.key, err, c.want)
		}
	}
}
