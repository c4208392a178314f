package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/keryx-go/keryx/internal/redistest"
)

// shop is an app with every kind of input, of result and of channel.
var shop = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programs, "shop")
	build := exec.Command("go", "build", "-o", path, "./internal/shop/serve")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the shop: %w\n%s", err, out)
	}
	return path, nil
})

// TestClientsOfTheChat: the clients in testdata are those that the chat makes.
func TestClientsOfTheChat(t *testing.T) {
	program, err := chat()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"ts", "--out", "testdata/chat.ts"}, {"go", "--out", "testdata/chatclient/chatclient.go", "--package", "chatclient"},
	} {
		check := exec.Command(program, append([]string{"client"}, append(args, "--check")...)...)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// compile compiles the clients and the steps of the tests as strictly as TypeScript can, and
// returns the directory of the scripts.
func compile(t *testing.T) string {
	t.Helper()
	tool := nodeTools(t)
	dir := t.TempDir()
	sources, err := filepath.Glob("testdata/*.ts")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range append(sources, "testdata/driver.mjs", "../client/testdata/shop.ts") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".ts") {
			names = append(names, name)
		}
	}
	names = append(names, "docs.ts")
	if err := os.WriteFile(filepath.Join(dir, "docs.ts"), documented(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(dir, "tsc", append([]string{
		"--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noImplicitOverride", "--noUnusedLocals",
		"--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--module", "ES2022", "--moduleResolution", "bundler",
	}, names...)...)
	if t.Failed() {
		t.FailNow()
	}
	return dir
}

// documented returns the TypeScript of the page about clients.
func documented(t *testing.T) []byte {
	t.Helper()
	page, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	var code []byte
	for _, block := range regexp.MustCompile("(?s)```ts\n(.*?)```").FindAllSubmatch(page, -1) {
		code = append(code, block[1]...)
	}
	if len(code) < 500 {
		t.Fatalf("the page has %d bytes of TypeScript", len(code))
	}
	return code
}

// stepper runs the steps of a script, one after the other.
type stepper interface {
	step(name string, args ...any) json.RawMessage
}

// inNode is a process of Node that runs steps.
type inNode struct {
	t       *testing.T
	in      io.Writer
	answers *bufio.Scanner
}

func startNode(t *testing.T, dir, steps, url string) *inNode {
	t.Helper()
	bin, err := installReaders()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "driver.mjs", "./"+steps+".js", url, filepath.Join(bin, "..", ".."))
	cmd.Dir, cmd.Stderr = dir, t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &inNode{t, in, bufio.NewScanner(out)}
}

func (n *inNode) step(name string, args ...any) json.RawMessage {
	n.t.Helper()
	if args == nil {
		args = []any{}
	}
	line, err := json.Marshal(map[string]any{"name": name, "args": args})
	if err == nil {
		_, err = fmt.Fprintf(n.in, "%s\n", line)
	}
	if err != nil || !n.answers.Scan() {
		n.t.Fatalf("%s: Node has ended: %v %v", name, err, n.answers.Err())
	}
	return answer(n.t, name, n.answers.Bytes())
}

// inPage is a page that runs steps.
type inPage struct{ *tab }

// startPage serves the scripts on the origin of a server, and opens a page with them.
func startPage(t *testing.T, b *browser, dir, steps, server string) *inPage {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ErrorLog = nil
	mux := http.NewServeMux()
	mux.Handle("/", forward)
	mux.Handle("/scripts/", http.StripPrefix("/scripts/", http.FileServer(http.Dir(dir))))
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>steps</title><link rel="icon" href="data:,"><script type="module">
			import { Steps } from "/scripts/%s.js"; window.steps = new Steps(location.origin);</script>`, steps)
	})
	origin := httptest.NewServer(mux)
	t.Cleanup(origin.Close)
	p := &inPage{b.person()}
	p.do(chromedp.Navigate(origin.URL + "/page"))
	p.until(`window.steps !== undefined`)
	return p
}

func (p *inPage) step(name string, args ...any) json.RawMessage {
	p.t.Helper()
	list, err := json.Marshal(args)
	if err != nil {
		p.t.Fatal(err)
	}
	if args == nil {
		list = []byte("[]")
	}
	p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`window.answer = ""; window.steps.%s(...%s).then(
		(result) => (window.answer = JSON.stringify({ result: result ?? null })),
		(error) => (window.answer = JSON.stringify({ error: String(error.stack) })))`, name, list)))
	p.until(`window.answer !== ""`)
	return answer(p.t, name, []byte(get[string](p.tab, `window.answer`)))
}

func answer(t *testing.T, name string, data []byte) json.RawMessage {
	t.Helper()
	var a struct {
		Result json.RawMessage
		Error  string
	}
	if err := json.Unmarshal(data, &a); err != nil || a.Error != "" {
		t.Fatalf("%s: %v %s", name, err, a.Error)
	}
	return a.Result
}

// gives fails the test unless a step gives a result.
func gives(t *testing.T, s stepper, want any, name string, args ...any) {
	t.Helper()
	expected, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.step(name, args...); string(got) != string(unescaped(expected)) {
		t.Errorf("%s %v: %s, want %s", name, args, got, unescaped(expected))
	}
}

// unescaped returns JSON of Go as JavaScript writes it.
func unescaped(data []byte) []byte {
	return []byte(strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(data)))
}

// logs waits until the log of the steps has some lines, in their order, from a line on. It
// returns the number of the line after them.
func logs(t *testing.T, s stepper, from int, want ...string) int {
	t.Helper()
	var lines []string
	end := from
	found := wait(t, func() bool {
		if err := json.Unmarshal(s.step("lines"), &lines); err != nil {
			t.Fatal(err)
		}
		end = from
		for _, line := range want {
			i := slices.Index(lines[end:], line)
			if i < 0 {
				return false
			}
			end += i + 1
		}
		return true
	})
	if !found {
		t.Fatalf("the log is %q from %d on, and has not %q", lines, from, want)
	}
	return end
}

// everywhere runs a test in Node and in Chromium.
func everywhere(t *testing.T, steps string, program func() (string, error), test func(*testing.T, *server, stepper)) {
	dir := compile(t)
	t.Run("node", func(t *testing.T) {
		s := startWith(t, program, redistest.Start(t).URL())
		test(t, s, startNode(t, dir, steps, s.url))
	})
	t.Run("chromium", func(t *testing.T) {
		s := startWith(t, program, redistest.Start(t).URL())
		test(t, s, startPage(t, startBrowser(t), dir, steps, s.url))
	})
}
