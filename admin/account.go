package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// saltLength is that of a caching_sha2_password verifier's salt.
const saltLength = 20

// newProxyAccount makes the account that a group's proxies will log in with at
// a route epoch. The name differs from epoch to epoch, so that the old one can
// be locked out (safety rule 27); MySQL's limit is 32 characters.
func newProxyAccount(group string, epoch int64) topology.Account {
	sum := sha256.Sum256([]byte(group))
	return topology.Account{
		User:     fmt.Sprintf("shardway_p_%x_%d", sum[:4], epoch),
		Password: topology.NewSecret(rand.Text()),
	}
}

// Verifiers are what a password is checked by; they stand in for it
// everywhere.
type Verifiers struct {
	Native []byte `json:"native_verifier,omitempty"`
	SHA2   []byte `json:"sha2_verifier,omitempty"`
}

// NewVerifiers makes the verifiers of a password, with a new salt.
func NewVerifiers(password string) Verifiers {
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
	return Verifiers{Native: mysql.NativeVerifier(password), SHA2: mysql.SHA2Verifier(password, salt)}
}
