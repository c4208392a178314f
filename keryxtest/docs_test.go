package keryxtest_test

import (
	"testing"

	"github.com/keryx-go/keryx/internal/doctest"
)

func TestPage(t *testing.T) {
	if err := doctest.Snippets("../docs/testing.md", "."); err != nil {
		t.Error(err)
	}
}
