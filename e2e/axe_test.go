package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeVersion is the version of axe-core, which looks for what keeps people out of a page.
const axeVersion = "4.11.0"

// axe returns the script of axe-core, or skips the test. npm fetches it once, into the
// cache of the user, from the registry that npm is set to.
func axe(t *testing.T) string {
	t.Helper()
	needNPM(t)
	script, err := axeScript()
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// needNPM skips the test where npm is missing, and fails it in CI.
func needNPM(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no npm; install it: apt-get install npm")
		}
		t.Skip("there is no npm")
	}
}

var axeScript = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = programs // for this run only
	}
	dir := filepath.Join(cache, "keryx-e2e")
	archive := filepath.Join(dir, "axe-core-"+axeVersion+".tgz")
	if _, err := os.Stat(archive); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
		pack := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, "axe-core@"+axeVersion)
		if out, err := pack.CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm pack: %w\n%s", err, out)
		}
	}
	out, err := exec.Command("tar", "-xzOf", archive, "package/axe.min.js").Output()
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", archive, err)
	}
	return string(out), nil
})

// accessible fails the test for what axe-core finds serious or critical in a view, at
// the desk and on a phone, light and dark.
func (p *tab) accessible(script, view string) {
	p.t.Helper()
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			p.do(chromedp.EmulateViewport(width, map[int64]int64{1280: 800, 390: 844}[width]), prefer(scheme))
			p.do(chromedp.Evaluate[chromedp.Void]("if (!window.axe) {" + script + "}"))
			p.do(chromedp.Evaluate[chromedp.Void](`window.found = null; axe.run().then(({ violations, passes }) => {
				window.found = [String(passes.length), ...violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
					.map(({ id, help, nodes }) => id + ": " + help + "\n" + nodes.map(({ html, any }) => "  " + html + " " + (any[0]?.message ?? "")).join("\n"))];
			})`))
			p.until(`window.found !== null`)
			found := get[[]string](p, `window.found`)
			if found[0] == "0" {
				p.t.Errorf("%s: axe-core looked at nothing", view)
			}
			if len(found) > 1 {
				p.t.Errorf("%s, %d pixels, %s: axe-core finds\n%s", view, width, scheme, strings.Join(found[1:], "\n"))
			}
		}
	}
	p.do(chromedp.EmulateViewport(1280, 860))
}

// TestNobodyIsKeptOut of any view of the page.
func TestNobodyIsKeptOut(t *testing.T) {
	script := axe(t)
	s, b := start(t), startBrowser(t)
	ada, grace := b.person(), b.person()
	ada.visit(s)
	ada.accessible(script, "sign in")
	ada.apply("x", "y", "z")
	ada.until(`document.activeElement.ariaInvalid === "true"`)
	ada.accessible(script, "sign up, with problems")
	ada.visit(s)
	ada.signUp("Ada")
	ada.accessible(script, "an empty room")
	grace.visit(s)
	grace.signUp("Grace")
	for i := range 15 {
		grace.say(fmt.Sprintf("Message %d", i))
	}
	ada.say("An answer")
	grace.sees("An answer")
	ada.do(chromedp.SetValue(css("#counter [name=count]"), "3"), chromedp.Click(css("#counter button")))
	ada.until(`document.querySelector("#counter-output").textContent === "Counted to 3."`)
	ada.accessible(script, "a conversation")
	ada.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#scroll").scrollTop = 0`))
	ada.until(`document.querySelector("#scroll").scrollTop === 0`)
	grace.say("something new")
	ada.until(`!document.querySelector("#newest").hidden`)
	ada.accessible(script, "new messages")
	s.stop()
	ada.until(disconnected)
	ada.accessible(script, "no connection")
	s.run()
	ada.live()
	ada.do(chromedp.Evaluate[chromedp.Void](`fetch("/api/session", { method: "DELETE" })`))
	ada.until(ended)
	ada.accessible(script, "a session has ended")
	ada.clean(append(lost, "status of 406")...)
}
