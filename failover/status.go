package failover

import (
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
)

// GroupStatus is what was last seen of a group, for people.
type GroupStatus struct {
	// Group is empty for the spares.
	Group     string           `json:"group"`
	Healthy   bool             `json:"healthy"`
	Instances []InstanceStatus `json:"instances"`
	// Messages are what is wrong, and what was just done about it.
	Messages []string `json:"messages,omitempty"`
}

// State is an instance's condition in one word.
type State string

// The states of an instance.
const (
	StateServing  State = "serving"  // clients may use it in its role
	StateFenced   State = "fenced"   // it answers, and is closed to clients
	StateStopped  State = "stopped"  // a replica that does not replicate
	StateSpare    State = "spare"    // it answers and belongs to no group
	StateDown     State = "down"     // it does not answer
	StateDiverged State = "diverged" // it has transactions that the primary lacks
	StateWorking  State = "working"  // a job is being done on it
	StateDrained  State = "drained"  // a replica that clients are kept from
)

// InstanceStatus is what was last seen of an instance.
type InstanceStatus struct {
	ID    string        `json:"id"`
	Role  topology.Role `json:"role"`
	State State         `json:"state"`
	// Problem says why the state is not what it should be.
	Problem   string    `json:"problem,omitempty"`
	DownSince time.Time `json:"down_since,omitzero"`
	Executed  string    `json:"executed,omitempty"`
}

func statusOf(v View, messages []string) GroupStatus {
	s := GroupStatus{Group: v.Group.ID, Healthy: true, Messages: messages, Instances: []InstanceStatus{}}
	if v.Group.ID != "" && v.Group.Primary == "" {
		s.Healthy = false
	}
	for i := range v.Instances {
		instance := &v.Instances[i]
		one := InstanceStatus{
			ID: instance.ID, Role: instance.Role, State: stateOf(instance),
			Problem: problemOf(instance), DownSince: instance.DownSince, Executed: instance.Executed,
		}
		if one.State != StateServing && one.State != StateSpare && one.State != StateDrained {
			s.Healthy = false
		}
		s.Instances = append(s.Instances, one)
	}
	return s
}

func stateOf(i *Instance) State {
	switch {
	case i.Job != nil:
		return StateWorking
	case !i.Up():
		return StateDown
	case i.Role == topology.RoleSpare:
		return StateSpare
	case i.Errant != "":
		return StateDiverged
	case i.Role == topology.RoleReplica && !i.Source.running():
		return StateStopped
	case i.Offline || i.Role == topology.RolePrimary && i.ReadOnly:
		return StateFenced
	}
	if i.Drained {
		return StateDrained
	}
	return StateServing
}

func problemOf(i *Instance) string {
	switch {
	case i.Job != nil:
		return progress(i)
	case !i.Up():
		return i.Err
	case i.Errant != "":
		return "it has transactions that the primary lacks: " + i.Errant
	case i.Source != nil && (i.Source.ReceiverErrno != 0 || i.Source.ApplierErrno != 0):
		return strings.TrimSpace(i.Source.ReceiverError + " " + i.Source.ApplierError)
	}
	return ""
}
