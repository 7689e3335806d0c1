package topology

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
