package client_test

import (
	"bytes"
	"flag"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/client"
	"github.com/keryx-go/keryx/internal/shop"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const goldenTS, goldenGo = "testdata/shop.ts", "testdata/shopclient/shopclient.go"

// run runs a command of the shop, and returns what it prints. Nothing is there to connect to.
func run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, failed bytes.Buffer
	api := shop.New(keryx.Options{Stdout: &out, Stderr: &failed, Environ: []string{"REDIS_URL=redis://127.0.0.1:1"}})
	status = api.Run(t.Context(), args)
	return status, out.String(), failed.String()
}

// TestGolden: the commands print the golden files, each time the same.
func TestGolden(t *testing.T) {
	for path, args := range map[string][]string{
		goldenTS: {"client", "ts"}, goldenGo: {"client", "go", "--package", "shopclient"},
	} {
		status, got, failed := run(t, args...)
		if status != 0 {
			t.Fatalf("%s: %s", path, failed)
		}
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if _, again, _ := run(t, args...); again != got {
				t.Fatalf("%s: two runs differ", path)
			}
		}
		if status, _, failed := run(t, append(args, "--out", path, "--check")...); status != 0 {
			t.Errorf("%s; run: go test ./client -update", failed)
		}
	}
}

// TestFormatted: the Go client is as gofmt has it.
func TestFormatted(t *testing.T) {
	_, text, _ := run(t, "client", "go")
	formatted, err := format.Source([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if string(formatted) != text {
		at := 0
		for at < min(len(text), len(formatted)) && text[at] == formatted[at] {
			at++
		}
		t.Errorf("gofmt changes it, first:\n%s\nto\n%s", text[at:min(at+200, len(text))], formatted[at:min(at+200, len(formatted))])
	}
}

// TestCheck: --check compares with the file, and says what to do.
func TestCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "client.ts")
	for _, test := range []struct {
		args []string
		want string // on stderr; "" is a success
	}{
		{[]string{"client", "ts", "--check"}, "name it by --out"},
		{[]string{"client", "ts", "--check", "--out", path}, "is missing; run: shop client ts --out " + path},
		{[]string{"client", "ts", "--out", path}, ""},
		{[]string{"client", "ts", "--check", "--out", path}, ""},
		{[]string{"client", "go", "--package", "x", "--check", "--out", path}, "is stale from line 1 on; run: shop client go --out " + path + " --package x"},
		{[]string{"client", "go", "--package", "a-b"}, `"a-b" cannot be the name of a package`},
		{[]string{"client", "ts", "extra"}, "unexpected argument"},
	} {
		status, _, failed := run(t, test.args...)
		if status == 0 != (test.want == "") || !strings.Contains(failed, test.want) {
			t.Errorf("%s: exit status %d, %q, want %q", test.args, status, failed, test.want)
		}
	}
}

// TestWithoutActions: an app without anything has a client that compiles, too.
func TestWithoutActions(t *testing.T) {
	empty := client.Options{Actions: keryx.New(keryx.Options{Name: "empty"}).Actions}
	source, err := client.Go(empty, "empty")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := format.Source(source); err != nil {
		t.Error(err)
	}
	if text := string(client.TypeScript(empty)); !strings.Contains(text, "export interface Actions {\n}") {
		t.Error(text)
	}
}
