package mysql

import (
	"context"
	"net"
)

// auth is one client proving its password.
type auth struct {
	c      *Conn
	cfg    *ServerConfig
	user   string
	nonce  [nonceLen]byte
	secure bool // the connection is encrypted
}

// The second byte of an AuthMoreData packet of caching_sha2_password.
const (
	authMoreData    = 0x01
	authFastOK      = 0x03
	authFullNeeded  = 0x04
	authKeyRequest  = 0x02
	authSwitchReply = 0xfe
)

// run authenticates and returns the plugin that did it. A user that does not
// exist takes the same course as one whose password is wrong.
func (a *auth) run(ctx context.Context, plugin string, proof []byte) (string, error) {
	verifier, known := a.cfg.Lookup(a.user)
	if !known || len(verifier.Native) == 0 && len(verifier.SHA2) == 0 {
		verifier, known = a.cfg.Cache.nobody, false
	}
	if plugin == "" {
		plugin = PluginNative
	}
	use := choosePlugin(verifier, plugin)
	if use != plugin {
		var err error
		if proof, err = a.switchTo(use); err != nil {
			return "", err
		}
	}
	ok, given := false, len(proof) > 0
	if given {
		if use == PluginNative {
			ok = checkNative(verifier.Native, a.nonce[:], proof)
		} else {
			var err error
			if ok, err = a.cachingSHA2(ctx, verifier.SHA2, proof); err != nil {
				return "", err
			}
		}
	}
	if !ok || !known {
		return "", a.denied(given)
	}
	return use, nil
}

// choosePlugin takes the client's if the user has a verifier for it.
func choosePlugin(v Verifier, client string) string {
	switch {
	case len(v.SHA2) == 0:
		return PluginNative
	case client == PluginNative && len(v.Native) > 0:
		return PluginNative
	}
	return PluginCachingSHA2
}

// switchTo asks the client to prove its password by another plugin.
func (a *auth) switchTo(plugin string) ([]byte, error) {
	if !a.c.caps.Has(CapPluginAuth) {
		return nil, NewError(1251, "Client does not support authentication protocol requested by server; "+
			"consider upgrading MySQL client")
	}
	a.nonce = newNonce()
	p := append([]byte{authSwitchReply}, plugin...)
	p = append(append(append(p, 0), a.nonce[:]...), 0)
	return a.ask(p)
}

// ask sends a packet and reads the client's answer to it.
func (a *auth) ask(p []byte) ([]byte, error) {
	if err := a.c.WritePacket(p); err != nil {
		return nil, err
	}
	if err := a.c.Flush(); err != nil {
		return nil, err
	}
	return a.c.ReadPacket()
}

// cachingSHA2 checks the proof against the cache, or has the client send its
// password: in clear over TLS, else sealed with the RSA key.
func (a *auth) cachingSHA2(ctx context.Context, verifier, proof []byte) (bool, error) {
	if fast, ok := a.cfg.Cache.lookup(a.user, verifier); ok && checkFast(fast, a.nonce[:], proof) {
		return true, a.c.WritePacket([]byte{authMoreData, authFastOK})
	}
	p, err := a.ask([]byte{authMoreData, authFullNeeded})
	if err != nil {
		return false, err
	}
	var password string
	ok := false
	switch {
	case a.secure:
		password, ok = clearPassword(p)
	case a.cfg.RSA != nil:
		if len(p) == 1 && p[0] == authKeyRequest {
			key, err := publicPEM(a.cfg.RSA)
			if err != nil {
				return false, err
			}
			if p, err = a.ask(append([]byte{authMoreData}, key...)); err != nil {
				return false, err
			}
		}
		password, ok = decryptPassword(a.cfg.RSA, p, a.nonce[:])
	}
	if !ok {
		return false, nil
	}
	ok, err = a.cfg.Cache.check(ctx, verifier, password)
	if ok {
		a.cfg.Cache.store(a.user, verifier, fastVerifier(password))
	}
	return ok, err
}

func (a *auth) denied(given bool) error {
	using := "NO"
	if given {
		using = "YES"
	}
	return NewError(ErAccessDenied, "Access denied for user '%s'@'%s' (using password: %s)",
		a.user, Host(a.c.RemoteAddr()), using)
}

// Host is the peer's address without its port, "localhost" if it has none.
func Host(addr net.Addr) string {
	if addr == nil {
		return "localhost"
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "localhost"
	}
	return host
}
