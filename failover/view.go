package failover

import (
	"time"

	"github.com/shardway/shardway/mysql"
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
	// BeatSince is since when the primary's heartbeat has been waiting to be
	// written, zero if it is not; BeatState is what that session is doing there.
	BeatSince time.Time
	BeatState string
	// FailedOver is when this controller last replaced a dead primary.
	FailedOver time.Time
}

// Instance is one member of a group as last observed.
type Instance struct {
	ID   string
	Role topology.Role
	Host string
	Port int
	Zone string
	// Drained and Job are as in the topology.
	Drained bool
	Job     *topology.InstanceJob
	// Err says why the instance could not be asked; empty if it answered. The
	// facts are the zero value then.
	Err string
	// DownSince is when it last stopped answering; zero if it answers.
	DownSince time.Time
	// StartedAt is when a Start was last tried on it, DemotedAt when a Demote was,
	// SkippedAt when half a branch was last skipped.
	StartedAt time.Time
	DemotedAt time.Time
	SkippedAt time.Time
	// Copying: this controller has begun to copy another server's data onto it.
	Copying bool
	// Refused: it did not answer the questions, but it said so itself, for
	// instance that it has too many connections. It is not dead.
	Refused bool
	// Full: what it said is that there is no room on its disk.
	Full bool
	// LastExecuted is what it had executed when it last answered.
	LastExecuted string
	// Owed is what its source had executed at the look before this one, if the replica
	// was connected to it by then; nil if not.
	Owed *string
	// Needed is what another must have received before this acker is struck off;
	// empty as long as that is not known.
	Needed string
	// HeardAt is when the replica was last seen to have got anything from its
	// source, a heartbeat or a transaction.
	HeardAt time.Time
	// Unsynced is what it had received when it was first seen to sync its relay log:
	// some of that may not be on the disk.
	Unsynced string
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
	// SyncsRelay: what its receiver gets is on the disk before anything else is done.
	SyncsRelay bool
	// Offline and ReadOnly are offline_mode and super_read_only.
	Offline  bool
	ReadOnly bool
	// SemiSyncSource and SemiSyncReplica are the two switches of semi-sync;
	// SemiSyncClients is how many replicas the source counts on.
	SemiSyncSource  bool
	SemiSyncReplica bool
	SemiSyncClients int
	// Schema: the _shardway schema has all its tables. Term is the highest in it,
	// TermOf who was opened then.
	Schema bool
	Term   int64
	TermOf string
	// Acknowledging: its receiver acknowledges what it gets, whatever the switch
	// says now.
	Acknowledging bool
	// Accounts are the names of Shardway's own accounts on the server, Locked
	// those of them that nobody can log in with, Connected those that have a
	// session.
	Accounts  []string
	Locked    []string
	Connected []string
	// Admin is the account that it was asked with, user@host.
	Admin string
	// Clone is the last copy of another server that was made onto this one; nil
	// if none was or nobody asked.
	Clone *Clone
	// UUID is its server_uuid.
	UUID string
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
	// ByPosition: it is told by file and position what to get next, not by GTIDs.
	ByPosition bool
	// Receiver and Applier are the two halves: "Yes", "No" or "Connecting".
	Receiver string
	Applier  string
	// ReceiverErrno and ApplierErrno are MySQL's error numbers, 0 if none.
	ReceiverErrno int
	ApplierErrno  int
	ReceiverError string
	ApplierError  string
	// Retrieved is what the receiver has on disk since the replica's source was
	// last changed. Drained: all of it has been applied.
	Retrieved string
	Drained   bool
	// Progress changes whenever the receiver gets anything, heartbeats included.
	Progress string
}

// Clone is a copy of another server's data, as the copying server tells it.
type Clone struct {
	// Began is MySQL's word for when it began; it tells copies apart.
	Began string
	// State is "In Progress", "Completed" or "Failed", Error why.
	State string
	Error string
}

// points reports whether s replicates from i, by GTID.
func (s *Source) points(i *Instance) bool {
	return s != nil && !s.ByPosition && s.Host == i.Host && s.Port == i.Port
}

// halted reports whether the applier has stopped where it cannot roll back half
// a branch, see skipHalf.
func (s *Source) halted() bool { return s != nil && s.ApplierErrno == int(mysql.ErXAerRmfail) }

// still reports whether an instance can neither receive nor be written to: what
// it has now is what it will have.
func (i *Instance) still() bool {
	if !i.Up() {
		return false
	}
	if i.Source != nil {
		return i.Source.Receiver == "No" && i.ReadOnly
	}
	return i.ReadOnly && i.Offline
}

// deposed reports whether an instance that is a replica has been a primary and
// was not closed since.
func (i *Instance) deposed() bool {
	return i.Source == nil && (!i.ReadOnly || !i.Offline) && i.SemiSyncSource
}

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

// leading returns the instance with the primary's role, or the one that is
// being promoted; nil if there is none.
func (v *View) leading() *Instance {
	if o := v.Group.Operation; o != nil && o.Phase == topology.PhasePromote {
		return v.instance(o.To)
	}
	for i := range v.Instances {
		if v.Instances[i].Role == topology.RolePrimary {
			return &v.Instances[i]
		}
	}
	return nil
}

// voters are the instances that together have every acknowledged write; if the
// group's writes wait for nobody, all that may have some.
func (v *View) voters() []string {
	if v.Group.Promises() != topology.DurabilityNone {
		return v.Group.Ackers
	}
	var ids []string
	for _, r := range v.replicas() {
		if r.Job == nil {
			ids = append(ids, r.ID)
		}
	}
	return ids
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
