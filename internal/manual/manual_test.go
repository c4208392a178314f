package manual

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

var update = flag.Bool("update", false, "write "+IndexFile+" and "+FullFile)

// TestFilesForAgents: the files have what the pages say now.
func TestFilesForAgents(t *testing.T) {
	for name, make := range map[string]func(string) (string, error){IndexFile: Index, FullFile: Full} {
		want, err := make(root)
		if err != nil {
			t.Error(err)
		}
		path := filepath.Join(root, name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Error(err)
			}
		}
		if got, _ := os.ReadFile(path); string(got) != want {
			t.Errorf("%s is not what the pages say; go test ./internal/manual -update writes it", name)
		}
		if strings.Contains(want, "<svg") {
			t.Errorf("%s has a picture", name)
		}
	}
}

// TestLinks: the links of the pages lead somewhere.
func TestLinks(t *testing.T) {
	pages, _ := filepath.Glob(root + "/*.md")
	docs, _ := filepath.Glob(root + "/docs/*.md")
	examples, _ := filepath.Glob(root + "/examples/*/README.md")
	pages = append(append(append(pages, docs...), examples...), root+"/"+IndexFile)
	for _, page := range pages {
		if err := Links(page); err != nil {
			t.Error(err)
		}
	}
}

// TestBrokenLinks: a link to a file or heading that is not there is found.
func TestBrokenLinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	text := "# What is `that`?\n[a](page.md#what-is-that) [b](#nope) [c](gone.md) [d](https://example.org/x)\n```\n[e](code.md)\n```\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Links(path)
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "#nope: there is no such heading") || !strings.Contains(err.Error(), "gone.md leads nowhere") {
		t.Errorf("got %v", err)
	}
}
