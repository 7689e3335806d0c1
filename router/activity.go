package router

import (
	"net"
	"sync"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/exec"
)

// textMax is how much of a running statement SHOW PROCESSLIST shows, in bytes.
const textMax = 1024

// activity is what other goroutines may know of a client and do to it. All
// else of a connection belongs to its own goroutine.
type activity struct {
	nc net.Conn // never changes

	mu   sync.Mutex
	user string
	exec *exec.Session // nil until the client is let in
	// running: a command is being carried out; text is of its statement.
	running bool
	command mysql.Command
	text    []byte
	// since is when the last command began.
	since time.Time
	// inside: the session has a transaction or more on a server.
	inside bool
	// leaving: the session is to end when it is no longer inside; ended: no
	// command may begin any more.
	leaving, ended bool
}

// admit makes the session known to others.
func (a *activity) admit(user string, session *exec.Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.user, a.exec = user, session
}

// busy notes that a command begins; it reports false if none may any more.
func (a *activity) busy(payload []byte) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return false
	}
	a.running, a.since, a.text = true, time.Now(), a.text[:0]
	a.command = mysql.Command(payload[0])
	if a.command == mysql.ComQuery || a.command == mysql.ComStmtPrepare {
		a.text = append(a.text, payload[1:min(len(payload), textMax)]...)
	}
	return true
}

// executes notes the text of the prepared statement that the command executes.
func (a *activity) executes(sql []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text = append(a.text[:0], sql[:min(len(sql), textMax)]...)
}

// idle notes that the command has ended. It reports false if the session is to
// end with it.
func (a *activity) idle(inside bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running, a.inside = false, inside
	if a.leaving && !inside {
		a.ended = true
	}
	return !a.ended
}

// leave ends the session as soon as it is between commands and outside a
// transaction.
func (a *activity) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leaving = true
	if !a.running && !a.inside {
		a.cut()
	}
}

// interrupt ends the client's connection from outside its goroutine.
func (a *activity) interrupt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cut()
}

func (a *activity) cut() {
	a.ended = true
	_ = a.nc.SetDeadline(time.Unix(1, 0))
}

// owner is the user, empty until the client is let in.
func (a *activity) owner() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.user
}

// stop stops the statement that is being executed, if any.
func (a *activity) stop() {
	a.mu.Lock()
	session := a.exec
	a.mu.Unlock()
	if session != nil {
		session.Interrupt()
	}
}

// look looks after the statement that is being executed, if any.
func (a *activity) look() {
	a.mu.Lock()
	session := a.exec
	a.mu.Unlock()
	if session != nil {
		session.LookForAcks()
	}
}

// busyFor is how long the present command has been running, 0 between commands.
func (a *activity) busyFor(now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.running {
		return 0
	}
	return now.Sub(a.since)
}

// process is a client as SHOW PROCESSLIST shows it.
type process struct {
	user, command, info string
	seconds             int64
}

func (a *activity) process(now time.Time) process {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := process{user: a.user, command: "Sleep", seconds: int64(now.Sub(a.since).Seconds())}
	switch {
	case a.exec == nil:
		p.user, p.command = "unauthenticated user", "Connect"
	case a.running:
		p.command, p.info = "Query", string(a.text)
		if a.command == mysql.ComStmtExecute {
			p.command = "Execute"
		}
	}
	return p
}
