package redistest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// waitTimeout bounds every wait of the package.
const waitTimeout = 20 * time.Second

// errPortTaken means that another process listens on the chosen port.
var errPortTaken = errors.New("the port is taken")

// process is a child process that ends with this one.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

// spawn runs redis-server, with its output in the file log.
func spawn(args []string, log string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = dieWithParent()

	p := &process{cmd: cmd, log: log, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel's "parent" is the thread that forked, so that thread must live as
		// long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// ready waits until the log says that the process accepts connections. The port could
// be that of another process; the log cannot.
func (p *process) ready() error {
	return poll(func() error {
		gone := false
		select {
		case <-p.exited:
			gone = true
		default:
		}
		log, err := os.ReadFile(p.log)
		switch {
		case err != nil:
			return err
		case gone && bytes.Contains(log, []byte("Address already in use")):
			return permanent{errPortTaken}
		case gone:
			return permanent{fmt.Errorf("it exited:\n%s", log)}
		case bytes.Contains(log, []byte("eady to accept connections")),
			bytes.Contains(log, []byte("Sentinel ID is")):
			return nil
		}
		return fmt.Errorf("not ready after %v:\n%s", waitTimeout, log)
	})
}

// kill ends the process at once and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop asks the process to end, and kills it after the timeout.
func (p *process) stop(timeout time.Duration) {
	_ = p.resume()
	_ = p.terminate()
	select {
	case <-p.exited:
	case <-time.After(timeout):
		p.kill()
	}
}

// permanent is an error that stops polling.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// poll calls check until it returns nil or a permanent error. After waitTimeout it
// returns check's last error.
func poll(check func() error) error {
	deadline := time.Now().Add(waitTimeout)
	for {
		err := check()
		if err == nil || errors.As(err, &permanent{}) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
