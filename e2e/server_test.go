package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/keryx-go/keryx/internal/redistest"
)

// programs is the directory of the examples' programs.
var programs string

// The examples, each built once for all tests.
var chat, bookings = built("chat"), built("bookings")

func built(example string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		path := filepath.Join(programs, example)
		build := exec.Command("go", "build", "-o", path, "./examples/"+example)
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build the example: %w\n%s", err, out)
		}
		return path, nil
	})
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "keryx-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs = dir
	return m.Run()
}

// server is an example as a process of its own, which a test may end and start
// again on the same port.
type server struct {
	t       *testing.T
	program func() (string, error)

	url  string
	env  []string
	cmd  *exec.Cmd
	done chan struct{}
}

// start runs the chat on a Redis and a database that outlive it, with settings of the
// test's own.
func start(t *testing.T, env ...string) *server {
	t.Helper()
	return startWith(t, chat, redistest.Start(t).URL(), env...)
}

func startWith(t *testing.T, program func() (string, error), redisURL string, env ...string) *server {
	t.Helper()
	port := freePort(t)
	s := &server{
		t: t, program: program, url: fmt.Sprintf("http://127.0.0.1:%d", port),
		env: append(os.Environ(),
			"REDIS_URL="+redisURL, "DATABASE_URL=sqlite://"+filepath.Join(t.TempDir(), "app.db"),
			"WEB_SERVER_HOST=127.0.0.1", fmt.Sprintf("WEB_SERVER_PORT=%d", port),
			"RATE_LIMIT_UNAUTH_LIMIT=1000", "RATE_LIMIT_AUTH_LIMIT=1000", "LOG_COLORIZE=false",
		),
	}
	s.env = append(s.env, env...)
	s.run()
	t.Cleanup(s.kill)
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// run starts the process and waits until it is ready.
func (s *server) run() {
	s.t.Helper()
	path, err := s.program()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(path, "start")
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, s.t.Output(), s.t.Output()
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)
	ready := wait(s.t, func() bool {
		r, err := http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	if !ready {
		s.t.Fatal("the server does not start")
	}
}

// stop ends the process in an orderly way.
func (s *server) stop() { s.end(syscall.SIGTERM) }

// kill ends the process at once.
func (s *server) kill() { s.end(syscall.SIGKILL) }

func (s *server) end(signal os.Signal) {
	_ = s.cmd.Process.Signal(signal) // it may have ended
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		s.t.Error("the server does not end")
	}
}

// wait waits until something holds, and reports whether it came to that.
func wait(t *testing.T, holds func() bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
