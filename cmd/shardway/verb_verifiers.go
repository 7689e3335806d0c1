package main

import (
	"crypto/rand"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// saltLength is that of a caching_sha2_password verifier's salt.
const saltLength = 20

// newVerifiers makes what a password will be checked by, with a new salt: the
// password itself goes no further than this process.
func newVerifiers(password topology.Secret) admin.Verifiers {
	salt := make([]byte, saltLength)
	// It never fails.
	_, _ = rand.Read(salt)
	for i, b := range salt {
		// As MySQL makes them: seven bits, no NUL and no '$', which ends the salt.
		if b &= 0x7f; b == 0 || b == '$' {
			b++
		}
		salt[i] = b & 0x7f
	}
	text := password.Reveal()
	return admin.Verifiers{Native: mysql.NativeVerifier(text), SHA2: mysql.SHA2Verifier(text, salt)}
}
