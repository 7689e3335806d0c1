package txn

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// The lengths of an ID's parts. MySQL takes 64 bytes for a gtrid and as many
// for a bqual; ours stay below both.
const (
	prefix = "shardway-"
	// homeDigits and randomDigits are hexadecimal.
	homeDigits   = 8
	randomDigits = 16
	// bqualLengthMax is the longest id of a group.
	bqualLengthMax = 48
)

// ID names one transaction over several groups. It is comparable; the zero
// value names none.
type ID struct {
	// Home is the id of the group whose decision row holds: the bqual.
	Home string
	// Instance is the first half of a name: HomeHash of the instance on which
	// the home participant runs, as its group's primary.
	Instance string
	// Connection is the id of the home participant's connection there.
	Connection uint64
	// Random tells transactions of one connection apart.
	Random string
}

// New names a transaction whose home participant runs on the given connection.
func New(group, instance string, connection uint64) ID {
	var random [randomDigits / 2]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	return ID{Home: group, Instance: HomeHash(instance), Connection: connection, Random: hex.EncodeToString(random[:])}
}

// HomeHash is what a gtrid says of the home instance: 8 hexadecimal digits of
// the SHA-256 of its id, since ids can be as long as a gtrid may be.
func HomeHash(instance string) string {
	sum := sha256.Sum256([]byte(instance))
	return hex.EncodeToString(sum[:homeDigits/2])
}

// Parse takes the two halves of an xid, as XA RECOVER gives them, apart. It is
// an error if the branch is none of ours.
func Parse(gtrid, bqual string) (ID, error) {
	rest, ours := strings.CutPrefix(gtrid, prefix)
	parts := strings.Split(rest, "-")
	if !ours || len(parts) != 3 || !isHex(parts[0], homeDigits) || !isHex(parts[2], randomDigits) {
		return ID{}, fmt.Errorf("txn: %q is not the gtrid of one of Shardway's transactions", gtrid)
	}
	connection, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil || strconv.FormatUint(connection, 10) != parts[1] {
		return ID{}, fmt.Errorf("txn: %q names no connection", gtrid)
	}
	if !isGroup(bqual) {
		return ID{}, fmt.Errorf("txn: %q is not the id of a group", bqual)
	}
	return ID{Home: bqual, Instance: parts[0], Connection: connection, Random: parts[2]}, nil
}

// IsZero reports whether the ID names no transaction.
func (id ID) IsZero() bool { return id == ID{} }

// String is the gtrid: 64 bytes at most.
func (id ID) String() string {
	return prefix + id.Instance + "-" + strconv.FormatUint(id.Connection, 10) + "-" + id.Random
}

// XID is the SQL literal that XA statements take. All branches of a transaction
// have the same: there is one in each group at most.
func (id ID) XID() string { return "'" + id.String() + "','" + id.Home + "'" }

func isHex(s string, digits int) bool {
	return len(s) == digits && strings.Trim(s, "0123456789abcdef") == ""
}

// isGroup reports whether s can be a group's id, and so needs no quoting.
func isGroup(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= bqualLengthMax
}
