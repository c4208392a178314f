package keryx_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/slow"
)

// TestMain also is the program that the tests of Main start.
func TestMain(m *testing.M) {
	if os.Getenv("KERYX_TEST_PROGRAM") != "" {
		keryx.Main(slowApp())
	}
	goleak.VerifyTestMain(m)
}

func slowApp() *keryx.API {
	api := keryx.New(keryx.Options{Name: "slow", DotEnv: "-", Migrations: slowMigrations(), Defaults: map[string]string{
		"REDIS_URL": "embedded://", "WEB_SERVER_HOST": "127.0.0.1", "WEB_SERVER_PORT": "0",
	}})
	keryx.Handle(api, keryx.Action{Name: "slow", Web: keryx.GET("/slow")}, func(context.Context, struct{}) (string, error) {
		api.Logger.Info("in the slow action")
		time.Sleep(time.Second) // the test needs a slow action
		return "done", nil
	})
	keryx.Handle(api, keryx.Action{Name: "quick", Web: keryx.GET("/quick")}, func(context.Context, struct{}) (string, error) {
		return "done", nil
	})
	keryx.Handle(api, keryx.Action{Name: "stuck", Web: keryx.GET("/stuck")}, func(context.Context, struct{}) (string, error) {
		api.Logger.Info("in the stuck action")
		select {}
	})
	if os.Getenv("KERYX_TEST_PROGRAM") == "hanging" {
		api.Use(keryx.Initializer{Name: "hanging", Start: func(context.Context, *keryx.API) error {
			api.Logger.Info("hanging")
			select {}
		}}.Part(api))
	}
	return api
}

// program is a process that runs slowApp.
type program struct {
	cmd *exec.Cmd
	log *bufio.Scanner
	url string
}

func startProgram(t *testing.T, env ...string) *program {
	t.Helper()
	p := launchProgram(t, []string{"start"}, env...)
	line := p.waitFor(t, "is listening")
	p.url = regexp.MustCompile(`http://[0-9.:]+`).FindString(line)
	return p
}

func launchProgram(t *testing.T, args []string, env ...string) *program {
	t.Helper()
	p := &program{cmd: exec.CommandContext(t.Context(), os.Args[0], args...)}
	p.launch(t, env...)
	return p
}

// launch starts the command as slowApp, with more variables.
func (p *program) launch(t *testing.T, env ...string) {
	t.Helper()
	p.cmd.Env = append(append(os.Environ(), "KERYX_TEST_PROGRAM=1"), env...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.log = bufio.NewScanner(stderr)
}

// waitFor reads the log up to a line with text in it.
func (p *program) waitFor(t *testing.T, text string) string {
	t.Helper()
	for p.log.Scan() {
		if strings.Contains(p.log.Text(), text) {
			return p.log.Text()
		}
	}
	t.Fatalf("the program ended without saying %q", text)
	return ""
}

func (p *program) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// end reads the rest of the log and returns the exit code.
func (p *program) end(t *testing.T) int {
	t.Helper()
	for p.log.Scan() {
		t.Log(p.log.Text())
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func get(url string) string {
	r, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func TestFirstSignalDrains(t *testing.T) {
	slow.Skip(t, "it waits for a drain")
	t.Parallel()
	for name, s := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT, "SIGHUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			p := startProgram(t)
			answer := make(chan string, 1)
			go func() { answer <- get(p.url + "/api/slow") }()
			p.waitFor(t, "in the slow action")
			p.signal(t, s)
			if code := p.end(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if got := <-answer; got != `"done"` {
				t.Errorf("the request that was running got %q", got)
			}
		})
	}
}

func TestSecondSignalExitsAtOnce(t *testing.T) {
	p := startProgram(t)
	answer := make(chan string, 1)
	go func() { answer <- get(p.url + "/api/stuck") }()
	p.waitFor(t, "in the stuck action")
	p.signal(t, syscall.SIGTERM)
	p.waitFor(t, "stopping")
	p.signal(t, syscall.SIGTERM)
	if code := p.end(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
	<-answer
}

// TestNohup has a process that ignores SIGHUP from the start on.
func TestNohup(t *testing.T) {
	p := &program{cmd: exec.CommandContext(t.Context(), "sh", "-c", `trap "" HUP; exec "$0" start`, os.Args[0])}
	p.launch(t)
	line := p.waitFor(t, "is listening")
	p.signal(t, syscall.SIGHUP)
	url := regexp.MustCompile(`http://[0-9.:]+`).FindString(line)
	if got := get(url + "/api/quick"); got != `"done"` {
		t.Errorf("got %q", got)
	}
	p.signal(t, syscall.SIGTERM)
	p.waitFor(t, "received terminated")
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestSignalWhileStarting interrupts a boot that waits for Redis, and one whose part does
// not heed its context.
func TestSignalWhileStarting(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	t.Run("redis", func(t *testing.T) {
		p := launchProgram(t, []string{"start"}, "REDIS_URL=redis://"+silent.Addr().String())
		c, err := silent.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		p.signal(t, syscall.SIGTERM)
		if !p.log.Scan() || p.log.Text() != "received terminated while starting redis" {
			t.Errorf("it said %q", p.log.Text())
		}
		if code := p.end(t); code != 1 {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("a part that hangs", func(t *testing.T) {
		p := launchProgram(t, []string{"start"}, "KERYX_TEST_PROGRAM=hanging", "PROCESS_SHUTDOWN_TIMEOUT=300")
		p.waitFor(t, "hanging")
		p.signal(t, syscall.SIGTERM)
		p.waitFor(t, "received terminated while starting hanging, which has not returned")
		if code := p.end(t); code != 1 {
			t.Errorf("exit code %d", code)
		}
	})
}

func TestShutdownIsBounded(t *testing.T) {
	p := startProgram(t, "PROCESS_SHUTDOWN_TIMEOUT=300")
	answer := make(chan string, 1)
	go func() { answer <- get(p.url + "/api/stuck") }()
	p.waitFor(t, "in the stuck action")
	p.signal(t, syscall.SIGTERM)
	p.waitFor(t, "cannot stop web: requests were still running: PROCESS_SHUTDOWN_TIMEOUT has passed")
	for p.log.Scan() {
		if line := p.log.Text(); line != "cannot stop actions: actions still running: stuck" && line != "no time was left to stop actions" {
			t.Errorf("it blames another part: %s", line)
		}
	}
	if code := p.end(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
	<-answer
}
