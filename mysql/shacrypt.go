package mysql

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
)

// The stored form of a caching_sha2_password verifier is
// "$A$" + rounds/1000 in three hex digits + "$" + salt + hash.
const (
	sha2SaltLen   = 20
	sha2HashLen   = 43
	sha2PrefixLen = 7
	sha2Rounds    = 5
	// sha2RoundsMax is the server's own bound on caching_sha2_password_digest_rounds/1000.
	sha2RoundsMax = 4095
	// passwordMax bounds what a client may make us hash, in bytes.
	passwordMax = 256
)

// SHA2Verifier returns the caching_sha2_password verifier of a password. salt
// must be 20 bytes; nil takes random ones.
func SHA2Verifier(password string, salt []byte) []byte {
	if len(salt) != sha2SaltLen {
		n := newNonce()
		salt = n[:]
	}
	return sha2Verifier(password, salt, sha2Rounds)
}

func sha2Verifier(password string, salt []byte, thousandRounds int) []byte {
	out := make([]byte, 0, sha2PrefixLen+sha2SaltLen+sha2HashLen)
	out = fmt.Appendf(out, "$A$%03X$", thousandRounds)
	out = append(out, salt...)
	return appendCrypt(out, []byte(password), salt, thousandRounds*1000)
}

// CheckSHA2 reports whether password belongs to a caching_sha2_password
// verifier. It takes milliseconds, by intent.
func CheckSHA2(verifier []byte, password string) bool {
	salt, rounds, ok := parseSHA2(verifier)
	if !ok || len(password) > passwordMax {
		return false
	}
	var b [sha2HashLen]byte
	hash := appendCrypt(b[:0], []byte(password), salt, rounds)
	return subtle.ConstantTimeCompare(hash, verifier[sha2PrefixLen+sha2SaltLen:]) == 1
}

// parseSHA2 takes a stored verifier apart.
func parseSHA2(v []byte) (salt []byte, rounds int, ok bool) {
	if len(v) != sha2PrefixLen+sha2SaltLen+sha2HashLen || !bytes.HasPrefix(v, []byte("$A$")) || v[6] != '$' {
		return nil, 0, false
	}
	for _, b := range v[3:6] {
		d, ok := hexDigit(b)
		if !ok {
			return nil, 0, false
		}
		rounds = rounds<<4 | int(d)
	}
	ok = rounds > 0 && rounds <= sha2RoundsMax
	return v[sha2PrefixLen : sha2PrefixLen+sha2SaltLen], rounds * 1000, ok
}

// newNonce returns random bytes of seven bits, none of them NUL or '$', as both
// the greeting and a salt need them.
func newNonce() [nonceLen]byte {
	var n [nonceLen]byte
	for i := range n {
		for n[i] = 0; n[i] == 0 || n[i] == '$'; n[i] &= 0x7f {
			rand.Read(n[i : i+1]) // never fails
			n[i] &= 0x7f
		}
	}
	return n
}

// appendCrypt appends the 43 characters of the SHA-256 crypt of a password, by
// Drepper's "Unix crypt using SHA-256 and SHA-512", with MySQL's longer salt.
func appendCrypt(dst, password, salt []byte, rounds int) []byte {
	h := sha256.New()
	sum := func(parts ...[]byte) []byte {
		h.Reset()
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	b := sum(password, salt, password)
	h.Reset()
	h.Write(password)
	h.Write(salt)
	h.Write(stretch(b, len(password)))
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write(b)
		} else {
			h.Write(password)
		}
	}
	a := h.Sum(nil)
	p := stretch(sum(bytes.Repeat(password, len(password))), len(password))
	s := stretch(sum(bytes.Repeat(salt, 16+int(a[0]))), len(salt))
	for i := range rounds {
		h.Reset()
		if i&1 != 0 {
			h.Write(p)
		} else {
			h.Write(a)
		}
		if i%3 != 0 {
			h.Write(s)
		}
		if i%7 != 0 {
			h.Write(p)
		}
		if i&1 != 0 {
			h.Write(a)
		} else {
			h.Write(p)
		}
		a = h.Sum(a[:0])
	}
	return appendCrypt64(dst, a)
}

// stretch repeats a digest to n bytes.
func stretch(digest []byte, n int) []byte {
	out := make([]byte, 0, n+len(digest))
	for len(out) < n {
		out = append(out, digest...)
	}
	return out[:n]
}

// appendCrypt64 encodes a digest in crypt's own order and alphabet.
func appendCrypt64(dst, d []byte) []byte {
	const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	put := func(b2, b1, b0 byte, n int) {
		w := uint32(b2)<<16 | uint32(b1)<<8 | uint32(b0)
		for range n {
			dst = append(dst, alphabet[w&63])
			w >>= 6
		}
	}
	for i, j, k, n := 0, 10, 20, 0; n < 10; i, j, k, n = k+1, i+1, j+1, n+1 {
		put(d[i], d[j], d[k], 4)
	}
	put(0, d[31], d[30], 3)
	return dst
}
