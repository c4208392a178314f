package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	// bootTimeout is how long a version may take to be ready.
	bootTimeout = time.Minute
	// readyPause is the time between two looks at a version that is not.
	readyPause = 20 * time.Millisecond
	// stopTimeout is how long a version may take to drain; PROCESS_SHUTDOWN_TIMEOUT is
	// 30 seconds by default.
	stopTimeout = 35 * time.Second
)

// process is one version of the app. It leads a process group of its own, so that what
// it has started ends with it.
type process struct {
	version int
	program *program
	cmd     *exec.Cmd
	output  tail
	exited  chan struct{} // closed when it has ended
	err     error         // of its end; read it after exited is closed
}

// start starts a version. It inherits the listeners, by the protocol of systemd's socket
// activation.
func start(version int, p *program, args, env []string, out *terminal, listeners ...*net.TCPListener) (*process, error) {
	c := &process{version: version, program: p, exited: make(chan struct{})}
	c.cmd = exec.Command(p.path, args...)
	c.cmd.Env = append(os.Environ(), env...)
	if out.colors {
		c.cmd.Env = append(c.cmd.Env, "CLICOLOR_FORCE=1")
	}
	c.cmd.Stdout, c.cmd.Stderr = io.MultiWriter(out.stdout, &c.output), io.MultiWriter(out.stderr, &c.output)
	c.cmd.WaitDelay = time.Second // for the pipes, which a child of its may hold
	c.cmd.SysProcAttr = attributes()
	for _, l := range listeners {
		f, err := duplicate(l)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		c.cmd.ExtraFiles = append(c.cmd.ExtraFiles, f)
	}
	if len(listeners) > 0 {
		c.cmd.Env = append(c.cmd.Env, "LISTEN_FDS="+strconv.Itoa(len(listeners)), "LISTEN_PID=", "LISTEN_FDNAMES=")
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.exited)
		c.err = c.cmd.Wait()
		killGroup(c.cmd.Process) // what it has left behind
	}()
	return c, nil
}

// stop ends the process in an orderly way, or after a while at once.
func (c *process) stop(timeout time.Duration) {
	terminate(c.cmd.Process)
	select {
	case <-c.exited:
	case <-time.After(timeout):
		c.kill()
	}
	c.program.remove()
}

// kill ends the process and what it has started at once.
func (c *process) kill() {
	killGroup(c.cmd.Process)
	<-c.exited
}

// hasExited reports whether the process has ended.
func (c *process) hasExited() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// end says how the process has ended.
func (c *process) end() string {
	if c.err == nil {
		return "exit status 0"
	}
	return c.err.Error()
}

// ready waits until /readyz on an address says so. A *failure says why it does not.
func (c *process) ready(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	go func() {
		select {
		case <-c.exited:
			cancel()
		case <-ctx.Done():
		}
	}()
	said := "it does not answer on its socket"
	for {
		text, err := readyz(ctx, address)
		if err == nil && text == "" {
			return nil
		}
		if text != "" {
			said = "/readyz says: " + text
		}
		select {
		case <-time.After(readyPause):
			continue
		case <-ctx.Done():
		}
		switch {
		case c.hasExited():
			return &failure{title: "it does not start: " + c.end(), text: c.output.String(), printed: true}
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return &failure{title: fmt.Sprintf("it is not ready after %s", bootTimeout), text: said + "\n" + c.output.String()}
		default:
			return ctx.Err()
		}
	}
}

// readyz asks once. It returns "" when the app is ready, or what it says.
func readyz(ctx context.Context, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return "", err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTail))
	if response.StatusCode == http.StatusOK || err != nil {
		return "", err
	}
	return response.Status + " " + strings.TrimSpace(string(body)), nil
}
