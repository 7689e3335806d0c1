package drill

import (
	"context"
	"time"
)

// Drill is one way to break a cluster.
type Drill struct {
	Name string
	// Does is what it does, Holds what must hold beyond what always must, each
	// a sentence.
	Does  string
	Holds string
	// Changes bounds how often the group's primary changes.
	Changes Between
	// Quiet: clients must not be told any error at all.
	Quiet bool
	// Follow is how long replicas may need to have what their primary has, once
	// nobody writes; 0 stands for 30 s.
	Follow time.Duration
	// Median and Worst are what the outage should be at most over many runs; 0
	// stands for no target. They are said, and break no promise.
	Median, Worst time.Duration
	// Needs are what a cluster must have; what one cannot do is found out.
	Needs Needs
	Steps []Step
}

// Between bounds a number, both ends included.
type Between struct{ Min, Max int }

// Needs are what a cluster must consist of for a drill.
type Needs struct{ Controllers, Proxies, Replicas, Etcd int }

// Step is one thing that is done, in words and in deed.
type Step struct {
	Does string
	do   func(ctx context.Context, s *scene) error
}

// always is what must hold in every drill, for people.
const always = "No acknowledged write is lost; none that was refused is there; none is done by halves or twice. " +
	"The bank's total stays. What readers see of registers and of the journal fits one order of events. " +
	"Each group has one server that takes writes, and its replicas have the same rows. No transaction is left prepared."

// Always is what must hold in every drill, in a few sentences.
func Always() string { return always }

// Find returns the drill of a name; false if there is none.
func Find(name string) (Drill, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return Drill{}, false
}
