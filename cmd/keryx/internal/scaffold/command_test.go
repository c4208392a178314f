package scaffold

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// newCommand runs the command new in an empty folder, and returns what it printed.
func newCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := Command()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(append([]string{"--replace", root}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(""))
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestNew(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	out, err := newCommand(t, "apps/my-shop")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "\n  cd apps/my-shop\n  go run . start\n") {
		t.Errorf("printed %s", out)
	}
	if mod, err := os.ReadFile("apps/my-shop/go.mod"); err != nil || !strings.HasPrefix(string(mod), "module example.com/my-shop\n") {
		t.Errorf("%s %v", mod, err)
	}

	t.Setenv("GOMODCACHE", t.TempDir()) // nothing can be fetched
	out, err = newCommand(t, "offline", "--no-db")
	if err == nil || !strings.Contains(err.Error(), "solve this, and run: cd offline && go mod tidy") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := os.Stat("offline/main.go"); err != nil {
		t.Error(err)
	}
}

// TestMistakes finds an error that says what to do for each, and nothing written.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"full/notes.txt": "mine", "file": "mine", "repository/.git/config": ""} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "name the folder of the app: keryx new my-app"},
		{[]string{"full"}, "full is not empty: it has notes.txt"},
		{[]string{"file"}, "not a directory"},
		{[]string{"My App"}, "such as my-app"},
		{[]string{"2nd"}, "such as nd"},
		{[]string{strings.Repeat("a", 41)}, "too long"},
		{[]string{"shop", "--module", "example.com/my shop"}, `"my shop" in it is wrong`},
		{[]string{"shop", "--module", "example.com//shop"}, `"" in it is wrong`},
		{[]string{"shop", "--module", Framework}, "the framework's own"},
		{[]string{"shop", "--replace", dir}, "name the directory of a checkout"},
	} {
		if _, err := newCommand(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.args, err, test.want)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 3 {
		t.Errorf("%v %v", entries, err)
	}
	if err := checkEmpty("repository"); err != nil {
		t.Error(err)
	}
}

func TestQuestions(t *testing.T) {
	var out bytes.Buffer
	q := &questions{in: strings.NewReader("my shop\nexample.com/my-shop\nperhaps\nN\n"), out: &out}
	module, err := q.text("Module path", "example.com/shop", CheckModule)
	if err != nil || module != "example.com/my-shop" {
		t.Errorf("%s %v", module, err)
	}
	if database, err := q.yes("A database?"); err != nil || database {
		t.Errorf("%t %v", database, err)
	}
	if _, err := q.yes("More?"); err == nil || !strings.Contains(err.Error(), "--yes") {
		t.Errorf("%v", err)
	}
	if text := out.String(); !strings.Contains(text, "Module path [example.com/shop]: ") || !strings.Contains(text, "is no module path") {
		t.Errorf("asked %s", text)
	}
}

func TestVersion(t *testing.T) {
	main := func(version string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: Framework, Version: version}}
	}
	tool := main("v9.9.9")
	tool.Main.Path = "example.com/app"
	tool.Deps = []*debug.Module{{Path: Framework, Version: "v1.4.0"}}
	replaced := main("")
	replaced.Main.Path = "example.com/app"
	replaced.Deps = []*debug.Module{{Path: Framework, Version: "v0.0.0", Replace: &debug.Module{Path: "/src"}}}
	for want, infos := range map[string][]*debug.BuildInfo{
		"v1.2.3": {main("v1.2.3")},
		"v1.4.0": {tool},
		devel:    {main(""), main(devel), main("v0.0.0-20260101000000-abcdefabcdef+dirty"), replaced},
	} {
		for _, info := range infos {
			if got := frameworkVersion(info); got != want {
				t.Errorf("%+v: %s, want %s", info.Main, got, want)
			}
		}
	}
	if _, _, err := source(devel, ""); err == nil || !strings.Contains(err.Error(), "--replace DIR") || !strings.Contains(err.Error(), "@latest new") {
		t.Errorf("%v", err)
	}
	if version, replace, err := source("v1.2.3", ""); version != "v1.2.3" || replace != "" || err != nil {
		t.Errorf("%s %s %v", version, replace, err)
	}
}
