package process_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/bench/internal/process"
	"github.com/keryx-go/keryx/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shell starts a script.
func shell(t *testing.T, script string) (p *process.Process, log string) {
	t.Helper()
	log = filepath.Join(t.TempDir(), "log")
	p, err := process.Start(process.Command{
		Path: "/bin/sh", Args: []string{"-c", script}, Log: log,
		Env: process.Environment("GREETING=hello"), Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p, log
}

// printed waits until the log contains a text.
func printed(log, text string) func(context.Context) error {
	return func(context.Context) error {
		content, err := os.ReadFile(log)
		if err == nil && !strings.Contains(string(content), text) {
			err = errors.New("not printed yet")
		}
		return err
	}
}

func TestStopEndsTheProcess(t *testing.T) {
	p, log := shell(t, `echo $GREETING; trap 'echo bye; exit' TERM; while :; do sleep 0.01; done`)
	if err := p.Await(t.Context(), 10*time.Second, printed(log, "hello")); err != nil {
		t.Fatal(err)
	}
	p.Stop()
	p.Stop()
	if err := printed(log, "bye")(t.Context()); err != nil {
		t.Error("the process was not asked to end")
	}
	if _, err := process.CPU(p.PID()); err == nil {
		if cpu, _ := process.CPU(p.PID()); cpu != 0 {
			t.Error("the process is still there")
		}
	}
}

func TestAwait(t *testing.T) {
	never := func(context.Context) error { return errors.New("never") }

	p, _ := shell(t, "echo it broke >&2; exit 3")
	err := p.Await(t.Context(), 10*time.Second, never)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "it broke") {
		t.Errorf("a process that exits: %v", err)
	}

	p, _ = shell(t, "exec sleep 60")
	if err := p.Await(t.Context(), 20*time.Millisecond, never); err == nil || !strings.Contains(err.Error(), "not ready after 20ms: never") {
		t.Errorf("a process that is not ready: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Await(ctx, 10*time.Second, never); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
}

func TestStartNeedsAProgram(t *testing.T) {
	if _, err := process.Start(process.Command{Path: "/nothing", Log: filepath.Join(t.TempDir(), "log")}); err == nil {
		t.Error("no error")
	}
}

func TestEnvironmentIsSmall(t *testing.T) {
	t.Setenv("REDIS_URL", "redis://elsewhere")
	env := process.Environment("A=b")
	if !slices.Contains(env, "A=b") || slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "REDIS_URL") }) {
		t.Errorf("the environment is %v", env)
	}
}

func TestCosts(t *testing.T) {
	pid := os.Getpid()
	rss, err := process.RSS(pid)
	if err != nil {
		t.Fatal(err)
	}
	if rss == 0 {
		t.Skip("this system does not tell")
	}
	if rss < 1e6 || rss > 1e10 {
		t.Errorf("RSS is %d bytes", rss)
	}
	for deadline := time.Now().Add(10 * time.Second); process.OwnCPU() < 50*time.Millisecond; {
		if time.Now().After(deadline) {
			t.Fatal("no processor time is used")
		}
	}
	cpu, err := process.CPU(pid)
	if err != nil || cpu < 20*time.Millisecond || cpu > process.OwnCPU()+time.Second {
		t.Errorf("CPU is %v, OwnCPU %v, error %v", cpu, process.OwnCPU(), err)
	}
}

func TestBuild(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/app\n\ngo 1.26.0\n", "main.go": "package main\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "app")
	size, err := process.Build(t.Context(), dir, ".", binary)
	if info, statErr := os.Stat(binary); err != nil || statErr != nil || info.Size() != size {
		t.Errorf("size %d, errors %v, %v", size, err, statErr)
	}
	if _, err := process.Build(t.Context(), dir, "./missing", binary); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a package that is not there: %v", err)
	}
}

func TestRedis(t *testing.T) {
	if !redistest.Available() {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed, and CI=true demands it")
		}
		t.Skip("redis-server is not installed")
	}
	r, err := process.StartRedis(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	if r.Version == "" || !strings.HasSuffix(r.URL(3), "/3") {
		t.Errorf("version %q, URL %q", r.Version, r.URL(3))
	}
	if err := r.Flush(t.Context(), 3); err != nil {
		t.Error(err)
	}
	if err := r.Flush(t.Context(), 16); err == nil {
		t.Error("a database that is not there can be emptied")
	}
	r.Stop()
	if err := r.Flush(t.Context(), 3); err == nil {
		t.Error("a stopped server answers")
	}
}

func TestFreePort(t *testing.T) {
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// TestYield: nice without a command prints the priority that a program inherits.
func TestYield(t *testing.T) {
	p, log := shell(t, `while [ "$(nice)" != 10 ]; do sleep 0.01; done; echo yielded; while :; do sleep 0.01; done`)
	if err := p.Yield(); err != nil {
		t.Fatal(err)
	}
	if err := p.Await(t.Context(), 10*time.Second, printed(log, "yielded")); err != nil {
		t.Error(err)
	}
}
