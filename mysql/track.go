package mysql

// StateKind is the kind of one entry of session state in an OK packet.
type StateKind byte

// The kinds of session state.
const (
	StateSystemVariables   StateKind = 0
	StateSchema            StateKind = 1
	StateChanged           StateKind = 2
	StateGTIDs             StateKind = 3
	StateTransactionTraits StateKind = 4
	StateTransaction       StateKind = 5
)

// State is one entry of session state.
type State struct {
	Kind StateKind
	// Name is the variable's name for StateSystemVariables, else empty.
	Name string
	// Value is the variable's value, the schema, the GTID set, or the
	// transaction's state, as the server printed it.
	Value string
}

// ParseTrack splits the raw session state of an OK packet into its entries.
// Kinds that are not known are left out.
func ParseTrack(track []byte) ([]State, error) {
	var states []State
	c := cursor{p: track}
	for len(c.p) > 0 && !c.bad {
		kind := StateKind(c.uint8())
		d := cursor{p: c.lenencBytes()}
		switch kind {
		case StateSystemVariables:
			for len(d.p) > 0 && !d.bad {
				name, value := d.lenencBytes(), d.lenencBytes()
				states = append(states, State{Kind: kind, Name: string(name), Value: string(value)})
			}
		case StateGTIDs:
			d.uint8() // the encoding; 0 is the only one there is
			states = append(states, State{Kind: kind, Value: string(d.lenencBytes())})
		case StateSchema, StateChanged, StateTransactionTraits, StateTransaction:
			states = append(states, State{Kind: kind, Value: string(d.lenencBytes())})
		}
		c.bad = c.bad || d.bad
	}
	if c.bad {
		return nil, malformed("session state")
	}
	return states, nil
}
