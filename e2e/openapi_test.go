package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The tools that read documents, from npm.
var readers = []string{"@redocly/cli@2.77.0", "openapi-typescript@7.13.0", "typescript@5.9.3", "@asyncapi/parser@3.6.6", "ws@8.18.3"}

// installReaders installs the tools, once, into the cache of the user, and returns the directory
// of their programs.
var installReaders = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = programs // for this run only
	}
	dir := filepath.Join(cache, "keryx-e2e", "readers")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	stamp, list := filepath.Join(dir, "installed"), strings.Join(readers, " ")
	if installed, err := os.ReadFile(stamp); err == nil && string(installed) == list {
		return filepath.Join(dir, "node_modules", ".bin"), nil
	}
	install := exec.Command("npm", append([]string{"install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "--silent"}, readers...)...)
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install: %w\n%s", err, out)
	}
	return filepath.Join(dir, "node_modules", ".bin"), os.WriteFile(stamp, []byte(list), 0o600)
})

// TestOpenAPI: the documents of the examples are valid for kin-openapi and redocly, and
// openapi-typescript makes types of them that TypeScript accepts, with what a client needs.
func TestOpenAPI(t *testing.T) {
	client := map[string]string{
		"chat": `
			const user: components["schemas"]["user_create_Request"] = { name: "Ada", email: "ada@example.com", password: "secret" };
			const messages: paths["/messages/list"]["get"]["responses"]["200"]["content"]["application/json"]["messages"] = [];
			const failed = {} as components["responses"]["Unauthorized"]["content"]["application/json"];
			export const text: string = user.name + messages.length + failed.error.message;`,
		"bookings": `
			type Created = paths["/orgs/{org}/rooms"]["post"]["responses"]["201"]["content"]["application/json"];
			export const room = {} as Created;`,
	}
	for example, code := range client {
		t.Run(example, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "openapi.json")
			data := describe(t, example, "openapi", path)
			doc, err := openapi3.NewLoader().LoadFromData(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(t.Context()); err != nil {
				t.Error(err)
			}
			if doc.Paths.Len() < 10 {
				t.Errorf("%d paths", doc.Paths.Len())
			}

			tool := nodeTools(t)
			tool(dir, "redocly", "lint", "--skip-rule=info-license", "--skip-rule=tag-description", "--skip-rule=no-server-example.com", path)
			tool(dir, "openapi-typescript", path, "-o", filepath.Join(dir, "api.d.ts"))
			if err := os.WriteFile(filepath.Join(dir, "client.ts"), []byte(`import type { components, paths } from "./api";`+code), 0o600); err != nil {
				t.Fatal(err)
			}
			tool(dir, "tsc", "--strict", "--noEmit", "client.ts")
		})
	}
}

// parse is a program that parses an AsyncAPI document, and prints what is wrong with it.
const parse = `
const { Parser } = require("@asyncapi/parser");
const text = require("fs").readFileSync(process.argv[2], "utf8");
new Parser().parse(text).then(({ document, diagnostics }) => {
	const wrong = diagnostics.filter(({ severity }) => severity <= 1);
	for (const { path, message } of wrong) console.log(path.join("."), message);
	if (!document || wrong.length > 0) process.exit(1);
});`

// TestAsyncAPI: the documents of the examples are valid for the parser of AsyncAPI.
func TestAsyncAPI(t *testing.T) {
	for _, example := range []string{"chat", "bookings"} {
		t.Run(example, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "asyncapi.json")
			describe(t, example, "asyncapi", path)
			tool := nodeTools(t)
			bin, err := installReaders()
			if err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(bin, "..", "..", "parse.cjs") // below which the parser is found
			if err := os.WriteFile(program, []byte(parse), 0o600); err != nil {
				t.Fatal(err)
			}
			node, err := exec.LookPath("node")
			if err != nil {
				t.Fatal(err)
			}
			tool(filepath.Dir(path), node, program, path)
		})
	}
}

// describe returns the document that a command of an example prints, and writes it to a file.
func describe(t *testing.T, example, command, path string) []byte {
	t.Helper()
	program, err := map[string]func() (string, error){"chat": chat, "bookings": bookings}[example]()
	if err != nil {
		t.Fatal(err)
	}
	data, err := exec.Command(program, command).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", example, command, err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

// nodeTools returns a function that runs one of the readers in a directory, and fails the test when
// the reader finds something wrong. Without npm it skips the test.
func nodeTools(t *testing.T) func(dir, name string, args ...string) {
	t.Helper()
	needNPM(t)
	bin, err := installReaders()
	if err != nil {
		t.Fatal(err)
	}
	return func(dir, name string, args ...string) {
		t.Helper()
		if !filepath.IsAbs(name) {
			name = filepath.Join(bin, name)
		}
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "CI=true")
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "Warning was generated") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
