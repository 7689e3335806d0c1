package merge

import "bytes"

// appendBytesKey keeps the order of byte strings among keys that go on: each 0
// is followed by 0xff, and the end is 0 0.
func appendBytesKey(dst, v []byte) []byte {
	for {
		i := bytes.IndexByte(v, 0)
		if i < 0 {
			return append(append(dst, v...), 0, 0)
		}
		dst = append(append(dst, v[:i+1]...), 0xff)
		v = v[i+1:]
	}
}

// What follows a segment of a padded key: how the rest of the weight compares
// with spaces without end.
const (
	restLess    = 1
	restNone    = 2
	restGreater = 3
)

// segmentUnits is the number of weights in a segment of a padded key.
const segmentUnits = 8

// appendPaddedKey gives the order in which the shorter of two weights is
// followed by spaces. The weight goes in segments, the last one filled with
// spaces; a byte after each says whether what follows is nothing, less or
// greater than spaces, which is how it compares with a weight that ends here.
func appendPaddedKey(dst, weight, pad []byte) []byte {
	weight = trimPad(weight, pad)
	segment := segmentUnits * len(pad)
	next := 0 // a position before which, from the current one, all is pad
	for {
		n := min(len(weight), segment)
		dst = append(dst, weight[:n]...)
		for n < segment {
			dst = append(dst, pad[n%len(pad)])
			n++
		}
		if len(weight) <= segment {
			return append(dst, restNone)
		}
		weight = weight[segment:]
		next = max(next-segment, 0)
		for bytes.HasPrefix(weight[next:], pad) {
			next += len(pad)
		}
		rest := byte(restGreater)
		if bytes.Compare(weight[next:], pad) < 0 {
			rest = restLess
		}
		dst = append(dst, rest)
	}
}

// trimPad takes the spaces off the end of a weight.
func trimPad(weight, pad []byte) []byte {
	if len(weight)%len(pad) != 0 {
		return weight
	}
	for bytes.HasSuffix(weight, pad) {
		weight = weight[:len(weight)-len(pad)]
	}
	return weight
}
