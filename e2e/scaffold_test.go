package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"go.yaml.in/yaml/v4"
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

// TestScaffold goes from "keryx new" to two people who see each other's notes.
func TestScaffold(t *testing.T) {
	program := scaffolded(t)
	s, b := startWith(t, program, "embedded://"), startBrowser(t)
	ada := b.person()
	ada.do(chromedp.Navigate(s.url + "/"))
	ada.until(`!document.querySelector("#enter").hidden`)
	picture(ada, "scaffold-enter")
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
	if count := get[int](ada, `document.querySelectorAll("#notes li").length`); count != 2 { // and no presence of Grace
		t.Errorf("there are %d notes", count)
	}
	picture(ada, "scaffold-wall")
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
	picture(ada, "scaffold-visitor")
	ada.send("/session", map[string]string{"name": "Ada"})
	ada.until(`document.querySelector("#who").innerText.includes("Ada")`)
	ada.send("/notes", map[string]string{"text": "Hello"})
	ada.until(`document.querySelectorAll("#notes li").length === 1`)
	ada.clean("401")
}

// TestScaffoldYAML parses the files of new apps that other programs read.
func TestScaffoldYAML(t *testing.T) {
	for _, app := range []string{"app", "plain"} {
		for file, want := range map[string][]string{"compose.yaml": {"services", "volumes"}, ".github/workflows/ci.yml": {"name", "on", "permissions", "jobs"}} {
			text, err := os.ReadFile(filepath.Join("../cmd/keryx/internal/scaffold", app, file))
			if err != nil {
				t.Fatal(err)
			}
			var document map[string]any
			if err := yaml.Unmarshal(text, &document); err != nil {
				t.Errorf("%s %s: %v", app, file, err)
			}
			for _, key := range want {
				if document[key] == nil {
					t.Errorf("%s %s has no %s", app, file, key)
				}
			}
		}
	}
}
