package failover

import (
	"time"

	"github.com/shardway/shardway/topology"
)

// View is what is known of one group: its record in the topology, and what each
// instance said when it was last asked.
type View struct {
	Group topology.Group
	// Account is the name of the account that proxies log in with.
	Account string
	// Instances are the group's members, the one with the primary's role first.
	Instances []Instance
}

// Instance is one member of a group as last observed.
type Instance struct {
	ID   string
	Role topology.Role
	Host string
	Port int
	// Err says why the instance could not be asked; empty if it answered. The
	// facts are the zero value then.
	Err string
	// DownSince is when it last stopped answering; zero if it answers.
	DownSince time.Time
	// StartedAt is when a Start was last tried on it.
	StartedAt time.Time
	Facts
}

// Up reports whether the instance answered.
func (i *Instance) Up() bool { return i.Err == "" }

// Facts are what a server says of itself.
type Facts struct {
	// Unfit says which setting, that only a restart changes, keeps the server
	// from replicating; empty if none does.
	Unfit string
	// Configured: the settings by which a member of a group with replicas is
	// safe are in force, at its next start, too.
	Configured bool
	// Offline and ReadOnly are offline_mode and super_read_only.
	Offline  bool
	ReadOnly bool
	// SemiSyncSource and SemiSyncReplica are the two switches of semi-sync;
	// SemiSyncClients is how many replicas the source counts on.
	SemiSyncSource  bool
	SemiSyncReplica bool
	SemiSyncClients int
	// Schema: the _shardway schema is there. Term is the highest in it.
	Schema bool
	Term   int64
	// Accounts are the names of Shardway's own accounts on the server.
	Accounts []string
	// Executed is gtid_executed. Errant is the part of it that the group's
	// primary lacks, as far as that could be asked.
	Executed string
	Errant   string
	// Source is where the server replicates from; nil if from nowhere.
	Source *Source
}

// Source is the state of replication on a replica.
type Source struct {
	Host string
	Port int
	// Receiver and Applier are the two halves: "Yes", "No" or "Connecting".
	Receiver string
	Applier  string
	// ReceiverErrno and ApplierErrno are MySQL's error numbers, 0 if none.
	ReceiverErrno int
	ApplierErrno  int
	ReceiverError string
	ApplierError  string
	// Drained: everything that was received has been applied.
	Drained bool
}

// points reports whether s replicates from i.
func (s *Source) points(i *Instance) bool { return s != nil && s.Host == i.Host && s.Port == i.Port }

// running reports whether both halves run.
func (s *Source) running() bool { return s != nil && s.Receiver == "Yes" && s.Applier == "Yes" }

func (v *View) instance(id string) *Instance {
	for i := range v.Instances {
		if v.Instances[i].ID == id {
			return &v.Instances[i]
		}
	}
	return nil
}

func (v *View) replicas() []*Instance {
	var out []*Instance
	for i := range v.Instances {
		if v.Instances[i].Role == topology.RoleReplica {
			out = append(out, &v.Instances[i])
		}
	}
	return out
}
