package topology

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Job is one statement that changes the tables of a keyspace on all of its
// groups, and how far it has come. While a keyspace has a job no other
// statement may change its tables: the record is the lock. A job is no part of
// any snapshot: plans do not depend on it.
type Job struct {
	ID       string `json:"id"`
	Keyspace string `json:"keyspace"`
	// Verb is what the statement does, for people.
	Verb string `json:"verb"`
	// Statement is the text as sent; Setup gives a new connection the session
	// that it belongs to.
	Statement string   `json:"statement"`
	Setup     []string `json:"setup,omitempty"`
	// Schema is the one that names without a schema are in; it may be another
	// keyspace's.
	Schema string `json:"schema,omitempty"`
	// Objects are what it makes, changes or drops, as far as they can be looked
	// at on a server.
	Objects []JobObject `json:"objects,omitempty"`
	// Tolerant: the statement says IF EXISTS or IF NOT EXISTS, so the groups
	// may differ before it.
	Tolerant bool `json:"tolerant,omitempty"`
	// Declared names the table whose declaration was made for this statement.
	Declared string `json:"declared,omitempty"`
	// Drops names the declared tables that are gone with it.
	Drops []string `json:"drops,omitempty"`
	// Groups are in the order in which the statement runs on them.
	Groups []JobGroup `json:"groups"`
	State  JobState   `json:"state"`
	// User sent the statement; Runner is the process that executes it.
	User    string    `json:"user,omitempty"`
	Runner  JobRunner `json:"runner"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// Revision is that of the stored record; it is not part of it.
	Revision int64 `json:"-"`
}

// JobObject is something that a statement makes, changes or drops.
type JobObject struct {
	// Kind is as in SHOW CREATE: TABLE (also for views), PROCEDURE, FUNCTION,
	// TRIGGER, EVENT, DATABASE.
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// JobGroup is a job on one group.
type JobGroup struct {
	Group string        `json:"group"`
	State JobGroupState `json:"state"`
	// Error is why it failed there.
	Error string `json:"error,omitempty"`
	// Before is the fingerprint of the job's objects there before the job.
	Before string `json:"before,omitempty"`
}

// JobGroupState is how far a job is on a group.
type JobGroupState string

// The states of a job on a group.
const (
	// JobTodo: the statement was never sent there.
	JobTodo JobGroupState = "todo"
	// JobSent: it was sent, or was about to be; whether it has taken effect is
	// not known.
	JobSent JobGroupState = "sent"
	JobDone JobGroupState = "done"
	// JobFailed: the server refused it; it has had no effect there.
	JobFailed JobGroupState = "failed"
)

// JobState is what is happening with a job.
type JobState string

// The states of a job.
const (
	JobRunning   JobState = "running"   // its runner is executing it
	JobStopped   JobState = "stopped"   // it waits to be resumed or cancelled
	JobEnded     JobState = "done"      // it is done on every group
	JobCancelled JobState = "cancelled" // it is given up
)

// JobRunner is the process that executes a job.
type JobRunner struct {
	// Kind is KindProxies or KindControllers.
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// jobStatementBytesMax bounds a statement that is kept in a job's record.
const jobStatementBytesMax = 1 << 20

// Validate refuses a job that cannot be stored or resumed.
func (j *Job) Validate() error {
	switch {
	case j.ID == "" || len(j.ID) > 64 || strings.Trim(j.ID, "abcdefghijklmnopqrstuvwxyz0123456789") != "":
		return invalid("%q is no id of a job", j.ID)
	case len(j.Statement) > jobStatementBytesMax:
		return invalid("a definition over several groups has at most %d bytes, this one has %d", jobStatementBytesMax, len(j.Statement))
	case len(j.Groups) == 0:
		return invalid("a job needs a group")
	}
	return CheckKeyspaceName(j.Keyspace)
}

// On returns the job on a group, or nil.
func (j *Job) On(group string) *JobGroup {
	for i := range j.Groups {
		if j.Groups[i].Group == group {
			return &j.Groups[i]
		}
	}
	return nil
}

// In lists the groups on which the job is in a state.
func (j *Job) In(state JobGroupState) []string {
	var groups []string
	for i := range j.Groups {
		if j.Groups[i].State == state {
			groups = append(groups, j.Groups[i].Group)
		}
	}
	return groups
}

// Untouched reports whether the job has had no effect anywhere.
func (j *Job) Untouched() bool {
	return !slices.ContainsFunc(j.Groups, func(g JobGroup) bool { return g.State == JobDone || g.State == JobSent })
}

// Complete reports whether it is done on every group.
func (j *Job) Complete() bool {
	return !slices.ContainsFunc(j.Groups, func(g JobGroup) bool { return g.State != JobDone })
}

// Where says group by group how far the job is: "done on g1, g2; failed on
// g3: …; not tried on g4".
func (j *Job) Where() string {
	var parts []string
	for _, p := range []struct {
		state JobGroupState
		words string
	}{{JobDone, "done on "}, {JobSent, "outcome unknown on "}} {
		if groups := j.In(p.state); len(groups) > 0 {
			parts = append(parts, p.words+strings.Join(groups, ", "))
		}
	}
	for i := range j.Groups {
		if g := &j.Groups[i]; g.State == JobFailed {
			parts = append(parts, fmt.Sprintf("failed on %s: %s", g.Group, g.Error))
		}
	}
	if groups := j.In(JobTodo); len(groups) > 0 {
		parts = append(parts, "not tried on "+strings.Join(groups, ", "))
	}
	return strings.Join(parts, "; ")
}

// Hint says how a job that stands is gone on with.
func (j *Job) Hint() string {
	return fmt.Sprintf("'shardway job show %[1]s' says where it is; 'shardway job resume %[1]s' runs it where it is missing, 'shardway job cancel %[1]s' gives it up", j.ID)
}

// JobMark begins the statement of a job on every server, so that one that is
// still being executed there can be told.
func JobMark(id string) string { return "/* shardway job " + id + " */ " }
