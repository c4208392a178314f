package e2e

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/keryx-go/keryx/internal/pgtest"
	"github.com/keryx-go/keryx/internal/redistest"
)

// scaffolded returns a program that "keryx new" has written, built as the Dockerfile does.
func scaffolded(t *testing.T, flags ...string) func() (string, error) {
	t.Helper()
	dir := t.TempDir()
	replace, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	run := func(dir string, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	tool, folder, program := filepath.Join(dir, "keryx"), filepath.Join(dir, "shop"), filepath.Join(dir, "program")
	run("..", "go", "build", "-o", tool, "./cmd/keryx")
	run(dir, tool, append([]string{"new", folder, "--yes", "--replace", replace}, flags...)...)
	run(folder, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	return func() (string, error) { return program, nil }
}

// looks takes a picture in a width, and reports what is wider than the window.
func (p *tab) looks(name string, width, height int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height))
	p.until(`document.documentElement.scrollWidth <= innerWidth`)
	picture(p, name)
}

// TestScaffold goes from "keryx new" to two people who see each other's notes.
func TestScaffold(t *testing.T) {
	program := scaffolded(t)
	s, b := startWith(t, program, "embedded://"), startBrowser(t)
	ada := b.person()
	ada.do(chromedp.Navigate(s.url + "/"))
	ada.until(`!document.querySelector("#enter").hidden`)
	ada.looks("scaffold-enter", 1280, 860)
	ada.looks("scaffold-enter-phone", 375, 720)
	ada.send("/users", map[string]string{"name": "Ada", "email": "ada@example.com", "password": password})
	ada.until(`!document.querySelector("#wall").hidden && document.querySelector("#who").innerText.includes("Ada")`)

	grace := b.person()
	grace.do(chromedp.Navigate(s.url + "/"))
	grace.until(`!document.querySelector("#enter").hidden`)
	grace.send("/users", map[string]string{"name": "Grace", "email": "ADA@example.com", "password": password})
	grace.until(`document.querySelector("form[data-path='/users'] [role=alert]").textContent.includes("e-mail address")`)
	grace.send("/users", map[string]string{"name": "Grace", "email": "grace@example.com", "password": password})
	grace.until(`!document.querySelector("#wall").hidden`)

	grace.send("/notes", map[string]string{"text": "<b>Hello</b> Ada"})
	ada.until(`document.querySelector("#notes li p")?.textContent === "<b>Hello</b> Ada"`)
	ada.send("/notes", map[string]string{"text": "Hello Grace"})
	grace.until(`document.querySelectorAll("#notes li").length === 2`)
	ada.looks("scaffold-wall", 1280, 860)
	ada.looks("scaffold-wall-phone", 375, 720)
	ada.do(chromedp.Navigate(s.url + "/"))
	ada.until(`document.querySelectorAll("#notes li").length === 2 && document.querySelector("#empty").hidden`)
	ada.do(chromedp.Click(css("#sign-out")))
	ada.until(`!document.querySelector("#enter").hidden && document.querySelectorAll("#notes li").length === 0`)
	ada.clean("401")
	grace.clean("401", "409")
}

// send fills in the form of an action, and sends it.
func (p *tab) send(path string, values map[string]string) {
	p.t.Helper()
	form := fmt.Sprintf(`form[data-path="%s"]`, path)
	for name, value := range values {
		p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector('%s [name=%s]').value = %q", form, name, value)))
	}
	p.do(chromedp.Click(css(form + " button")))
}

// TestScaffoldWithoutADatabase lets a visitor in by a name.
func TestScaffoldWithoutADatabase(t *testing.T) {
	s, b := startWith(t, scaffolded(t, "--no-db"), "embedded://", "DATABASE_URL="), startBrowser(t)
	ada := b.person()
	ada.do(chromedp.Navigate(s.url + "/"))
	ada.until(`!document.querySelector("#enter").hidden`)
	ada.looks("scaffold-visitor-phone", 375, 720)
	ada.send("/session", map[string]string{"name": "Ada"})
	ada.until(`document.querySelector("#who").innerText.includes("Ada")`)
	ada.send("/notes", map[string]string{"text": "Hello"})
	ada.until(`document.querySelectorAll("#notes li").length === 1`)
	ada.clean("401")
}

// TestScaffoldOnServices signs up over HTTP on a real Redis and Postgres.
func TestScaffoldOnServices(t *testing.T) {
	s := startWith(t, scaffolded(t), redistest.Start(t).URL(), "DATABASE_URL="+pgtest.NewDatabase(t))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	for _, call := range []struct {
		path, body string
		status     int
	}{
		{"/api/notes", `{"text":"too early"}`, http.StatusUnauthorized},
		{"/api/users", `{"name":"Ada","email":"ada@example.com","password":"` + password + `"}`, http.StatusCreated},
		{"/api/notes", `{"text":"Hello"}`, http.StatusCreated},
		{"/api/session", `{"email":"ada@example.com","password":"wrong horse"}`, http.StatusUnauthorized},
		{"/api/session", `{"email":"ada@example.com","password":"` + password + `"}`, http.StatusOK},
	} {
		r, err := client.Post(s.url+call.path, "application/json", strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		if _ = r.Body.Close(); r.StatusCode != call.status {
			t.Errorf("%s %s: %s, want %d", call.path, call.body, r.Status, call.status)
		}
	}
}
