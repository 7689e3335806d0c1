package mysql

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/client"
	driver "github.com/go-sql-driver/mysql"
)

// frontDoor is a listener whose connections go through Accept. What let one in
// is passed on; every command it sends is answered with OK.
type frontDoor struct {
	addr       string
	handshakes chan *Handshake
	errs       chan error
}

var testIdentity = sync.OnceValues(func() (*Identity, error) { return GenerateIdentity(time.Now()) })

func testUsers() func(string) (Verifier, bool) {
	users := map[string]Verifier{
		"both":   {Native: NativeVerifier("secret"), SHA2: SHA2Verifier("secret", nil)},
		"native": {Native: NativeVerifier("secret")},
		"sha2":   {SHA2: SHA2Verifier("secret", nil)},
		"nobody": {},
	}
	return func(user string) (Verifier, bool) { v, ok := users[user]; return v, ok }
}

func openDoor(t *testing.T, withTLS bool) *frontDoor {
	t.Helper()
	identity, err := testIdentity()
	if err != nil {
		t.Fatal(err)
	}
	cfg := ServerConfig{Version: "9.7.0-shardway", ConnectionID: 7, RSA: identity.RSA, Lookup: testUsers(), Cache: NewAuthCache()}
	if withTLS {
		cfg.TLS = identity.TLS
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &frontDoor{addr: l.Addr().String(), handshakes: make(chan *Handshake, 10), errs: make(chan error, 10)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { d.serve(t.Context(), nc, &cfg) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return d
}

func (d *frontDoor) serve(ctx context.Context, nc net.Conn, cfg *ServerConfig) {
	c, h, err := Accept(ctx, nc, cfg)
	if err != nil {
		d.errs <- err
		return
	}
	defer c.Close()
	d.handshakes <- h
	for {
		if c.WriteOK(OK{Status: StatusAutocommit}) != nil || c.Flush() != nil {
			return
		}
		if p, err := c.ReadCommand(); err != nil || Command(p[0]) == ComQuit {
			return
		}
	}
}

func driverLogin(t *testing.T, addr, user, password, tlsMode string) error {
	t.Helper()
	cfg := driver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = "tcp", addr, user, password, "shop"
	cfg.TLSConfig = tlsMode
	cfg.ConnectionAttributes = "program_name:test"
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	return db.PingContext(t.Context())
}

func TestAcceptLetsClientsIn(t *testing.T) {
	plain, secure := openDoor(t, false), openDoor(t, true)
	for _, c := range []struct {
		door         *frontDoor
		user, tls    string
		plugin       string
		capabilities Capability
	}{
		{plain, "both", "false", PluginCachingSHA2, CapDeprecateEOF | CapConnectAttrs},
		{plain, "both", "false", PluginCachingSHA2, 0}, // the fast path
		{plain, "sha2", "false", PluginCachingSHA2, 0},
		{plain, "native", "false", PluginNative, 0},
		{secure, "both", "skip-verify", PluginCachingSHA2, CapSSL},
		{secure, "both", "skip-verify", PluginCachingSHA2, CapSSL},
		{secure, "native", "skip-verify", PluginNative, CapSSL},
		{secure, "sha2", "false", PluginCachingSHA2, 0},
	} {
		if err := driverLogin(t, c.door.addr, c.user, "secret", c.tls); err != nil {
			t.Errorf("%s, TLS %s: %v", c.user, c.tls, err)
			continue
		}
		h := <-c.door.handshakes
		if h.User != c.user || h.Database != "shop" || h.Plugin != c.plugin || h.TLS != (c.tls != "false") ||
			!h.Capabilities.Has(c.capabilities&^CapDeprecateEOF) || h.Attributes["program_name"] != "test" {
			t.Errorf("%s: %+v", c.user, h)
		}
		if h.Capabilities.Has(CapMultiStatements) || h.Capabilities.Has(CapQueryAttributes) {
			t.Errorf("%s: agreed on what was not offered: %#x", c.user, h.Capabilities)
		}
	}
}

func TestAcceptRefuses(t *testing.T) {
	d := openDoor(t, true)
	for _, tlsMode := range []string{"false", "skip-verify"} {
		for _, c := range []struct{ user, password, text string }{
			{"both", "wrong", "Access denied for user 'both'@'127.0.0.1' (using password: YES)"},
			{"both", "", "Access denied for user 'both'@'127.0.0.1' (using password: NO)"},
			{"native", "wrong", "Access denied for user 'native'@'127.0.0.1' (using password: YES)"},
			{"unknown", "secret", "Access denied for user 'unknown'@'127.0.0.1' (using password: YES)"},
			{"unknown", "", "Access denied for user 'unknown'@'127.0.0.1' (using password: NO)"},
			{"nobody", "", "Access denied for user 'nobody'@'127.0.0.1' (using password: NO)"},
		} {
			err := driverLogin(t, d.addr, c.user, c.password, tlsMode)
			var e *driver.MySQLError
			if !errors.As(err, &e) || e.Number != ErAccessDenied || string(e.SQLState[:]) != "28000" || e.Message != c.text {
				t.Errorf("%s with %q: %v", c.user, c.password, err)
			}
			var told *Error
			if err := <-d.errs; !errors.As(err, &told) || told.Code != ErAccessDenied {
				t.Errorf("%s: Accept said %v", c.user, err)
			}
		}
	}
}

func TestAcceptSwitchesThePlugin(t *testing.T) {
	d := openDoor(t, false)
	// The client begins with mysql_native_password where the greeting says so,
	// and with the greeting's plugin otherwise; both have to end well.
	for _, user := range []string{"native", "sha2", "both"} {
		c, err := gomysql.Connect(d.addr, user, "secret", "")
		if err != nil {
			t.Fatal(user, err)
		}
		if err := c.Ping(); err != nil {
			t.Error(user, err)
		}
		_ = c.Close()
		<-d.handshakes
	}
}

// rawClient speaks to Accept by hand over a pipe.
func rawClient(t *testing.T, cfg *ServerConfig, talk func(c *Conn)) error {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() {
		_, _, err := Accept(t.Context(), far, cfg)
		done <- err
	}()
	c := NewConn(near, ConnOptions{})
	if _, err := c.ReadPacket(); err != nil {
		t.Fatal(err)
	}
	talk(c)
	err := <-done
	_ = near.Close()
	return err
}

func sslRequest(caps Capability) []byte {
	p := appendUint32(nil, uint32(caps))
	return append(p, make([]byte, sslRequestLen-4)...)
}

func TestAcceptRefusesBytesAheadOfTLS(t *testing.T) {
	identity, err := testIdentity()
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ServerConfig{TLS: identity.TLS, Lookup: testUsers(), Cache: NewAuthCache()}
	request := sslRequest(CapProtocol41 | CapSSL)
	err = rawClient(t, cfg, func(c *Conn) {
		smuggled := packets(2, []byte("more"))
		if _, err := c.nc.Write(append(packets(1, request), smuggled...)); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	})
	if err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("bytes ahead of TLS: %v", err)
	}
	err = rawClient(t, cfg, func(c *Conn) {
		if err := errors.Join(c.WritePacket(request), c.Flush()); err != nil {
			t.Fatal(err)
		}
		c.nc = tls.Client(c.nc, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test of its own server
		if err := errors.Join(c.WritePacket(request), c.Flush()); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, c.nc)
	})
	wantCode(t, "a second request for TLS", err, ErHandshake)
	err = rawClient(t, &ServerConfig{Lookup: testUsers(), Cache: NewAuthCache()}, func(c *Conn) {
		if err := errors.Join(c.WritePacket(request), c.Flush()); err != nil {
			t.Fatal(err)
		}
		_, _ = c.ReadPacket()
	})
	wantCode(t, "TLS that was not offered", err, ErHandshake)
}

func wantCode(t *testing.T, what string, err error, code uint16) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: %v", what, err)
	}
}

func TestAcceptBoundsPacketsAndTime(t *testing.T) {
	cfg := &ServerConfig{Lookup: testUsers(), Cache: NewAuthCache()}
	err := rawClient(t, cfg, func(c *Conn) {
		if _, err := c.nc.Write([]byte{1, 0, 1, 1}); err != nil {
			t.Fatal(err)
		}
		_, _ = c.ReadPacket()
	})
	wantCode(t, "65 kB", err, ErNetPacketTooLarge)
	cfg.Timeout = time.Millisecond
	err = rawClient(t, cfg, func(*Conn) {})
	if !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
		t.Errorf("a silent client: %v", err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
