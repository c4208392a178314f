package doctest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/doctest"
)

// write makes files in a directory of the test's own and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "~~~", "```")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const code = `package p

func Add(a, b int) int {
	if a == 0 {
		return b
	}
	return a + b
}
`

const tests = `package p

import "testing"

func TestAdd(t *testing.T) { check(t, Add(1, 2)) }

func check(t *testing.T, sum int) {
	t.Log("nobody has to run this")
}
`

func TestSnippets(t *testing.T) {
	for name, test := range map[string]struct{ page, want string }{
		"whole":              {"~~~go\nfunc Add(a, b int) int {\n\tif a == 0 {\n~~~", ""},
		"indented otherwise": {"1. x\n   ~~~go\n   if a == 0 {\n     return b\n   }\n   ~~~", ""},
		"with a gap":         {"~~~go\nif a == 0 {\n// …\nreturn a + b\n~~~", ""},
		"of a test":          {"~~~go\nfunc TestAdd(t *testing.T) { check(t, Add(1, 2)) }\n~~~", ""},
		"other languages":    {"~~~sh\nnot there\n~~~\n~~~\nnor this\n~~~", ""},
		"no blocks":          {"text", ""},
		"changed": {"text\n~~~go\nif a == 0 {\n\treturn c\n}\n~~~",
			"page.md:3: the snippet is not in the code; most like it is DIR/p.go\n  if a == 0 {\n- return c\n+ return b\n  }\n"},
		"behind a gap":    {"~~~go\nreturn b\n// …\nreturn c\n}\n~~~", "page.md:4: "},
		"past the end":    {"~~~go\nreturn a + b\n}\n\nmore\n~~~", "- more"},
		"part of a line":  {"~~~go\nreturn a\n~~~", "- return a\n"},
		"helper of tests": {"~~~go\nt.Log(\"nobody has to run this\")\n~~~", "page.md:2: "},
		"two":             {"~~~go\nx\n~~~\n~~~go\ny\n~~~", "page.md:5: "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{"page.md": test.page, "p.go": code, "p_test.go": tests})
			err := doctest.Snippets(filepath.Join(dir, "page.md"), dir)
			if want := strings.ReplaceAll(test.want, "DIR", dir); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
	if err := doctest.Snippets("nowhere.md", "."); err == nil {
		t.Error("a page that is not there is fine")
	}
}

func TestCommands(t *testing.T) {
	dir := write(t, map[string]string{"page.md": `
~~~sh
# a comment, no output
curl -d 'a=b c' "x?y=1&z" -d k="v w"'!'   # and another one
# first line
#   second line

# again a comment
NAME=value app start
~~~
~~~go
not a command
~~~`})
	commands, err := doctest.Commands(filepath.Join(dir, "page.md"))
	if err != nil || len(commands) != 2 {
		t.Fatalf("%+v, %v", commands, err)
	}
	c := commands[0]
	if got := strings.Join(c.Args, "|"); got != "curl|-d|a=b c|x?y=1&z|-d|k=v w!" || c.Want != "first line\nsecond line" || !strings.HasSuffix(c.At, "page.md:4") {
		t.Errorf("%q %+v", got, c)
	}
	if c := commands[1]; strings.Join(c.Args, "|") != "NAME=value|app|start" || c.Want != "" {
		t.Errorf("%+v", c)
	}
}

func TestCommandsThatAShellReadsOtherwise(t *testing.T) {
	for _, line := range []string{"curl x?y", "curl x&", "a | b", "a > b", "echo $HOME", `echo "$HOME"`, "echo 'open", "a {b}", `a \`} {
		dir := write(t, map[string]string{"page.md": "~~~sh\n" + line + "\n~~~"})
		if c, err := doctest.Commands(filepath.Join(dir, "page.md")); err == nil {
			t.Errorf("%s is read as %+v", line, c)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		want, got string
		ok        bool
	}{
		{"", "anything", true},
		{`{"a":[1]}`, "{\"a\":[1]}\n", true},
		{`{"id":"…","n":1}`, `{"id":"17-0","n":1}`, true},
		{`{"id":"…","n":1}`, `{"id":"17-0","n":2}`, false},
		{"a", "ab", false},
		{"a\nb", "a\nb", true},
	} {
		c := doctest.Command{Args: []string{"x"}, Want: test.want, At: "page.md:1"}
		if err := c.Check(test.got); (err == nil) != test.ok {
			t.Errorf("%q for %q: %v", test.got, test.want, err)
		}
	}
}
