package parser

import "errors"

// ReadHint is the read level that a SHARDWAY(…) optimizer hint asks for.
type ReadHint uint8

// The read levels, as in /*+ SHARDWAY(primary) */.
const (
	HintNone ReadHint = iota
	HintPrimary
	HintSession
	HintBounded
	HintEventual
	HintSnapshot
)

// ErrHint is matched by Shape.HintErr.
var ErrHint = errors.New("SHARDWAY hint")

// String is the hint's word, empty for HintNone.
func (h ReadHint) String() string {
	switch h {
	case HintPrimary:
		return "primary"
	case HintSession:
		return "session"
	case HintBounded:
		return "bounded"
	case HintEventual:
		return "eventual"
	case HintSnapshot:
		return "snapshot"
	default:
		return ""
	}
}
