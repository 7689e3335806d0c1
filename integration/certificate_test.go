package integration

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// secured is a pool of clients that trust the authorities in roots.
func secured(t *testing.T, s server, roots *x509.CertPool) *sql.DB {
	t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.Logger = "tcp", s.addr, s.user, s.password, &driver.NopLogger{}
	cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	return testkit.Open(t, cfg)
}

// A proxy's certificate is renewed by an authority that only new clients know:
// clients that come meanwhile are served, those that are there go on, and from
// then on who trusts the old one alone does not come in.
func TestACertificateIsRenewedUnderLoad(t *testing.T) {
	c := cluster.Get(t, wide())
	before, after := testkit.NewAuthority(t, "before"), testkit.NewAuthority(t, "after")
	dir := testkit.Dir(t)
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cert, key := before.Issue(t)
	testkit.Replace(t, certFile, cert)
	testkit.Replace(t, keyFile, key)
	p := anotherProxy(t, c, c.Store.Endpoints()[0], testkit.Dir(t), "--tls-cert", certFile, "--tls-key", keyFile, "--tls-required")

	old, err := secured(t, p.server, before.Trusting()).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	both := before.Trusting()
	both.AppendCertsFromPEM(after.PEM())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	var served atomic.Int64
	for range 4 {
		db := secured(t, p.server, both)
		db.SetMaxIdleConns(0) // each statement comes in anew
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := db.ExecContext(t.Context(), "DO 1"); err != nil {
					t.Errorf("a client that came while the certificate was renewed: %v", err)
					return
				}
				served.Add(1)
			}
		})
	}
	more := func() {
		was := served.Load()
		until(t, "clients come in", func() bool { return served.Load() > was+20 || t.Failed() })
	}
	more()
	cert, key = after.Issue(t)
	testkit.Replace(t, certFile, cert)
	more() // with a certificate that its key does not fit
	if err := secured(t, p.server, before.Trusting()).PingContext(t.Context()); err != nil {
		t.Errorf("half renewed: %v", err)
	}
	testkit.Replace(t, keyFile, key)
	if err := secured(t, p.server, after.Trusting()).PingContext(t.Context()); err != nil {
		t.Errorf("renewed: %v", err)
	}
	more()
	stop()
	all.Wait()
	var unknown x509.UnknownAuthorityError
	if err := secured(t, p.server, before.Trusting()).PingContext(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("who trusts the old authority alone: %v", err)
	}
	if _, err := old.ExecContext(t.Context(), "DO 1"); err != nil {
		t.Errorf("a client that was there: %v", err)
	}

	authority := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(authority, after.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := mysqld.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(p.server.addr, ":")
	program := exec.CommandContext(t.Context(), binary.Client(), "--no-defaults", "-h"+host, "-P"+port, "-u"+p.server.user, "-p"+p.server.password,
		"--ssl-mode=VERIFY_IDENTITY", "--ssl-ca="+authority, "-e", "DO 1")
	if out, err := program.CombinedOutput(); err != nil {
		t.Errorf("the mysql program: %v\n%s", err, out)
	}

	var told *mysql.Error
	if _, err := p.server.dial(t.Context(), mysql.Variant{}); !errors.As(err, &told) || told.Code != mysql.ErSecureTransportRequired {
		t.Errorf("without TLS: %v, not error %d", err, mysql.ErSecureTransportRequired)
	}
}
