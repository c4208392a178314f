package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzExecute runs any command line, one argument a line: it ends with a status that
// fits the output, and never panics.
func FuzzExecute(f *testing.F) {
	for _, seed := range []string{
		"", "echo", "echo\n--int\n5", "echo\n--int=x\n--bool", "echo\n--\nx", "-q\nfoo", "--help", "help\necho", "echo\n-h",
		"echo\n--object\n{\"A\":1}", "--int\n5\necho", "migrate\nup", "echo\n--secret\n-", "completion\nbash", "actions", "-",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "\n")
		if strings.HasPrefix(args[0], "__complete") {
			return // cobra's own
		}
		got := execute(t, app(echo[kinds]), args...)
		failed := strings.HasPrefix(got.stdout, `{"error":`)
		switch {
		case got.code < 0 || got.code > 2:
			t.Errorf("exit status %d", got.code)
		case got.code == 2 && (got.stdout != "" || got.stderr == ""):
			t.Errorf("misuse says %q on stdout and %q on stderr", got.stdout, got.stderr)
		case failed && (got.code != 1 || !json.Valid([]byte(got.stdout))):
			t.Errorf("exit status %d for %s", got.code, got.stdout)
		case got.code == 0 && got.stderr != "":
			t.Errorf("a success says %q on stderr", got.stderr)
		}
	})
}
