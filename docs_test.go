package keryx_test

import (
	"testing"

	"github.com/keryx-go/keryx/internal/doctest"
)

// TestSnippets finds the code of the pages in code that is compiled.
func TestSnippets(t *testing.T) {
	for _, page := range []string{"README.md", "docs/actions.md", "docs/openapi.md", "docs/running.md", "docs/streaming.md"} {
		if err := doctest.Snippets(page, ".", "internal/pages", "internal/pages/readme"); err != nil {
			t.Error(err)
		}
	}
}
