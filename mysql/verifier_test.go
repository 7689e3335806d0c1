package mysql

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"testing"
)

func TestNativeVerifier(t *testing.T) {
	// SELECT SHA1(UNHEX(SHA1('password')))
	if got := hex.EncodeToString(NativeVerifier("password")); got != "2470c0c06dee42fd1618bb99005adca2ec9d1e19" {
		t.Errorf("got %s", got)
	}
	nonce := []byte("01234567890123456789")
	once := sha1.Sum([]byte("password"))
	mask := sha1.Sum(append(bytes.Clone(nonce), NativeVerifier("password")...))
	proof := make([]byte, 20)
	subtle.XORBytes(proof, once[:], mask[:])
	if !checkNative(NativeVerifier("password"), nonce, proof) || checkNative(NativeVerifier("passwore"), nonce, proof) ||
		checkNative(NativeVerifier("password"), []byte("11234567890123456789"), proof) || checkNative(nil, nonce, proof) ||
		checkNative(NativeVerifier("password"), nonce, proof[:19]) {
		t.Error("the proof is judged wrongly")
	}
}

func TestFastVerifier(t *testing.T) {
	nonce := []byte("01234567890123456789")
	fast := fastVerifier("password")
	once := sha256.Sum256([]byte("password"))
	mask := sha256.Sum256(append(bytes.Clone(fast[:]), nonce...))
	proof := make([]byte, 32)
	subtle.XORBytes(proof, once[:], mask[:])
	if !checkFast(fast, nonce, proof) || checkFast(fastVerifier("other"), nonce, proof) || checkFast(fast, nonce, proof[:31]) {
		t.Error("the proof is judged wrongly")
	}
}

func TestSHA2Verifier(t *testing.T) {
	// As openssl passwd -5 prints it; MySQL's form is tested against a server.
	got := string(appendCrypt(nil, []byte("Hello world!"), []byte("saltstring"), 5000))
	if got != "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5" {
		t.Errorf("got %s", got)
	}
	v := SHA2Verifier("secret", nil)
	if !CheckSHA2(v, "secret") || CheckSHA2(v, "Secret") || CheckSHA2(v, "") || CheckSHA2(v[:69], "secret") {
		t.Error("the verifier is judged wrongly")
	}
	if bytes.Equal(v, SHA2Verifier("secret", nil)) {
		t.Error("the salt is not random")
	}
	for _, bad := range []string{"", "$A$", "$B$005$" + string(v[7:]), "$A$00x$" + string(v[7:]), "$A$000$" + string(v[7:]), "$A$FFF$" + string(v[7:69])} {
		if CheckSHA2([]byte(bad), "secret") {
			t.Errorf("%q fits", bad)
		}
	}
}

func TestNonceHasNoByteThatClientsStumbleOver(t *testing.T) {
	for range 1000 {
		for _, b := range newNonce() {
			if b == 0 || b == '$' || b >= 0x80 {
				t.Fatalf("byte %#x", b)
			}
		}
	}
}

func TestAuthCacheIsBounded(t *testing.T) {
	a := NewAuthCache()
	for i := range authCacheMax + 100 {
		a.store("u", []byte{byte(i), byte(i >> 8)}, [32]byte{})
	}
	if len(a.entries) != authCacheMax {
		t.Errorf("%d entries", len(a.entries))
	}
	if _, ok := a.lookup("other", []byte{1, 0}); ok {
		t.Error("another user's entry")
	}
}
