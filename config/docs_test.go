package config_test

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of settings into docs/configuration.md")

const (
	document   = "../docs/configuration.md"
	tableBegin = "<!-- settings: go test ./config -update -->\n"
	tableEnd   = "<!-- end of settings -->\n"
)

func TestDocumentIsCurrent(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), tableBegin)
	table, after, ended := strings.Cut(rest, tableEnd)
	if !begun || !ended {
		t.Fatalf("%s has no %q … %q", document, tableBegin, tableEnd)
	}
	want := "\n" + load(t).Markdown() + "\n"
	if table == want {
		return
	}
	if !*update {
		t.Fatalf("the table in %s is not current; go test ./config -update writes it", document)
	}
	if err := os.WriteFile(document, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestMarkdownIsOfTheCode checks that nothing that is set gets into a document.
func TestMarkdownIsOfTheCode(t *testing.T) {
	c := load(t, "KERYX_ENV=production", "WEB_SERVER_PORT=81", "WEB_SERVER_HOST=0.0.0.0")
	if c.Markdown() != load(t).Markdown() {
		t.Error("the table depends on the environment")
	}
	var app struct {
		Mode string `env:"MODE,required" enum:"a|b,c" doc:"How it\nworks."`
	}
	_ = c.Bind("App", &app) // required, and not set
	if want := "| `MODE` | required | How it works. One of: a\\|b, c. |\n"; !strings.HasSuffix(c.Markdown(), want) {
		t.Errorf("the table does not end with %q", want)
	}
}

// TestSnippetsAreCompiled finds the Go code of the document in the examples.
func TestSnippetsAreCompiled(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	snippets := strings.Split(string(text), "```go\n")[1:]
	if len(snippets) == 0 {
		t.Error("there are no snippets")
	}
	for _, snippet := range snippets {
		code, _, _ := strings.Cut(snippet, "```")
		if !strings.Contains(squeeze(string(examples)), squeeze(code)) {
			t.Errorf("not in example_test.go:\n%s", code)
		}
	}
}
