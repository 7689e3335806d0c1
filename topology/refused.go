package topology

import "errors"

// Code says of which sort a refusal is, for callers that must choose a status
// or a MySQL error number.
type Code string

// The sorts of refusal.
const (
	CodeInvalid     Code = "invalid"     // the request says something that cannot be
	CodeNotFound    Code = "not_found"   // it names something that does not exist
	CodeExists      Code = "exists"      // it makes something that exists already
	CodeInUse       Code = "in_use"      // something else still needs what it removes
	CodeUnsupported Code = "unsupported" // Shardway cannot do this (yet)
	CodeUnavailable Code = "unavailable" // a server that is needed does not answer
)

// Refused is a request that cannot be done, with what to do instead. Nothing
// has been changed.
type Refused struct {
	Code Code
	// Message says what is refused and why, Hint what to do instead.
	Message string
	Hint    string
}

// Error returns the message alone; whoever shows it adds the hint.
func (r *Refused) Error() string { return r.Message }

// AsRefused finds the refusal in err's chain.
func AsRefused(err error) (*Refused, bool) {
	var refused *Refused
	ok := errors.As(err, &refused)
	return refused, ok
}
