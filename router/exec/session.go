package exec

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/shardway/shardway/heat"
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/merge"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// Environment is what all sessions of a proxy share.
type Environment struct {
	Topology  *topology.Source
	Pools     *pool.Cluster
	Sequences *Sequences
	// Control changes the topology on behalf of clients: DDL and accounts.
	Control Control
	// Schema returns a keyspace's schema; Reload reads it anew.
	Schema Schemas
	Limits Limits
	Log    *slog.Logger
	// held counts the connections that sessions keep for SHOW WARNINGS alone.
	held atomic.Int32
	// holds are the statements that wait for a group's primary.
	holds holds
	// jobs are what sessions are executing on several groups.
	jobs jobIDs
	// Heat counts a sample of the statements that a shard key places.
	Heat heat.Meter
}

// Control is the part of the control plane that statements reach.
type Control interface {
	// CreateKeyspace makes a keyspace on the default placement; charset and
	// collation are the servers' own when empty.
	CreateKeyspace(ctx context.Context, name, charset, collation string) error
	DropKeyspace(ctx context.Context, name string) error
	// DeclareTable stores what CREATE TABLE says of a table, after checking it.
	DeclareTable(ctx context.Context, keyspace string, t *plan.CreateTable, d parser.Declaration) error
	// ForgetTable removes a declaration.
	ForgetTable(ctx context.Context, keyspace, table string) error
	// SchemaChanged bumps the keyspace's schema version and returns when this
	// proxy's topology has it.
	SchemaChanged(ctx context.Context, keyspace string) error
	// BeginJob takes a keyspace for a definition on several groups. A refusal
	// as topology.CodeInUse means that another one is under way.
	BeginJob(ctx context.Context, job topology.Job) (*topology.Job, error)
	// ReportJob says how far one has come; stopped: it is not gone on with. Once
	// it is done on every group, it returns when this proxy's topology has the
	// outcome.
	ReportJob(ctx context.Context, id string, groups []topology.JobGroup, stopped bool) error
}

// Schemas knows the keyspaces' tables.
type Schemas interface {
	Get(ctx context.Context, ks *topology.Keyspace) (*plan.Schema, error)
	// Invalidate makes the next Get read anew.
	Invalidate(keyspace string)
	// Suspect is told of a statement that failed as if the schema had changed.
	Suspect(keyspace string)
	// Generation changes whenever a schema does.
	Generation() uint64
}

// Limits bound what one session may use.
type Limits struct {
	// Merge bounds rows and bytes held while answers of several groups are put together.
	Merge merge.Limits
	// Gather bounds the rows, and their bytes, that a statement collects from
	// several shards in temporary tables: gather_max_rows, gather_max_bytes.
	Gather merge.Limits
	// WaitReplica is how long a read waits on a replica for the session's position.
	WaitReplica time.Duration
	// CommitWait bounds the wait for the answer to COMMIT, which comes only once
	// a replica has acknowledged, and the wait for that of a statement that commits
	// by itself.
	CommitWait time.Duration
	// LagMax is the lag up to which a replica serves level bounded.
	LagMax time.Duration
	// Hold bounds what waits for a group's primary.
	Hold HoldLimits
}

// DefaultLimits are used where the options say nothing.
func DefaultLimits() Limits {
	return Limits{
		Merge:       merge.Limits{Rows: 1_000_000, Bytes: 256 << 20},
		Gather:      merge.Limits{Rows: 1_000_000, Bytes: 256 << 20},
		WaitReplica: 50 * time.Millisecond,
		CommitWait:  time.Minute,
		LagMax:      5 * time.Second,
		Hold:        HoldLimits{Window: 15 * time.Second, Statements: 1000, Bytes: 64 << 20},
	}
}

