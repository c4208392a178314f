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

func TestDescribedRooms(t *testing.T) {
	var out strings.Builder
	api := keryx.New(keryx.Options{Environ: []string{}, DotEnv: "-", Stdout: &out})
	describedRooms(api)
	if code := api.Run(t.Context(), []string{"asyncapi"}); code != 0 || !strings.Contains(out.String(), `"#/components/schemas/Said"`) {
		t.Errorf("%d %s", code, out.String())
	}
}
