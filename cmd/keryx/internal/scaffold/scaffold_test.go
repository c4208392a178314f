package scaffold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/slow"
)

// root is the checkout. Tests may leave the folder that they start in.
var root = func() string {
	dir, err := filepath.Abs("../../../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// proxy is where modules come from; tests that need none turn it off.
var proxy = os.Getenv("GOPROXY")

// combinations are the apps that the flags make.
var combinations = map[string]App{
	"database":    {Name: "shop", Module: "example.com/shop"},
	"no database": {Name: "shop-2", Module: "github.com/ada/shop/v2", NoDatabase: true},
}

// writeApp writes an app that uses the checkout, with its modules, without the network.
func writeApp(t *testing.T, a App) string {
	t.Helper()
	var err error
	if a.Replace, err = checkout(root); err != nil {
		t.Fatal(err)
	}
	files, err := a.Files()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), a.Name)
	if err := writeAll(dir, files); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	if err := tidy(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func goTool(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestApps vets each app, and runs its own tests. Nothing is to be tidied.
func TestApps(t *testing.T) {
	slow.Skip(t, "it compiles the apps; the packages of the template are tested by themselves")
	for name, app := range combinations {
		t.Run(name, func(t *testing.T) {
			dir := writeApp(t, app)
			goTool(t, dir, nil, "mod", "tidy", "-diff")
			goTool(t, dir, nil, "vet", "./...")
			if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("gofmt wants these: %s %v", out, err)
			}
			goTool(t, dir, nil, "test", "-race", "-timeout", "10m", "./...")
		})
	}
}

// TestLint runs staticcheck on each app, as its CI does. It fetches it, if need be.
func TestLint(t *testing.T) {
	slow.Skip(t, "it compiles staticcheck")
	for name, app := range combinations {
		t.Run(name, func(t *testing.T) {
			dir := writeApp(t, app)
			cmd := exec.Command("go", "run", "honnef.co/go/tools/cmd/staticcheck@v0.8.2", "./...")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOPROXY="+proxy, "GOFLAGS=-mod=mod")
			out, err := cmd.CombinedOutput()
			if bytes.Contains(out, []byte("module lookup disabled")) && os.Getenv("CI") != "true" {
				t.Skip("staticcheck is not in the module cache")
			}
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestFiles finds nothing of the template in an app, and no file that is too long.
func TestFiles(t *testing.T) {
	for name, app := range combinations {
		app.Version = "v1.2.3"
		files, err := app.Files()
		if err != nil {
			t.Fatal(err)
		}
		for path, text := range files {
			if bytes.Contains(text, []byte("scaffold")) || bytes.Contains(text, []byte(templateName)) {
				t.Errorf("%s: %s is the template's", name, path)
			}
			if lines := bytes.Count(text, []byte("\n")); lines > 110 {
				t.Errorf("%s: %s has %d lines", name, path, lines)
			}
		}
		if mod := string(files["go.mod"]); mod != fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire %s v1.2.3\n", app.Module, Framework) {
			t.Errorf("%s: %s", name, mod)
		}
		for _, want := range []string{".env.example", ".gitignore", ".github/workflows/ci.yml", "AGENTS.md", "Dockerfile", "compose.yaml", "README.md", "internal/app/register.go"} {
			if files[want] == nil {
				t.Errorf("%s: there is no %s", name, want)
			}
		}
		if _, has := files["migrations/migrations.go"]; has == app.NoDatabase {
			t.Errorf("%s: migrations: %t, of %v", name, has, slices.Sorted(maps.Keys(files)))
		}
	}
}

// TestGoModule quotes paths that need it.
func TestGoModule(t *testing.T) {
	dir := t.TempDir()
	mod := App{Module: "example.com/a", Replace: "/tmp/my work/keryx"}.goMod()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var edited struct {
		Replace []struct{ New struct{ Path string } }
	}
	if err := json.Unmarshal(out, &edited); err != nil || edited.Replace[0].New.Path != "/tmp/my work/keryx" {
		t.Errorf("%s %v", out, err)
	}
}
