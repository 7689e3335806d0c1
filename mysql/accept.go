package mysql

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// ServerConfig is how clients are let in.
type ServerConfig struct {
	// Version is the server version that clients see.
	Version string
	// ConnectionID must be unique; clients name it in KILL.
	ConnectionID uint32
	// TLS is offered if it is set.
	TLS *tls.Config
	// RequireTLS refuses clients that do not ask for it.
	RequireTLS bool
	// RSA is for the exchange of passwords without TLS; without it
	// caching_sha2_password needs TLS the first time.
	RSA *rsa.PrivateKey
	// Lookup returns what checks a user's password, false for users that do not
	// exist or may not log in. It must not block.
	Lookup func(user string) (Verifier, bool)
	// Cache is shared by all connections.
	Cache *AuthCache
	// Capabilities are offered; 0 means ServerCapabilities.
	Capabilities Capability
	// Timeout is for the whole handshake; 0 means 10 seconds.
	Timeout time.Duration
	// ReadBuffer is each connection's buffer while idle; 0 means 4 KiB.
	ReadBuffer int
	// MaxPacket bounds packets after the handshake; 0 means DefaultMaxPacket.
	MaxPacket int
}

const (
	handshakeTimeout = 10 * time.Second
	clientReadBuffer = 4 << 10
)

// Handshake is what a client said when it came in.
type Handshake struct {
	User     string
	Database string
	// Capabilities are the agreed ones: offered and asked for.
	Capabilities Capability
	// Collation is the id that the client asks for as its character set.
	Collation  uint16
	Attributes map[string]string
	// Plugin is the one that the user authenticated with.
	Plugin string
	TLS    bool
}

// Accept greets a client and authenticates it. The OK that ends the handshake
// is left to the caller, who may answer with an error instead (an unknown
// database), and nothing that the client asked for has taken effect. After an
// error the client has been told what it may know, and nc is closed.
func Accept(ctx context.Context, nc net.Conn, cfg *ServerConfig) (*Conn, *Handshake, error) {
	timeout := cfg.Timeout
	if timeout <= 0 {
		timeout = handshakeTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	c := NewConn(nc, ConnOptions{ReadBuffer: cfg.ReadBuffer, MaxPacket: preAuthMaxPacket})
	if cfg.ReadBuffer <= 0 {
		c.idleSize = clientReadBuffer
		c.buf = make([]byte, clientReadBuffer)
	}
	h, err := c.accept(ctx, cfg)
	if err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		stop()
		var told *Error
		if errors.As(err, &told) && c.WriteError(told) == nil {
			_ = c.Flush() // the client may be gone; the error goes to the caller in any case
		}
		_ = c.Close()
		return nil, nil, fmt.Errorf("handshake: %w", err)
	}
	c.maxPacket = cfg.MaxPacket
	if c.maxPacket <= 0 {
		c.maxPacket = DefaultMaxPacket
	}
	return c, h, nil
}

func (c *Conn) accept(ctx context.Context, cfg *ServerConfig) (*Handshake, error) {
	offered := cfg.Capabilities
	if offered == 0 {
		offered = ServerCapabilities
	}
	if cfg.TLS != nil {
		offered |= CapSSL
	}
	g := greeting{
		version: cfg.Version, connectionID: cfg.ConnectionID, nonce: newNonce(),
		caps: offered, status: StatusAutocommit,
	}
	start := c.begin()
	c.out = g.append(c.out)
	if err := c.finish(start); err != nil {
		return nil, err
	}
	if err := c.Flush(); err != nil {
		return nil, err
	}
	r, secure, err := c.readResponse(ctx, cfg.TLS, offered)
	if err != nil {
		return nil, err
	}
	c.caps = r.caps & offered
	if cfg.RequireTLS && !secure {
		return nil, NewError(ErSecureTransportRequired, "Connections using insecure transport are prohibited while --require_secure_transport=ON.")
	}
	h := &Handshake{
		User: r.user, Database: r.database, Capabilities: c.caps, Collation: r.collation,
		Attributes: r.attributes, TLS: secure,
	}
	a := auth{c: c, cfg: cfg, user: r.user, nonce: g.nonce, secure: secure}
	h.Plugin, err = a.run(ctx, r.plugin, r.proof)
	return h, err
}

// readResponse reads the client's response, after a change to TLS if the
// client asks for it.
func (c *Conn) readResponse(ctx context.Context, cfg *tls.Config, offered Capability) (*handshakeResponse, bool, error) {
	p, err := c.readExactly()
	if err != nil {
		return nil, false, err
	}
	r, err := parseHandshakeResponse(p, offered)
	if err != nil || !r.sslRequest {
		return r, false, err
	}
	if cfg == nil {
		return nil, false, badHandshake()
	}
	t := tls.Server(c.nc, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		c.broken = true
		return nil, false, fmt.Errorf("TLS: %w", err)
	}
	c.nc = t
	if p, err = c.ReadPacket(); err != nil {
		return nil, false, err
	}
	r, err = parseHandshakeResponse(p, offered)
	if err == nil && r.sslRequest {
		err = badHandshake()
	}
	return r, true, err
}

// readExactly reads the next packet and not a byte more. What follows a request
// for TLS is TLS: nothing that came in clear can be taken for what came after.
func (c *Conn) readExactly() ([]byte, error) {
	if _, err := io.ReadFull(c.nc, c.buf[:packetHeaderLen]); err != nil {
		return nil, err
	}
	c.r, c.w = 0, packetHeaderLen
	n, err := c.readHeader()
	if err != nil {
		return nil, err
	}
	if n > c.maxPacket {
		return nil, c.tooLarge()
	}
	p := make([]byte, n)
	_, err = io.ReadFull(c.nc, p)
	c.r, c.w = 0, 0
	return p, err
}
