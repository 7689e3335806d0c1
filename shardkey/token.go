package shardkey

import "crypto/sha256"

// Token is a point in 0 .. 2^64-1: where a row lives.
type Token uint64

// Of returns the token of a shard key's canonical bytes: the first eight
// bytes, big-endian, of their SHA-256.
func Of(canonical []byte) Token {
	sum := sha256.Sum256(canonical)
	return Token(uint64(sum[0])<<56 | uint64(sum[1])<<48 | uint64(sum[2])<<40 | uint64(sum[3])<<32 |
		uint64(sum[4])<<24 | uint64(sum[5])<<16 | uint64(sum[6])<<8 | uint64(sum[7]))
}
