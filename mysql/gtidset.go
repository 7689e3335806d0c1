package mysql

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// GTIDSet is a set of transactions. The zero value is the empty set. A set is
// immutable: Add and Union return another one, so sets may be shared freely.
type GTIDSet struct {
	// sources are in order of UUID and tag, each with at least one span; spans
	// are in order, apart by at least one number.
	sources []gtidSpans
}

type gtidSpans struct {
	GTIDSource
	spans []gtidSpan
}

// gtidSpan is the numbers first..last, both included.
type gtidSpan struct{ first, last uint64 }

// ParseGTIDSet parses MySQL's text form, with or without tags, spaces and line
// breaks. An empty text is the empty set.
func ParseGTIDSet(text string) (GTIDSet, error) {
	var set GTIDSet
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		var err error
		if set.sources, err = parseGTIDPart(set.sources, part); err != nil {
			return GTIDSet{}, err
		}
	}
	set.normalize()
	return set, nil
}

// parseGTIDPart parses "uuid[:tag][:a[-b]]…", where each tag is for the
// numbers behind it.
func parseGTIDPart(dst []gtidSpans, part string) ([]gtidSpans, error) {
	head, rest, _ := strings.Cut(part, ":")
	uuid, ok := parseUUID(strings.TrimSpace(head))
	if !ok || rest == "" {
		return nil, malformed("GTID set")
	}
	cur := gtidSpans{GTIDSource: GTIDSource{UUID: uuid}}
	for field := range strings.SplitSeq(rest, ":") {
		field = strings.TrimSpace(field)
		if validTag(field) {
			if len(cur.spans) > 0 {
				dst = append(dst, cur)
			}
			cur = gtidSpans{GTIDSource: GTIDSource{UUID: uuid, Tag: strings.ToLower(field)}}
			continue
		}
		span, ok := parseSpan(field)
		if !ok {
			return nil, malformed("GTID set")
		}
		cur.spans = append(cur.spans, span)
	}
	if len(cur.spans) == 0 {
		return nil, malformed("GTID set")
	}
	return append(dst, cur), nil
}

func parseSpan(s string) (gtidSpan, bool) {
	a, b, ranged := strings.Cut(s, "-")
	first, err := strconv.ParseUint(strings.TrimSpace(a), 10, 63)
	if err != nil || first == 0 {
		return gtidSpan{}, false
	}
	if !ranged {
		return gtidSpan{first, first}, true
	}
	last, err := strconv.ParseUint(strings.TrimSpace(b), 10, 63)
	return gtidSpan{first, last}, err == nil && last >= first
}

// normalize sorts, joins equal sources and touching spans.
func (s *GTIDSet) normalize() {
	if len(s.sources) > 1 {
		slices.SortStableFunc(s.sources, func(a, b gtidSpans) int { return a.compare(b.GTIDSource) })
	}
	out := s.sources[:0]
	for _, src := range s.sources {
		if n := len(out); n > 0 && out[n-1].compare(src.GTIDSource) == 0 {
			out[n-1].spans = append(out[n-1].spans, src.spans...)
			continue
		}
		out = append(out, src)
	}
	for i := range out {
		out[i].spans = joinSpans(out[i].spans)
	}
	s.sources = out
}

func joinSpans(spans []gtidSpan) []gtidSpan {
	if len(spans) < 2 {
		return spans
	}
	slices.SortFunc(spans, func(a, b gtidSpan) int {
		if a.first < b.first {
			return -1
		}
		if a.first > b.first {
			return 1
		}
		return 0
	})
	out := spans[:1]
	for _, sp := range spans[1:] {
		if end := &out[len(out)-1]; sp.first <= end.last+1 {
			end.last = max(end.last, sp.last)
			continue
		}
		out = append(out, sp)
	}
	return out
}

// IsZero reports whether the set is empty.
func (s GTIDSet) IsZero() bool { return len(s.sources) == 0 }

