package generate

import (
	"os"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold"
)

// TestMistakes finds for each an error that says where or what to do, and nothing written.
func TestMistakes(t *testing.T) {
	enter(t, scaffold.App{})
	mustGenerate(t, "action", "report:daily")
	mustGenerate(t, "migration", "add_tags")
	before := mustGenerate(t, "part", "mailer", "--dry-run")
	for line, want := range map[string]string{
		"action":                        "action takes one argument, the name of the action, such as user:delete; there are 0",
		"action User":                   "begin with a lower-case letter",
		"action user:":                  "is no name for an action",
		"action report:daily":           "there is an action report:daily already, at internal/report/daily.go:17",
		"action user:create":            "there is an action user:create already, at internal/users/users.go:",
		"action users:sign-in":          "declares signInInput already; choose another name",
		"action select:it":              "a package cannot be named select",
		"action app:show":               "a package cannot be named app",
		"channel room:":                 "is no name for a channel",
		"channel {id}":                  "is no name for a channel",
		"part redis":                    "the framework has a part redis",
		"migration AddTags":             "such as add_tags",
		"migration add_tags":            "there is a migration add_tags already: migrations/postgres/",
		"resource post":                 "name the resource and its fields",
		"resource title:string a:int":   "looks like a field",
		"resource posts title:string":   "name one of them: not posts, but perhaps post",
		"resource post title":           "write its name, a colon and its type",
		"resource post title:strng":     `there is no type "strng"; did you mean string?`,
		"resource post title:json":      "The types are string, text, int, float, bool, time, uuid",
		"resource post Title:string":    "is no name for a field",
		"resource post id:int":          "every resource has a field or parameter id",
		"resource post a:int a:string":  "a:int and a:string are one field",
		"resource note title:string":    "there is a folder internal/notes already",
		"resource post created-at:time": "every resource has a field or parameter createdAt",
	} {
		if out, err := generate(strings.Fields(line)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s\n%s", line, err, want, out)
		}
	}
	if after := mustGenerate(t, "part", "mailer", "--dry-run"); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

// TestOtherApps are without a database, without the file, and without a module.
func TestOtherApps(t *testing.T) {
	enter(t, scaffold.App{NoDatabase: true})
	for _, args := range [][]string{{"resource", "post", "title:string"}, {"migration", "add_tags"}} {
		if _, err := generate(args...); err == nil || !strings.Contains(err.Error(), "this app has no database") {
			t.Errorf("%q: %v", args, err)
		}
	}
	write := func(text string) {
		if err := os.WriteFile(registerFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("package app\n\nvar parts []string\n")
	_, err := generate("part", "mailer")
	if err == nil || !strings.Contains(err.Error(), "add it yourself where the app is put together: api.Use(mailer.New(api.Logger))") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat("internal/mailer"); err == nil {
		t.Error("it was written all the same")
	}
	if err := os.Remove(registerFile); err != nil {
		t.Fatal(err)
	}
	if _, err := generate("part", "mailer"); err == nil || !strings.Contains(err.Error(), "has no file "+registerFile) {
		t.Errorf("%v", err)
	}
	t.Chdir(t.TempDir())
	if _, err := generate("part", "mailer"); err == nil || !strings.Contains(err.Error(), "there is no go.mod") {
		t.Errorf("%v", err)
	}
}
