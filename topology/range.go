package topology

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/shardway/shardway/shardkey"
)

// tokenDigits is the number of hex digits of a token in full precision.
const tokenDigits = 16

// Range is a half-open range of tokens [Start, End). End 0 stands for 2^64,
// so the zero Range is the whole space. It is written as hex prefixes: "-80",
// "40-80", "80-", and "-" for the whole space.
type Range struct {
	Start shardkey.Token
	End   shardkey.Token
}

// Contains reports whether t lies in r.
func (r Range) Contains(t shardkey.Token) bool {
	return t >= r.Start && (r.End == 0 || t < r.End)
}

// Overlaps reports whether r and other have a token in common.
func (r Range) Overlaps(other Range) bool {
	return (other.End == 0 || r.Start < other.End) && (r.End == 0 || other.Start < r.End)
}

// Intersect returns the tokens that r and other have in common; ok is false if
// there are none.
func (r Range) Intersect(other Range) (common Range, ok bool) {
	if !r.Overlaps(other) {
		return Range{}, false
	}
	common = Range{Start: max(r.Start, other.Start), End: r.End}
	if r.End == 0 || other.End != 0 && other.End < r.End {
		common.End = other.End
	}
	return common, true
}

// Split cuts r into n ranges of nearly the same size, at bounds that are as short
// as they can be; n is 1 to 1024.
func (r Range) Split(n int) ([]Range, error) {
	even, err := EvenRanges(n)
	if err != nil || r.IsWhole() {
		return even, err
	}
	width := uint64(r.End - r.Start) // modulo 2^64: End 0 stands for that
	part := width / uint64(n)
	if part == 0 {
		return nil, &Refused{
			Code: CodeInvalid, Message: fmt.Sprintf("the range %s has fewer than %d tokens", r, n), Hint: "split it into fewer parts",
		}
	}
	ranges := make([]Range, n)
	ranges[0].Start, ranges[n-1].End = r.Start, r.End
	for i := 1; i < n; i++ {
		high, low := bits.Mul64(width, uint64(i))
		offset, _ := bits.Div64(high, low, uint64(n))
		ranges[i].Start = shortened(uint64(r.Start)+offset, part/16)
		ranges[i-1].End = ranges[i].Start
	}
	return ranges, nil
}

// shortened is the token nearest to exact, no further away than slack, that is
// written with the fewest whole bytes.
func shortened(exact, slack uint64) shardkey.Token {
	unit := uint64(1)
	for unit <= slack>>8 || unit<<8 != 0 && exact%(unit<<8) == 0 {
		unit <<= 8
	}
	return shardkey.Token((exact + unit/2) / unit * unit)
}

// IsWhole reports whether r is the whole space.
func (r Range) IsWhole() bool { return r == Range{} }

// String writes r as hex prefixes, in whole bytes, as short as they can be.
func (r Range) String() string { return bound(r.Start) + "-" + bound(r.End) }

// MarshalText writes r as String does, so that a stored range is readable.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Range) UnmarshalText(text []byte) error {
	parsed, err := ParseRange(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}

// bound prints one end of a range; 0 prints as nothing at either end.
func bound(t shardkey.Token) string {
	digits := fmt.Sprintf("%016x", uint64(t))
	for strings.HasSuffix(digits, "00") {
		digits = digits[:len(digits)-2]
	}
	return digits
}

// ParseRange reads a range such as "-80", "40-80", "80-" or "-". Each bound is
// a hex prefix of up to 16 digits: "8" and "80" both stand for 0x80 and zeros.
func ParseRange(text string) (Range, error) {
	start, end, found := strings.Cut(text, "-")
	if !found {
		return Range{}, badRange(text, "it has no '-'")
	}
	var r Range
	var err error
	if r.Start, err = parseBound(start); err != nil {
		return Range{}, badRange(text, err.Error())
	}
	if r.End, err = parseBound(end); err != nil {
		return Range{}, badRange(text, err.Error())
	}
	if end != "" && r.End <= r.Start {
		return Range{}, badRange(text, "it ends before it starts")
	}
	return r, nil
}

func parseBound(digits string) (shardkey.Token, error) {
	if digits == "" {
		return 0, nil
	}
	if len(digits) > tokenDigits {
		return 0, fmt.Errorf("%q has more than %d digits", digits, tokenDigits)
	}
	padded := digits + strings.Repeat("0", tokenDigits-len(digits))
	value, err := strconv.ParseUint(padded, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a hex prefix", digits)
	}
	return shardkey.Token(value), nil
}

func badRange(text, why string) error {
	return &Refused{
		Code:    CodeInvalid,
		Message: fmt.Sprintf("%q is not a token range: %s", text, why),
		Hint:    "ranges are hex prefixes such as -80, 40-80, 80- or - for everything",
	}
}
