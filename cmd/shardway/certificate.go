package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// certificate is what a proxy proves itself with, in two PEM files. They are
// looked at for each client that asks for TLS, so a renewed pair serves from the
// next one on; a pair that is not whole, or of which one file is still the old
// one, changes nothing.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu    sync.Mutex
	pair  *tls.Certificate
	files files
}

// files are what the certificate and the key were like when they were last read.
type files [2]os.FileInfo

// same reports whether both are still the files that they were, unchanged.
func (f files) same(g files) bool {
	for i := range f {
		if !os.SameFile(f[i], g[i]) || !f[i].ModTime().Equal(g[i].ModTime()) || f[i].Size() != g[i].Size() {
			return false
		}
	}
	return true
}

// openCertificate reads the pair for the first time.
func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	if certFile == "" || keyFile == "" {
		return nil, errors.New("--tls-cert and --tls-key go together: give both, or neither for a certificate that the proxy makes itself")
	}
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	now, err := c.look()
	if err == nil {
		err = c.load(now)
	}
	if err != nil {
		return nil, fmt.Errorf("the proxy's certificate: %w", err)
	}
	return c, nil
}

// get is a tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Files that are away are being replaced.
	if now, err := c.look(); err == nil && !now.same(c.files) {
		if err := c.load(now); err != nil {
			c.log.Warn("the certificate has changed and cannot be used; the old one serves on", "error", err)
		}
	}
	return c.pair, nil
}

func (c *certificate) look() (now files, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if now[i], err = os.Stat(name); err != nil {
			return now, err
		}
	}
	return now, nil
}

// load takes what is in the files from now on, if it is a pair. They were looked
// at before, so what changes while they are read is read again.
func (c *certificate) load(now files) error {
	c.files = now
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("%s and %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair = &pair
	c.log.Info("certificate in use", "file", c.certFile, "names", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter)
	return nil
}
