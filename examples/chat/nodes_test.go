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
	"github.com/keryx-go/keryx/internal/slow"
	"github.com/keryx-go/keryx/keryxtest"
)

// presenceTTL is short, for ghosts to go while one waits.
const presenceTTL = 2 * time.Second

// alive are the settings of nodes that notice soon when another one has died.
var alive = keryxtest.Options{Env: map[string]string{
	"RATE_LIMIT_ENABLED": "false", "PRESENCE_TTL": presenceTTL.String(), "PRESENCE_HEARTBEAT_INTERVAL": (presenceTTL / 4).String(),
}}

// shared returns the variables of a program that is another node of the app.
func shared(app *keryxtest.App) []string {
	out := []string{"REDIS_URL=" + app.RedisURL, "DATABASE_URL=" + app.DatabaseURL, "WEB_SERVER_PORT=0", "WEB_SERVER_HOST=127.0.0.1"}
	for name, value := range alive.Env {
		out = append(out, name+"="+value)
	}
	return out
}

func TestThreeNodes(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	apps := keryxtest.StartN(t, 3, newApp, alive)
	mario, luigi := user(t, apps[0], "Mario"), user(t, apps[1], "Luigi")
	for _, app := range apps { // a session made on one node works on all
		want(t, mario.At(app).Get("/api/user/1"), http.StatusOK, "Admin")
	}
	sockets := []*keryxtest.Socket{mario.Dial(), luigi.Dial(), mario.At(apps[2]).Dial()}
	for _, s := range sockets {
		s.Subscribe(roomName)
	}
	both := []string{id(mario), id(luigi)}
	for _, app := range apps {
		if got := members(mario.At(app)); !slices.Equal(got, both) {
			t.Errorf("the members are %q, want %q", got, both)
		}
		if got := csrfToken(mario.At(app)); got != csrfToken(mario) {
			t.Error("the CSRF token is another one")
		}
	}
	for i, app := range apps { // a message on one node reaches all
		text := fmt.Sprintf("from node %d", i)
		want(t, write(luigi.At(app), text), http.StatusOK, text)
		for _, s := range sockets {
			heard(s, text)
		}
	}
	sockets[0].Close() // Mario is there still, on the third node
	sockets[1].Close()
	sockets[2].Presence(roomName, "leave", id(luigi))
	if got := members(mario.At(apps[1])); !slices.Equal(got, both[:1]) {
		t.Errorf("the members are %q, want %q", got, both[:1])
	}
	want(t, mario.At(apps[1]).Delete("/api/session"), http.StatusOK, "true")
	wantFrame(t, sockets[2].Act("messages:list", nil), noSession)
}

// TestTheCommandLineIsHeard checks that the clients of a server get a message from the
// command line.
func TestTheCommandLineIsHeard(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	app := keryxtest.Start(t, newApp, alive)
	s := user(t, app, "Mario").Dial()
	s.Subscribe(roomName)
	var out, log bytes.Buffer
	other := newApp(keryx.Options{Environ: shared(app), DotEnv: "-", Defaults: map[string]string{}, Stdout: &out, Stderr: &log})
	if code := other.Run(t.Context(), []string{"messages:hello", "-q"}); code != 0 || log.Len() > 0 {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out.String(), log.String())
	}
	wantFrame(t, heard(s, "Hello! The current time is"), `"user_name":"Admin"`, `"sender":"user:1"`)
}

// TestNodesThatStartTogether migrate one empty database and make one default user.
func TestNodesThatStartTogether(t *testing.T) {
	slow.Skip(t, "it starts Postgres")
	fresh := &keryxtest.App{RedisURL: redistest.Start(t).URL(), DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "chat.db")}
	if pgtest.Available() {
		fresh.DatabaseURL = pgtest.NewDatabase(t)
	}
	apps := make([]*keryx.API, 4)
	var wg sync.WaitGroup
	for i := range apps {
		apps[i] = newApp(keryx.Options{Environ: shared(fresh), DotEnv: "-", Defaults: map[string]string{}, Stderr: t.Output()})
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
	slow.Skip(t, "it builds a program")
	survivor := keryxtest.Start(t, newApp, alive)
	mario, luigi := user(t, survivor, "Mario"), user(t, survivor, "Luigi")
	victim, kill := process(t, survivor)
	here, there := mario.Dial(), luigi.At(victim).Dial()
	here.Subscribe(roomName)
	there.Subscribe(roomName)
	here.Presence(roomName, "join", id(luigi))
	want(t, write(luigi.At(victim), "my last words"), http.StatusOK, "last")
	heard(here, "my last words")
	both := []string{id(mario), id(luigi)}
	if got := members(mario); !slices.Equal(got, both) {
		t.Fatalf("the members are %q, want %q", got, both)
	}

	kill()
	killed := time.Now()
	keryxtest.Eventually(t, "Luigi is gone", func() bool { return slices.Equal(members(mario), both[:1]) })
	t.Logf("gone after %v", time.Since(killed))
	here.Presence(roomName, "leave", id(luigi))
	if got := members(mario); !slices.Equal(got, both[:1]) {
		t.Errorf("the members are %q, want %q", got, both[:1])
	}
}

var listening = regexp.MustCompile(`is listening.* url=(http://\S+)`)

// process builds and starts the program as another node, and returns it, and what kills
// it.
func process(t *testing.T, other *keryxtest.App) (app *keryxtest.App, kill func()) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "chat")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "start")
	cmd.Env = append(append(os.Environ(), "LOG_COLORIZE=false"), shared(other)...)
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
			return &keryxtest.App{URL: found[1]}, kill
		}
	}
	t.Fatalf("the program does not start:\n%s", strings.Join(said, "\n"))
	return nil, nil
}
