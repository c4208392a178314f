// Package process runs the programs of a benchmark as children that never outlive it,
// and reads their memory and processor time.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a child may take to end by itself.
const stopTimeout = 5 * time.Second

// Command is a program to run.
type Command struct {
	// Path is the program, Args its arguments.
	Path string
	Args []string
	// Env is the whole environment, as NAME=value. Nil means that of this process.
	Env []string
	// Dir is the working directory.
	Dir string
	// Log is a file for all output of the program.
	Log string
	// Stdin and Stdout are the program's. Nil means that it reads nothing, and prints
	// to Log.
	Stdin, Stdout *os.File
}

// Process is a running child.
type Process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

// Start runs a program. The caller must Stop it.
func Start(c Command) (*Process, error) {
	out, err := os.Create(c.Log)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Stdout, cmd.Stderr = out, out
	if c.Stdin != nil {
		cmd.Stdin = c.Stdin
	}
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	cmd.Env, cmd.Dir = c.Env, c.Dir
	cmd.SysProcAttr = attributes()

	p := &Process{cmd: cmd, log: c.Log, exited: make(chan struct{})}
	started := make(chan error, 1)
	go p.run(out, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", c.Path, err)
	}
	return p, nil
}

// run starts the child and waits for its end on one thread. To the kernel, the thread
// that forked is the parent whose death the child must not survive.
func (p *Process) run(out *os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer out.Close()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.cmd.Wait()
	close(p.exited)
}

// PID returns the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the process to end, kills it after five seconds, and returns when it is
// gone. It may be called again.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	p.Resume() // a paused process does not handle the signal
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}

// Await calls check every millisecond until it returns nil. It fails when the
// process exits, when the time is up, and when ctx ends.
func (p *Process) Await(ctx context.Context, limit time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLate)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("it exited: %s%s", p.cmd.ProcessState, p.Printed())
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, errLate) {
				return cause
			}
			return fmt.Errorf("it is not ready after %v: %w%s", limit, err, p.Printed())
		case <-ticker.C:
		}
	}
}

var errLate = errors.New("the time is up")

// tailLines is how many lines of a log an error shows.
const tailLines = 15

// Printed returns the last lines of the process's log, for the end of an error message,
// or "".
func (p *Process) Printed() string {
	content, err := os.ReadFile(p.log)
	if err != nil || len(strings.TrimSpace(string(content))) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return "; it printed:\n  " + strings.Join(lines[max(0, len(lines)-tailLines):], "\n  ")
}
