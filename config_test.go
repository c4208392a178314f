package keryx_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/keryx-go/keryx"
)

type auditSettings struct {
	Days int    `env:"AUDIT_DAYS" envDefault:"30" minimum:"1"`
	Key  string `env:"AUDIT_KEY,required" secret:"true"`
}

// settingsApp has settings of its own, and the given variables.
func settingsApp(environ ...string) (api *keryx.API, audit *auditSettings, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	api = keryx.New(keryx.Options{Environ: append([]string{}, environ...), DotEnv: "-", Stdout: stdout, Stderr: stderr})
	return api, keryx.Settings[auditSettings](api, "Audit"), stdout, stderr
}

func TestOwnSettingsAreListed(t *testing.T) {
	api, audit, stdout, stderr := settingsApp("KERYX_ENV=test", "AUDIT_DAYS_TEST=7", "AUDIT_KEY=hunter2")
	if *audit != (auditSettings{7, "hunter2"}) {
		t.Errorf("read as %+v", *audit)
	}
	if code := api.Run(t.Context(), []string{"config"}); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range [][]string{
		{"Audit.Days", "7", "environment", "AUDIT_DAYS"},
		{"Audit.Key", "[[secret]]", "environment", "AUDIT_KEY"},
		{"Server.Web.Port", "8080", "built-in", "WEB_SERVER_PORT"},
	} {
		line := lineWith(stdout.String(), want[0])
		for _, part := range want {
			if !strings.Contains(line, part) {
				t.Errorf("%q is listed as %q; want %q", want[0], line, part)
			}
		}
	}
	if strings.Contains(stdout.String()+stderr.String(), "hunter2") {
		t.Error("the secret is shown")
	}
}

func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return ""
}

// TestMistakesInOwnSettings: they are reported with those in the framework's.
func TestMistakesInOwnSettings(t *testing.T) {
	api, audit, _, stderr := settingsApp("AUDIT_DAYS=0", "CLI_QUIET=x")
	keryx.Settings[struct {
		Key string `env:"AUDIT_KEY"`
	}](api, "Billing")
	lines := []string{
		`CLI_QUIET="x" (from environment): not a boolean; expected true or false`,
		`AUDIT_DAYS="0" (from environment): too small; expected at least 1`,
		`AUDIT_KEY is not set; expected a text`,
		`config: Audit.Key and Billing.Key have the same variable AUDIT_KEY; give each its own`,
	}
	if err := api.Start(t.Context()); err == nil || err.Error() != strings.Join(lines, "\n") {
		t.Errorf("Start: got\n%v\nwant\n%s", err, strings.Join(lines, "\n"))
	}
	if code := api.Run(t.Context(), []string{"config"}); code != 1 {
		t.Errorf("config: exit code %d; want 1", code)
	}
	for _, line := range lines {
		if !strings.Contains(stderr.String(), line) {
			t.Errorf("config does not say %s", line)
		}
	}
	if audit.Days != 30 {
		t.Errorf("a wrong setting is %d; want its default", audit.Days)
	}
}

func TestOwnSettingsAfterStart(t *testing.T) {
	api, _, _, _ := settingsApp("AUDIT_KEY=x", "CLI_QUIET=x")
	if api.Start(context.Background()) == nil {
		t.Fatal("started with a wrong setting")
	}
	defer func() {
		if got := recover(); got != `keryx: settings "Late": the app has started; read them before` {
			t.Errorf("got %v", got)
		}
	}()
	keryx.Settings[struct{}](api, "Late")
}
