package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const devApp = `package main

import (
	"github.com/keryx-go/keryx"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func main() {
	keryx.Main(keryx.New(keryx.Options{Name: "small", Defaults: map[string]string{"REDIS_URL": "embedded://"}}))
}
`

// TestDevShowsErrorsInThePage saves files of an app that `keryx dev` runs.
func TestDevShowsErrorsInThePage(t *testing.T) {
	chromium(t)
	dir, port := t.TempDir(), freePort(t)
	save := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		save(name, strings.Replace(string(text), "module github.com/keryx-go/keryx\n",
			"module example.com/small\n\nrequire github.com/keryx-go/keryx v0.0.0\n\nreplace github.com/keryx-go/keryx => "+root+"\n", 1))
	}
	if err := os.Mkdir(filepath.Join(dir, "assets"), 0o700); err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(devApp, "keryx.Main", "keryx.Mian", 1)
	save("assets/index.html", "<!doctype html><title>Small</title><h1>First</h1></html>")
	save("main.go", broken)

	program := filepath.Join(programs, "keryx")
	build := exec.Command("go", "build", "-o", program, "./cmd/keryx")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dev := exec.Command(program, "dev")
	dev.Dir, dev.Stdout, dev.Stderr = dir, t.Output(), t.Output()
	dev.Env = append(os.Environ(), fmt.Sprintf("WEB_SERVER_PORT=%d", port), "WEB_SERVER_HOST=127.0.0.1", "GOFLAGS=-mod=mod")
	if err := dev.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = dev.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(time.Minute, func() { _ = dev.Process.Kill() })
		if err := dev.Wait(); err != nil {
			t.Errorf("keryx dev: %v", err)
		}
		kill.Stop()
	})

	url := fmt.Sprintf("http://127.0.0.1:%d/", port)
	answered := wait(t, func() bool {
		r, err := http.Get(url)
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return true
	})
	if !answered {
		t.Fatal("keryx dev does not answer")
	}
	p := startBrowser(t).person()
	p.do(chromedp.Navigate(url))
	p.until(`document.querySelector("pre")?.textContent.includes("main.go:9:8: undefined: keryx.Mian")`)
	picture(p, "dev-first-error")

	const title = `document.querySelector("h1")?.textContent`
	const overlay = `(document.querySelector("keryx-dev")?.shadowRoot.querySelector("pre").textContent ?? "")`
	save("main.go", devApp)
	p.until(title + ` === "First" && ` + overlay + ` === ""`)
	save("main.go", broken)
	p.until(overlay + `.includes("undefined: keryx.Mian") && ` + title + ` === "First"`)
	picture(p, "dev-error")
	save("main.go", devApp)
	p.until(overlay + ` === ""`)
	save("assets/index.html", "<!doctype html><title>Small</title><h1>Second</h1></html>")
	p.until(title + ` === "Second"`)
	p.clean(append(lost, "503", "ERR_INCOMPLETE_CHUNKED_ENCODING", "favicon")...)
}
