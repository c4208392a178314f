package main

import (
	"os"
	"strings"
	"testing"
)

func TestSuitesHaveAPlaceInTheDocs(t *testing.T) {
	docs, err := os.ReadFile("../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range suites() {
		if seen[s.Name] || s.Summary == "" {
			t.Errorf("the suite %q is there twice, or says nothing of itself", s.Name)
		}
		seen[s.Name] = true
		if !strings.Contains(string(docs), "<!-- bench:"+s.Name+" -->") {
			t.Errorf("docs/benchmarks.md has no place for the suite %s", s.Name)
		}
	}
}
