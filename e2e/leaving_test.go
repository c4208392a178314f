package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const ended = `document.querySelector("#notice").textContent === "Your session has ended. Please sign in again."`

// TestASessionThatEndsIsToldWhereItIsSeen: on the view that follows, whichever form was
// shown last, in the window, read out, and before nothing else.
func TestASessionThatEndsIsToldWhereItIsSeen(t *testing.T) {
	s, b := start(t), startBrowser(t)
	for name, width := range map[string]int64{"Ada": 1280, "Grace": 390} {
		p := b.person()
		p.do(chromedp.EmulateViewport(width, 844))
		p.visit(s)
		p.signUp(name) // the form to sign up was the last
		p.do(chromedp.Evaluate[chromedp.Void](`fetch("/api/session", { method: "DELETE" })`))
		p.until(ended)
		p.until(`document.querySelector("#notice").role === "alert" || document.querySelector("#notice").getAttribute("role") === "alert"`)
		p.until(`!document.querySelector("#sign-in").hidden && document.activeElement === document.querySelector("#sign-in [name=email]")`)
		p.until(`(() => {
			const notice = document.querySelector("#notice"), { left, top, right, bottom } = notice.getBoundingClientRect();
			return [[left + 8, top + 8], [right - 8, bottom - 8]].every(([x, y]) => notice.contains(document.elementFromPoint(x, y)));
		})()`)
		picture(p, "ended")
		p.do(chromedp.EmulateViewport(width, 844))
		p.signIn(name, password)
		p.live()
		if get[string](p, `document.querySelector("#notice").textContent`) != "" {
			p.until(`document.querySelector("#notice").checkVisibility() === false`)
		}
		p.do(chromedp.Reload(), chromedp.Evaluate[chromedp.Void](`fetch("/api/session", { method: "DELETE" })`), chromedp.Reload())
		p.until(ended) // also when the page finds out as it loads
		p.clean("status of 401", "net::ERR_ABORTED")
	}
}

// leftovers are the texts of a chat that are anywhere in the page: its elements, the
// values of its fields, its title.
func leftovers(p *tab, texts ...string) (found []string) {
	p.t.Helper()
	page := get[string](p, `document.documentElement.outerHTML + document.title +
		[...document.querySelectorAll("input, textarea")].map(({ value }) => value).join() + JSON.stringify({ ...localStorage, ...sessionStorage })`)
	for _, text := range texts {
		if strings.Contains(page, text) {
			found = append(found, text)
		}
	}
	return found
}

// back does what the Back button does, and does not wait for a load: a page that was
// kept is not loaded.
func (p *tab) back() {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](`history.back()`))
}

// TestNothingStays in the page after a sign-out, nor in what Back brings up.
func TestNothingStays(t *testing.T) {
	s, b := start(t), startBrowser(t)
	ada, grace := b.person(), b.person()
	ada.visit(s)
	ada.signUp("Adalberta")
	grace.visit(s)
	grace.signUp("Gracilia")
	ada.say("a secret")
	grace.sees("a secret")
	ada.seesPeople("Adalberta", "Gracilia")
	texts := []string{"Adalberta", "adalberta@", password, "Gracilia", "a secret", "a draft"}
	draft := chromedp.SendKeys(css("#body"), "a draft")

	ada.do(draft, chromedp.Click(css("#sign-out")))
	ada.until(`!document.querySelector("#welcome").hidden`)
	if found := leftovers(ada, texts...); found != nil {
		t.Errorf("these stay: %q", found)
	}

	// One goes to another page, signs out in another tab, and goes back.
	ada.signIn("Adalberta", password)
	ada.live()
	ada.do(draft, chromedp.Evaluate[chromedp.Void](`addEventListener("pageshow", ({ persisted }) => { window.persisted = persisted; })`))
	second := ada.another()
	second.visit(s)
	second.live()
	ada.do(chromedp.Navigate(s.url + "/favicon.svg"))
	second.do(chromedp.Click(css("#sign-out")))
	second.until(`!document.querySelector("#welcome").hidden`)
	ada.back()
	ada.until(`document.readyState === "complete" && !document.querySelector("#welcome").hidden`)
	if !get[bool](ada, `window.persisted === true`) {
		t.Error("the browser did not keep the page, so that this says nothing of one that is kept")
	}
	if found := leftovers(ada, texts...); found != nil {
		t.Errorf("these come back: %q", found)
	}

	// While one is signed in, Back brings up a chat that goes on.
	third := ada.another()
	third.visit(s)
	third.signIn("Adalberta", password)
	third.live()
	third.do(chromedp.Navigate(s.url + "/favicon.svg"))
	grace.say("while away")
	grace.sees("while away")
	third.back()
	third.until(`document.querySelector("#connection")?.dataset.state === "live"`)
	third.sees("while away")
	grace.say("still live")
	third.sees("still live")
	ada.clean("favicon.ico")
	second.clean()
	third.clean("favicon.ico")
}
