package topology

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// NewProxyAccount makes the account that a new group's proxies will log in with.
// Its name ends with the route epoch, the first, so that each later epoch has
// another one and the old one can be locked out (safety rule 27); MySQL's limit
// is 32 characters.
func NewProxyAccount(group string) Account {
	sum := sha256.Sum256([]byte(group))
	return Account{User: fmt.Sprintf("shardway_p_%x_1", sum[:4]), Password: NewSecret(rand.Text())}
}
