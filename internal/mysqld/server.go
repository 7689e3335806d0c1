package mysqld

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/shardway/shardway/internal/child"
)

// ExitRestart is the exit code by which mysqld asks to be started again.
const ExitRestart = 16

// ExitFailure is the exit code of a mysqld that has crashed and said where, or that
// could not start.
const ExitFailure = 2

// portAttempts is how often a free port is looked for when others are quicker.
const portAttempts = 5

// stopTimeout is how long a server may take to shut down before it is killed.
const stopTimeout = 20 * time.Second

// Server is one running mysqld.
type Server struct {
	process *child.Process
	port    int
	socket  string
}

// Start starts a server and returns when it accepts connections. The server
// outlives ctx, which bounds the start alone; Stop it.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := prepare(ctx, o); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		port := o.Port
		if port == 0 {
			ports, err := FreePorts(1)
			if err != nil {
				return nil, err
			}
			port = ports[0]
		}
		s, err := startOn(ctx, o, port)
		if err == nil || o.Port != 0 || attempt == portAttempts || !errors.Is(err, ErrPortTaken) {
			return s, err
		}
	}
}

func startOn(ctx context.Context, o Options, port int) (*Server, error) {
	userName, err := currentUser()
	if err != nil {
		return nil, err
	}
	s := &Server{port: port, socket: o.socketPath()}
	args := o.args(userName, port, s.socket)
	initFile, err := writeInitFile(o)
	if err != nil {
		return nil, err
	}
	if initFile != "" {
		args = append(args, "--init-file="+initFile)
	}
	log, err := os.OpenFile(o.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("mysqld's log: %w", err)
	}
	defer log.Close()
	var logged int64
	if info, err := log.Stat(); err == nil {
		logged = info.Size()
	}
	cmd := exec.Command(o.Binary.Path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = o.Dir
	if o.Supervised {
		cmd.Env = append(os.Environ(), "MYSQLD_PARENT_PID="+strconv.Itoa(os.Getpid()))
	}
	if s.process, err = child.Start(cmd); err != nil {
		return nil, &StartError{Dir: o.Dir, Port: port, Cause: err}
	}
	if err := waitReady(ctx, s.socket, s.process.Done()); err != nil {
		s.Kill()
		return nil, startError(o, port, err, logged)
	}
	if err := initialised(o); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

// Port returns the TCP port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// Socket returns the path of the server's socket.
func (s *Server) Socket() string { return s.socket }

// PID returns the process id.
func (s *Server) PID() int { return s.process.PID() }

// Done is closed when the process has ended.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// ExitCode returns the code with which the process ended, -1 if a signal ended
// it. Call it after Done.
func (s *Server) ExitCode() int { return s.process.ExitCode() }

// How says how the process ended. Call it after Done.
func (s *Server) How() string { return s.process.How() }

// Crashed reports whether mysqld crashed. Call it after Done.
func (s *Server) Crashed() bool { return s.process.Crashed() }

// Stop shuts the server down and returns when it is gone. When ctx ends first,
// or the server takes longer than 20 s, it is killed.
func (s *Server) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := s.process.Stop(ctx); err != nil {
		return fmt.Errorf("mysqld on port %d: %w", s.port, err)
	}
	return nil
}

// Kill ends the server at once, as a crash would, and waits for its end.
func (s *Server) Kill() { s.process.Kill() }

// Pause stops the process from running, as a hang would; Resume lets it go on.
func (s *Server) Pause() { s.process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume() { s.process.Signal(syscall.SIGCONT) }
