package plan

// Into puts the only row of a query into user variables, SELECT … INTO @a, @b.
type Into struct {
	// Query has a text for one group too: the client's own has INTO in it.
	Query *Route
	// Variables are named without their @.
	Variables []string
}

func (*Into) op() {}

// intoVariables has the answer of a query kept instead of sent, if it is for
// user variables.
func (b *builder) intoVariables(op Op, err error) (Op, error) {
	if err != nil || len(b.in.Into) == 0 {
		return op, err
	}
	r, ok := op.(*Route)
	if !ok {
		return nil, notSupported("SELECT … INTO variables is not supported of this query; select the values and SET the variables")
	}
	if r.One, err = b.whole(); err != nil {
		return nil, err
	}
	return &Into{Query: r, Variables: b.in.Into}, nil
}
