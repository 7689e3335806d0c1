package mysql

import (
	"crypto/sha1" //nolint:gosec // mysql_native_password is defined with it
	"crypto/sha256"
	"crypto/subtle"
)

// Verifier is what checks a user's password. Neither part lets anyone log in
// who has stolen it, except that a native verifier with a recorded login does.
type Verifier struct {
	// Native is SHA1(SHA1(password)), 20 bytes; empty if the user cannot use
	// mysql_native_password.
	Native []byte
	// SHA2 is "$A$005$" + 20 bytes of salt + 43 of hash, as in
	// mysql.user.authentication_string; empty if the user cannot use
	// caching_sha2_password.
	SHA2 []byte
}

// NativeVerifier returns the mysql_native_password verifier of a password.
func NativeVerifier(password string) []byte {
	once := sha1.Sum([]byte(password)) //nolint:gosec // as above
	twice := sha1.Sum(once[:])         //nolint:gosec // as above
	return twice[:]
}

// checkNative checks SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))).
func checkNative(verifier, nonce, proof []byte) bool {
	if len(verifier) != sha1.Size || len(proof) != sha1.Size {
		return false
	}
	h := sha1.New() //nolint:gosec // as above
	h.Write(nonce)
	h.Write(verifier)
	once := h.Sum(nil)
	subtle.XORBytes(once, once, proof)
	twice := sha1.Sum(once) //nolint:gosec // as above
	return subtle.ConstantTimeCompare(twice[:], verifier) == 1
}

// fastVerifier is SHA256(SHA256(password)), what the fast path checks against.
// It is held in memory only, after one full authentication.
func fastVerifier(password string) [32]byte {
	once := sha256.Sum256([]byte(password))
	return sha256.Sum256(once[:])
}

// checkFast checks SHA256(password) XOR SHA256(SHA256(SHA256(password)) + nonce).
func checkFast(verifier [32]byte, nonce, proof []byte) bool {
	if len(proof) != sha256.Size {
		return false
	}
	h := sha256.New()
	h.Write(verifier[:])
	h.Write(nonce)
	once := h.Sum(nil)
	subtle.XORBytes(once, once, proof)
	twice := sha256.Sum256(once)
	return subtle.ConstantTimeCompare(twice[:], verifier[:]) == 1
}
