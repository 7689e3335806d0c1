// Package child starts processes that die with the one that started them,
// notices their end and stops them. Each Process owns one goroutine, which
// lives exactly as long as the process.
package child

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// Process is one running child.
type Process struct {
	pid int
	// done is closed after the process has ended and state is set.
	done  chan struct{}
	state *os.ProcessState
}

// Start starts cmd, whose SysProcAttr it sets. On Linux the process is killed
// when this one ends, however that happens.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = processAttributes()
	p := &Process{done: make(chan struct{})}
	started := make(chan error)
	go p.own(cmd, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// own starts the process and waits for its end. The kernel ties the death
// signal to the starting thread, so this goroutine keeps its thread throughout.
func (p *Process) own(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.done)
	err := cmd.Start()
	if err == nil {
		p.pid = cmd.Process.Pid
	}
	started <- err
	if err != nil {
		return
	}
	// The exit status says it all; Wait's error only repeats it.
	_ = cmd.Wait()
	p.state = cmd.ProcessState
}

// PID returns the process id.
func (p *Process) PID() int { return p.pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitCode returns the code with which the process ended, -1 if a signal ended
// it. Call it after Done.
func (p *Process) ExitCode() int {
	if p.state == nil {
		return -1
	}
	return p.state.ExitCode()
}

// How says how the process ended, such as "exit status 1" or "signal: killed".
// Call it after Done.
func (p *Process) How() string {
	if p.state == nil {
		return "never started"
	}
	return p.state.String()
}

// Crashed reports whether the process ended itself, by a signal such as an abort, and
// nobody killed it. Call it after Done.
func (p *Process) Crashed() bool {
	if p.state == nil {
		return false
	}
	status, ok := p.state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() != syscall.SIGKILL && status.Signal() != syscall.SIGTERM
}

// Signal sends a signal, unless the process has ended.
func (p *Process) Signal(sig syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(p.pid, sig)
	}
}

// Kill ends the process at once, as a crash would, and waits for its end.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// Stop asks the process to end and returns when it has. When ctx ends first it
// is killed.
func (p *Process) Stop(ctx context.Context) error {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("process %d did not stop, killed: %w", p.pid, ctx.Err())
	}
}
