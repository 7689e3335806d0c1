package topology

import "fmt"

// Grant is what a user may do in a keyspace; each grant includes the ones
// before it.
type Grant string

// The grants, from least to most.
const (
	GrantNone  Grant = ""
	GrantRead  Grant = "read"
	GrantWrite Grant = "write"
	GrantDDL   Grant = "ddl"
	GrantAdmin Grant = "admin"
)

// AllKeyspaces is the key in User.Grants that stands for every keyspace.
const AllKeyspaces = "*"

// User is somebody who logs in through a proxy. Passwords are never stored,
// only what verifies them.
type User struct {
	Name string `json:"name"`
	// NativeVerifier is SHA1(SHA1(password)), 20 bytes; empty if the user
	// cannot log in with mysql_native_password.
	NativeVerifier []byte `json:"native_verifier,omitempty"`
	// SHA2Verifier is MySQL's own form of a caching_sha2_password verifier,
	// "$A$005$" + 20 bytes of salt + 43 of hash; empty if the user cannot log
	// in with that plugin.
	SHA2Verifier []byte `json:"sha2_verifier,omitempty"`
	// Grants is keyed by keyspace name, or AllKeyspaces.
	Grants map[string]Grant `json:"grants,omitempty"`
	// Locked users are refused.
	Locked bool `json:"locked,omitempty"`
}

// level orders the grants; -1 stands for one that does not exist.
func (g Grant) level() int {
	switch g {
	case GrantNone:
		return 0
	case GrantRead:
		return 1
	case GrantWrite:
		return 2
	case GrantDDL:
		return 3
	case GrantAdmin:
		return 4
	}
	return -1
}

// Includes reports whether g is other or more. Nothing includes a grant that
// does not exist.
func (g Grant) Includes(other Grant) bool {
	return other.level() >= 0 && g.level() >= other.level()
}

// ParseGrant reads a grant by its name; GrantNone has none.
func ParseGrant(name string) (Grant, error) {
	if grant := Grant(name); grant.level() > 0 {
		return grant, nil
	}
	return GrantNone, &Refused{
		Code:    CodeInvalid,
		Message: fmt.Sprintf("%q is not a grant", name),
		Hint:    "grants are read, write, ddl and admin; each includes the ones before it",
	}
}

// GrantIn returns what u may do in keyspace: the greater of its grant there and
// its grant on every keyspace.
func (u *User) GrantIn(keyspace string) Grant {
	own, everywhere := u.Grants[keyspace], u.Grants[AllKeyspaces]
	if own.Includes(everywhere) {
		return own
	}
	return everywhere
}

// Allows reports whether u may do in keyspace what needed stands for.
func (u *User) Allows(keyspace string, needed Grant) bool {
	return u.GrantIn(keyspace).Includes(needed)
}

// String names the user alone, so that no verifier reaches a log.
func (u *User) String() string { return u.Name }
