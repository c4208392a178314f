package session_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/internal/doctest"
)

const guide, security = "../docs/sessions.md", "../docs/security.md"

// TestSnippetsAreRun finds the code of the guide in the examples.
func TestSnippetsAreRun(t *testing.T) {
	if err := doctest.Snippets(guide, ".", "../auth", "../csrf", "../ratelimit", "../internal/pages"); err != nil {
		t.Error(err)
	}
}

var (
	variable = regexp.MustCompile("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[`=]")
	row      = regexp.MustCompile("(?m)^\\| `([A-Z0-9_]+)` \\| (.*?) \\| ")
)

// TestVariables: the settings that the guides name are there, and have the defaults
// that the guides say.
func TestVariables(t *testing.T) {
	defaults := map[string]string{}
	settings, err := keryx.LoadConfig(config.Options{Environ: []string{}, DotEnv: "-"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range row.FindAllStringSubmatch(settings.Markdown(), -1) {
		defaults[r[1]] = r[2]
	}
	if len(defaults) < 50 {
		t.Fatalf("%d settings are known", len(defaults))
	}
	for _, page := range []string{guide, security} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range variable.FindAllStringSubmatch(string(text), -1) {
			if _, ok := defaults[name[1]]; !ok && !strings.HasPrefix(name[1], "CONNECTION_") {
				t.Errorf("%s: there is no setting %s", page, name[1])
			}
		}
		for _, r := range row.FindAllStringSubmatch(string(text), -1) {
			if defaults[r[1]] != r[2] {
				t.Errorf("%s: the default of %s is %s, not %s", page, r[1], defaults[r[1]], r[2])
			}
		}
	}
	text, _ := os.ReadFile(security)
	if n := len(row.FindAllString(string(text), -1)); n < 35 {
		t.Errorf("%d settings are in the tables of %s", n, security)
	}
	// The page lists all settings that protect the server.
	for name := range defaults {
		guards := regexp.MustCompile(`^(SESSION_|RATE_LIMIT_.*(LIMIT|CLOSED)|WEB_SECURITY_|WEB_MAX_|WEB_.*TIMEOUT|WS_(ALLOWED|MAX|PING|SEND))`).MatchString(name)
		if guards && !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("%s does not have %s", security, name)
		}
	}
}
