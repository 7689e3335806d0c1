package topology

import "github.com/shardway/shardway/shardkey"

// Range is a half-open range of tokens [Start, End). End 0 stands for 2^64,
// so the zero Range is the whole space.
type Range struct {
	Start shardkey.Token
	End   shardkey.Token
}

// Contains reports whether t lies in r.
func (r Range) Contains(t shardkey.Token) bool {
	return t >= r.Start && (r.End == 0 || t < r.End)
}
