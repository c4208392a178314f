package main

import (
	"cmp"
	"os"
	"strings"
	"testing"
)

func TestSuitesHaveAPlaceInTheDocs(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range suites() {
		if seen[s.Name] || s.Summary == "" {
			t.Errorf("the suite %q is there twice, or says nothing of itself", s.Name)
		}
		seen[s.Name] = true
		page := cmp.Or(s.Page, "benchmarks.md")
		docs, err := os.ReadFile("../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(docs), "<!-- bench:"+s.Name+" -->") {
			t.Errorf("docs/%s has no place for the suite %s", page, s.Name)
		}
	}
}
