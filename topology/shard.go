package topology

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// shardsMax bounds the shards of one keyspace; its record stays far below
// etcd's limit of 1.5 MiB for a request.
const shardsMax = 1024

// EvenRanges cuts the token space into n ranges of nearly the same size, at
// bounds that are as short as they can be: exactly even where whole bytes
// allow it (-80, 80-), otherwise within a sixteenth. n is 1 to 1024.
func EvenRanges(n int) ([]Range, error) {
	if n < 1 || n > shardsMax {
		return nil, &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("a keyspace cannot have %d shards", n),
			Hint:    fmt.Sprintf("choose between 1 and %d", shardsMax),
		}
	}
	width := boundBits(n)
	ranges := make([]Range, n)
	for i := 1; i < n; i++ {
		// i << width needs more than 64 bits for no width that boundBits gives.
		cut := (uint64(i)<<width + uint64(n)/2) / uint64(n)
		token := shardkey.Token(cut << (64 - width))
		ranges[i-1].End = token
		ranges[i].Start = token
	}
	return ranges, nil
}

// boundBits is the number of leading bits, in whole bytes, that the bounds of n
// ranges need: enough to be exact when n is a power of two, else enough to be
// within a sixteenth of even.
func boundBits(n int) int {
	needed := bits.Len(uint(n - 1))
	if n&(n-1) != 0 {
		needed += 4
	}
	return max(8, (needed+7)/8*8)
}

// ShardName writes a shard as "shop/-80".
func ShardName(keyspace string, r Range) string { return keyspace + "/" + r.String() }

// ParseShardName reads what ShardName wrote.
func ParseShardName(name string) (keyspace string, r Range, err error) {
	keyspace, text, found := strings.Cut(name, "/")
	if !found {
		return "", Range{}, &Refused{
			Code:    CodeInvalid,
			Message: fmt.Sprintf("%q is not a shard", name),
			Hint:    "shards are written as keyspace/range, such as shop/-80",
		}
	}
	if err = CheckKeyspaceName(keyspace); err != nil {
		return "", Range{}, err
	}
	r, err = ParseRange(text)
	return keyspace, r, err
}

// ShardFor returns the shard that holds token t. It is never nil in a
// keyspace of a valid snapshot: its shards cover every token.
func (k *Keyspace) ShardFor(t shardkey.Token) *Shard {
	i := sort.Search(len(k.Shards), func(i int) bool { return k.Shards[i].Range.Start > t })
	if i == 0 || !k.Shards[i-1].Range.Contains(t) {
		return nil
	}
	return &k.Shards[i-1]
}

// Groups returns the ids of the groups that hold shards of k, each once,
// sorted.
func (k *Keyspace) Groups() []string {
	var ids []string
	for _, shard := range k.Shards {
		ids = append(ids, shard.Group)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
