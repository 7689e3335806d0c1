package mysql

import (
	"context"
	"runtime"
	"sync"
)

// authCacheMax bounds the users held by an AuthCache.
const authCacheMax = 4096

// AuthCache remembers the fast verifiers of users that have authenticated in
// full, so that their next login costs microseconds. An entry holds only for
// the verifier that it was made with: a changed password drops out by itself.
// It also bounds how many full authentications hash at once, so that a storm
// of logins leaves processors to those who are in. Safe for concurrent use.
type AuthCache struct {
	mu      sync.Mutex
	entries map[authKey][32]byte
	slots   chan struct{}
	// nobody stands in for the verifier of a user that does not exist.
	nobody Verifier
}

type authKey struct{ user, verifier string }

// NewAuthCache returns an empty cache.
func NewAuthCache() *AuthCache {
	secret := newNonce()
	return &AuthCache{
		entries: make(map[authKey][32]byte),
		slots:   make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		nobody:  Verifier{Native: NativeVerifier(string(secret[:])), SHA2: SHA2Verifier(string(secret[:]), nil)},
	}
}

func (a *AuthCache) lookup(user string, verifier []byte) ([32]byte, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v, ok := a.entries[authKey{user, string(verifier)}]
	return v, ok
}

func (a *AuthCache) store(user string, verifier []byte, fast [32]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.entries) >= authCacheMax {
		for k := range a.entries { // any one: the map's order is random
			delete(a.entries, k)
			break
		}
	}
	a.entries[authKey{user, string(verifier)}] = fast
}

// check is CheckSHA2 with a turn waited for.
func (a *AuthCache) check(ctx context.Context, verifier []byte, password string) (bool, error) {
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	defer func() { <-a.slots }()
	return CheckSHA2(verifier, password), nil
}
