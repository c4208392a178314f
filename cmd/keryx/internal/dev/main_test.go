package dev

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/eventually"
	"github.com/keryx-go/keryx/internal/slow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is an app with a version in its text.
const source = `package main

import (
	"context"
	"os"
	"os/exec"

	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func main() {
	api := keryx.New(keryx.Options{Name: "small", Defaults: map[string]string{"REDIS_URL": "embedded://", "RATE_LIMIT_ENABLED": "false", "LOG_LEVEL": "warn", "WS_MAX_MESSAGES_PER_SECOND": "1000000"}})
	keryx.Handle(api, keryx.Action{Name: "text", Web: keryx.GET("/text")}, func(context.Context, struct{}) (string, error) {
		return "first " + os.Getenv("LISTEN_FDS"), nil
	})
	keryx.Handle(api, keryx.Action{Name: "double", Web: keryx.POST("/double")}, func(_ context.Context, in struct {
		N int ` + "`json:\"n\"`" + `
	}) (int, error) {
		return 2 * in.N, nil
	})
	keryx.Handle(api, keryx.Action{Name: "visits", Web: keryx.GET("/visits")}, func(ctx context.Context, _ struct{}) (int64, error) {
		return api.Redis.Client.Incr(ctx, "visits").Result()
	})
	keryx.Handle(api, keryx.Action{Name: "child", Web: keryx.POST("/child")}, func(context.Context, struct{}) (int, error) {
		c := exec.Command("sleep", "1000")
		err := c.Start()
		return c.Process.Pid, err
	})
	keryx.Handle(api, keryx.Action{Name: "crash", Web: keryx.POST("/crash")}, func(context.Context, struct{}) (int, error) {
		println("the app gives up")
		os.Exit(3)
		return 0, nil
	})
	keryx.Main(api)
}
`

// app is an app in a module of its own that `keryx dev` runs.
type app struct {
	t       *testing.T
	url     string
	dev     *supervisor
	out     *output
	stop    context.CancelFunc
	stopped chan error
}

// output collects what is written to the terminal.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// module writes the module of an app, and makes it the working directory.
func module(t *testing.T, code string) {
	t.Helper()
	slow.Skip(t, "it builds programs")
	if !handsOver {
		t.Skip("sockets are not handed over here")
	}
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	text := strings.Replace(string(mod), "module github.com/keryx-go/keryx", "module example.com/small", 1) +
		"\nrequire github.com/keryx-go/keryx v0.0.0\n\nreplace github.com/keryx-go/keryx => " + root + "\n"
	write(t, "go.mod", text)
	write(t, "go.sum", string(sum))
	write(t, "main.go", code)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run starts `keryx dev` on a free port.
func runDev(t *testing.T, code string) *app {
	t.Helper()
	module(t, code)
	port := freePort(t)
	t.Setenv("WEB_SERVER_PORT", fmt.Sprint(port))
	t.Setenv("WEB_SERVER_HOST", "127.0.0.1")
	t.Setenv("GOFLAGS", "-mod=mod")
	warm()
	a := &app{t: t, url: fmt.Sprintf("http://127.0.0.1:%d", port), out: &output{}, stopped: make(chan error, 1)}
	var err error
	if a.dev, err = newSupervisor(options{pkg: ".", args: []string{"start"}, reload: true}, &terminal{stdout: a.out, stderr: a.out}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.stop = cancel
	go func() { a.stopped <- a.dev.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-a.stopped; err != nil {
			t.Errorf("keryx dev: %v", err)
		}
		a.stopped <- nil
		if t.Failed() {
			t.Log(a.out.String())
		}
	})
	return a
}

// warm compiles what the program is made of, which takes minutes the first time. Code
// that does not compile is what some tests begin with.
func warm() {
	_ = exec.Command("go", "build", "-o", os.DevNull, devpage).Run()
	_ = exec.Command("go", "build", "-ldflags=-w", "-buildvcs=false", "-o", os.DevNull, ".").Run()
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// says waits until the terminal has had a text.
func (a *app) says(text string) {
	a.t.Helper()
	eventually.True(a.t, "the terminal says "+text, func() bool { return strings.Contains(a.out.String(), text) })
}

// alive reports whether a process runs.
func alive(pid string) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}
