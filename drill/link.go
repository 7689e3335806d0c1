package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Link is what there is between a process and others, and what is wrong with it
// while it is cut. Everybody else reaches everybody.
type Link struct {
	A Process
	// B are those at the other end; all other processes if there is none.
	B []Process
	// Way says whose packets it is about.
	Way Way
	// Loss is how many packets of a hundred get lost; 100: none arrives.
	Loss int
	// Delay is how late each packet of A's is, and Kilobits how many of them a
	// second there can be, 0 standing for no bound. Both are about all that A sends.
	Delay    time.Duration
	Kilobits int
}

// Way is a direction.
type Way int

// The ways, as A sees it.
const (
	BothWays Way = iota
	Out
	In
)

// Check says what is wrong with a link; nil if nothing is.
func (l Link) Check() error {
	shaped := l.Delay > 0 || l.Kilobits > 0
	switch {
	case l.A == Process{}:
		return fmt.Errorf("a link begins at a process")
	case slices.Contains(l.B, l.A):
		return fmt.Errorf("%s has no link with itself", l.A)
	case l.Loss < 0 || l.Loss > 100:
		return fmt.Errorf("%d of a hundred packets cannot get lost", l.Loss)
	case l.Loss == 0 && !shaped:
		return fmt.Errorf("nothing is wrong with the link of %s", l.A)
	case shaped && (len(l.B) > 0 || l.Way != Out):
		return fmt.Errorf("all that %s sends is slow, or nothing", l.A)
	}
	return nil
}

// String says what is wrong with the link, for people.
func (l Link) String() string {
	others := "everybody"
	if len(l.B) > 0 {
		names := make([]string, len(l.B))
		for n, b := range l.B {
			names[n] = b.String()
		}
		others = strings.Join(names, " and ")
	}
	between := fmt.Sprintf("between %s and %s", l.A, others)
	switch l.Way {
	case Out:
		between = fmt.Sprintf("from %s to %s", l.A, others)
	case In:
		between = fmt.Sprintf("from %s to %s", others, l.A)
	case BothWays:
	}
	switch {
	case l.Delay > 0:
		return fmt.Sprintf("everything %s is %s late", between, l.Delay)
	case l.Kilobits > 0:
		return fmt.Sprintf("no more than %d kbit/s get through %s", l.Kilobits, between)
	case l.Loss < 100:
		return fmt.Sprintf("%d of a hundred packets %s get lost", l.Loss, between)
	}
	return "nothing gets through " + between
}
