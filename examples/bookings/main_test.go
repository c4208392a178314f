package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/doctest"
	"github.com/keryx-go/keryx/keryxtest"
)

const (
	password = "correct horse"
	secret   = "0123456789abcdef0123456789abcdef"
)

func TestMain(m *testing.M) {
	hashing.Memory, hashing.Iterations = 8*1024, 1 // cheap hashes
	goleak.VerifyTestMain(m)
}

// options are those of tests that are not about services.
func options(env map[string]string) keryxtest.Options {
	all := map[string]string{"RATE_LIMIT_ENABLED": "false", "BOOKINGS_WEBHOOK_SECRET": secret}
	for name, value := range env {
		all[name] = value
	}
	return keryxtest.Options{Env: all, Embedded: true}
}

func start(t *testing.T) *keryxtest.App {
	t.Helper()
	t.Parallel()
	return keryxtest.Start(t, newApp, options(nil))
}

// signUp returns the client of a new user.
func signUp(app *keryxtest.App, name string) *keryxtest.Client {
	c := app.Client()
	c.Post("/api/users", newUser{name, name + "@example.com", password}).Expect(201)
	return c
}

// office is an organisation with a room.
type office struct {
	owner, member *keryxtest.Client
	org, room     string // their paths
}

func open(app *keryxtest.App) office {
	owner, member := signUp(app, "olga"), signUp(app, "mia")
	org := "/api/orgs/" + text(keryxtest.Decode[Org](owner.Post("/api/orgs", newOrg{"Office"})).ID)
	owner.Post(org+"/members", map[string]string{"email": "mia@example.com"}).Expect(201)
	room := keryxtest.Decode[Room](owner.Post(org+"/rooms", map[string]any{"name": "Library", "capacity": 8}))
	return office{owner, member, org, org + "/rooms/" + text(room.ID)}
}

// tomorrow is an hour of tomorrow.
func tomorrow(hour int) time.Time {
	return time.Now().UTC().Truncate(24 * time.Hour).Add(time.Duration(24+hour) * time.Hour)
}

func meeting(from, to int) map[string]any {
	return map[string]any{"title": "Meeting", "from": tomorrow(from), "to": tomorrow(to)}
}

// TestSize counts lines that are neither blank nor comments: an example that people
// copy has to be read first.
func TestSize(t *testing.T) {
	const most = 900
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for s := bufio.NewScanner(file); s.Scan(); {
			if line := strings.TrimSpace(s.Text()); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
		_ = file.Close()
	}
	if lines > most || lines < 100 {
		t.Errorf("%d lines; %d are the most", lines, most)
	}
}

func TestPage(t *testing.T) {
	if err := doctest.Snippets("../../docs/rest.md", "."); err != nil {
		t.Error(err)
	}
}

// TestStarts runs with the defaults of the app.
func TestStarts(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	api := newApp(keryx.Options{Environ: []string{"WEB_SERVER_PORT=0"}, DotEnv: "-", Stderr: &log})
	if err := api.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := api.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
