package dashboard_test

import (
	"testing"

	"github.com/keryx-go/keryx/internal/doctest"
)

// TestSnippets finds the Go code of the page in the example.
func TestSnippets(t *testing.T) {
	if err := doctest.Snippets("../docs/dashboard.md", "."); err != nil {
		t.Error(err)
	}
}
