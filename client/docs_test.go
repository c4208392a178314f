package client_test

import (
	"testing"

	"github.com/keryx-go/keryx/internal/doctest"
)

// TestSnippets finds the Go code of the page in the examples. The tests of e2e compile its
// TypeScript.
func TestSnippets(t *testing.T) {
	if err := doctest.Snippets("../docs/clients.md", "."); err != nil {
		t.Error(err)
	}
}
