package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"time"
)

// waitTimeout bounds every wait of the package.
const waitTimeout = 20 * time.Second

// errPortTaken means that another process listens on the chosen port.
var errPortTaken = errors.New("the port is taken")

// supervisor is the shell script between this process and a server. It reads the name
// of the signal for the server from the pipe on descriptor 3. When this process ends in
// any way, the pipe ends too, and the signal is QUIT, which ends every server.
const supervisor = `
"$@" 3<&- &
server=$!
( read -r signal <&3; kill -"${signal:-QUIT}" "$server" ) &
reader=$!
wait "$server"
echo "` + exitMark + `"
kill "$reader" 2>/dev/null
`

// exitMark is the line that the supervisor writes to the log after the server's end.
const exitMark = "pgtest: the server has ended"

// sweeper removes this process's files when the pipe on descriptor 3 ends. It loops,
// because the servers end at the same moment and may still write.
const sweeper = `
read -r _ <&3
for i in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf "$1" 2>/dev/null && exit
	sleep 0.3
done
`

// process is a server under its supervisor.
type process struct {
	cmd  *exec.Cmd
	pipe *os.File
	log  string
}

// spawn runs the command under a supervisor, with its output in the file log.
func spawn(dir, log string, command ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd, pipe, err := shell(dir, out, supervisor, command...)
	if err != nil {
		return nil, err
	}
	return &process{cmd: cmd, pipe: pipe, log: log}, nil
}

// sweepAtExit removes dir when the returned pipe closes: at the end of this process, as
// long as a reference to the pipe exists.
func sweepAtExit(dir string) (*os.File, error) {
	_, pipe, err := shell(os.TempDir(), nil, sweeper, dir)
	return pipe, err
}

// shell runs a script that reads from the returned pipe. It runs in another session
// than this process, so that Ctrl-C at the terminal does not reach it.
func shell(dir string, out *os.File, script string, args ...string) (*exec.Cmd, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "pgtest"}, args...)...)
	cmd.Dir, cmd.ExtraFiles = dir, []*os.File{r}
	if out != nil {
		cmd.Stdout, cmd.Stderr = out, out
	}
	attr, err := unprivileged()
	if err == nil {
		cmd.SysProcAttr = detached(attr)
		err = cmd.Start()
	}
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	return cmd, w, nil
}

// ready waits until the log says that the server accepts connections, and answers
// returns nil.
func (p *process) ready(answers func(context.Context) error) error {
	return poll(func(ctx context.Context) error {
		log, err := os.ReadFile(p.log)
		switch {
		case err != nil:
			return err
		case bytes.Contains(log, []byte("Address already in use")):
			return permanent{errPortTaken}
		case bytes.Contains(log, []byte(exitMark)):
			return permanent{fmt.Errorf("it exited:\n%s", log)}
		case !bytes.Contains(log, []byte("ready to accept connections")):
			return fmt.Errorf("not ready after %v:\n%s", waitTimeout, log)
		}
		return answers(ctx)
	})
}

// signal stops the server with the named signal. Only the first call counts.
func (p *process) signal(name string) {
	_, _ = p.pipe.WriteString(name + "\n")
	_ = p.pipe.Close()
}

// wait returns when the server and its supervisor have ended.
func (p *process) wait() error {
	late := time.AfterFunc(waitTimeout, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	err := p.cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		return nil
	}
	return err
}

// permanent is an error that stops polling.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// poll calls check until it returns nil or a permanent error. After waitTimeout it
// returns check's last error.
func poll(check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil || errors.As(err, &permanent{}) || ctx.Err() != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Ports come from below the range that kernels assign by themselves, so that no
// outgoing connection takes the port of a server that is being restarted.
const (
	firstPort = 22000
	portCount = 10000
)

// freePort returns a free port.
func freePort() (int, error) {
	for range 100 {
		port := firstPort + rand.IntN(portCount)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no free port was found")
}
