package testkit

import (
	"crypto/rand"
	"strings"
)

// Name returns a new name, fit for a keyspace, a schema or a key's prefix.
func Name() string { return "t" + strings.ToLower(rand.Text()[:10]) }
