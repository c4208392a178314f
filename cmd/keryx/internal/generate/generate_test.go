package generate

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold"
	"github.com/keryx-go/keryx/internal/slow"
)

// root is the checkout. Tests leave the folder that they start in.
var root = func() string {
	dir, err := filepath.Abs("../../../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// enter makes an app, and goes to its folder.
func enter(t *testing.T, a scaffold.App) {
	t.Helper()
	a.Name, a.Module, a.Replace = "shop", "example.com/shop", root
	files, err := a.Files()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// generate runs the command, and returns what it printed.
func generate(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := Command()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.Execute()
	return out.String(), err
}

func mustGenerate(t *testing.T, args ...string) string {
	t.Helper()
	out, err := generate(args...)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out
}

func goTool(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// everyKind is a command of every kind, and those that add to what another has made.
var everyKind = []string{
	"action user:delete", "action report:daily", "action status", "action note:search", "action invoice:list", "action invoice:send-mail",
	"channel room", "channel room:{id}:typing:{user}", "middleware timing", "part mailer",
}

// needDatabase are those that an app without a database refuses.
var needDatabase = []string{
	"migration add_tags", "resource post title:string body:text",
	"resource blog-entry title:string? text:text n:int n2:int? price:float bigPrice:float? ok:bool maybe:bool? at:time publishedAt:time? ownerId:uuid other_id:uuid? order:int",
}

// TestEveryKind vets and tests an app with all kinds.
func TestEveryKind(t *testing.T) {
	for name, app := range map[string]scaffold.App{"database": {}, "no database": {NoDatabase: true}} {
		t.Run(name, func(t *testing.T) {
			slow.Skip(t, "it compiles an app")
			enter(t, app)
			goTool(t, "mod", "tidy")
			lines := everyKind
			if !app.NoDatabase {
				lines = append(lines[:len(lines):len(lines)], needDatabase...)
			}
			for _, line := range lines {
				mustGenerate(t, strings.Fields(line)...)
			}
			goTool(t, "vet", "./...")
			goTool(t, "mod", "tidy", "-diff")
			if out, err := exec.Command("gofmt", "-l", ".").CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("gofmt wants these: %s %v", out, err)
			}
			if !app.NoDatabase { // its tests are like those of the other
				goTool(t, "test", "-timeout", "10m", "./...")
			}
		})
	}
}

// TestEachKind vets a fresh app with one kind alone.
func TestEachKind(t *testing.T) {
	slow.Skip(t, "it compiles an app for each kind")
	enter(t, scaffold.App{})
	goTool(t, "mod", "tidy")
	tidied := map[string][]byte{}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tidied[name] = text
	}
	for _, line := range []string{"action user:delete", "action invoice:list", "channel room", "middleware timing", "part mailer", "migration add_tags", "resource post title:string"} {
		t.Run(line, func(t *testing.T) {
			enter(t, scaffold.App{})
			for name, text := range tidied {
				if err := os.WriteFile(name, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			mustGenerate(t, strings.Fields(line)...)
			goTool(t, "vet", "./internal/...")
		})
	}
}

// TestRegister finds each line once, from a folder inside, however often it is asked for.
func TestRegister(t *testing.T) {
	enter(t, scaffold.App{})
	t.Chdir("internal/notes")
	mustGenerate(t, "action", "report:daily")
	mustGenerate(t, "action", "report:weekly", "--no-test")
	mustGenerate(t, "action", "report:weekly", "--force")
	t.Chdir("../..")
	for name, want := range map[string]string{
		registerFile:                  "\tusers.Register(api)\n\tnotes.Register(api)\n\treport.Register(api)\n}\n",
		"internal/report/register.go": "\tregisterDaily(api)\n\tregisterWeekly(api)\n}\n",
	} {
		if text, err := os.ReadFile(name); err != nil || !strings.HasSuffix(string(text), want) {
			t.Errorf("%s: %s %v", name, text, err)
		}
	}
}

// TestDryRun prints all, and writes nothing.
func TestDryRun(t *testing.T) {
	enter(t, scaffold.App{})
	out := mustGenerate(t, "resource", "post", "title:string", "--dry-run")
	for _, want := range []string{"would write internal/posts/posts.go", "would change " + registerFile, "CREATE TABLE posts", "_create_posts.down.sql"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	if _, err := os.Stat("internal/posts"); err == nil {
		t.Error("it was written")
	}
}

// TestForce overwrites code and keeps tests and the number of a migration.
func TestForce(t *testing.T) {
	enter(t, scaffold.App{})
	mustGenerate(t, "resource", "post", "title:string")
	const test = "internal/posts/posts_test.go"
	if err := os.WriteFile(test, []byte("package posts_test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := generate("resource", "post", "title:text"); err == nil || !strings.Contains(err.Error(), "internal/posts already; --force") {
		t.Errorf("%v", err)
	}
	mustGenerate(t, "resource", "post", "title:string", "rating:int", "--force")
	files, err := filepath.Glob("migrations/*/*_create_posts.up.sql")
	if err != nil || len(files) != 2 {
		t.Errorf("%v %v", files, err)
	}
	for name, want := range map[string]string{test: "package posts_test\n", files[0]: "rating BIGINT NOT NULL"} {
		if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %s %v", name, text, err)
		}
	}
}
