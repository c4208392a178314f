package conformance

import (
	"bytes"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/keryx-go/keryx"
)

// commandLine runs each call as a command of its own.
func commandLine() transport {
	return transport{textual: func(t *testing.T, action string, params url.Values) answer {
		args := []string{action, "-q"}
		for key, values := range params {
			for _, value := range values {
				args = append(args, "--"+key+"="+value)
			}
		}
		return runCommand(t, args...)
	}}
}

func runCommand(t *testing.T, args ...string) answer {
	t.Helper()
	return runCommandOf(t, newApp, args...)
}

func runCommandOf(t *testing.T, newApp func(keryx.Options) *keryx.API, args ...string) answer {
	t.Helper()
	var out, log bytes.Buffer
	api := newApp(keryx.Options{
		Environ: []string{"KERYX_ENV=test", "REDIS_URL=embedded://"}, DotEnv: "-", Stdout: &out, Stderr: &log,
	})
	code := api.Run(t.Context(), args)
	got := answer{Result: json.RawMessage(out.Bytes())}
	if code != 0 {
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Error == nil {
			t.Fatalf("exit code %d, but no error: stdout %q, stderr %q", code, out.String(), log.String())
		}
	}
	return got
}
