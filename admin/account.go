package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/shardway/shardway/topology"
)

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
// everywhere. Whoever asks for the password makes them.
type Verifiers struct {
	Native []byte `json:"native_verifier,omitempty"`
	SHA2   []byte `json:"sha2_verifier,omitempty"`
}
