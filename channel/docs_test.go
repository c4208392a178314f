package channel_test

import (
	"testing"

	"github.com/keryx-go/keryx/internal/doctest"
)

// TestSnippetsAreRun finds the code of the guide in the examples.
func TestSnippetsAreRun(t *testing.T) {
	if err := doctest.Snippets("../docs/channels.md", "."); err != nil {
		t.Error(err)
	}
}
