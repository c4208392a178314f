package pages

import (
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
)

func TestDocument(t *testing.T) {
	api := keryx.New(keryx.Options{Environ: []string{}, DotEnv: "-"})
	data, err := document(api)
	if err != nil || !strings.Contains(string(data), `"url": "https://api.example.com"`) {
		t.Errorf("%s, %v", data, err)
	}
}
