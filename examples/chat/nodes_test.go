package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/keryxtest"
)

// presenceTTL is short, for ghosts to go while one waits.
const presenceTTL = 2 * time.Second

// shared are the settings of nodes that share a Redis and a database.
func shared(t *testing.T) map[string]string {
	t.Helper()
	database := "sqlite://" + filepath.Join(t.TempDir(), "chat.db")
	if pgtest.Available() {
		database = pgtest.NewDatabase(t)
	}
	return map[string]string{
		"REDIS_URL": redistest.Start(t).URL(), "DATABASE_URL": database, "RATE_LIMIT_ENABLED": "false",
		"PRESENCE_TTL": presenceTTL.String(), "PRESENCE_HEARTBEAT_INTERVAL": (presenceTTL / 4).String(),
	}
}

func nodes(t *testing.T, n int) []*keryxtest.App {
	t.Helper()
	env := shared(t)
	apps := make([]*keryxtest.App, n)
	for i := range apps {
		apps[i] = keryxtest.Start(t, newApp, keryxtest.Options{Env: env})
	}
	return apps
}

func TestThreeNodes(t *testing.T) {
	apps := nodes(t, 3)
	mario, luigi := user(t, apps[0], "Mario"), user(t, apps[1], "Luigi")
	for _, app := range apps { // a session made on one node works on all
		want(t, mario.at(app.URL).get("/user/1"), http.StatusOK, "Admin")
	}
	sockets := []*socket{mario.connect(), luigi.connect(), mario.at(apps[2].URL).connect()}
	for _, s := range sockets {
		s.join()
	}
	both := []string{fmt.Sprint(mario.id()), fmt.Sprint(luigi.id())}
	for _, app := range apps {
		if got := mario.at(app.URL).members(); !slices.Equal(got, both) {
			t.Errorf("the members are %q, want %q", got, both)
		}
		if got := mario.at(app.URL).token(); got != mario.token() {
			t.Error("the CSRF token is another one")
		}
	}
	for i, app := range apps { // a message on one node reaches all
		text := fmt.Sprintf("from node %d", i)
		want(t, luigi.at(app.URL).write(text), http.StatusOK, text)
		for _, s := range sockets {
			s.broadcast(text)
		}
	}
	sockets[0].close() // Mario is there still, on the third node
	sockets[1].close()
	sockets[2].presence("leave", luigi.id())
	if got := mario.at(apps[1].URL).members(); !slices.Equal(got, both[:1]) {
		t.Errorf("the members are %q, want %q", got, both[:1])
	}
	want(t, mario.at(apps[1].URL).send("DELETE", "/session", m{}), http.StatusOK, "true")
	wantFrame(t, sockets[2].call("messages:list", nil), noSession)
}

// TestTheCommandLineIsHeard checks that the clients of a server get a message from the
// command line.
func TestTheCommandLineIsHeard(t *testing.T) {
	env := shared(t)
	app := keryxtest.Start(t, newApp, keryxtest.Options{Env: env})
	s := user(t, app, "Mario").connect()
	s.join()
	var out, log bytes.Buffer
	other := newApp(keryx.Options{Environ: environ(env), DotEnv: "-", Defaults: map[string]string{}, Stdout: &out, Stderr: &log})
	if code := other.Run(t.Context(), []string{"messages:hello", "-q"}); code != 0 || log.Len() > 0 {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out.String(), log.String())
	}
	wantFrame(t, s.broadcast("Hello! The current time is"), `"user_name":"Admin"`, `"sender":"user:1"`)
}

func environ(env map[string]string) []string {
	var out []string
	for name, value := range env {
		out = append(out, name+"="+value)
	}
	return out
}

// TestNodesThatStartTogether migrate one empty database and make one default user.
func TestNodesThatStartTogether(t *testing.T) {
	env := shared(t)
	env["WEB_SERVER_PORT"], env["WEB_SERVER_HOST"] = "0", "127.0.0.1"
	apps := make([]*keryx.API, 4)
	var wg sync.WaitGroup
	for i := range apps {
		apps[i] = newApp(keryx.Options{Environ: environ(env), DotEnv: "-", Defaults: map[string]string{}, Stderr: t.Output()})
		wg.Go(func() {
			if err := apps[i].Start(t.Context()); err != nil {
				t.Errorf("node %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n, err := apps[0].DB.NewSelect().Model((*User)(nil)).Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d users, %v", n, err)
	}
	for _, api := range apps {
		if err := api.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestAKilledNodeLeavesNoGhosts runs a node as a process and kills it, while others
// stay.
func TestAKilledNodeLeavesNoGhosts(t *testing.T) {
	env := shared(t)
	survivor := keryxtest.Start(t, newApp, keryxtest.Options{Env: env})
	mario, luigi := user(t, survivor, "Mario"), user(t, survivor, "Luigi")
	victim, kill := process(t, env)
	here, there := mario.connect(), luigi.at(victim).connect()
	here.join()
	there.join()
	here.presence("join", luigi.id())
	want(t, luigi.at(victim).write("my last words"), http.StatusOK, "last")
	here.broadcast("my last words")
	both := []string{fmt.Sprint(mario.id()), fmt.Sprint(luigi.id())}
	if got := mario.members(); !slices.Equal(got, both) {
		t.Fatalf("the members are %q, want %q", got, both)
	}

	kill()
	killed := time.Now()
	// Two more intervals: for the last heartbeat, and until the next check.
	eventually(t, presenceTTL+presenceTTL/2+time.Second, "Luigi is gone", func() bool { return slices.Equal(mario.members(), both[:1]) })
	t.Logf("gone after %v", time.Since(killed))
	here.presence("leave", luigi.id())
	if got := mario.members(); !slices.Equal(got, both[:1]) {
		t.Errorf("the members are %q, want %q", got, both[:1])
	}
}

var listening = regexp.MustCompile(`is listening.* url=(http://\S+)`)

// process builds and starts the program, and returns its URL and what kills it.
func process(t *testing.T, env map[string]string) (url string, kill func()) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "chat")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "start")
	cmd.Env = append(os.Environ(), "WEB_SERVER_PORT=0", "WEB_SERVER_HOST=127.0.0.1", "LOG_COLORIZE=false")
	cmd.Env = append(cmd.Env, environ(env)...)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	lines := bufio.NewScanner(log)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return found[1], kill
		}
	}
	t.Fatalf("the program does not start:\n%s", strings.Join(said, "\n"))
	return "", nil
}
