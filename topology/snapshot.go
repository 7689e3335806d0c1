package topology

import "github.com/shardway/shardway/shardkey"

// Snapshot is the whole topology as one immutable value. Whoever holds one may
// read it for as long as it likes; nobody changes it. Everything derived from
// it (a plan, a choice of replica) carries its Version.
type Snapshot struct {
	// Version is the etcd revision at which this state was read; it grows.
	Version int64
	// Groups, Instances, Keyspaces and Users are keyed by their own id or name.
	Groups    map[string]*Group
	Instances map[string]*Instance
	Keyspaces map[string]*Keyspace
	Users     map[string]*User
	// Accounts holds, by group, the account that proxies log in to the group's
	// instances with. It belongs to the group's RouteEpoch.
	Accounts map[string]Account
	// Placement lists the groups that a new keyspace is spread over; empty
	// means every group, in order of id.
	Placement []string
}

// Group is a replication group: the unit of failover.
type Group struct {
	ID string `json:"id"`
	// Primary is the id of the instance that takes writes; empty until the
	// controller has opened one. Proxies never write to any other.
	Primary string `json:"primary"`
	// Term is the group's epoch; it grows with each promotion.
	Term int64 `json:"term"`
	// Ackers are the ids of the replicas whose semi-sync acknowledgement counts.
	Ackers []string `json:"ackers,omitempty"`
	// Durability says whose acknowledgement its writes wait for; see Promises.
	Durability Durability `json:"durability,omitempty"`
	// RouteEpoch numbers the account that proxies log in with.
	RouteEpoch int64 `json:"route_epoch"`
	// Operation is what is changing the primary; nil if nothing is.
	Operation *Operation `json:"operation,omitempty"`
	// Floor is a GTID set that every replica must have executed before it is read:
	// shards came to the group with it (safety rule 16).
	Floor string `json:"floor,omitempty"`
}

// Role is what an instance is for.
type Role string

// The roles of an instance.
const (
	RolePrimary Role = "primary"
	RoleReplica Role = "replica"
	RoleSpare   Role = "spare"
)

// Instance is one MySQL server.
type Instance struct {
	ID    string `json:"id"`
	Host  string `json:"host"`
	Port  int    `json:"port"`
	Zone  string `json:"zone,omitempty"`
	Group string `json:"group,omitempty"`
	Role  Role   `json:"role"`
	// Drained: clients do not read there, see Draft.Drain.
	Drained bool `json:"drained,omitempty"`
	// Weight is how much of its group's reads it gets, compared with the others';
	// 0 stands for 1.
	Weight int `json:"weight,omitempty"`
	// Job is what is being done to it; nil if nothing is.
	Job *InstanceJob `json:"job,omitempty"`
}

// Keyspace is a logical database that clients USE. On every group that holds
// one of its shards it is a MySQL schema of the same name.
type Keyspace struct {
	Name string `json:"name"`
	// Undeclared says what a table becomes that nobody declared:
	// KindSingle, or KindSharded by the first column of its primary key.
	Undeclared Kind `json:"undeclared"`
	// Shards cover 0 .. 2^64-1 without gap or overlap, in order.
	Shards []Shard `json:"shards"`
	// Tables holds the declared tables, by name. It is stored apart from the
	// keyspace's own record.
	Tables map[string]*Table `json:"-"`
	// SchemaVersion grows with every DDL statement that ran through Shardway.
	SchemaVersion int64 `json:"schema_version"`
	// Dropping: the keyspace is being dropped. It serves nobody any more; its
	// record goes once its schemas are gone.
	Dropping bool `json:"dropping,omitempty"`
	// ShardEpoch grows whenever the shards are on other groups than before.
	ShardEpoch int64 `json:"shard_epoch,omitempty"`
	// Balancing is how reads are shared among replicas.
	Balancing Balancing `json:"balancing,omitzero"`
	// Move is what is changing its shards; nil if nothing is.
	Move *Move `json:"move,omitempty"`
	// Receives is the keyspace whose move brings a table here; empty if none does.
	Receives string `json:"receives,omitempty"`
	// Moved are the tables that have moved to other keyspaces, by name, each with the
	// one that has it now: clients go on naming them here. See Snapshot.Home.
	Moved map[string]string `json:"moved,omitempty"`
}

// Shard is a token range placed on one group.
type Shard struct {
	Range Range  `json:"range"`
	Group string `json:"group"`
}

// Kind says how a table's rows are spread.
type Kind string

// The kinds of tables.
const (
	KindSharded   Kind = "sharded"   // a row's token comes from the shard key
	KindSingle    Kind = "single"    // every row has token 0
	KindReference Kind = "reference" // every shard holds a full copy
)

// Table is a declaration: what Shardway knows of a table beyond its schema.
type Table struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// ShardKey is set for KindSharded alone.
	ShardKey shardkey.Key `json:"shard_key,omitempty"`
	// Sequence names the AUTO_INCREMENT column fed from etcd; empty if none.
	Sequence string `json:"sequence,omitempty"`
	// UniqueShard: the owner vouches that unique keys without the shard key
	// need only be unique within a shard.
	UniqueShard bool `json:"unique_shard,omitempty"`
	// SequenceID names the sequence behind the column Sequence. No two tables
	// of a keyspace ever share one, not even one after the other under one
	// name, and it stays when the table is renamed.
	SequenceID string `json:"sequence_id,omitempty"`
	// Unique are the unique keys that no single server can keep.
	Unique []GlobalKey `json:"unique,omitempty"`
	// IndexOf names the table that this one is the index table of; empty for
	// every other table.
	IndexOf string `json:"index_of,omitempty"`
}
