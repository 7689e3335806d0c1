package mysql

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// GTIDSource is what numbers transactions: a server's UUID and, from MySQL 8.3
// on, an optional tag.
type GTIDSource struct {
	UUID [16]byte
	Tag  string // lower case; empty for untagged
}

// GTID names one transaction.
type GTID struct {
	GTIDSource
	N uint64
}

// String prints the source as MySQL does.
func (s GTIDSource) String() string {
	var b [64]byte
	dst := appendUUID(b[:0], s.UUID)
	if s.Tag != "" {
		dst = append(append(dst, ':'), s.Tag...)
	}
	return string(dst)
}

// String prints the GTID as MySQL does.
func (g GTID) String() string {
	return g.GTIDSource.String() + ":" + strconv.FormatUint(g.N, 10)
}

func (s GTIDSource) compare(t GTIDSource) int {
	if c := strings.Compare(string(s.UUID[:]), string(t.UUID[:])); c != 0 {
		return c
	}
	return strings.Compare(s.Tag, t.Tag)
}

func appendUUID(dst []byte, u [16]byte) []byte {
	for i, part := range [...][]byte{u[0:4], u[4:6], u[6:8], u[8:10], u[10:16]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// ParseGTID parses one "uuid:n" or "uuid:tag:n".
func ParseGTID(s string) (GTID, error) {
	set, err := ParseGTIDSet(s)
	if err != nil {
		return GTID{}, err
	}
	if len(set.sources) != 1 || len(set.sources[0].spans) != 1 {
		return GTID{}, malformed("GTID")
	}
	only := set.sources[0]
	if only.spans[0].first != only.spans[0].last {
		return GTID{}, malformed("GTID")
	}
	return GTID{GTIDSource: only.GTIDSource, N: only.spans[0].first}, nil
}

func parseUUID(s string) (u [16]byte, ok bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '-' {
			continue
		}
		v, ok := hexDigit(s[i])
		if !ok || n == 32 {
			return u, false
		}
		u[n/2] = u[n/2]<<4 | v
		n++
	}
	return u, n == 32
}

func hexDigit(b byte) (byte, bool) {
	switch {
	case b >= '0' && b <= '9':
		return b - '0', true
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10, true
	case b >= 'A' && b <= 'F':
		return b - 'A' + 10, true
	}
	return 0, false
}

func validTag(s string) bool {
	if s == "" || len(s) > 32 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b != '_' && !(b >= 'a' && b <= 'z') && !(b >= 'A' && b <= 'Z') && !(b >= '0' && b <= '9') {
			return false
		}
	}
	return true
}