// find returns the spans of a source, nil if there are none.
func (s GTIDSet) find(src GTIDSource) []gtidSpan {
	for i := range s.sources {
		if s.sources[i].UUID == src.UUID && s.sources[i].Tag == src.Tag {
			return s.sources[i].spans
		}
	}
	return nil
}

// Has reports whether the set contains one transaction.
func (s GTIDSet) Has(g GTID) bool {
	return spansContain(s.find(g.GTIDSource), gtidSpan{g.N, g.N})
}

func spansContain(spans []gtidSpan, want gtidSpan) bool {
	if n := len(spans); n == 1 {
		return spans[0].first <= want.first && want.last <= spans[0].last
	}
	i := sort.Search(len(spans), func(i int) bool { return spans[i].last >= want.first })
	return i < len(spans) && spans[i].first <= want.first && want.last <= spans[i].last
}

// Contains reports whether every transaction of t is in s.
func (s GTIDSet) Contains(t GTIDSet) bool {
	for i := range t.sources {
		have := s.find(t.sources[i].GTIDSource)
		for _, want := range t.sources[i].spans {
			if !spansContain(have, want) {
				return false
			}
		}
	}
	return true
}

// Union returns the transactions that are in either set.
func (s GTIDSet) Union(t GTIDSet) GTIDSet {
	if s.Contains(t) {
		return s
	}
	if t.Contains(s) {
		return t
	}
	u := GTIDSet{sources: make([]gtidSpans, 0, len(s.sources)+len(t.sources))}
	for _, set := range [...]GTIDSet{s, t} {
		for _, src := range set.sources {
			src.spans = slices.Clone(src.spans)
			u.sources = append(u.sources, src)
		}
	}
	u.normalize()
	return u
}

// Subtract returns the transactions of s that are not in t.
func (s GTIDSet) Subtract(t GTIDSet) GTIDSet {
	var out GTIDSet
	for _, src := range s.sources {
		left := src.spans
		for _, cut := range t.find(src.GTIDSource) {
			left = cutSpan(left, cut)
		}
		if len(left) > 0 {
			out.sources = append(out.sources, gtidSpans{src.GTIDSource, left})
		}
	}
	return out
}

// cutSpan returns the numbers of spans that are not in cut.
func cutSpan(spans []gtidSpan, cut gtidSpan) []gtidSpan {
	out := make([]gtidSpan, 0, len(spans)+1)
	for _, sp := range spans {
		if sp.last < cut.first || sp.first > cut.last {
			out = append(out, sp)
			continue
		}
		if sp.first < cut.first {
			out = append(out, gtidSpan{sp.first, cut.first - 1})
		}
		if sp.last > cut.last {
			out = append(out, gtidSpan{cut.last + 1, sp.last})
		}
	}
	return out
}

// Add returns the set with one more transaction.
func (s GTIDSet) Add(g GTID) GTIDSet {
	return s.Union(GTIDSet{sources: []gtidSpans{{g.GTIDSource, []gtidSpan{{g.N, g.N}}}}})
}

// Equal reports whether both sets have the same transactions.
func (s GTIDSet) Equal(t GTIDSet) bool { return s.Contains(t) && t.Contains(s) }

// Count returns the number of transactions in the set.
func (s GTIDSet) Count() uint64 {
	var n uint64
	for i := range s.sources {
		for _, sp := range s.sources[i].spans {
			n += sp.last - sp.first + 1
		}
	}
	return n
}

// String prints the set in a form that MySQL reads, without line breaks.
func (s GTIDSet) String() string { return string(s.Append(nil)) }

// Append appends the text form to dst. Tagged sources are written out one by
// one, which every version that knows tags accepts.
func (s GTIDSet) Append(dst []byte) []byte {
	for i := range s.sources {
		src := &s.sources[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendUUID(dst, src.UUID)
		if src.Tag != "" {
			dst = append(append(dst, ':'), src.Tag...)
		}
		for _, sp := range src.spans {
			dst = strconv.AppendUint(append(dst, ':'), sp.first, 10)
			if sp.last > sp.first {
				dst = strconv.AppendUint(append(dst, '-'), sp.last, 10)
			}
		}
	}
	return dst
}