// Session is the executing side of one client's connection.
type Session struct {
	env     *Environment
	client  *mysql.Conn
	variant mysql.Variant
	// Keyspace is the current one; empty if none is chosen.
	Keyspace string
	// Level is how fresh reads must be.
	Level Level
	// Binary: the client wants rows in binary encoding, also those that the
	// proxy itself answers with.
	Binary bool
	// Identity answers the functions that name the client.
	Identity Identity

	settings *Settings
	tx       *transaction
	// pins are connections that the session may not give back, by group.
	pins map[string]*lease
	// tables is information_schema.TABLES with the numbers of all shards, for
	// the statement being executed.
	tables string
	// variablesAt is the pinned group whose connection alone knows the user
	// variables that statements have assigned.
	variablesAt string
	// PinReason says why, for SHOW and status; empty if nothing is pinned.
	PinReason string
	// held is kept after a statement with warnings or an error, for SHOW WARNINGS.
	held *lease
	// counted: held is one of the Environment's.
	counted bool
	ledger  Ledger
	// heard are the warnings that the running statement's connections gave.
	heard []Diagnostic
	// rowsAt are the rows of the running INSERT that each group is given, nil if
	// it is none whose rows are placed.
	rowsAt [][]int
	reads  map[string]*position
	// nextIsolation is what SET TRANSACTION said of the next transaction.
	nextTraits string
	scratch    []byte
	keyScratch []byte
	running    running
	// owed are groups that have not committed their part of a transaction of the
	// session's that is committed; see owe.
	owed map[string]txn.ID
	// interrupted: a client has asked for the end of the running statement.
	interrupted atomic.Bool
	// lostAt names the server whose connection broke with something of the
	// session's on it; empty if none did.
	lostAt string
	// lostMoved: all that was lost is a transaction, by a change of a primary.
	lostMoved bool
	// size is that of the running command, in bytes; heldFrom is when it was first
	// held, zero if it was not.
	size     int64
	heldFrom time.Time
	// began is the topology when the running command began, lent how many
	// connections it has been given; replan: it can be planned anew.
	began  *topology.Snapshot
	lent   int
	replan bool
	// placed counts the statements that a shard key may have placed.
	placed uint
	// access is what the last connection was asked for.
	access plan.Access
	// refused are the groups whose primaries have refused the running statement
	// before they did anything; it is held before it is sent there again.
	refused map[string]pool.Refusal
	// wake ends the wait of a statement that is held.
	wake atomic.Pointer[context.CancelCauseFunc]
}

// Identity is who the client is.
type Identity struct {
	ConnectionID uint32
	User, Host   string
}

// Ledger is what the last statements did, as functions and SHOW report it.
type Ledger struct {
	LastInsertID uint64
	FoundRows    int64
	RowCount     int64
	Warnings     uint16
	// Diagnostics are warnings that no backend connection holds.
	Diagnostics []Diagnostic
}

// Diagnostic is one row of SHOW WARNINGS.
type Diagnostic struct {
	Level, Code, Message string
}

// NewSession makes the session of a client that has been let in. collation is
// what SET NAMES takes for the client's character set, empty for the default.
func NewSession(env *Environment, client *mysql.Conn, id Identity, collation string) *Session {
	s := &Session{
		env: env, client: client, variant: mysql.VariantOf(client.Capabilities()), Identity: id,
		settings: noSettings(), pins: map[string]*lease{}, reads: map[string]*position{},
	}
	if collation != "" {
		s.settings = s.settings.With(names, collation)
	}
	return s
}

// Status is what OK packets of the proxy's own say of the session.
func (s *Session) Status() mysql.Status {
	status := mysql.StatusAutocommit
	if s.manual() {
		status = 0
	}
	if s.tx != nil && !s.tx.implicit && (s.tx.explicit || len(s.tx.leases) > 0) {
		status |= mysql.StatusInTransaction
		if s.opensReadOnly() {
			status |= mysql.StatusInTransReadonly
		}
	}
	if mode, _ := s.settings.Value("sql_mode"); strings.Contains(mode, "NO_BACKSLASH_ESCAPES") {
		status |= mysql.StatusNoBackslashEscapes // by which drivers quote strings
	}
	return status
}

// manual reports whether autocommit is off.
func (s *Session) manual() bool {
	v, _ := s.settings.Value("autocommit")
	return v == "0"
}

// InTransaction reports whether a transaction is open.
func (s *Session) InTransaction() bool { return s.tx != nil }

// Ledger returns what the last statements did.
func (s *Session) Ledger() *Ledger { return &s.ledger }

// Settings returns the session's variables.
func (s *Session) Settings() *Settings { return s.settings }

// Reset does what COM_RESET_CONNECTION does: the session is as new, the
// keyspace stays.
func (s *Session) Reset() {
	s.Close()
	collation, _ := s.settings.Value(names)
	s.settings = noSettings()
	if collation != "" {
		s.settings = s.settings.With(names, collation)
	}
	s.ledger, s.nextTraits, s.PinReason, s.lostAt, s.variablesAt, s.Level = Ledger{}, "", "", "", "", LevelSession
	s.lostMoved = false
	s.pins = map[string]*lease{}
}

// Close rolls back and gives every connection up. The session can be used again.
func (s *Session) Close() {
	s.dropHeld()
	if s.tx != nil {
		s.abandon()
	}
	for _, l := range s.pins {
		s.discard(l)
	}
	for _, p := range s.reads {
		p.leave()
	}
}
